"""The lives of offers and coupons, and when a coupon holds. `docs/algorithms/coupons.md` is the specification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from huike.promotions.coupons.rules import Life, why_not
from huike.promotions.evaluation.cart import Cart, Reason
from huike.promotions.terms.document import OfferDocument

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
    """One version of an offer, as far as a cart asks. `is_pinned`: an order stood with it under an earlier revision."""

    offer_id: int
    offer_name: str
    offer_state: str
    terms_id: int
    document: OfferDocument
    is_pinned: bool = False


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


def order_key(source_key: str, external_id: str) -> str:
    """The name of an order that a coupon is held for."""
    return f"{source_key}:{external_id}"


def why_not_by_state(coupon: CouponFacts, cart: Cart) -> Reason | None:
    """What of the coupon itself stands against it, at the time of the sale."""
    refused = why_not(coupon.life, order_key=cart.order_key, at=cart.at)
    if refused is None:
        return None
    return Reason(refused.code, {name: told for name, told in refused.params.items() if name != "coupon"})


def expiry_of(
    *, issued_at: datetime, valid_days: int | None, ends_at: datetime | None, zone: ZoneInfo
) -> datetime | None:
    """When a coupon issued now stops holding: at the end of its last day in `zone`, or with its offer."""
    if valid_days is None:
        return ends_at
    day_after = issued_at.astimezone(zone).date() + timedelta(days=valid_days + 1)
    last_moment = datetime(day_after.year, day_after.month, day_after.day, tzinfo=zone)
    return last_moment if ends_at is None else min(last_moment, ends_at)
