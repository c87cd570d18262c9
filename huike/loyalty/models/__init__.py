"""What loyalty keeps, a file per idea."""

from huike.loyalty.models.cards import Card, CardBatch, CardChange, KeptCard, UsedCode
from huike.loyalty.models.members import Member, TierChange
from huike.loyalty.models.programme import Programme, Terms

__all__ = ["Card", "CardBatch", "CardChange", "KeptCard", "Member", "Programme", "Terms", "TierChange", "UsedCode"]
