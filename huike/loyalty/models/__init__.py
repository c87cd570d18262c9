"""What loyalty keeps, a file per idea."""

from huike.loyalty.models.members import Member, TierChange
from huike.loyalty.models.points import OrderPoints, PointsPosition
from huike.loyalty.models.programme import Pause, Programme, Terms, TermsDraft

__all__ = ["Member", "OrderPoints", "Pause", "PointsPosition", "Programme", "Terms", "TermsDraft", "TierChange"]
