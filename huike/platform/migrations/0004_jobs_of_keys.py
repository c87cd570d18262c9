"""A job asked for by an API key is that key's, and what it made can be fetched by it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform", "0003_job_state_index")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="requested_by_key_id",
            field=models.BigIntegerField(null=True),
        ),
    ]
