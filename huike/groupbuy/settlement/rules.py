"""Periods and lines of a settlement. Pure; `docs/algorithms/settlement.md` is the specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from huike.groupbuy.merchants.terms import Period


class LineKind(StrEnum):
    REDEEMED = "redeemed"
    REFUNDED = "refunded"
    ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, the last one excluded."""

    starts_on: date
    ends_on: date

    def ends_at(self, zone: ZoneInfo) -> datetime:
        return midnight(self.ends_on, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def span_of(day: date, period: Period) -> Span:
    """The period a day is in."""
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(monday, monday + timedelta(days=7))
    first, next_first = day.replace(day=1), (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    if period == "month":
        return Span(first, next_first)
    middle = day.replace(day=16)
    return Span(first, middle) if day < middle else Span(middle, next_first)


def spans_to_cut(
    first: date, *, cut_until: date | None, today: date, period: Period, waits_days: int
) -> Iterator[Span]:
    """The periods from the day of the first line on that are over, have been waited for, and are not cut yet.

    What lies before `cut_until` was cut: a period that began before it, since periods were of another length then,
    begins there.
    """
    day = first if cut_until is None else max(first, cut_until)
    while True:
        span = span_of(day, period)
        if span.ends_on + timedelta(days=waits_days) > today:
            return
        yield Span(span.starts_on if cut_until is None else max(span.starts_on, cut_until), span.ends_on)
        day = cut_until = span.ends_on


@dataclass(frozen=True, slots=True)
class Figures:
    """What a line is, from what its transaction moved. `net_minor = gross_minor − commission_minor`."""

    kind: LineKind
    gross_minor: int
    commission_minor: int
    net_minor: int


def figures_of(moves: Mapping[str, int], account: str) -> Figures | None:
    """The line of a merchant's account that a transaction of the ledger is; None for a payout."""
    net, commission = moves.get(account, 0), moves.get("commission", 0)
    if "payout" in moves:
        return None
    if "adjusted" in moves:
        kind = LineKind.ADJUSTED
    else:
        kind = LineKind.REDEEMED if net + commission >= 0 else LineKind.REFUNDED
    return Figures(kind, net + commission, commission, net)


@dataclass(frozen=True, slots=True)
class Totals:
    redeemed_minor: int
    refunded_minor: int
    commission_minor: int
    adjusted_minor: int
    net_minor: int


def totals_of(lines: Iterable[Figures]) -> Totals:
    """`net_minor = redeemed + refunded − commission + adjusted`; refunded is at most zero."""
    gross = dict.fromkeys(LineKind, 0)
    commission = net = 0
    for line in lines:
        gross[line.kind] += line.gross_minor
        commission += line.commission_minor
        net += line.net_minor
    return Totals(gross[LineKind.REDEEMED], gross[LineKind.REFUNDED], commission, gross[LineKind.ADJUSTED], net)
