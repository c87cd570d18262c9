"""What answers are worth is learned from the operator's own files; a proposal says what scored it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


def _scored_by() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="customers.duplicatemodel",
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0013_regions_tags_told_and_searches")]

    operations = [
        migrations.CreateModel(
            name="DuplicateModel",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("rules_version", models.SmallIntegerField()),
                ("files_count", models.IntegerField()),
                ("shares", models.JSONField()),
                ("figures", models.JSONField()),
                ("learned_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"db_table": "customers_duplicate_model"},
        ),
        migrations.RemoveField("duplicate", "model_version"),
        migrations.AddField("duplicate", "model", _scored_by()),
        migrations.RemoveField("duplicatesearch", "shares"),
        migrations.RenameField("duplicatesearch", "model_version", "rules_version"),
        migrations.AddField("duplicatesearch", "model", _scored_by()),
    ]
