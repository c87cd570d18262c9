"""What follows from what a provider told, and when it is asked again. Pure; `docs/algorithms/payments.md`."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from huike.kernel.money import percent_of

PAYMENT_PAUSES: Final = tuple(timedelta(seconds=s) for s in (5, 5, 10, 15, 30, 60, 120, 300, 600, 900))
REFUND_PAUSES: Final = tuple(timedelta(seconds=s) for s in (2, 5, 15, 60, 300, 900, 3600, 10_800))
MISCONFIGURED_PAUSE: Final = timedelta(minutes=5)
JITTER: Final = 0.2
SETTLES_WITHIN: Final = timedelta(minutes=2)
"""After this an authorise that was begun has arrived or never will: four times what a call may last."""

_FINAL: Final = frozenset({"captured", "failed", "closed"})


def next_state(now: str, told: str) -> str | None:
    """The payment's new state, None where what was told changes nothing. States only move forward, and money wins."""
    if told not in _FINAL or now == "captured":
        return None
    if now in {"failed", "closed"}:
        return "captured" if told == "captured" else None
    return told


def next_refund_state(now: str, told: str) -> str | None:
    """The refund's new state, None where what was told changes nothing."""
    if told == "succeeded" and now != "succeeded":
        return "succeeded"
    if told == "refused" and now in {"requested", "sent"}:
        return "refused"
    return None


def pause_after(tries: int, pauses: tuple[timedelta, ...], *, share: float) -> timedelta:
    """How long to wait after question number `tries`; there is no last one. `share` in [0, 1) is the random part."""
    pause = pauses[min(max(tries, 1), len(pauses)) - 1]
    return pause * (1 - JITTER + 2 * JITTER * share)


def is_wanted(*, unwanted_at: datetime | None, expires_at: datetime, now: datetime) -> bool:
    """Whether a payment may still be made: nobody closed it and its time is not over."""
    return unwanted_at is None and now < expires_at


def fee_of(amount_minor: int, *, rate_bp: int, fixed_minor: int) -> int:
    """What a provider takes for a captured payment: a rate, rounded half to even, and a fixed part."""
    return percent_of(amount_minor, percent_bp=rate_bp) + fixed_minor


def fee_back(fee_minor: int, *, amount_minor: int, refunded_minor: int) -> int:
    """What came back of a fee in all, where it comes back with the money: what is left of it is in proportion to what
    is left of the payment, in however many parts it went."""
    left = Fraction(fee_minor * (amount_minor - refunded_minor), amount_minor)
    return fee_minor - round(left)
