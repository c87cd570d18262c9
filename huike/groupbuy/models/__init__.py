"""What group buying keeps, a file per idea."""

from huike.groupbuy.models.deals import Deal, DealTerms
from huike.groupbuy.models.groups import Group, GroupChange, Participation, ParticipationChange
from huike.groupbuy.models.merchants import Merchant
from huike.groupbuy.models.vouchers import Redemption, Voucher, VoucherChange

__all__ = [
    "Deal",
    "DealTerms",
    "Group",
    "GroupChange",
    "Merchant",
    "Participation",
    "ParticipationChange",
    "Redemption",
    "Voucher",
    "VoucherChange",
]
