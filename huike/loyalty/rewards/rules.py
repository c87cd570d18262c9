"""Who may redeem a reward, and until when it waits for her. Pure; `docs/algorithms/rewards.md` is the specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

CODE_LENGTH: Final = 12

# reward state → states it may go to
REWARD_MOVES: Final[dict[str, frozenset[str]]] = {
    "draft": frozenset({"active", "ended"}),
    "active": frozenset({"paused", "ended"}),
    "paused": frozenset({"active", "ended"}),
    "ended": frozenset(),
}


def states_before(target: str) -> list[str]:
    """The reward states from which `target` may be reached."""
    return sorted(state for state, targets in REWARD_MOVES.items() if target in targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardFacts:
    """What decides whether a reward is to be had. No `tiers`: every tier."""

    state: str
    programme_id: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tiers: frozenset[str] = frozenset()
    limit_count: int | None = None
    limit_period: str = "ever"
    left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """Who asks: the programme she is in, her tier, and when she redeemed this reward before."""

    programme_id: int | None
    tier: str | None = None
    redeemed_at: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, as a code with its parameters."""

    code: str
    params: dict[str, Any]


def why_not(reward: RewardFacts, member: MemberFacts, *, now: datetime, zone: ZoneInfo) -> Refusal | None:
    """The first reason for which she may not have the reward; her points are not looked at."""
    if reward.state != "active":
        return Refusal("reward.not_active", {"state": reward.state})
    if reward.starts_at is not None and now < reward.starts_at:
        return Refusal("reward.not_started", {"starts_at": reward.starts_at.isoformat()})
    if reward.ends_at is not None and now >= reward.ends_at:
        return Refusal("reward.over", {"ends_at": reward.ends_at.isoformat()})
    if member.programme_id != reward.programme_id:
        return Refusal("reward.members_only", {})
    if reward.tiers and member.tier not in reward.tiers:
        return Refusal("reward.wrong_tier", {"tiers": sorted(reward.tiers)})
    if reward.limit_count is not None:
        begins_at = period_begins_at(now, reward.limit_period, zone)
        had = sum(begins_at is None or at >= begins_at for at in member.redeemed_at)
        if had >= reward.limit_count:
            return Refusal("reward.limit", {"count": reward.limit_count, "period": reward.limit_period})
    if reward.left is not None and reward.left <= 0:
        return Refusal("reward.sold_out", {})
    return None


def period_begins_at(now: datetime, period: str, zone: ZoneInfo) -> datetime | None:
    """When the calendar period began that `now` is in; None for `ever`."""
    day = now.astimezone(zone).date()
    if period == "ever":
        return None
    begin = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
    }[period]
    return datetime(begin.year, begin.month, begin.day, tzinfo=zone)


def collect_until(requested_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the `days`-th day after the one on which a product was requested."""
    day = requested_at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime(day.year, day.month, day.day, tzinfo=zone)
