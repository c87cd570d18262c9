"""What loyalty keeps, a file per idea."""

from huike.loyalty.models.members import Member, TierChange
from huike.loyalty.models.points import OrderPoints, PointsPosition
from huike.loyalty.models.programme import Programme, Terms

__all__ = ["Member", "OrderPoints", "PointsPosition", "Programme", "Terms", "TierChange"]
