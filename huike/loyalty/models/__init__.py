"""What loyalty keeps, a file per idea."""

from huike.loyalty.models.bonuses import Bonus
from huike.loyalty.models.cards import Card, CardBatch, CardChange, KeptCard, UsedCode
from huike.loyalty.models.members import Member, TierChange, TierGrant
from huike.loyalty.models.points import OrderPoints, PointsPosition
from huike.loyalty.models.programme import Pause, Programme, Terms, TermsDraft

__all__ = [
    "Bonus",
    "Card",
    "CardBatch",
    "CardChange",
    "KeptCard",
    "Member",
    "OrderPoints",
    "Pause",
    "PointsPosition",
    "Programme",
    "Terms",
    "TermsDraft",
    "TierChange",
    "TierGrant",
    "UsedCode",
]
