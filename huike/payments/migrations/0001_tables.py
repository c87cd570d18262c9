"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("due_at", models.DateTimeField(null=True)),
                ("tries", models.IntegerField(db_default=0, default=0)),
                ("claim", models.BigIntegerField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("problem", models.CharField(db_default="", default="", max_length=60)),
                ("problem_detail", models.CharField(db_default="", default="", max_length=300)),
                ("handles", models.JSONField(default=dict)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=32, unique=True)),
                ("key", models.CharField(max_length=200, unique=True)),
                ("reference", models.CharField(max_length=80)),
                ("subject", models.CharField(max_length=120)),
                ("provider", models.CharField(max_length=40)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("payer", models.CharField(db_default="", default="", max_length=128)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("pending", "Pending"),
                            ("captured", "Captured"),
                            ("failed", "Failed"),
                            ("closed", "Closed"),
                        ],
                        default="created",
                        max_length=8,
                    ),
                ),
                ("refunding_minor", models.BigIntegerField(db_default=0, default=0)),
                ("provider_reference", models.CharField(db_default="", default="", max_length=128)),
                ("instruction", models.JSONField(null=True)),
                ("return_url", models.CharField(db_default="", default="", max_length=2000)),
                ("failure_code", models.CharField(db_default="", default="", max_length=80)),
                ("failure_detail", models.CharField(db_default="", default="", max_length=300)),
                ("expires_at", models.DateTimeField()),
                ("unwanted_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("authorise_at", models.DateTimeField(null=True)),
                ("captured_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "payments_payment",
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="payment_due"),
                    models.Index(fields=["reference", "id"], name="payment_of_reference"),
                    models.Index(fields=["-created_at", "-id"], name="payment_newest"),
                    models.Index(
                        condition=models.Q(("captured_at__isnull", False)),
                        fields=["captured_at"],
                        name="payment_captured",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="payment_amount"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("refunding_minor", 0),
                            models.Q(
                                ("refunding_minor__gt", 0),
                                ("refunding_minor__lte", models.F("amount_minor")),
                                ("state", "captured"),
                            ),
                            _connector="OR",
                        ),
                        name="payment_refunds_fit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("due_at__isnull", False),
                                ("ended_at__isnull", True),
                                ("state__in", ["created", "pending"]),
                            ),
                            models.Q(
                                ("due_at__isnull", True),
                                ("ended_at__isnull", False),
                                ("state__in", ["captured", "failed", "closed"]),
                            ),
                            _connector="OR",
                        ),
                        name="payment_asked_until_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("captured_at__isnull", False), ("state", "captured")),
                            models.Q(models.Q(("state", "captured"), _negated=True), ("captured_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="payment_captured_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderSetup",
            fields=[
                ("key", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("title", models.CharField(max_length=80)),
                ("settings", models.JSONField(default=dict)),
                ("secrets_sealed", models.TextField(default="")),
                ("is_enabled", models.BooleanField(default=True)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "payments_provider_setup",
            },
        ),
        migrations.CreateModel(
            name="DefaultProvider",
            fields=[
                ("currency", models.CharField(max_length=3, primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=40)),
            ],
            options={
                "db_table": "payments_default_provider",
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("due_at", models.DateTimeField(null=True)),
                ("tries", models.IntegerField(db_default=0, default=0)),
                ("claim", models.BigIntegerField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("problem", models.CharField(db_default="", default="", max_length=60)),
                ("problem_detail", models.CharField(db_default="", default="", max_length=300)),
                ("handles", models.JSONField(default=dict)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "payment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.payment",
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True)),
                ("attempt", models.SmallIntegerField(db_default=1, default=1)),
                ("key", models.CharField(max_length=200, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("sent", "Sent"),
                            ("succeeded", "Succeeded"),
                            ("refused", "Refused"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                ),
                ("provider_reference", models.CharField(db_default="", default="", max_length=128)),
                ("failure_code", models.CharField(db_default="", default="", max_length=80)),
                ("failure_detail", models.CharField(db_default="", default="", max_length=300)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "payments_refund",
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="refund_due"),
                    models.Index(fields=["payment", "id"], name="refund_of_payment"),
                    models.Index(fields=["-created_at", "-id"], name="refund_newest"),
                    models.Index(
                        condition=models.Q(("state", "refused")), fields=["-ended_at", "-id"], name="refund_refused"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="refund_amount"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("due_at__isnull", False),
                                ("ended_at__isnull", True),
                                ("state__in", ["requested", "sent"]),
                            ),
                            models.Q(
                                ("due_at__isnull", True),
                                ("ended_at__isnull", False),
                                ("state__in", ["succeeded", "refused"]),
                            ),
                            _connector="OR",
                        ),
                        name="refund_asked_until_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=40)),
                ("notice_id", models.CharField(max_length=128)),
                (
                    "payment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notifications",
                        to="payments.payment",
                    ),
                ),
                ("about", models.CharField(max_length=60)),
                ("told", models.CharField(db_default="", default="", max_length=12)),
                ("headers", models.JSONField()),
                ("body", models.TextField()),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "db_table": "payments_notification",
                "constraints": [models.UniqueConstraint(fields=("provider", "notice_id"), name="notification_once")],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "payment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="payments.payment",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="payments.refund",
                    ),
                ),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("authorise", "Authorise"),
                            ("capture", "Capture"),
                            ("query", "Query"),
                            ("close", "Close"),
                            ("refund", "Refund"),
                            ("query_refund", "Query Refund"),
                        ],
                        max_length=12,
                    ),
                ),
                ("outcome", models.CharField(max_length=40)),
                ("told", models.CharField(db_default="", default="", max_length=12)),
                ("detail", models.CharField(db_default="", default="", max_length=300)),
                ("duration_ms", models.IntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "payments_question",
                "indexes": [models.Index(fields=["payment", "-id"], name="question_of_payment")],
            },
        ),
    ]
