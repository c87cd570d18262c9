"""The canonical order and its arithmetic. `docs/algorithms/orders.md` is the specification."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from huike.kernel.errors import FieldError
from huike.kernel.money import minor_exponent

EARLIEST_PLACED_AT = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_PLACED_AFTER_NOW = timedelta(days=1)
MOST_LINES = 1_000
MOST_PAYMENTS = 50
QUANTITY_DECIMALS = 3
PRICE_DECIMALS = 6
# 10^8 units of anything, 10^10 of any currency, and what a sum of them may come to: all far inside a bigint.
MOST_QUANTITY_MILLI = 10**11
MOST_UNIT_PRICE_MICROS = 10**16
MOST_AMOUNT_MINOR = 10**15

_UNIT, _GROUP = "\x1f", "\x1e"


class Kind(StrEnum):
    SALE = "sale"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalLine:
    """One product as it was told: positive whichever way it went. `unit_price_micros` is None when unknown."""

    sku: str
    quantity_milli: int
    unit_price_micros: int | None
    discount_minor: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalPayment:
    """`amount_minor` is positive as told, also for money given back on a return."""

    tender: str
    amount_minor: int


@dataclass(frozen=True, slots=True, order=True)
class BuyerIdentity:
    """One normalised identity the buyer was told by; `kind` is that of `customers.Identity`, or `id`."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalOrder:
    """An order as a source told it, before anything of it is looked up."""

    source_key: str
    external_id: str
    kind: Kind
    placed_at: datetime
    channel: str
    currency: str
    lines: tuple[CanonicalLine, ...]
    payments: tuple[CanonicalPayment, ...] = ()
    buyer: tuple[BuyerIdentity, ...] = ()
    buyer_name: str = ""
    anonymous_key: str | None = None
    store_code: str | None = None
    clerk: str = ""
    coupon_codes: tuple[str, ...] = ()
    return_of: str | None = None
    cancelled: bool = False
    revision: int = 0
    # Found by whoever takes the order, not told with it: cards that name nobody now, such as lost ones, and whose each
    # was when the order was placed. Not of the fingerprint: sent again it is the same order, whatever became of a card.
    silent_cards: tuple[tuple[str, int | None], ...] = ()

    @property
    def known_by(self) -> tuple[BuyerIdentity, ...]:
        """The identities that may name its buyer: a card that names nobody now stands for whoever had it then."""
        silent = dict(self.silent_cards)
        named = [one for one in self.buyer if one.kind != "card" or one.value not in silent]
        if not named:
            named = [BuyerIdentity("id", str(holder)) for holder in silent.values() if holder is not None]
        return tuple(named)

    @property
    def waits_under(self) -> str | None:
        """The key under which a person can claim it; None where it names its buyer."""
        if self.anonymous_key is not None or self.known_by:
            return self.anonymous_key
        return f"card:{self.silent_cards[0][0]}" if self.silent_cards else self.external_id


@dataclass(frozen=True, slots=True)
class Amounts:
    """Gross, discount and net in minor units; negative for a return. Always net = gross - discount."""

    gross_minor: int
    discount_minor: int

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.discount_minor

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.gross_minor + other.gross_minor, self.discount_minor + other.discount_minor)


def sealed_fingerprint(fingerprint: str, *, key: str) -> str:
    """The fingerprint of an erased person's order: it tells a repetition, and cannot be tried with phone numbers."""
    return hmac.new(key.encode(), f"order\x1f{fingerprint}".encode(), sha256).hexdigest()


def sign_of(kind: Kind) -> int:
    """+1 for a sale, -1 for a return."""
    return -1 if kind == Kind.RETURN else 1


def scaled(value: Decimal, decimals: int) -> int:
    """`value` as an integer of 10^-decimals. Raises ValueError when that is not exact or not a number."""
    if not value.is_finite():
        raise ValueError("not a finite number")
    shifted = value.scaleb(decimals)
    whole = int(shifted)
    if whole != shifted:
        raise ValueError(f"more than {decimals} decimals")
    return whole


def line_gross_minor(*, quantity_milli: int, unit_price_micros: int | None, currency: str) -> int:
    """Quantity times price in minor units, rounded half to even; 0 for an unknown price. Takes positive numbers."""
    if unit_price_micros is None:
        return 0
    # thousandths x millionths of the major unit = 10^-9 major = 10^-(9 - exponent) minor
    divisor = 10 ** (9 - minor_exponent(currency))
    whole, rest = divmod(quantity_milli * unit_price_micros, divisor)
    if rest * 2 > divisor or (rest * 2 == divisor and whole % 2 == 1):
        whole += 1
    return whole


def amounts_of_lines(order: CanonicalOrder, *, extra_discounts_minor: tuple[int, ...] = ()) -> list[Amounts]:
    """The signed amounts of each line. `extra_discounts_minor` are what coupons take off, one per line, positive."""
    sign = sign_of(order.kind)
    extras = extra_discounts_minor or (0,) * len(order.lines)
    return [
        Amounts(
            sign
            * line_gross_minor(
                quantity_milli=line.quantity_milli, unit_price_micros=line.unit_price_micros, currency=order.currency
            ),
            sign * (line.discount_minor + extra),
        )
        for line, extra in zip(order.lines, extras, strict=True)
    ]


