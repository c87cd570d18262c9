"""Who may join, which payment takes a seat, what becomes of a group. Pure; `docs/algorithms/group-life.md` is the
specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from huike.groupbuy.deals.rules import Refusal
from huike.groupbuy.deals.terms import DealDocument

TOKEN_LENGTH: Final = 10
OWN_TOKEN_LENGTH: Final = 24
PATIENCE: Final = timedelta(minutes=60)
"""How long a group waits after its deadline for payments that nobody knows the end of."""

HOLDING: Final = frozenset({"reserved", "seated", "confirmed"})
"""States of a participation that holds pieces of the stock."""


def deadline_of(terms: DealDocument, *, opened_at: datetime) -> datetime:
    return min(opened_at + timedelta(hours=terms.group_hours), terms.ends_at)


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group as it is stored."""

    state: str
    size: int
    forms_at: int
    seats: int
    deadline_at: datetime


def why_not_join(group: GroupFacts, *, is_in: bool, now: datetime) -> Refusal | None:
    """Why somebody, who `is_in` the group already or not, may not join it now."""
    if group.state != "forming":
        return Refusal("group.over", {"state": group.state})
    if now >= group.deadline_at:
        return Refusal("group.over", {"deadline_at": group.deadline_at.isoformat()})
    if is_in:
        return Refusal("group.joined_already")
    if group.seats == 0:
        return Refusal("group.not_open_yet")
    if group.seats >= group.size:
        return Refusal("group.full")
    return None


def why_given_back(
    *, participation_state: str, group_state: str, seats: int, size: int, deadline_at: datetime, captured_at: datetime
) -> str | None:
    """Why money that was just captured takes no seat; None where it does."""
    if participation_state in {"seated", "confirmed"}:
        return "twice"
    if participation_state != "reserved":
        return "late"
    if group_state == "formed" or seats >= size:
        return "full"
    if group_state == "failed":
        return "over"
    if captured_at >= deadline_at:
        return "late"
    return None


def is_to_be_decided(group: GroupFacts, *, paying: int, now: datetime) -> bool:
    """Whether the deadline has passed and nothing more is to be learned, or not waited for any longer."""
    if group.state != "forming" or now < group.deadline_at:
        return False
    return paying == 0 or now >= group.deadline_at + PATIENCE


def decide(group: GroupFacts) -> Literal["formed", "failed"]:
    """What a group that reached its deadline becomes."""
    return "formed" if group.seats >= group.forms_at else "failed"


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    seated_at: datetime


def heir_of(members: Sequence[Member]) -> int | None:
    """Who leads when the leader has left: whoever took a seat first."""
    first = min(members, key=lambda member: (member.seated_at, member.id), default=None)
    return None if first is None else first.id
