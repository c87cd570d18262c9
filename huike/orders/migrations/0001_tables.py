"""Every table of this package."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
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
            name="Order",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="customers.source"
                    ),
                ),
                ("external_id", models.CharField(max_length=120)),
                ("revision", models.BigIntegerField(default=0)),
                ("content_sha256", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(choices=[("sale", "Sale"), ("return", "Return")], default="sale", max_length=6),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("placed", "Placed"), ("cancelled", "Cancelled")], default="placed", max_length=9
                    ),
                ),
                (
                    "return_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="orders.order",
                    ),
                ),
                ("return_of_external_id", models.CharField(max_length=120, null=True)),
                ("inherits_buyer", models.BooleanField(db_default=False, default=False)),
                (
                    "store",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="catalog.store"),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("pos", "Pos"),
                            ("web", "Web"),
                            ("app", "App"),
                            ("wechat", "Wechat"),
                            ("marketplace", "Marketplace"),
                            ("group_buy", "Group Buy"),
                            ("phone", "Phone"),
                            ("company", "Company"),
                        ],
                        max_length=11,
                    ),
                ),
                ("clerk", models.CharField(default="", max_length=80)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="customers.customer",
                    ),
                ),
                ("named_by_id", models.BigIntegerField(null=True)),
                ("anonymous_key", models.CharField(max_length=120, null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("placed_at", models.DateTimeField()),
                ("currency", models.CharField(max_length=3)),
                ("gross_minor", models.BigIntegerField()),
                ("discount_minor", models.BigIntegerField(default=0)),
                ("net_minor", models.BigIntegerField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "orders_order",
                "indexes": [
                    models.Index(fields=["customer", "-placed_at", "-id"], name="order_of_customer"),
                    models.Index(fields=["-placed_at", "-id"], name="order_newest"),
                    models.Index(fields=["external_id"], name="order_external_id"),
                    models.Index(fields=["change_xid"], name="order_change"),
                    models.Index(
                        condition=models.Q(("return_of_external_id__isnull", False)),
                        fields=["source", "return_of_external_id"],
                        name="order_return_of",
                    ),
                    models.Index(
                        condition=models.Q(("anonymous_key__isnull", False), ("customer__isnull", True)),
                        fields=["source", "anonymous_key"],
                        name="order_unclaimed",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "external_id"), name="order_once_per_source"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("gross_minor"), "-", models.F("discount_minor")
                                ),
                            )
                        ),
                        name="order_adds_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receiver",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="receiver",
                        serialize=False,
                        to="customers.source",
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("shopify", "Shopify"), ("woocommerce", "Woocommerce"), ("youzan", "Youzan")],
                        max_length=12,
                    ),
                ),
                ("client_id", models.CharField(default="", max_length=120)),
                ("sealed_secret", models.TextField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "orders_receiver",
            },
        ),
        migrations.CreateModel(
            name="ShopDelivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="customers.source"
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("shopify", "Shopify"), ("woocommerce", "Woocommerce"), ("youzan", "Youzan")],
                        max_length=12,
                    ),
                ),
                ("delivery_id", models.CharField(max_length=120)),
                ("topic", models.CharField(max_length=120)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("taken", "Taken"),
                            ("skipped", "Skipped"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=80)),
                ("reason_params", models.JSONField(default=dict)),
                ("object_key", models.CharField(default="", max_length=120)),
                ("revision", models.BigIntegerField(default=0)),
                ("deletes", models.BooleanField(default=False)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("processed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "orders_shop_delivery",
                "indexes": [
                    models.Index(fields=["source", "-id"], name="shop_delivery_newest"),
                    models.Index(fields=["source", "object_key"], name="shop_delivery_object"),
                    models.Index(
                        condition=models.Q(("customer_id__isnull", False)),
                        fields=["customer_id"],
                        name="shop_delivery_of",
                    ),
                    models.Index(fields=["received_at"], name="shop_delivery_received"),
                ],
                "constraints": [models.UniqueConstraint(fields=("source", "delivery_id"), name="shop_delivery_once")],
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.order",
                    ),
                ),
                ("line_number", models.IntegerField()),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.product"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=14)),
                ("unit_price_micros", models.BigIntegerField(null=True)),
                ("gross_minor", models.BigIntegerField()),
                ("discount_minor", models.BigIntegerField(default=0)),
                ("net_minor", models.BigIntegerField()),
            ],
            options={
                "db_table": "orders_line",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "line_number"), name="line_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("gross_minor"), "-", models.F("discount_minor")
                                ),
                            )
                        ),
                        name="line_adds_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="payments", to="orders.order"
                    ),
                ),
                (
                    "tender",
                    models.CharField(
                        choices=[
                            ("cash", "Cash"),
                            ("card", "Card"),
                            ("wallet", "Wallet"),
                            ("points", "Points"),
                            ("stored_value", "Stored Value"),
                            ("coupon", "Coupon"),
                            ("voucher", "Voucher"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
            ],
            options={
                "db_table": "orders_payment",
            },
        ),
    ]
