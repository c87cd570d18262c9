"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_tables"),
        ("customers", "0001_tables"),
        ("orders", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Till",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, unique=True)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tills", to="customers.source"
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.store"
                    ),
                ),
                ("public_key", models.CharField(max_length=44)),
                ("most_points_sale", models.BigIntegerField()),
                ("most_points_session", models.BigIntegerField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "checkout_till",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("most_points_sale__gte", 0), ("most_points_session__gte", 0)),
                        name="till_limits",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OfflineItem",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "till",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="checkout.till",
                    ),
                ),
                ("sequence", models.BigIntegerField()),
                ("session", models.UUIDField()),
                ("body", models.TextField()),
                ("body_sha256", models.CharField(max_length=64)),
                ("signature", models.CharField(max_length=88)),
                (
                    "state",
                    models.CharField(
                        choices=[("taken", "Taken"), ("refused", "Refused"), ("dismissed", "Dismissed")], max_length=9
                    ),
                ),
                ("problem", models.CharField(default="", max_length=80)),
                ("problem_params", models.JSONField(default=dict)),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                ("points", models.BigIntegerField(default=0)),
                ("received_at", models.DateTimeField()),
                ("decided_by", models.CharField(default="", max_length=120)),
                ("note", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "checkout_offline_item",
                "indexes": [
                    models.Index(fields=["till", "session"], name="offline_item_session"),
                    models.Index(condition=models.Q(("state", "refused")), fields=["-id"], name="offline_item_refused"),
                    models.Index(
                        condition=models.Q(("order__isnull", False)), fields=["order"], name="offline_item_order"
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("till", "sequence"), name="offline_item_once")],
            },
        ),
    ]
