import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(default="", max_length=1000)),
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
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"db_table": "segments_segment"},
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("rule_revision", models.IntegerField()),
                ("as_of", models.DateTimeField()),
                ("lake_snapshot_id", models.BigIntegerField()),
                ("fresh_at", models.DateTimeField(null=True)),
                ("taken_at", models.DateTimeField()),
                ("count", models.BigIntegerField()),
                ("entered", models.BigIntegerField()),
                ("left", models.BigIntegerField()),
                ("members", models.BinaryField()),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="snapshots", to="segments.segment"
                    ),
                ),
            ],
            options={
                "db_table": "segments_snapshot",
                "indexes": [models.Index(fields=["segment", "-taken_at", "-id"], name="segment_snapshot_newest")],
            },
        ),
        migrations.AddField(
            model_name="segment",
            name="snapshot",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="segments.snapshot",
            ),
        ),
        migrations.AddIndex(
            model_name="segment",
            index=models.Index(fields=["-created_at", "-id"], name="segment_newest"),
        ),
        migrations.AddConstraint(
            model_name="segment",
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="segment_name_once"),
        ),
    ]
