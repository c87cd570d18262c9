"""What a delivery means: canonical orders with revisions that put any order of arrival right. Pure.

`docs/algorithms/received-orders.md` is the specification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from huike.customers.services import normalise_buyer
from huike.kernel.errors import HuikeError
from huike.orders.receivers.errors import AmountsDoNotAddUp
from huike.orders.receivers.payload import Payload
from huike.orders.rules import (
    PRICE_DECIMALS,
    QUANTITY_DECIMALS,
    BuyerIdentity,
    CanonicalLine,
    CanonicalOrder,
    content_sha256,
    line_gross_minor,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Platforms tell whole seconds: the micros of a second are left to tell two words of one second apart.
_PROGRESS_STEP = 10_000
_FIRST_WINS = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What stands around the body of a delivery."""

    topic: str
    delivery_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFacts:
    """What is known of the source beforehand: for platforms that tell no currency and no offset."""

    source_key: str
    channel: str
    currency: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Orders a delivery tells of, all about one order of the shop. `deleted`: the shop threw it away and tells nothing
    else of it."""

    object_key: str
    orders: tuple[CanonicalOrder, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """A delivery that is rightly no purchase; `reason` is a code."""

    reason: str


class Platform(Protocol):
    """One kind of shop. `topics` are those to subscribe to."""

    topics: tuple[str, ...]
    acknowledgement: bytes

    def is_signed(self, headers: Mapping[str, str], body: bytes, *, secret: str, client_id: str) -> bool: ...

    def told(self, headers: Mapping[str, str], body: bytes) -> Told: ...

    def read(self, topic: str, body: bytes, shop: ShopFacts) -> Reading | Skip: ...


def micros(at: datetime) -> int:
    return int((at - _EPOCH).total_seconds()) * 1_000_000 + at.microsecond


def newest_wins(order: CanonicalOrder, *, told_at: datetime, progress: int = 0) -> CanonicalOrder:
    """With the revision of what was told at that moment.

    Of two words of one second the further `progress` (0..98) is later, and among equals the content decides, somehow
    but always alike. Even, so that `thrown_away` fits between.
    """
    bare = replace(order, revision=0)
    tie = int(content_sha256(bare)[:8], 16) % _PROGRESS_STEP
    return replace(order, revision=2 * (micros(told_at) + progress * _PROGRESS_STEP + tie))


def first_wins(order: CanonicalOrder, *, told_at: datetime) -> CanonicalOrder:
    """With a revision that lets the earliest word stand."""
    return replace(order, revision=_FIRST_WINS - micros(told_at))


def thrown_away(order: CanonicalOrder) -> CanonicalOrder:
    """The order as it was told last, deleted since."""
    return replace(order, cancelled=True, revision=order.revision + 1)


def line_of(
    *, sku: str, name: str, quantity: Decimal, gross_minor: int, net_minor: int, currency: str, exponent: int
) -> CanonicalLine:
    """A line that comes to exactly these amounts: the unit price is as fine as it must be, a rest becomes discount.

    A net above the gross is a surcharge and raises the price.
    """
    gross_minor = max(gross_minor, net_minor)
    quantity_milli = int(quantity.scaleb(QUANTITY_DECIMALS).to_integral_value(ROUND_HALF_EVEN))
    if quantity_milli <= 0:
        return CanonicalLine(sku=sku, name=name, quantity_milli=quantity_milli, unit_price_micros=0)
    unit = Decimal(gross_minor).scaleb(-exponent) / quantity
    price_micros = int(unit.scaleb(PRICE_DECIMALS).to_integral_value(ROUND_HALF_EVEN))
    counted = line_gross_minor(quantity_milli=quantity_milli, unit_price_micros=price_micros, currency=currency)
    while counted < gross_minor:
        price_micros += 1
        counted = line_gross_minor(quantity_milli=quantity_milli, unit_price_micros=price_micros, currency=currency)
    return CanonicalLine(
        sku=sku,
        name=name,
        quantity_milli=quantity_milli,
        unit_price_micros=price_micros,
        discount_minor=counted - net_minor,
    )


def net_of(line: CanonicalLine, currency: str) -> int:
    gross_minor = line_gross_minor(
        quantity_milli=line.quantity_milli, unit_price_micros=line.unit_price_micros, currency=currency
    )
    return gross_minor - line.discount_minor


def extra(sku: str, name: str, amount_minor: int, currency: str, exponent: int) -> tuple[CanonicalLine, ...]:
    """A line for what is paid and is no product: delivery, tax, a tip. None for nothing."""
    if amount_minor <= 0:
        return ()
    return (
        line_of(
            sku=sku,
            name=name,
            quantity=Decimal(1),
            gross_minor=amount_minor,
            net_minor=amount_minor,
            currency=currency,
            exponent=exponent,
        ),
    )


def take_off(lines: Sequence[CanonicalLine], amount_minor: int, currency: str) -> tuple[CanonicalLine, ...]:
    """The lines with so much more discount, from the first on as far as each reaches."""
    rest, reduced = amount_minor, []
    for line in lines:
        part = min(rest, net_of(line, currency))
        rest -= part
        reduced.append(replace(line, discount_minor=line.discount_minor + part))
    return tuple(reduced)


def come_to(
    lines: Sequence[CanonicalLine], total_minor: int, currency: str, exponent: int, *, tolerance_minor: int
) -> tuple[CanonicalLine, ...]:
    """The lines, made to come to the shop's total where only its rounding stands between. Raises AmountsDoNotAddUp."""
    counted = sum(net_of(line, currency) for line in lines)
    gap = total_minor - counted
    if abs(gap) > tolerance_minor:
        raise AmountsDoNotAddUp(told_minor=total_minor, counted_minor=counted, currency=currency)
    if gap >= 0:
        return (*lines, *extra("rounding", "Rounding", gap, currency, exponent))
    return take_off(lines, -gap, currency)


def identities(*pairs: tuple[str, str], shop: ShopFacts, country: str = "") -> tuple[BuyerIdentity, ...]:
    """The (kind, text) that can be read; `country` is where the buyer lives.

    A shop's customer may type anything for a phone: that loses no order."""
    found = []
    for kind, text in pairs:
        if text:
            try:
                found.append(BuyerIdentity(kind, normalise_buyer(kind, text, source=shop.source_key, country=country)))
            except HuikeError:
                continue
    return tuple(dict.fromkeys(found))


def full_name(person: Payload, first: str = "first_name", last: str = "last_name") -> str:
    names = [person.text(first, longest=90), person.text(last, longest=90)] if person.value else []
    return " ".join(name for name in names if name)
