"""Terms, tiers, cards, top-ups and refunds are corrected by new rows; rows follow a merge of files, those of the ledger too.

The lake follows members and what customers have: every entry of the ledger changes its account, so accounts tell of
their lots.
"""

from django.db import migrations

from huike.customers.merging.late_rows import follow_merge
from huike.lake.following import bury, follow, touch_with_customer
from huike.platform.guards import append_only, passed_on_only, touch


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0001_tables"),
        ("ledger", "0002_kept_by_the_database"),
        ("customers", "0002_kept_by_the_database"),
    ]

    operations = [
        append_only("loyalty_terms"),
        append_only("loyalty_tier_change"),
        append_only("loyalty_card_change"),
        append_only("loyalty_redemption_change"),
        *passed_on_only("loyalty_top_up"),
        *passed_on_only("loyalty_value_refund"),
        *passed_on_only("loyalty_value_refund_part"),
        *passed_on_only("loyalty_uses_refund"),
        touch("loyalty_order_points"),
        touch("loyalty_order_value"),
        touch("loyalty_order_uses"),
        *follow("loyalty_member"),
        *bury("ledger_account"),
        touch_with_customer("loyalty", ["loyalty_member", "ledger_account"]),
        follow_merge("loyalty_member"),
        follow_merge("loyalty_tier_grant"),
        follow_merge("loyalty_kept_card"),
        follow_merge("loyalty_top_up"),
        follow_merge("loyalty_value_refund"),
        follow_merge("loyalty_value_freeze"),
        follow_merge("loyalty_uses_refund"),
        follow_merge("loyalty_redemption"),
        follow_merge("loyalty_adjustment"),
        follow_merge("loyalty_expiry_warning"),
        follow_merge("ledger_account"),
        follow_merge("ledger_hold"),
    ]
