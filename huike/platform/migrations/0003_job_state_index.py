"""Counting queued and lately failed jobs must not read all jobs ever run."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform", "0002_cache")]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["state", "-finished_at"], name="job_state"),
        ),
    ]
