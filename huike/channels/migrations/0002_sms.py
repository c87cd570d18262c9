"""SMS leaves by the operator's own gateway; without one it stays in the sandbox, beside the mails and marked."""

from __future__ import annotations

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0001_tables")]

    operations = [
        migrations.AddField(
            model_name="sandboxmail",
            name="channel",
            field=models.CharField(
                choices=[("email", "Email"), ("sms", "Sms")], db_default="email", default="email", max_length=5
            ),
        ),
        migrations.CreateModel(
            name="SmsSetup",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                (
                    "mode",
                    models.CharField(choices=[("gateway", "Gateway"), ("sandbox", "Sandbox")], max_length=7),
                ),
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
    ]
