"""Receivers of shops' webhooks, and every delivery as it came, whole."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_papers_circles_and_the_rest_of_the_file"),
        ("orders", "0006_late_orders_follow_a_merge"),
    ]

    operations = [
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
                (
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="customers.source"
                    ),
                ),
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
    ]
