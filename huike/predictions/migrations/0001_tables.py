"""Every table of this package."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
        ("catalog", "0001_tables"),
        ("customers", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Supply",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.product"
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("used_up_on", models.DateField()),
                ("used_up_at", models.DateTimeField()),
                ("bought_at", models.DateTimeField(null=True)),
                (
                    "order_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "predictions_supply",
                "indexes": [
                    models.Index(fields=["used_up_on"], name="supply_used_up"),
                    models.Index(fields=["change_xid"], name="supply_change"),
                    django.contrib.postgres.indexes.GinIndex(fields=["order_ids"], name="supply_of_orders"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "product", "used_up_on"), name="supply_ends_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="UsedUp",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                ("used_up_on", models.DateField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "db_table": "predictions_used_up",
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "product", "used_up_on"), name="used_up_told_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("customer_id", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "predictions_waiting",
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("order_xid", models.BigIntegerField()),
                ("order_id", models.BigIntegerField()),
                ("product_xid", models.BigIntegerField()),
                ("product_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "predictions_position",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="supply_position_one")],
            },
        ),
    ]
