"""Whoever sets a line of a till's queue aside says why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("checkout", "0001_tables")]

    operations = [
        migrations.AddField("offlineitem", "note", models.CharField(max_length=300, default="")),
    ]
