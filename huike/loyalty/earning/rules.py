"""What a purchase earns. `docs/algorithms/earning.md` is the specification, `simulation` says the same of the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import count
from math import ceil, floor, lcm
from operator import mul
from typing import Any
from zoneinfo import ZoneInfo

from huike.customers.birthdays import LunarDay, next_birthday
from huike.kernel.money import allocate
from huike.loyalty.terms.earning import (
    MOST_POINTS,
    ONE_BP,
    BirthdaySpan,
    Combination,
    Earning,
    Exclusions,
    Maturity,
    Multiplier,
    RoundedPer,
    Rounding,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """What is kept of one line. `category_ids` are its product's category and all above it; `offer_factors_bp` are how
    many times its points offers give, as multipliers that hold for it."""

    line_number: int
    product_id: int
    net_minor: int
    category_ids: frozenset[int] = frozenset()
    brand_id: int | None = None
    is_discounted: bool = False
    offer_factors_bp: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What is kept of a sale, in the programme's currency. `tenders` are what was paid by each and not given back."""

    placed_at: datetime
    store_id: int | None
    channel: str
    lines: Sequence[PurchaseLine]
    tenders: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Whose purchase it is, as she was when it was placed."""

    tier: str | None = None
    born_on: date | None = None
    lunar: LunarDay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Already:
    """What she earned by purchases before this one, on its day and in its month."""

    day_points: int = 0
    month_points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """`line_points` are of each line number, and sum to `points`. `explanation` is plain JSON."""

    points: int
    line_points: Mapping[int, int]
    matures_at: datetime
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Moment:
    """An instant as the operator's clock and calendar show it."""

    day: date
    minute: int


def points_of(
    purchase: Purchase, *, buyer: Buyer, terms: Earning, zone: ZoneInfo, already: Already = Already()
) -> Earned:
    """What is kept of a sale earns so much, under these terms. What came back is not told: call it again without."""
    lines = sorted(purchase.lines, key=lambda line: line.line_number)
    moment = _moment(purchase.placed_at, zone)
    holding = [
        index
        for index, multiplier in enumerate(terms.multipliers)
        if _holds_for_order(multiplier, purchase, buyer=buyer, moment=moment)
    ]
    reasons = [_why_excluded(line, purchase, terms.exclusions) for line in lines]
    share = _counting_share(purchase, terms.exclusions)
    counted = sum((line.net_minor for line, why in zip(lines, reasons, strict=True) if why is None), 0) * share
    enough = counted >= terms.least_spend_minor

    told: list[dict[str, Any]] = []
    raw: list[Fraction] = []
    rate = Fraction(terms.points_per_unit, terms.unit_minor)
    most_factor = Fraction(terms.most_factor_bp, ONE_BP)
    for line, why in zip(lines, reasons, strict=True):
        indexes = [] if why else [index for index in holding if _holds_for_line(terms.multipliers[index], line)]
        offered = () if why else line.offer_factors_bp
        unlimited = combined([*(terms.multipliers[index].factor_bp for index in indexes), *offered], terms.combination)
        factor = min(unlimited, most_factor)
        raw.append(line.net_minor * share * factor * rate if enough and why is None else Fraction(0))
        counting = _counting(indexes, terms, offered)
        told.append(
            {
                "line": line.line_number,
                "net_minor": line.net_minor,
                "excluded": why,
                "rules": counting,
                "outdone": [index for index in indexes if index not in counting],
                "factor": _decimal(factor),
                "factor_limited": factor < unlimited,
                **({"offers_bp": list(offered)} if offered else {}),
            }
        )

    weights = [rounded(each, terms.rounding) for each in raw] if terms.rounded_per == RoundedPer.LINE else _whole(raw)
    before_caps = (
        sum(weights) if terms.rounded_per == RoundedPer.LINE else rounded(sum(raw, Fraction(0)), terms.rounding)
    )
    points, cuts = _capped(before_caps, terms=terms, already=already)
    parts = allocate(points, weights) if weights else []
    for line_told, part in zip(told, parts, strict=True):
        line_told["points"] = part
    return Earned(
        points=points,
        line_points={line.line_number: part for line, part in zip(lines, parts, strict=True)},
        matures_at=matures_at(purchase.placed_at, days=terms.pending_days, matures=terms.matures, zone=zone),
        explanation={
            "points": points,
            "points_per_unit": terms.points_per_unit,
            "unit_minor": terms.unit_minor,
            "rounding": terms.rounding.value,
            "rounded_per": terms.rounded_per.value,
            "combination": terms.combination.value,
            "counted_minor": floor(counted),
            "not_counted": _not_counted(purchase, terms.exclusions),
            "least_spend_minor": None if enough else terms.least_spend_minor,
            "rules": [
                {"rule": index, "name": terms.multipliers[index].name, "factor_bp": terms.multipliers[index].factor_bp}
                for index in sorted({rule for each in told for rule in (*each["rules"], *each["outdone"])})
            ],
            "lines": told,
            "before_caps": before_caps,
            "cuts": cuts,
        },
    )


