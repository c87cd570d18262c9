"""Every table of this package."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("asked_by_id", models.BigIntegerField(null=True)),
                ("asked_by_key_id", models.BigIntegerField(null=True)),
                ("sql", models.TextField()),
                (
                    "purpose",
                    models.CharField(choices=[("show", "Show"), ("file", "File")], default="show", max_length=4),
                ),
                ("in_clear", models.BooleanField()),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("cancel_requested", models.BooleanField(default=False)),
                ("outcome", models.CharField(default="", max_length=80)),
                ("rows", models.BigIntegerField(null=True)),
                ("cut", models.BooleanField(default=False)),
                ("elapsed_ms", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "insights_question",
                "indexes": [
                    models.Index(fields=["asked_by_id", "-id"], name="question_of_user"),
                    models.Index(fields=["asked_by_key_id", "-id"], name="question_of_key"),
                    models.Index(fields=["asked_at"], name="question_age"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asked_by_id__isnull", False), ("asked_by_key_id__isnull", False), _connector="OR"
                        ),
                        name="question_asked_by",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedQuery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("owner_id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("sql", models.TextField()),
                ("shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "insights_saved_query",
                "indexes": [models.Index(fields=["shared"], name="saved_query_shared")],
                "constraints": [models.UniqueConstraint(fields=("owner_id", "name"), name="saved_query_name_once")],
            },
        ),
    ]
