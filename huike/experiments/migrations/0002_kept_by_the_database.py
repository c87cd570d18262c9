"""Who is in which group never changes."""

from django.db import migrations

from huike.platform.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("experiments", "0001_tables"), ("platform", "0001_tables")]

    operations = [
        append_only("experiments_assignment"),
    ]
