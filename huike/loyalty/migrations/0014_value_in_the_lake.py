"""The lake follows what customers have. Every entry of the ledger changes its account, so accounts tell of their lots."""

from django.db import migrations

from huike.lake.following import bury, touch_with_customer


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0013_told_of_points"), ("ledger", "0003_proofs"), ("lake", "0001_tables")]

    operations = [
        bury("ledger_account"),
        touch_with_customer("value", ["ledger_account"]),
    ]