def total_of(amounts: list[Amounts]) -> Amounts:
    return sum(amounts, Amounts(0, 0))


def faults_of(order: CanonicalOrder, *, now: datetime) -> list[FieldError]:
    """Everything that makes the order impossible, each with its place. Empty when it may be taken."""
    faults: list[FieldError] = []
    if not order.external_id:
        faults.append(FieldError("external_id", "order.external_id_missing"))
    if not EARLIEST_PLACED_AT <= order.placed_at <= now + LATEST_PLACED_AFTER_NOW:
        faults.append(FieldError("placed_at", "order.placed_at_absurd", {"placed_at": order.placed_at.isoformat()}))
    if not 1 <= len(order.lines) <= MOST_LINES:
        faults.append(FieldError("lines", "order.lines_count", {"least": 1, "most": MOST_LINES}))
    if len(order.payments) > MOST_PAYMENTS:
        faults.append(FieldError("payments", "order.payments_count", {"most": MOST_PAYMENTS}))
    if order.return_of is not None and order.kind != Kind.RETURN:
        faults.append(FieldError("return_of", "order.return_of_on_sale"))
    if order.coupon_codes and order.kind == Kind.RETURN:
        faults.append(FieldError("coupons", "order.coupons_on_return"))
    for index, line in enumerate(order.lines):
        faults.extend(_line_faults(f"lines.{index}", line, order.currency))
    for index, payment in enumerate(order.payments):
        if not 0 <= payment.amount_minor <= MOST_AMOUNT_MINOR:
            faults.append(FieldError(f"payments.{index}.amount_minor", "order.amount_out_of_range"))
    return faults


def _line_faults(where: str, line: CanonicalLine, currency: str) -> list[FieldError]:
    if not line.sku:
        return [FieldError(f"{where}.sku", "order.sku_missing")]
    if not 0 < line.quantity_milli <= MOST_QUANTITY_MILLI:
        return [FieldError(f"{where}.quantity", "order.quantity_out_of_range")]
    if line.unit_price_micros is not None and not 0 <= line.unit_price_micros <= MOST_UNIT_PRICE_MICROS:
        return [FieldError(f"{where}.unit_price", "order.price_out_of_range")]
    gross_minor = line_gross_minor(
        quantity_milli=line.quantity_milli, unit_price_micros=line.unit_price_micros, currency=currency
    )
    if gross_minor > MOST_AMOUNT_MINOR:
        return [FieldError(where, "order.amount_out_of_range")]
    if not 0 <= line.discount_minor <= gross_minor:
        return [FieldError(f"{where}.discount_minor", "order.discount_out_of_range", {"most_minor": gross_minor})]
    return []


def payments_missing_minor(order: CanonicalOrder, *, net_minor: int) -> int:
    """What the told payments lack to the net amount, signed as told; 0 where none were told or they add up."""
    if not order.payments:
        return 0
    return abs(net_minor) - sum(payment.amount_minor for payment in order.payments)


def content_sha256(order: CanonicalOrder) -> str:
    """The fingerprint of what was told: section 6 of the specification, which SQL in `bulk.py` repeats."""
    placed_micros = (order.placed_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    head = (
        order.kind.value,
        placed_micros,
        order.channel,
        order.store_code,
        order.clerk,
        order.currency,
        order.return_of,
    )
    groups = [
        _joined(*head),
        _joined(*sorted(f"{identity.kind}:{identity.value}" for identity in order.buyer)),
        _joined(order.anonymous_key),
        _joined(*sorted(order.coupon_codes)),
        _joined(len(order.lines)),
        *(_joined(line.sku, line.quantity_milli, line.unit_price_micros, line.discount_minor) for line in order.lines),
        *(
            _joined(tender, amount_minor)
            for tender, amount_minor in sorted((payment.tender, payment.amount_minor) for payment in order.payments)
        ),
        *(("cancelled",) if order.cancelled else ()),
    ]
    return sha256(_GROUP.join(groups).encode()).hexdigest()


def _joined(*values: object) -> str:
    return _UNIT.join("" if value is None else str(value) for value in values)


class Step(StrEnum):
    """What to do with an order that arrives, given what is stored under its id."""

    CREATE = "create"
    IGNORE = "ignore"
    KEEP = "keep"
    NOTE_REVISION = "note_revision"
    REPLACE = "replace"
    REFUSE = "refuse"


def decide(*, stored: tuple[int, str] | None, revision: int, fingerprint: str) -> Step:
    """The table of section 4. `stored` is (revision, fingerprint) of the known order, None where it is unknown."""
    if stored is None:
        return Step.CREATE
    stored_revision, stored_fingerprint = stored
    if revision < stored_revision:
        return Step.IGNORE
    same_content = fingerprint == stored_fingerprint
    if revision == stored_revision:
        return Step.KEEP if same_content else Step.REFUSE
    return Step.NOTE_REVISION if same_content else Step.REPLACE
