"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("url", models.CharField(max_length=2000)),
                ("description", models.CharField(default="", max_length=200)),
                ("event_types", models.JSONField(default=list)),
                ("includes_person", models.BooleanField(default=False)),
                ("is_enabled", models.BooleanField(default=True)),
                (
                    "disabled_reason",
                    models.CharField(
                        blank=True,
                        choices=[("person", "Person"), ("gone", "Gone"), ("failing", "Failing")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("disabled_at", models.DateTimeField(null=True)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("failing_since_at", models.DateTimeField(null=True)),
                ("held_until_at", models.DateTimeField(null=True)),
                ("created_by", models.CharField(default="", max_length=120)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "webhooks_endpoint",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_enabled", True), models.Q(("disabled_reason", ""), _negated=True), _connector="XOR"
                        ),
                        name="webhook_off_for_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Secret",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="secrets", to="webhooks.endpoint"
                    ),
                ),
                ("sealed", models.TextField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ends_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "webhooks_secret",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at__isnull", True)), fields=("endpoint",), name="webhook_secret_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "endpoint",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="webhooks.endpoint",
                    ),
                ),
                ("event_id", models.BigIntegerField(null=True)),
                ("message_id", models.CharField(max_length=40, unique=True)),
                ("type", models.CharField(max_length=60)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("data", models.JSONField()),
                ("occurred_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("delivered", "Delivered"), ("failed", "Failed")],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("tries", models.SmallIntegerField(db_default=0, default=0)),
                ("attempts_count", models.IntegerField(db_default=0, default=0)),
                ("claim", models.BigIntegerField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("last_status", models.SmallIntegerField(null=True)),
                ("last_outcome", models.CharField(db_default="", default="", max_length=12)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "webhooks_delivery",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["endpoint", "due_at", "id"],
                        name="webhook_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["endpoint", "customer_id", "id"],
                        name="webhook_customer_queue",
                    ),
                    models.Index(fields=["endpoint", "state", "-created_at", "-id"], name="webhook_newest_of_state"),
                    models.Index(fields=["endpoint", "-created_at", "-id"], name="webhook_newest"),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False)),
                        fields=["finished_at"],
                        name="webhook_finished",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("endpoint", "event_id"), name="webhook_delivery_once")],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="webhooks.delivery"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("duration_ms", models.IntegerField(default=0)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("delivered", "Delivered"),
                            ("refused", "Refused"),
                            ("timeout", "Timeout"),
                            ("unreachable", "Unreachable"),
                            ("blocked", "Blocked"),
                            ("unsigned", "Unsigned"),
                            ("too_large", "Too Large"),
                            ("interrupted", "Interrupted"),
                        ],
                        max_length=12,
                    ),
                ),
                ("status", models.SmallIntegerField(null=True)),
                ("address", models.CharField(default="", max_length=45)),
                ("detail", models.CharField(default="", max_length=300)),
                ("response", models.TextField(default="")),
            ],
            options={
                "db_table": "webhooks_attempt",
            },
        ),
    ]
