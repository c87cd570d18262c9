"""What was posted to an asset in a day or a month is found without reading its whole history."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_kept_by_the_database")]

    operations = [
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["asset", "posted_at"], name="transaction_posted"),
        ),
    ]
