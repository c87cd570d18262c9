"""Reads: coupons by code, customer and offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from huike.customers.timeline import Entry
from huike.kernel.codes import normalise_code
from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING, Scope
from huike.promotions.errors import CouponNotFound
from huike.promotions.models import Coupon, CouponEvent, Offer
from huike.promotions.rules import CouponFacts, Terms
from huike.promotions.terms.conditions import When


def visible_coupons(scope: Scope) -> QuerySet[Coupon]:
    """Coupons of customers in scope, and those of nobody that were not taken in a store outside it."""
    coupons = Coupon.objects.all()
    if scope.all_stores:
        return coupons
    stores = sorted(scope.store_ids)
    hers = Q(customer__home_store_id__in=stores)
    bearer = Q(customer=None) & (Q(order=None) | Q(order__store_id__in=stores))
    return coupons.filter(hers | bearer)


def discount_given(*, reason: str, scope: Scope) -> list[Money]:
    """What redeemed coupons in scope issued for this reason took off, one amount per currency."""
    redeemed = visible_coupons(scope).filter(reason=reason, state=Coupon.State.REDEEMED)
    sums = redeemed.values_list("discount_currency").annotate(sum=Sum("discount_minor")).order_by("discount_currency")
    return [Money(int(amount_minor), currency) for currency, amount_minor in sums if currency is not None]


def redeemed_count(*, reason: str, scope: Scope) -> int:
    return visible_coupons(scope).filter(reason=reason, state=Coupon.State.REDEEMED).count()


@dataclass(frozen=True, slots=True)
class CouponView:
    code: str
    expires_at: datetime | None


def coupons_of(*, offer_id: int, customer_ids: Sequence[int], reason: str) -> dict[int, CouponView]:
    """The coupon each of these customers got of this offer for this reason, by customer."""
    rows = Coupon.objects.filter(offer_id=offer_id, reason=reason, customer_id__in=list(customer_ids))
    return {
        customer_id: CouponView(code, expires_at)
        for customer_id, code, expires_at in rows.values_list("customer_id", "code", "expires_at")
        if customer_id is not None
    }


def coupons_of_offer(offer_id: int, *, scope: Scope, state: str | None = None, q: str = "") -> QuerySet[Coupon]:
    """The coupons of an offer that are in scope; `q` is a code."""
    coupons = visible_coupons(scope).filter(offer_id=offer_id).select_related("customer", "order")
    if state is not None:
        coupons = coupons.filter(state=state)
    return coupons.filter(code=normalise_code(q)) if q else coupons


def find_coupon(code: str, *, scope: Scope = EVERYTHING) -> Coupon:
    """Raises CouponNotFound."""
    named = visible_coupons(scope).filter(code=normalise_code(code))
    coupon = named.select_related("offer", "terms", "customer", "order").first()
    if coupon is None:
        raise CouponNotFound
    return coupon


def usable_coupons_of(customer_id: int, *, at: datetime) -> list[Coupon]:
    """The coupons a customer could use now, as far as no cart is needed to know; the one that ends first on top."""
    hers = Coupon.objects.filter(customer_id=customer_id, state__in=[Coupon.State.ISSUED, Coupon.State.LOCKED])
    holding = hers.filter(Q(expires_at=None) | Q(expires_at__gt=at), offer__state=Offer.State.ACTIVE)
    in_order = holding.select_related("offer", "terms").order_by(F("expires_at").asc(nulls_last=True), "pk")
    return [coupon for coupon in in_order if _holds_at(coupon.terms.terms.when, at)]


def _holds_at(when: When, at: datetime) -> bool:
    return (when.starts_at is None or when.starts_at <= at) and (when.ends_at is None or at < when.ends_at)


def events_of(coupon_id: int) -> list[CouponEvent]:
    return list(CouponEvent.objects.filter(coupon_id=coupon_id).order_by("pk"))


def _standing_owner(coupon: Coupon) -> int | None:
    """Whose coupon it is: of the file that stands for its customer's where that was merged."""
    return None if coupon.customer is None else coupon.customer.merged_into_id or coupon.customer_id


def facts_of(codes: Sequence[str]) -> dict[str, CouponFacts]:
    """What the evaluation must know of these normalised codes; unknown ones are absent."""
    if not codes:
        return {}
    coupons = Coupon.objects.filter(code__in=list(codes)).select_related("offer", "terms", "customer")
    return {
        coupon.code: CouponFacts(
            id=coupon.pk,
            code=coupon.code,
            state=coupon.state,
            customer_id=_standing_owner(coupon),
            expires_at=coupon.expires_at,
            locked_for=coupon.locked_for,
            locked_until=coupon.locked_until,
            order_id=coupon.order_id,
            terms=Terms(
                offer_id=coupon.offer_id,
                offer_name=coupon.offer.name,
                offer_state=coupon.offer.state,
                terms_id=coupon.terms_id,
                document=coupon.terms.terms,
            ),
        )
        for coupon in coupons
    }


COUPON_MOMENTS = """
SELECT e.at, e.id FROM promotions_coupon c JOIN promotions_coupon_event e ON e.coupon_id = c.id
 WHERE c.customer_id = %(customer_id)s::bigint
"""


def timeline_of_coupons(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each time a coupon of this customer changed its state."""
    return [
        Entry(
            at=event.at,
            kind="coupon",
            id=event.pk,
            title_code=f"timeline.coupon.{event.to_state}",
            params={"offer": event.coupon.offer.name, "code_end": event.coupon.code[-4:]},
            link=f"/offers/{event.coupon.offer_id}",
        )
        for event in CouponEvent.objects.filter(pk__in=ids).select_related("coupon__offer")
    ]


def coupons_of_order(order_id: int) -> list[Coupon]:
    """The coupons an order redeemed."""
    return list(Coupon.objects.filter(order_id=order_id).select_related("offer").order_by("pk"))
