"""How far the ledger was told of, and of which days members were warned."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0012_adjustments"),
    ]

    operations = [
        migrations.CreateModel(
            name="ToldPosition",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("xid", models.BigIntegerField()),
                ("transaction_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "loyalty_told_position",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="told_position_one")],
            },
        ),
        migrations.CreateModel(
            name="ExpiryWarning",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("expires_on", models.DateField()),
                ("points", models.BigIntegerField()),
                ("told_at", models.DateTimeField()),
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
                    "programme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.programme",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_expiry_warning",
                "indexes": [models.Index(fields=["customer"], name="expiry_warning_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("programme", "customer", "expires_on"), name="expiry_warned_once")
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER loyalty_expiry_warning_follow_merge BEFORE INSERT ON loyalty_expiry_warning "
            "FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
            "DROP TRIGGER loyalty_expiry_warning_follow_merge ON loyalty_expiry_warning",
        ),
    ]
