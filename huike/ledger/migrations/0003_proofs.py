"""The record of each look at all the books."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_kept_by_the_database"),
    ]

    operations = [
        migrations.CreateModel(
            name="Proof",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("transactions", models.BigIntegerField()),
                ("entries", models.BigIntegerField()),
                ("faults", models.JSONField(default=list)),
                ("seconds", models.FloatField()),
            ],
            options={
                "db_table": "ledger_proof",
            },
        ),
    ]
