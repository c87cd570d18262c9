"""The gate for one person, and what a server's answer means. `docs/algorithms/consent-gate.md` and `sending.md`
specify."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo


class Reason(StrEnum):
    """Why a message does not go out."""

    CUSTOMER_GONE = "customer_gone"
    CONSENT_MISSING = "consent_missing"
    CONSENT_DENIED = "consent_denied"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    CAPPED = "capped"


_CONSENT_REASONS: Final = {
    None: Reason.CONSENT_MISSING,
    "denied": Reason.CONSENT_DENIED,
    "withdrawn": Reason.CONSENT_WITHDRAWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the gate looks at. `consent_state` is None when never asked; `recent_count` counts messages in the cap's
    days."""

    is_active: bool
    consent_state: str | None
    is_suppressed: bool
    has_address: bool
    recent_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The operator's limits on marketing. `cap_messages` 0 means no cap; equal or absent quiet times mean none."""

    cap_messages: int = 3
    cap_days: int = 7
    quiet_from: time | None = None
    quiet_until: time | None = None


def refusal(standing: Standing, *, purpose: str, limits: Limits) -> Reason | None:
    """The first reason not to send, or None."""
    if not standing.is_active:
        return Reason.CUSTOMER_GONE
    if standing.consent_state != "granted":
        return _CONSENT_REASONS[standing.consent_state]
    if standing.is_suppressed:
        return Reason.SUPPRESSED
    if not standing.has_address:
        return Reason.NO_ADDRESS
    if purpose == "marketing" and 0 < limits.cap_messages <= standing.recent_count:
        return Reason.CAPPED
    return None


def quiet_until(limits: Limits, *, purpose: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant at which quiet hours that hold `now` end; None outside them and for service messages."""
    start, end = limits.quiet_from, limits.quiet_until
    if purpose != "marketing" or start is None or end is None or start == end:
        return None
    local = now.astimezone(zone)
    clock = local.time()
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    # fold=0 is the first of two equal local times; in a gap, Python gives an instant after it.
    ends_at = datetime.combine(day, end, tzinfo=zone)
    return max(ends_at.astimezone(now.tzinfo), now + timedelta(seconds=1))


MOST_ATTEMPTS: Final = 5
_PAUSES_MINUTES: Final = (1, 5, 30, 120)


def pause_after(attempts_count: int) -> timedelta | None:
    """How long to wait after this many temporary refusals; None when it is time to give up."""
    if attempts_count >= MOST_ATTEMPTS:
        return None
    return timedelta(minutes=_PAUSES_MINUTES[min(attempts_count, len(_PAUSES_MINUTES)) - 1])


_NO_SUCH_MAILBOX: Final = re.compile(r"\b5\.1\.(0|1|2|3|6|10)\b")
_ENHANCED_CODE: Final = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


def is_hard_bounce(*, smtp_code: int, detail: str) -> bool:
    """Whether the answer says that the address does not exist, rather than that this mail was not liked.

    An enhanced status code (RFC 3463) decides where there is one; else 550, 551 and 553, which RFC 5321 gives to
    mailboxes.
    """
    if not 500 <= smtp_code < 600:
        return False
    if _ENHANCED_CODE.search(detail):
        return _NO_SUCH_MAILBOX.search(detail) is not None
    return smtp_code in {550, 551, 553}


def pick_language(*, wanted: str | None, available: list[str], fallback: str) -> str:
    """The language of the template to write to a person in: theirs, else the operator's, else the first there is."""
    base = (wanted or "").lower().split("-")[0].split("_")[0]
    for language in available:
        if base and language.lower().split("-")[0] == base:
            return language
    return fallback if fallback in available else sorted(available)[0]


def first_name(name: str) -> str:
    """How to address somebody in a letter: the first word, or the whole of a Chinese name."""
    return name.split()[0] if name.split() else ""
