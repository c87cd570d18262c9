"""What a coupon takes off which line, or why it does not. `docs/algorithms/coupons.md` is the specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from huike.kernel.money import allocate, percent_of
from huike.promotions.coupons.rules import Life, why_not
from huike.promotions.terms.document import OfferDocument
from huike.promotions.terms.effects import Percent

MOST_COUPONS_PER_ORDER: Final = 5

# offer state → states it may go to
OFFER_MOVES: Final[dict[str, frozenset[str]]] = {
    "draft": frozenset({"active", "ended"}),
    "active": frozenset({"paused", "ended"}),
    "paused": frozenset({"active", "ended"}),
    "ended": frozenset(),
}


def states_before(target: str) -> list[str]:
    """The offer states from which `target` may be reached."""
    return sorted(state for state, targets in OFFER_MOVES.items() if target in targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of an offer, as far as a cart asks."""

    offer_id: int
    offer_name: str
    offer_state: str
    terms_id: int
    document: OfferDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponFacts:
    """A coupon as it stands, with its terms. `customer_id` is the file that stands for its holder."""

    id: int
    customer_id: int | None
    life: Life
    terms: Terms

    @property
    def code(self) -> str:
        return self.life.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """What is being bought. `bases_minor` is each line's amount after the till's own discounts.

    `order_key` names the order a lock is held for; `order_id` is set when an earlier revision of it is known.
    """

    at: datetime
    currency: str
    bases_minor: tuple[int, ...]
    store_id: int | None
    customer_id: int | None
    order_key: str
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a coupon does not hold."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One code's part in the result. Without a reason it is applied, and `discounts_minor` has one part per line."""

    code: str
    coupon: CouponFacts | None
    reason: Reason | None = None
    discounts_minor: tuple[int, ...] = ()

    @property
    def discount_minor(self) -> int:
        return sum(self.discounts_minor)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What all codes come to, in the order they were given."""

    verdicts: tuple[Verdict, ...]
    line_discounts_minor: tuple[int, ...]

    @property
    def refusal(self) -> Verdict | None:
        """The first code that does not hold."""
        return next((verdict for verdict in self.verdicts if verdict.reason is not None), None)


def order_key(source_key: str, external_id: str) -> str:
    """The name of an order that a coupon is held for."""
    return f"{source_key}:{external_id}"


def evaluate(cart: Cart, codes: Sequence[str], coupons: dict[str, CouponFacts]) -> Evaluation:
    """Which codes hold, and what each takes off which line. Codes that do not hold take nothing off."""
    left = list(cart.bases_minor)
    verdicts: list[Verdict] = []
    offers_used: set[int] = set()
    for code in codes:
        coupon = coupons.get(code)
        reason = _why_not(coupon, cart, offers_used)
        if coupon is None or reason is not None:
            verdicts.append(Verdict(code=code, coupon=coupon, reason=reason))
            continue
        offers_used.add(coupon.terms.offer_id)
        effect = coupon.terms.document.effect
        parts = split_percent(left, percent_bp=effect.percent_bp) if isinstance(effect, Percent) else [0] * len(left)
        left = [base - part for base, part in zip(left, parts, strict=True)]
        verdicts.append(Verdict(code=code, coupon=coupon, discounts_minor=tuple(parts)))
    taken = tuple(base - rest for base, rest in zip(cart.bases_minor, left, strict=True))
    return Evaluation(tuple(verdicts), taken)


def split_percent(bases_minor: Sequence[int], *, percent_bp: int) -> list[int]:
    """The discount of each line: the parts sum to the rounded percentage of the whole, and none exceeds its line."""
    return allocate(percent_of(sum(bases_minor), percent_bp=percent_bp), list(bases_minor))


def _why_not(coupon: CouponFacts | None, cart: Cart, offers_used: set[int]) -> Reason | None:
    if coupon is None:
        return Reason("coupon.not_found")
    honoured = cart.order_id in coupon.life.uses
    if not honoured:
        reason = _why_not_by_state(coupon, cart)
        if reason is not None:
            return reason
    if coupon.customer_id is not None and coupon.customer_id != cart.customer_id:
        return Reason("coupon.not_yours")
    if coupon.terms.offer_id in offers_used:
        return Reason("coupon.same_offer_twice")
    if not honoured:
        reason = _why_not_by_offer(coupon.terms, cart)
        if reason is not None:
            return reason
    return _why_not_by_cart(coupon.terms, cart)


def _why_not_by_state(coupon: CouponFacts, cart: Cart) -> Reason | None:
    refused = why_not(coupon.life, order_key=cart.order_key, at=cart.at)
    if refused is None:
        return None
    return Reason(refused.code, {name: told for name, told in refused.params.items() if name != "coupon"})


def _why_not_by_offer(terms: Terms, cart: Cart) -> Reason | None:
    if terms.offer_state != "active":
        return Reason("offer.not_active", {"state": terms.offer_state})
    when = terms.document.when
    if when.starts_at is not None and cart.at < when.starts_at:
        return Reason("offer.not_started", {"starts_at": when.starts_at.isoformat()})
    if when.ends_at is not None and cart.at >= when.ends_at:
        return Reason("offer.over", {"ended_at": when.ends_at.isoformat()})
    return None


def _why_not_by_cart(terms: Terms, cart: Cart) -> Reason | None:
    document = terms.document
    if document.where.store_ids and cart.store_id not in document.where.store_ids:
        return Reason("offer.wrong_store")
    if document.currency is not None and document.currency != cart.currency:
        return Reason("offer.wrong_currency", {"currency": document.currency})
    if document.cart.spend is None:
        return None
    missing_minor = document.cart.spend.amount_minor - sum(cart.bases_minor)
    if missing_minor > 0:
        return Reason(
            "offer.min_spend",
            {
                "needed_minor": document.cart.spend.amount_minor,
                "missing_minor": missing_minor,
                "currency": cart.currency,
            },
        )
    return None


def expiry_of(
    *, issued_at: datetime, valid_days: int | None, ends_at: datetime | None, zone: ZoneInfo
) -> datetime | None:
    """When a coupon issued now stops holding: at the end of its last day in `zone`, or with its offer."""
    if valid_days is None:
        return ends_at
    day_after = issued_at.astimezone(zone).date() + timedelta(days=valid_days + 1)
    last_moment = datetime(day_after.year, day_after.month, day_after.day, tzinfo=zone)
    return last_moment if ends_at is None else min(last_moment, ends_at)