def combined(factors_bp: Sequence[int], combination: Combination) -> Fraction:
    """What several multipliers come to for one line, before it is limited; one where none holds."""
    one = Fraction(1)
    factors = [Fraction(factor_bp, ONE_BP) for factor_bp in factors_bp]
    match combination:
        case Combination.MULTIPLY:
            return reduce(mul, factors, one)
        case Combination.ADD:
            return max(Fraction(0), one + sum((factor - one for factor in factors), Fraction(0)))
        case Combination.HIGHEST:
            return max(factors, default=one)


def rounded(points: Fraction, rounding: Rounding) -> int:
    """Whole points, exactly."""
    match rounding:
        case Rounding.DOWN:
            return floor(points)
        case Rounding.UP:
            return ceil(points)
        case Rounding.HALF_EVEN:
            return round(points)


def matures_at(at: datetime, *, days: int, matures: Maturity, zone: ZoneInfo) -> datetime:
    """When points of this instant may be spent: at once where they wait for no days."""
    if days == 0:
        return at
    if matures == Maturity.EXACT:
        return at + timedelta(days=days)
    day_after = at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime(day_after.year, day_after.month, day_after.day, tzinfo=zone)


def span_of(day: date, span: BirthdaySpan) -> tuple[date, date]:
    """The first and last day of the day itself, its week or its month."""
    match span:
        case BirthdaySpan.DAY:
            return day, day
        case BirthdaySpan.WEEK:
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        case BirthdaySpan.MONTH:
            first = day.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _moment(at: datetime, zone: ZoneInfo) -> _Moment:
    local = at.astimezone(zone)
    return _Moment(local.date(), local.hour * 60 + local.minute)


def _holds_for_order(multiplier: Multiplier, purchase: Purchase, *, buyer: Buyer, moment: _Moment) -> bool:
    """Whether everything holds that the multiplier asks of the order and its buyer."""
    if multiplier.tiers and buyer.tier not in multiplier.tiers:
        return False
    if multiplier.store_ids and purchase.store_id not in multiplier.store_ids:
        return False
    if multiplier.channels and purchase.channel not in multiplier.channels:
        return False
    return _holds_at(multiplier, moment) and _holds_by_birthday(multiplier, buyer, moment.day)


def _holds_at(multiplier: Multiplier, moment: _Moment) -> bool:
    day, hours = moment.day, multiplier.hours
    if hours is not None:
        over_midnight = hours.until_minute < hours.from_minute
        after_start, before_end = moment.minute >= hours.from_minute, moment.minute < hours.until_minute
        if not (after_start or before_end if over_midnight else after_start and before_end):
            return False
        if over_midnight and before_end:
            day -= timedelta(days=1)
    if multiplier.weekdays and day.isoweekday() not in multiplier.weekdays:
        return False
    return (multiplier.first_on is None or day >= multiplier.first_on) and (
        multiplier.last_on is None or day <= multiplier.last_on
    )


