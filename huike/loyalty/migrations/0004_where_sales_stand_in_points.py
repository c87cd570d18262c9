"""Where each sale stands in points, and how far changes of orders were followed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0003_drafts_and_pauses"),
        ("orders", "0009_lines_are_not_looked_up_twice"),
    ]

    operations = [
        migrations.CreateModel(
            name="PointsPosition",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("xid", models.BigIntegerField()),
                ("order_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "loyalty_points_position",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="points_position_one")],
            },
        ),
        migrations.CreateModel(
            name="OrderPoints",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="points",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("placed_at", models.DateTimeField()),
                ("tier", models.CharField(max_length=40, null=True)),
                ("earned", models.BigIntegerField(default=0)),
                ("burned", models.BigIntegerField(default=0)),
                ("explanation", models.JSONField(default=dict)),
                ("order_xid", models.BigIntegerField()),
                ("serial", models.IntegerField(default=0)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="loyalty.terms"
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_order_points",
                "indexes": [
                    models.Index(fields=["customer", "placed_at", "order"], name="order_points_of"),
                    models.Index(fields=["change_xid"], name="order_points_change"),
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER loyalty_order_points_touch BEFORE UPDATE ON loyalty_order_points "
            "FOR EACH ROW EXECUTE FUNCTION huike_touch()",
            "DROP TRIGGER loyalty_order_points_touch ON loyalty_order_points",
        ),
    ]
