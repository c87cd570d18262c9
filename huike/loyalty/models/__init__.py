"""What loyalty keeps, a file per idea."""

from huike.loyalty.models.members import Member, TierChange, TierGrant
from huike.loyalty.models.programme import Programme, Terms

__all__ = ["Member", "Programme", "Terms", "TierChange", "TierGrant"]