def _holds_by_birthday(multiplier: Multiplier, buyer: Buyer, day: date) -> bool:
    if multiplier.birthday is None:
        return True
    first_on, last_on = span_of(day, multiplier.birthday)
    birthday_on = next_birthday(today=first_on, born_on=buyer.born_on, lunar=buyer.lunar)
    return birthday_on is not None and birthday_on <= last_on


def _holds_for_line(multiplier: Multiplier, line: PurchaseLine) -> bool:
    return (
        (not multiplier.product_ids or line.product_id in multiplier.product_ids)
        and (not multiplier.category_ids or not line.category_ids.isdisjoint(multiplier.category_ids))
        and (not multiplier.brand_ids or line.brand_id in multiplier.brand_ids)
    )


def _why_excluded(line: PurchaseLine, purchase: Purchase, exclusions: Exclusions) -> str | None:
    """The first reason for which a line earns nothing."""
    if purchase.channel in exclusions.channels:
        return "channel"
    if purchase.store_id in exclusions.store_ids:
        return "store"
    if line.product_id in exclusions.product_ids:
        return "product"
    if not line.category_ids.isdisjoint(exclusions.category_ids):
        return "category"
    if line.brand_id in exclusions.brand_ids:
        return "brand"
    if exclusions.discounted_lines and line.is_discounted:
        return "discounted"
    return None


def _counting_share(purchase: Purchase, exclusions: Exclusions) -> Fraction:
    """The share of the order that was paid by what counts; each line is taken to be paid in the same way."""
    net_minor = sum(line.net_minor for line in purchase.lines)
    if net_minor == 0:
        return Fraction(0)
    by_others_minor = sum(_not_counted(purchase, exclusions).values())
    return Fraction(max(0, net_minor - by_others_minor), net_minor)


def _not_counted(purchase: Purchase, exclusions: Exclusions) -> dict[str, int]:
    paid = ((tender.value, purchase.tenders.get(tender.value, 0)) for tender in exclusions.tenders)
    return {tender: amount_minor for tender, amount_minor in paid if amount_minor > 0}


def _counting(indexes: list[int], terms: Earning, offered: Sequence[int]) -> list[int]:
    """Which of the multipliers that hold count: all, or the first of the highest, unless an offer gives more."""
    if terms.combination == Combination.HIGHEST and indexes:
        highest = max(indexes, key=lambda index: (terms.multipliers[index].factor_bp, -index))
        return [highest] if terms.multipliers[highest].factor_bp >= max(offered, default=0) else []
    return indexes


def _decimal(factor: Fraction) -> str:
    """The factor to its last digit: its denominator divides a power of ten."""
    digits = next(digits for digits in count() if 10**digits % factor.denominator == 0)
    return f"{Decimal(f'{factor.numerator * 10**digits // factor.denominator}e-{digits}'):f}"


def _whole(amounts: Sequence[Fraction]) -> list[int]:
    """The same proportions in integers."""
    denominator = lcm(*(amount.denominator for amount in amounts))
    return [int(amount * denominator) for amount in amounts]


def _capped(points: int, *, terms: Earning, already: Already) -> tuple[int, list[dict[str, Any]]]:
    """What is left of the points, and what each cap took."""
    cuts: list[dict[str, Any]] = []
    for cap, limit, used in (
        ("order", MOST_POINTS if terms.caps.per_order is None else terms.caps.per_order, 0),
        ("day", terms.caps.per_day, already.day_points),
        ("month", terms.caps.per_month, already.month_points),
    ):
        room = points if limit is None else max(0, limit - used)
        if points > room:
            cuts.append({"cap": cap, "limit": limit, "already": used, "points": points - room})
            points = room
    return points, cuts
