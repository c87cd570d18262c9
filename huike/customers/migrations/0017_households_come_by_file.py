"""A household remembers what the files of a source call it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_circles_touch_their_people")]

    operations = [
        migrations.AddField(
            "household",
            "source",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.source",
            ),
        ),
        migrations.AddField("household", "told_hmac", models.CharField(max_length=64, null=True)),
        migrations.AddConstraint(
            "household", models.UniqueConstraint(fields=["source", "told_hmac"], name="household_told_once")
        ),
    ]
