"""Whose rows each round of the sync changed."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lake", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("before", models.CharField(max_length=32)),
                ("after", models.CharField(max_length=32)),
                ("table_name", models.CharField(max_length=63)),
                ("customers", models.BinaryField(null=True)),
                ("noted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "lake_change",
                "indexes": [
                    models.Index(fields=["before"], name="lake_change_before"),
                    models.Index(fields=["noted_at"], name="lake_change_age"),
                ],
            },
        ),
    ]
