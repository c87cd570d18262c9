"""A reward may have a picture."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0002_kept_by_the_database"), ("platform", "0001_tables")]

    operations = [
        migrations.AddField(
            model_name="reward",
            name="picture",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="platform.picture",
            ),
        ),
    ]
