"""The lake follows members, so that a rule can be tried on years of their purchases."""

from django.db import migrations

from huike.lake.following import bury, touch_with_customer


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0007_kept_cards"), ("lake", "0001_tables")]

    operations = [
        bury("loyalty_member"),
        touch_with_customer("members", ["loyalty_member"]),
    ]
