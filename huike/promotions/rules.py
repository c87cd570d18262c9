"""The lives of offers and coupons, and when a coupon holds. `docs/algorithms/coupons.md` is the specification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from huike.promotions.evaluation.cart import Cart, Reason
from huike.promotions.terms.document import OfferDocument

CODE_LENGTH: Final = 12
MOST_COUPONS_PER_ORDER: Final = 5
LONGEST_LOCK_SECONDS: Final = 3_600

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
    """One version of an offer, as far as a cart asks. `is_pinned`: an order stood with it under an earlier revision."""

    offer_id: int
    offer_name: str
    offer_state: str
    terms_id: int
    document: OfferDocument
    is_pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponFacts:
    """A coupon as it is stored, with its terms."""

    id: int
    code: str
    state: str
    customer_id: int | None
    expires_at: datetime | None
    locked_for: str | None
    locked_until: datetime | None
    order_id: int | None
    terms: Terms


def order_key(source_key: str, external_id: str) -> str:
    """The name of an order that a coupon is held for."""
    return f"{source_key}:{external_id}"


def why_not_by_state(coupon: CouponFacts, cart: Cart) -> Reason | None:
    """What of the coupon itself stands against it, at the time of the sale."""
    if coupon.state in {"void", "redeemed"}:
        return Reason("coupon.void" if coupon.state == "void" else "coupon.already_redeemed")
    if (
        coupon.state == "locked"
        and coupon.locked_for != cart.order_key
        and coupon.locked_until is not None
        and coupon.locked_until > cart.at
    ):
        return Reason("coupon.locked", {"until": coupon.locked_until.isoformat()})
    if coupon.expires_at is not None and cart.at >= coupon.expires_at:
        return Reason("coupon.expired", {"expired_at": coupon.expires_at.isoformat()})
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
