"""What one offer takes off which line, and what else it gives.

An offer is prepared once: which lines, and how many units of each, is decided by the bases of the cart, before any
offer. What it takes off then depends only on what the offers before it left of these lines, and never grows when they
left less: that is what the search for the best combination rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

from huike.promotions.evaluation.cart import CartLine, Reason, lines_of
from huike.promotions.terms.effects import (
    Amount,
    Bundle,
    BuyGet,
    Effect,
    FixedPrice,
    FreeDelivery,
    Gift,
    Percent,
    PointsFactor,
    Sample,
)
from huike.promotions.terms.goods import Goods
from huike.promotions.terms.parts import MOST_TIMES, ONE_BP


@dataclass(frozen=True, slots=True)
class Given:
    """What an offer gives besides money off. `line_numbers`, from 1, are those that earn points `factor_bp` times;
    of `quantity` units of a product, `to_add` are not in the cart yet."""

    kind: str
    product_id: int | None = None
    quantity: int = 0
    to_add: int = 0
    factor_bp: int | None = None
    line_numbers: tuple[int, ...] = ()
    most_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """`milli` thousandths of a line's `of_milli`, and the price they are left at, if at one."""

    place: int
    milli: int
    of_milli: int


@dataclass(frozen=True)
class Plan:
    """An offer that holds for a cart: `percent_bp` of its parts, or so much (`flat_minor`), or all but a price.

    `unit_price_minor` is of each unit, `price_minor` of all parts together.
    """

    parts: tuple[Part, ...] = ()
    percent_bp: int = ONE_BP
    flat_minor: int | None = None
    unit_price_minor: int | None = None
    price_minor: int | None = None
    most_minor: int | None = None
    worth_minor: int = 0
    given: Given | None = None

    @cached_property
    def places(self) -> tuple[int, ...] | None:
        """The lines, where all of each is meant and what comes off is in proportion: nearly all offers, done faster."""
        in_proportion = self.unit_price_minor is None and self.price_minor is None
        whole = in_proportion and all(part.milli == part.of_milli for part in self.parts)
        return tuple(part.place for part in self.parts) if whole else None

    def take(self, left_minor: Sequence[int]) -> list[int]:
        """What comes off each line, of what earlier offers left; the parts sum to the whole, rounded half to even."""
        if self.places is None:
            return split(self._wanted(left_minor), len(left_minor), most_minor=self.most_minor)
        numerator, denominator = self._share(left_minor)
        wanted = [(place, left_minor[place] * numerator, denominator) for place in self.places if left_minor[place]]
        return split(wanted, len(left_minor))

    def total(self, left_minor: Sequence[int]) -> int:
        """What `take` sums to, without sharing it over the lines."""
        if self.places is None:
            whole, common = _sum(self._wanted(left_minor))
            capped = self.most_minor is not None and whole > self.most_minor * common
            return self.most_minor if capped and self.most_minor is not None else _half_even(whole, common)
        numerator, denominator = self._share(left_minor)
        return _half_even(sum(map(left_minor.__getitem__, self.places)) * numerator, denominator)

    def _share(self, left_minor: Sequence[int]) -> tuple[int, int]:
        """Of what the lines were left, the share that comes off."""
        whole = sum(map(left_minor.__getitem__, self.places or ()))
        if not whole:
            return 0, 1
        most = whole if self.most_minor is None else self.most_minor
        if self.flat_minor is not None:
            return min(self.flat_minor, whole, most), whole
        if whole * self.percent_bp > most * ONE_BP:
            return most, whole
        return self.percent_bp, ONE_BP

    def _wanted(self, left_minor: Sequence[int]) -> list[tuple[int, int, int]]:
        """Exactly, as (place, numerator, denominator)."""
        if self.unit_price_minor is not None:
            return self._over_price(left_minor, self.unit_price_minor)
        if self.price_minor is not None or self.flat_minor is not None:
            return self._shared(left_minor)
        return [
            (part.place, left_minor[part.place] * part.milli * self.percent_bp, part.of_milli * ONE_BP)
            for part in self.parts
        ]

    def _over_price(self, left_minor: Sequence[int], price_minor: int) -> list[tuple[int, int, int]]:
        """What each part comes to above the price of its units."""
        dearer = [(part, left_minor[part.place] * 1_000 - price_minor * part.of_milli) for part in self.parts]
        return [(part.place, over * part.milli, part.of_milli * 1_000) for part, over in dearer if over > 0]

    def _shared(self, left_minor: Sequence[int]) -> list[tuple[int, int, int]]:
        """One sum, shared over the parts by what they come to."""
        worths = [(part.place, Fraction(left_minor[part.place] * part.milli, part.of_milli)) for part in self.parts]
        whole = sum((worth for _, worth in worths), Fraction(0))
        off = whole if self.flat_minor is None else min(Fraction(self.flat_minor), whole)
        off = max(Fraction(0), off - (self.price_minor or 0))
        if not off:
            return []
        share = off / whole
        return [(place, (worth * share).numerator, (worth * share).denominator) for place, worth in worths]


