"""When an attempt is made again and what an answer means: `docs/algorithms/webhooks.md`, section 3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from huike.platform.outward.results import Result

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After the first attempt, the second …; after the last there is no other."""
ATTEMPTS_AT_MOST: Final = len(PAUSES) + 1
LONGEST_HOLD: Final = timedelta(days=1)
DISABLED_AFTER: Final = timedelta(days=5)
BODY_LIMIT_BYTES: Final = 20_000
_JITTER: Final = 0.1
_GONE: Final = 410
_HOLDING: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows for the delivery (`state`, and when again) and for its endpoint."""

    state: str
    due_at: datetime | None = None
    hold_endpoint_until_at: datetime | None = None
    endpoint_gone: bool = False


def judge(result: Result, *, tries: int, now: datetime, share: float) -> Verdict:
    """What follows from the attempt number `tries` of this round. `share` in [0, 1) is the random part of the pause."""
    if result.outcome == "delivered":
        return Verdict(state="delivered")
    if result.status == _GONE:
        return Verdict(state="failed", endpoint_gone=True)
    asked = wait_asked_for(result.retry_after, now=now)
    pause = pause_after(tries, share=share)
    hold = None
    if result.status in _HOLDING:
        hold = now + min(asked or pause or PAUSES[0], LONGEST_HOLD)
    if pause is None:
        return Verdict(state="failed", hold_endpoint_until_at=hold)
    return Verdict(state="pending", due_at=now + max(pause, asked or pause), hold_endpoint_until_at=hold)


def pause_after(tries: int, *, share: float) -> timedelta | None:
    """How long to wait after attempt number `tries`; None when it was the last."""
    if tries > len(PAUSES):
        return None
    return PAUSES[max(tries, 1) - 1] * (1 + _JITTER * share)


def wait_asked_for(retry_after: str, *, now: datetime) -> timedelta | None:
    """`Retry-After` as a duration (RFC 9110, 10.2.3), at most a day; None where it says nothing readable."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text[:12]), 10**6)), LONGEST_HOLD)
    try:
        until_at = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    until_at = until_at if until_at.tzinfo else until_at.replace(tzinfo=UTC)
    return min(max(until_at - now, timedelta(0)), LONGEST_HOLD)


def disabled_for_failing(failing_since_at: datetime | None, *, now: datetime) -> bool:
    """Whether an endpoint that has only failed since then is to be turned off."""
    return failing_since_at is not None and now - failing_since_at >= DISABLED_AFTER
