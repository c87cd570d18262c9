"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=160)),
                ("objective", models.CharField(default="", max_length=400)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("scheduled", "Scheduled"),
                            ("preparing", "Preparing"),
                            ("sending", "Sending"),
                            ("paused", "Paused"),
                            ("sent", "Sent"),
                            ("stopped", "Stopped"),
                            ("failed", "Failed"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("none", "None"),
                            ("audience", "Audience"),
                            ("assigned", "Assigned"),
                            ("coupons", "Coupons"),
                            ("messages", "Messages"),
                        ],
                        default="none",
                        max_length=8,
                    ),
                ),
                ("failure_code", models.CharField(default="", max_length=80)),
                ("segment_id", models.BigIntegerField(null=True)),
                ("rule", models.JSONField(null=True)),
                ("exclude_segment_ids", models.JSONField(default=list)),
                ("control_bp", models.IntegerField(default=2000)),
                ("attribution_days", models.IntegerField(default=14)),
                ("cost_per_message_micros", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                ("scheduled_at", models.DateTimeField(null=True)),
                ("experiment_id", models.BigIntegerField(null=True)),
                ("dispatch_id", models.BigIntegerField(null=True)),
                ("job_id", models.BigIntegerField(null=True)),
                ("audience", models.BinaryField(null=True)),
                ("audience_count", models.BigIntegerField(null=True)),
                ("control_count", models.BigIntegerField(null=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_by_scope", models.JSONField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "campaigns_campaign",
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="campaign_newest"),
                    models.Index(
                        condition=models.Q(("state__in", ["scheduled", "preparing", "sending"])),
                        fields=["state"],
                        name="campaign_moving",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("control_bp__gte", 0), ("control_bp__lt", 10000)),
                        name="campaign_control_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attribution_days__gte", 1), ("attribution_days__lte", 365)),
                        name="campaign_attribution",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cost_per_message_micros__gte", 0)), name="campaign_cost"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "scheduled"), _negated=True),
                            ("scheduled_at__isnull", False),
                            _connector="OR",
                        ),
                        name="campaign_scheduled_has_instant",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Arm",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="arms", to="campaigns.campaign"
                    ),
                ),
                ("number", models.SmallIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("share_bp", models.IntegerField()),
                ("template_id", models.BigIntegerField()),
                ("template_version_id", models.BigIntegerField(null=True)),
                ("offer_id", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "campaigns_arm",
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "number"), name="arm_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("share_bp__gt", 0), ("share_bp__lte", 10000)), name="arm_share"
                    ),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="arm_number_from_1"),
                ],
            },
        ),
    ]
