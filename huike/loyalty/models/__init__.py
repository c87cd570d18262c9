"""What loyalty keeps, a file per idea."""

from huike.loyalty.models.members import Member, TierChange
from huike.loyalty.models.programme import Pause, Programme, Terms, TermsDraft

__all__ = ["Member", "Pause", "Programme", "Terms", "TermsDraft", "TierChange"]
