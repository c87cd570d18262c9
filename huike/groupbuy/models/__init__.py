"""What group buying keeps, a file per idea."""

from huike.groupbuy.models.buyers import Confirmation
from huike.groupbuy.models.complaints import Complaint
from huike.groupbuy.models.deals import Deal, DealTerms
from huike.groupbuy.models.groups import Group, GroupChange, Participation, ParticipationChange
from huike.groupbuy.models.merchants import (
    CommissionRate,
    Merchant,
    MerchantCheck,
    MerchantDocument,
    MerchantStep,
    MerchantStore,
    MerchantTermsVersion,
)
from huike.groupbuy.models.settlement import SettlementAdjustment, Statement, StatementLine
from huike.groupbuy.models.vouchers import Redemption, Voucher, VoucherChange

__all__ = [
    "CommissionRate",
    "Complaint",
    "Confirmation",
    "Deal",
    "DealTerms",
    "Group",
    "GroupChange",
    "Merchant",
    "MerchantCheck",
    "MerchantDocument",
    "MerchantStep",
    "MerchantStore",
    "MerchantTermsVersion",
    "Participation",
    "ParticipationChange",
    "Redemption",
    "SettlementAdjustment",
    "Statement",
    "StatementLine",
    "Voucher",
    "VoucherChange",
]
