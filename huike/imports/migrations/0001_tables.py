"""Every table of this package."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("orders", "Orders"), ("lines", "Lines"), ("customers", "Customers")], max_length=9
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("checking", "Checking"),
                            ("checked", "Checked"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=9,
                    ),
                ),
                ("filename", models.CharField(max_length=255)),
                ("bytes", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("format", models.JSONField(default=dict)),
                ("columns", models.JSONField(default=list)),
                ("mapping_proposed", models.JSONField(default=dict)),
                ("questions", models.JSONField(default=dict)),
                ("answers", models.JSONField(default=dict)),
                ("check_report", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
                ("refused", models.CharField(max_length=10, null=True)),
                ("error_code", models.CharField(default="", max_length=80)),
                ("error_params", models.JSONField(default=dict)),
                ("job_id", models.BigIntegerField(null=True)),
                ("mapping_id", models.BigIntegerField(null=True)),
                ("mapping_name", models.CharField(db_default="", default="", max_length=60)),
                ("mapping_version", models.IntegerField(null=True)),
                ("preset", models.CharField(db_default="", default="", max_length=30)),
                (
                    "origin",
                    models.CharField(
                        choices=[("screen", "Screen"), ("command", "Command"), ("folder", "Folder"), ("call", "Call")],
                        db_default="screen",
                        default="screen",
                        max_length=7,
                    ),
                ),
                ("arrival", models.CharField(max_length=400, null=True, unique=True)),
                ("unattended", models.CharField(db_default="", default="", max_length=10)),
                ("requested_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "imports_import",
                "indexes": [models.Index(fields=["-created_at", "-id"], name="import_newest")],
            },
        ),
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("orders", "Orders"), ("lines", "Lines"), ("customers", "Customers")], max_length=9
                    ),
                ),
                ("preset", models.CharField(default="", max_length=30)),
                ("version", models.IntegerField(default=1)),
                ("columns", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=dict)),
                ("rules", models.JSONField(default=dict)),
                ("format", models.JSONField(default=dict)),
                ("from_folder", models.BooleanField(default=False)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "imports_saved_mapping",
            },
        ),
    ]
