"""What a use of a voucher is worth, whether it holds. Pure; `docs/algorithms/group-life.md` is the specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from huike.groupbuy.deals.rules import Refusal
from huike.groupbuy.deals.terms import Hours, Validity
from huike.kernel.money import allocate, percent_of

CODE_LENGTH: Final = 12
OFFLINE_HOURS: Final = 24
"""How late a phone that was offline may tell of a redemption; so long an expiry waits to be carried out."""
UNDO_WITHIN: Final = timedelta(minutes=30)
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far ahead of ours a phone's clock may be."""


def valid_from(validity: Validity, *, formed_at: datetime, zone: ZoneInfo) -> datetime:
    """The instant from which vouchers hold: a midnight, or at once where they hold from the first day on."""
    if validity.valid_after_days == 0:
        return formed_at
    return _midnight(formed_at, validity.valid_after_days, zone)


def valid_until(validity: Validity, *, formed_at: datetime, zone: ZoneInfo) -> datetime:
    """The instant from which they do not hold any more: the end of the last day."""
    if validity.valid_until is not None:
        last = validity.valid_until + timedelta(days=1)
        return datetime(last.year, last.month, last.day, tzinfo=zone)
    return _midnight(formed_at, (validity.valid_days or 0) + 1, zone)


def _midnight(at: datetime, days_later: int, zone: ZoneInfo) -> datetime:
    day = at.astimezone(zone).date() + timedelta(days=days_later)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def part_of(left_minor: int, *, uses_left: int, uses: int) -> int:
    """What so many of the uses left are worth; the last use takes what is left."""
    return sum(allocate(left_minor, [1] * uses_left)[:uses])


def commission_of(amount_minor: int, *, commission_bp: int) -> int:
    return percent_of(amount_minor, percent_bp=commission_bp)


def state_of(*, uses: int, used: int) -> str:
    """The state of a voucher that is neither expired nor refunded."""
    if used == 0:
        return "issued"
    return "used" if used == uses else "partly_used"


@dataclass(frozen=True, slots=True)
class VoucherFacts:
    """A voucher as it is stored, with what its terms say about where and when."""

    state: str
    uses: int
    used: int
    valid_from: datetime
    valid_until: datetime
    validity: Validity

    @property
    def uses_left(self) -> int:
        return self.uses - self.used


def why_not_redeemed(
    voucher: VoucherFacts, *, uses: int, store_id: int, at: datetime, zone: ZoneInfo
) -> Refusal | None:
    """The first reason for which it does not hold at this store at the instant somebody was there."""
    if voucher.state in {"refunded", "expired", "used"}:
        return Refusal(f"voucher.{voucher.state}")
    if uses > voucher.uses_left:
        return Refusal("voucher.too_few_uses", {"left": voucher.uses_left})
    if at < voucher.valid_from:
        return Refusal("voucher.not_yet", {"valid_from": voucher.valid_from.isoformat()})
    if at >= voucher.valid_until:
        return Refusal("voucher.expired", {"valid_until": voucher.valid_until.isoformat()})
    if voucher.validity.store_ids and store_id not in voucher.validity.store_ids:
        return Refusal("voucher.wrong_store")
    local = at.astimezone(zone)
    opened = _day_it_opened(voucher.validity.hours, local)
    if opened is None:
        return Refusal("voucher.closed")
    if opened in {day.toordinal() for day in voucher.validity.blackout_days}:
        return Refusal("voucher.blackout", {"day": datetime.fromordinal(opened).date().isoformat()})
    return None


def _day_it_opened(hours: Sequence[Hours], local: datetime) -> int | None:
    """The day, as an ordinal, whose opening hours this instant belongs to: after midnight it may be the day before."""
    today = local.date()
    if not hours:
        return today.toordinal()
    clock = local.time()
    for opening in hours:
        crosses = opening.closes_at <= opening.opens_at
        if (
            today.isoweekday() in opening.weekdays
            and opening.opens_at <= clock
            and (crosses or clock < opening.closes_at)
        ):
            return today.toordinal()
    yesterday = today - timedelta(days=1)
    for opening in hours:
        crosses = opening.closes_at <= opening.opens_at
        if crosses and yesterday.isoweekday() in opening.weekdays and clock < opening.closes_at:
            return yesterday.toordinal()
    return None


def why_not_told(*, at: datetime, now: datetime) -> Refusal | None:
    """Why a redemption that happened then is not heard now."""
    if at > now + CLOCK_TOLERANCE:
        return Refusal("voucher.told_ahead")
    if at < now - timedelta(hours=OFFLINE_HOURS):
        return Refusal("voucher.told_too_late", {"hours": OFFLINE_HOURS})
    return None
