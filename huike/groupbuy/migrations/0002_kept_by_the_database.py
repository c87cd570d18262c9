"""What was agreed, checked, decided and settled is never edited; rows follow a merge of files."""

from django.db import migrations

from huike.customers.merging.late_rows import follow_merge
from huike.platform.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0001_tables"), ("customers", "0002_kept_by_the_database")]

    operations = [
        append_only("groupbuy_deal_terms"),
        append_only("groupbuy_group_change"),
        append_only("groupbuy_participation_change"),
        append_only("groupbuy_voucher_change"),
        append_only("groupbuy_merchant_check"),
        append_only("groupbuy_merchant_step"),
        append_only("groupbuy_commission_rate"),
        append_only("groupbuy_merchant_terms"),
        append_only("groupbuy_statement_line"),
        append_only("groupbuy_settlement_adjustment"),
        follow_merge("groupbuy_participation"),
    ]