def split(wanted: Sequence[tuple[int, int, int]], size: int, *, most_minor: int | None = None) -> list[int]:
    """Exact amounts by line, each named once, in whole minor units.

    Their sum, rounded half to even and at most `most_minor`, is given out as the whole part of each and one more to the
    largest rests; ties go to the earlier line.

    No line gets more than its amount rounded up.
    """
    parts = [0] * size
    if not wanted:
        return parts
    whole, common = _sum(wanted)
    amounts = [
        (place, numerator if denominator == common else numerator * (common // denominator))
        for place, numerator, denominator in wanted
    ]
    if most_minor is not None and whole > most_minor * common:
        # The same proportions of the most: numerators over a denominator as many times larger.
        amounts = [(place, amount * most_minor) for place, amount in amounts]
        common, whole = whole, whole * most_minor
    rests: list[tuple[int, int]] = []
    lacking = _half_even(whole, common)
    for place, amount in amounts:
        parts[place], rest = divmod(amount, common)
        lacking -= parts[place]
        if rest:
            rests.append((-rest, place))
    if lacking:
        rests.sort()
        for _, place in rests[:lacking]:
            parts[place] += 1
    return parts


def _sum(wanted: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Exactly, as numerator and denominator: one that every part's divides."""
    denominators = {denominator for _, _, denominator in wanted}
    common = lcm(*denominators)
    if len(denominators) == 1:
        return sum(numerator for _, numerator, _ in wanted), common
    return sum(numerator * (common // denominator) for _, numerator, denominator in wanted), common


def _half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    return whole + (rest * 2 > denominator or (rest * 2 == denominator and whole % 2))


def prepare(effect: Effect, lines: Sequence[CartLine], currency: str) -> Plan | Reason:
    """What the effect does to this cart, or what it lacks."""
    match effect:
        case Percent():
            return _on_goods(effect.goods, lines, percent_bp=effect.percent_bp, most_minor=effect.most_minor)
        case Amount():
            return _amount(effect, lines, currency)
        case FixedPrice():
            return _fixed_price(effect, lines)
        case BuyGet():
            return _buy_get(effect, lines)
        case Bundle():
            return _bundle(effect, lines)
        case Gift() | Sample():
            return _gift(effect, lines)
        case PointsFactor():
            places = lines_of(effect.goods, lines)
            given = Given("points", factor_bp=effect.factor_bp, line_numbers=tuple(place + 1 for place in places))
            return Plan(worth_minor=effect.worth_minor, given=given) if places else Reason("offer.no_goods")
        case FreeDelivery():
            fees = Goods(product_ids=effect.fee_product_ids)
            parts = _whole(lines_of(fees, lines), lines) if effect.fee_product_ids else ()
            given = Given("free_delivery", most_minor=effect.most_minor)
            return Plan(parts, most_minor=effect.most_minor, worth_minor=effect.worth_minor, given=given)


def _whole(places: Sequence[int], lines: Sequence[CartLine]) -> tuple[Part, ...]:
    return tuple(Part(place, lines[place].quantity_milli, lines[place].quantity_milli) for place in places)


def _on_goods(
    goods: Goods,
    lines: Sequence[CartLine],
    *,
    percent_bp: int = ONE_BP,
    flat_minor: int | None = None,
    most_minor: int | None = None,
) -> Plan | Reason:
    places = lines_of(goods, lines)
    if not places:
        return Reason("offer.no_goods")
    return Plan(_whole(places, lines), percent_bp=percent_bp, flat_minor=flat_minor, most_minor=most_minor)


def _amount(effect: Amount, lines: Sequence[CartLine], currency: str) -> Plan | Reason:
    if effect.every_minor is None:
        return _on_goods(effect.goods, lines, flat_minor=effect.amount_minor)
    spent_minor = sum(lines[place].base_minor for place in lines_of(effect.goods, lines))
    times = min(spent_minor // effect.every_minor, effect.most_times or MOST_TIMES)
    if times == 0:
        return least_spend(effect.every_minor, spent_minor, currency)
    return _on_goods(effect.goods, lines, flat_minor=effect.amount_minor * times)


def least_spend(needed_minor: int, spent_minor: int, currency: str) -> Reason:
    return Reason(
        "offer.min_spend",
        {"needed_minor": needed_minor, "missing_minor": needed_minor - spent_minor, "currency": currency},
    )


def _dearest_first(places: Sequence[int], lines: Sequence[CartLine]) -> list[int]:
    """By what a unit comes to; of equal ones the earlier line first."""
    return sorted(places, key=lambda place: (-Fraction(lines[place].base_minor, lines[place].quantity_milli), place))


def _fixed_price(effect: FixedPrice, lines: Sequence[CartLine]) -> Plan | Reason:
    places = lines_of(effect.goods, lines)
    if not places:
        return Reason("offer.no_goods")
    if effect.most_units is None:
        return Plan(_whole(places, lines), unit_price_minor=effect.price_minor)
    room_milli, parts = effect.most_units * 1_000, []
    for place in _dearest_first(places, lines):
        milli = min(room_milli, lines[place].quantity_milli)
        room_milli -= milli
        if milli:
            parts.append(Part(place, milli, lines[place].quantity_milli))
    return Plan(tuple(parts), unit_price_minor=effect.price_minor)


def _units(counts: dict[int, int], lines: Sequence[CartLine]) -> tuple[Part, ...]:
    return tuple(
        Part(place, count * 1_000, lines[place].quantity_milli) for place, count in sorted(counts.items()) if count
    )


def _buy_get(effect: BuyGet, lines: Sequence[CartLine]) -> Plan | Reason:
    bought = {place: lines[place].units for place in lines_of(effect.buy, lines)}
    gotten = bought if effect.get is None else {place: lines[place].units for place in lines_of(effect.get, lines)}
    in_both = sum(units for place, units in gotten.items() if place in bought)
    only_bought = sum(bought.values()) - in_both
    only_gotten = sum(gotten.values()) - in_both
    most = min(in_both + only_gotten, effect.get_quantity * (effect.most_times or MOST_TIMES))

    def kept(units: int) -> int:
        """How many of the units that count on both sides must stay bought when so many are given."""
        return max(0, -(-units // effect.get_quantity) * effect.buy_quantity - only_bought)

    low, high = 0, most
    while low < high:  # more given ask for more bought: the most that hold is found by halving
        middle = (low + high + 1) // 2
        holds = kept(middle) + max(0, middle - only_gotten) <= in_both
        low, high = (middle, high) if holds else (low, middle - 1)
    if low == 0:
        lacks = "bought" if only_bought + in_both < effect.buy_quantity or effect.get is None else "gotten"
        return Reason("offer.buy_more", {"missing": kept(1) + max(0, 1 - only_gotten) - in_both, "lacks": lacks})
    spare, counts, wanted = in_both - kept(low), {}, low
    for place in reversed(_dearest_first(list(gotten), lines)):
        room = gotten[place] if place not in bought else min(gotten[place], spare)
        counts[place] = min(room, wanted)
        wanted -= counts[place]
        if place in bought:
            spare -= counts[place]
    return Plan(_units(counts, lines), percent_bp=effect.percent_bp)


def _bundle(effect: Bundle, lines: Sequence[CartLine]) -> Plan | Reason:
    fitting = [_dearest_first(lines_of(part.goods, lines), lines) for part in effect.parts]
    quantities = [part.quantity for part in effect.parts]
    units = [line.units for line in lines]
    most = min(
        sum(units[place] for place in places) // quantity for places, quantity in zip(fitting, quantities, strict=True)
    )
    for times in range(min(most, effect.most_times or MOST_TIMES), 0, -1):
        counts, lacking = _filled(fitting, quantities, units, times)
        if lacking is None:
            return Plan(_units(counts, lines), price_minor=effect.price_minor * times)
    _, lacking = _filled(fitting, quantities, units, 1)
    part, missing = lacking or (0, 1)
    return Reason("offer.missing_goods", {"part": part, "missing": missing})


def _filled(
    fitting: Sequence[Sequence[int]], quantities: Sequence[int], units: Sequence[int], times: int
) -> tuple[dict[int, int], tuple[int, int] | None]:
    """What each line gives when every part takes the dearest units that are left; the first part that lacks some."""
    left = list(units)
    for index, (places, quantity) in enumerate(zip(fitting, quantities, strict=True)):
        wanted = quantity * times
        for place in places:
            taken = min(left[place], wanted)
            left[place] -= taken
            wanted -= taken
        if wanted:
            return {}, (index, wanted)
    return {place: units[place] - rest for place, rest in enumerate(left)}, None


def _gift(effect: Gift | Sample, lines: Sequence[CartLine]) -> Plan:
    counts, wanted = {}, effect.quantity
    mine = [place for place, line in enumerate(lines) if line.product_id == effect.product_id]
    for place in _dearest_first(mine, lines):
        counts[place] = min(lines[place].units, wanted)
        wanted -= counts[place]
    given = Given(effect.kind, product_id=effect.product_id, quantity=effect.quantity, to_add=wanted)
    return Plan(_units(counts, lines), worth_minor=effect.worth_minor, given=given)
