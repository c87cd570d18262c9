"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(default="", max_length=1000)),
                (
                    "kind",
                    models.CharField(
                        choices=[("dynamic", "Dynamic"), ("fixed", "Fixed")], default="dynamic", max_length=10
                    ),
                ),
                ("made_from", models.JSONField(null=True)),
                ("rule", models.JSONField()),
                ("rule_revision", models.IntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("ready", "Ready"),
                            ("refreshing", "Refreshing"),
                            ("failed", "Failed"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("error_code", models.CharField(default="", max_length=80)),
                (
                    "cadence",
                    models.CharField(
                        choices=[
                            ("by_hand", "By Hand"),
                            ("quarters", "Quarters"),
                            ("hourly", "Hourly"),
                            ("nightly", "Nightly"),
                        ],
                        default="nightly",
                        max_length=10,
                    ),
                ),
                ("at_hour", models.SmallIntegerField(default=3)),
                ("follows_changes", models.BooleanField(default=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("refreshed_at", models.DateTimeField(null=True)),
                ("as_of", models.DateTimeField(null=True)),
                ("background", models.CharField(default="", max_length=32)),
                ("watermark", models.CharField(default="", max_length=32)),
                ("whole_seconds", models.FloatField(null=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "segments_segment",
                "indexes": [models.Index(fields=["-created_at", "-id"], name="segment_newest")],
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="segment_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(("at_hour__gte", 0), ("at_hour__lte", 23)), name="segment_hour"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FixedMember",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("segment_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField()),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "segments_fixed_member",
                "indexes": [
                    models.Index(fields=["customer_id"], name="fixed_member_customer"),
                    models.Index(fields=["change_xid"], name="fixed_member_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("segment_id", "customer_id"), name="fixed_member_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="snapshots", to="segments.segment"
                    ),
                ),
                ("rule_revision", models.IntegerField()),
                ("as_of", models.DateTimeField()),
                ("lake_snapshot_id", models.BigIntegerField()),
                ("fresh_at", models.DateTimeField(null=True)),
                ("taken_at", models.DateTimeField()),
                ("count", models.BigIntegerField()),
                ("entered", models.BigIntegerField()),
                ("left", models.BigIntegerField()),
                (
                    "because",
                    models.CharField(
                        choices=[("first", "First"), ("rule", "Rule"), ("people", "People")],
                        default="people",
                        max_length=10,
                    ),
                ),
                ("members", models.BinaryField(null=True)),
                ("entered_ids", models.BinaryField(null=True)),
                ("left_ids", models.BinaryField(null=True)),
            ],
            options={
                "db_table": "segments_snapshot",
                "indexes": [models.Index(fields=["segment", "-taken_at", "-id"], name="segment_snapshot_newest")],
            },
        ),
        migrations.CreateModel(
            name="TagRule",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("tag", models.CharField(max_length=40, unique=True)),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tag_rules", to="segments.segment"
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="segments.snapshot",
                    ),
                ),
                ("ran_at", models.DateTimeField(null=True)),
                ("put", models.BigIntegerField(default=0)),
                ("taken", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "segments_tag_rule",
            },
        ),
        migrations.AddField(
            model_name="segment",
            name="snapshot",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="segments.snapshot"
            ),
        ),
    ]
