"""Count cards: where sales stand in uses, and what was paid out for unused ones."""

import django.db.models.deletion
from django.db import migrations, models


def trigger(name, table, rest):
    return migrations.RunSQL(f"CREATE TRIGGER {name} {rest}", f"DROP TRIGGER {name} ON {table}")


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_lake_tombstones"),
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0014_value_in_the_lake"),
        ("orders", "0009_lines_are_not_looked_up_twice"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderUses",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("card_key", models.CharField(max_length=40)),
                ("currency", models.CharField(max_length=3)),
                ("placed_at", models.DateTimeField()),
                ("due", models.BigIntegerField()),
                ("uses", models.BigIntegerField()),
                ("net_minor", models.BigIntegerField()),
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
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_order_uses",
            },
        ),
        migrations.CreateModel(
            name="UsesRefund",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uses", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("tender", models.CharField(max_length=8)),
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
                    "sold",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="loyalty.orderuses",
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
                "db_table": "loyalty_uses_refund",
            },
        ),
        migrations.AddIndex(
            model_name="orderuses",
            index=models.Index(fields=["customer", "placed_at", "id"], name="order_uses_of"),
        ),
        migrations.AddIndex(
            model_name="orderuses",
            index=models.Index(fields=["change_xid"], name="order_uses_change"),
        ),
        migrations.AddConstraint(
            model_name="orderuses",
            constraint=models.UniqueConstraint(fields=("order", "card_key"), name="order_uses_once"),
        ),
        migrations.AddConstraint(
            model_name="orderuses",
            constraint=models.CheckConstraint(
                condition=models.Q(("due__gte", 0), ("net_minor__gte", 0), ("uses__gte", models.F("due"))),
                name="order_uses_amounts",
            ),
        ),
        migrations.AddIndex(
            model_name="usesrefund",
            index=models.Index(fields=["customer", "id"], name="uses_refund_of_customer"),
        ),
        migrations.AddIndex(
            model_name="usesrefund",
            index=models.Index(fields=["sold", "id"], name="uses_refund_of_sale"),
        ),
        migrations.AddConstraint(
            model_name="usesrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0), ("uses__gt", 0)), name="uses_refund_amounts"
            ),
        ),
        trigger(
            "loyalty_order_uses_touch",
            "loyalty_order_uses",
            "BEFORE UPDATE ON loyalty_order_uses FOR EACH ROW EXECUTE FUNCTION huike_touch()",
        ),
        # Two files may become one, and a person be erased; nothing else of a refund ever changes.
        trigger(
            "loyalty_uses_refund_append_only",
            "loyalty_uses_refund",
            "BEFORE UPDATE ON loyalty_uses_refund FOR EACH ROW "
            "WHEN (to_jsonb(OLD) - 'customer_id' IS DISTINCT FROM to_jsonb(NEW) - 'customer_id') "
            "EXECUTE FUNCTION huike_refuse_change()",
        ),
        trigger(
            "loyalty_uses_refund_never_gone",
            "loyalty_uses_refund",
            "BEFORE DELETE ON loyalty_uses_refund FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
        ),
        trigger(
            "loyalty_uses_refund_follow_merge",
            "loyalty_uses_refund",
            "BEFORE INSERT ON loyalty_uses_refund FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
        ),
    ]
