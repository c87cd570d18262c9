"""Stored value: top-ups, what was paid out, where sales stand, what was frozen."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


def trigger(name, table, rest):
    return migrations.RunSQL(f"CREATE TRIGGER {name} {rest}", f"DROP TRIGGER {name} ON {table}")


def follows(table):
    return trigger(
        f"{table}_follow_merge",
        table,
        f"BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
    )


def only_its_owner_changes(table):
    """Two files may become one, and a person be erased; nothing else of the row ever changes."""
    return [
        trigger(
            f"{table}_append_only",
            table,
            f"BEFORE UPDATE ON {table} FOR EACH ROW "
            "WHEN (to_jsonb(OLD) - 'customer_id' IS DISTINCT FROM to_jsonb(NEW) - 'customer_id') "
            "EXECUTE FUNCTION huike_refuse_change()",
        ),
        trigger(
            f"{table}_never_gone",
            table,
            f"BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_lake_tombstones"),
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0008_members_in_the_lake"),
        ("orders", "0009_lines_are_not_looked_up_twice"),
    ]

    operations = [
        migrations.CreateModel(
            name="TopUp",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("plan_key", models.CharField(default="", max_length=40)),
                ("plan_name", models.CharField(default="", max_length=60)),
                ("paid_minor", models.BigIntegerField()),
                ("bonus_minor", models.BigIntegerField()),
                ("tenders", models.JSONField()),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
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
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.store",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.terms",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_top_up",
            },
        ),
        migrations.CreateModel(
            name="ValueFreeze",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("frozen", models.BooleanField()),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_value_freeze",
            },
        ),
        migrations.CreateModel(
            name="ValueRefund",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("taken_minor", models.BigIntegerField()),
                ("paid_out_minor", models.BigIntegerField()),
                ("kept_minor", models.BigIntegerField()),
                ("forfeited_minor", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
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
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.store",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_value_refund",
            },
        ),
        migrations.CreateModel(
            name="ValueRefundPart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("taken_minor", models.BigIntegerField()),
                ("kept_minor", models.BigIntegerField()),
                ("forfeited_minor", models.BigIntegerField()),
                ("paid_out", models.JSONField()),
                (
                    "refund",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="loyalty.valuerefund",
                    ),
                ),
                (
                    "top_up",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="loyalty.topup",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_value_refund_part",
            },
        ),
        migrations.CreateModel(
            name="OrderValue",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="stored_value",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("placed_at", models.DateTimeField()),
                ("spent_minor", models.BigIntegerField()),
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
            ],
            options={
                "db_table": "loyalty_order_value",
                "indexes": [
                    models.Index(fields=["customer", "placed_at", "order"], name="order_value_of"),
                    models.Index(fields=["change_xid"], name="order_value_change"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="topup",
            index=models.Index(fields=["customer", "id"], name="top_up_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="topup",
            constraint=models.CheckConstraint(
                condition=models.Q(("bonus_minor__gte", 0), ("paid_minor__gt", 0)), name="top_up_amounts"
            ),
        ),
        migrations.AddIndex(
            model_name="valuefreeze",
            index=models.Index(fields=["customer", "id"], name="value_freeze_of_customer"),
        ),
        migrations.AddIndex(
            model_name="valuerefund",
            index=models.Index(fields=["customer", "id"], name="value_refund_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="valuerefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("forfeited_minor__gte", 0),
                    ("kept_minor__gte", 0),
                    ("paid_out_minor__gte", 0),
                    (
                        "taken_minor",
                        django.db.models.expressions.CombinedExpression(
                            models.F("paid_out_minor"), "+", models.F("kept_minor")
                        ),
                    ),
                    ("taken_minor__gt", 0),
                ),
                name="value_refund_amounts",
            ),
        ),
        migrations.AddIndex(
            model_name="valuerefundpart",
            index=models.Index(fields=["top_up"], name="value_refund_of_top_up"),
        ),
        migrations.AddConstraint(
            model_name="valuerefundpart",
            constraint=models.UniqueConstraint(fields=("refund", "top_up"), name="value_refund_part_once"),
        ),
        *only_its_owner_changes("loyalty_top_up"),
        *only_its_owner_changes("loyalty_value_refund"),
        *only_its_owner_changes("loyalty_value_refund_part"),
        trigger(
            "loyalty_order_value_touch",
            "loyalty_order_value",
            "BEFORE UPDATE ON loyalty_order_value FOR EACH ROW EXECUTE FUNCTION huike_touch()",
        ),
        follows("loyalty_top_up"),
        follows("loyalty_value_refund"),
        follows("loyalty_value_freeze"),
    ]
