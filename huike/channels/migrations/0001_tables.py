"""Every table of this package."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="EmailSetup",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("mode", models.CharField(choices=[("smtp", "Smtp"), ("sandbox", "Sandbox")], max_length=7)),
                ("host", models.CharField(default="", max_length=253)),
                ("port", models.IntegerField(default=587)),
                (
                    "security",
                    models.CharField(
                        choices=[("none", "None"), ("starttls", "Starttls"), ("tls", "Tls")],
                        default="starttls",
                        max_length=8,
                    ),
                ),
                ("username", models.CharField(default="", max_length=254)),
                ("password_encrypted", models.TextField(default="")),
                ("from_name", models.CharField(default="", max_length=120)),
                ("from_address", models.CharField(max_length=254)),
                ("reply_to", models.CharField(default="", max_length=254)),
                ("bounce_address", models.CharField(default="", max_length=254)),
                ("rate_per_second", models.IntegerField(null=True)),
                ("connections_count", models.SmallIntegerField(default=4)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "channels_email_setup",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="email_setup_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rate_per_second__isnull", True), ("rate_per_second__gt", 0), _connector="OR"
                        ),
                        name="email_rate_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("connections_count__gte", 1), ("connections_count__lte", 32)),
                        name="email_connections",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SmsSetup",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("mode", models.CharField(choices=[("gateway", "Gateway"), ("sandbox", "Sandbox")], max_length=7)),
                ("url", models.CharField(default="", max_length=2000)),
                ("secret_encrypted", models.TextField(default="")),
                ("signature", models.CharField(default="", max_length=20)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "channels_sms_setup",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="sms_setup_once")],
            },
        ),
        migrations.CreateModel(
            name="SandboxMail",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("message_id", models.BigIntegerField(null=True)),
                ("campaign_id", models.BigIntegerField(null=True)),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Email"), ("sms", "Sms")], db_default="email", default="email", max_length=5
                    ),
                ),
                ("to_address", models.CharField(max_length=254)),
                ("from_header", models.CharField(max_length=400)),
                ("subject", models.TextField()),
                ("html", models.TextField()),
                ("text", models.TextField()),
                ("headers", models.JSONField(default=list)),
                ("sent_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "channels_sandbox_mail",
                "indexes": [
                    models.Index(fields=["-sent_at", "-id"], name="sandbox_newest"),
                    models.Index(fields=["campaign_id", "-id"], name="sandbox_of_campaign"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("message_id__isnull", False)),
                        fields=("message_id",),
                        name="sandbox_mail_once",
                    )
                ],
            },
        ),
    ]
