"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
        ("customers", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=160)),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Email"), ("sms", "Sms"), ("wechat", "Wechat"), ("phone", "Phone")],
                        default="email",
                        max_length=8,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("marketing", "Marketing"), ("service", "Service")], default="marketing", max_length=10
                    ),
                ),
                ("version", models.IntegerField(default=1)),
                ("archived_at", models.DateTimeField(null=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "messaging_template",
                "indexes": [models.Index(fields=["-updated_at", "-id"], name="template_newest")],
            },
        ),
        migrations.CreateModel(
            name="SendingRules",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("cap_messages", models.IntegerField(default=3)),
                ("cap_days", models.IntegerField(default=7)),
                ("quiet_from", models.TimeField(null=True)),
                ("quiet_until", models.TimeField(null=True)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "messaging_sending_rules",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="sending_rules_once"),
                    models.CheckConstraint(
                        condition=models.Q(("cap_days__gte", 1), ("cap_messages__gte", 0)), name="sending_rules_cap"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from__isnull", True), ("quiet_until__isnull", True)),
                            models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="sending_rules_quiet",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dispatch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Email"), ("sms", "Sms"), ("wechat", "Wechat"), ("phone", "Phone")],
                        max_length=8,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("marketing", "Marketing"), ("service", "Service")], max_length=10),
                ),
                ("campaign_id", models.BigIntegerField(null=True, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("preparing", "Preparing"),
                            ("open", "Open"),
                            ("paused", "Paused"),
                            ("stopped", "Stopped"),
                            ("done", "Done"),
                        ],
                        default="preparing",
                        max_length=9,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("opened_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("trouble", models.CharField(default="", max_length=300)),
                ("failures_count", models.IntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "messaging_dispatch",
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["state"], name="dispatch_open")
                ],
            },
        ),
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="messaging.template"
                    ),
                ),
                ("version", models.IntegerField()),
                ("layout", models.CharField(max_length=20)),
                ("contents", models.JSONField()),
                ("links", models.JSONField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "messaging_template_version",
                "constraints": [models.UniqueConstraint(fields=("template", "version"), name="template_version_once")],
            },
        ),
        migrations.CreateModel(
            name="SendRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="messaging.dispatch"
                    ),
                ),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "messaging_send_run",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["id"], name="send_run_not_ended"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="messaging.dispatch"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="customers.customer"
                    ),
                ),
                ("campaign_id", models.BigIntegerField(null=True)),
                ("arm", models.SmallIntegerField(default=1)),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Email"), ("sms", "Sms"), ("wechat", "Wechat"), ("phone", "Phone")],
                        max_length=8,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("marketing", "Marketing"), ("service", "Service")], max_length=10),
                ),
                (
                    "template_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="messaging.templateversion"
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                ("variables", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("held", "Held"),
                            ("claimed", "Claimed"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("not_sent", "Not Sent"),
                            ("uncertain", "Uncertain"),
                        ],
                        default="queued",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=80)),
                ("not_before_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("attempts_count", models.SmallIntegerField(default=0)),
                ("run_id", models.BigIntegerField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("opened_at", models.DateTimeField(null=True)),
                ("clicked_at", models.DateTimeField(null=True)),
                ("bounced_at", models.DateTimeField(null=True)),
                ("unsubscribed_at", models.DateTimeField(null=True)),
                ("complained_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "messaging_message",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "held"])),
                        fields=["dispatch", "not_before_at", "id"],
                        name="message_due",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["claimed", "sending"])),
                        fields=["run_id"],
                        name="message_in_hand",
                    ),
                    models.Index(fields=["campaign_id", "state"], name="message_of_campaign"),
                    models.Index(fields=["customer", "-id"], name="message_of_customer"),
                    models.Index(fields=["change_xid"], name="message_change"),
                    models.Index(
                        condition=models.Q(("state__in", ["claimed", "sending", "sent", "uncertain"])),
                        fields=["customer", "channel", "claimed_at"],
                        name="message_counts_to_cap",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("dispatch", "customer"), name="message_once_per_dispatch")
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="messaging.message"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("accepted", "Accepted"),
                            ("refused", "Refused"),
                            ("deferred", "Deferred"),
                            ("uncertain", "Uncertain"),
                        ],
                        max_length=9,
                    ),
                ),
                ("code", models.IntegerField(null=True)),
                ("detail", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "messaging_attempt",
                "indexes": [models.Index(fields=["message", "id"], name="attempt_of_message")],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="receipts", to="messaging.message"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("delivered", "Delivered"),
                            ("bounced", "Bounced"),
                            ("opened", "Opened"),
                            ("clicked", "Clicked"),
                            ("unsubscribed", "Unsubscribed"),
                            ("complained", "Complained"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("link_number", models.SmallIntegerField(null=True)),
                ("detail", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "messaging_receipt",
                "indexes": [models.Index(fields=["message", "id"], name="receipt_of_message")],
            },
        ),
    ]
