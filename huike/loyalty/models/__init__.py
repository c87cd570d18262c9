"""What loyalty keeps, a file per idea."""

from huike.loyalty.models.adjustments import Adjustment
from huike.loyalty.models.bonuses import Bonus
from huike.loyalty.models.cards import Card, CardBatch, CardChange, KeptCard, UsedCode
from huike.loyalty.models.count_cards import OrderUses, UsesRefund
from huike.loyalty.models.members import Member, TierChange, TierGrant
from huike.loyalty.models.points import OrderPoints, PointsPosition
from huike.loyalty.models.programme import Pause, Programme, Terms, TermsDraft
from huike.loyalty.models.rewards import Redemption, RedemptionChange, Reward, RewardCode
from huike.loyalty.models.stored_value import OrderValue, TopUp, ValueFreeze, ValueRefund, ValueRefundPart
from huike.loyalty.models.telling import ExpiryWarning, ToldPosition

__all__ = [
    "Adjustment",
    "Bonus",
    "Card",
    "CardBatch",
    "CardChange",
    "ExpiryWarning",
    "KeptCard",
    "Member",
    "OrderPoints",
    "OrderUses",
    "OrderValue",
    "Pause",
    "PointsPosition",
    "Programme",
    "Redemption",
    "RedemptionChange",
    "Reward",
    "RewardCode",
    "Terms",
    "TermsDraft",
    "TierChange",
    "TierGrant",
    "ToldPosition",
    "TopUp",
    "UsedCode",
    "UsesRefund",
    "ValueFreeze",
    "ValueRefund",
    "ValueRefundPart",
]
