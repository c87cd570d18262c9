"""Reads: coupons by code, customer and offer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When

from huike.customers.selectors import names_of_customers
from huike.customers.timeline import Entry
from huike.kernel.codes import normalise_code
from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING, Scope
from huike.orders.models import Order
from huike.promotions.coupons.rules import Life
from huike.promotions.errors import CouponNotFound
from huike.promotions.models import Coupon, CouponEvent, CouponGift, CouponLock, CouponUse, Offer
from huike.promotions.rules import CouponFacts, Terms
from huike.promotions.terms import conditions


def visible_coupons(scope: Scope) -> QuerySet[Coupon]:
    """Coupons of customers in scope, and those of nobody that were not used in a store outside it only."""
    coupons = Coupon.objects.all()
    if scope.all_stores:
        return coupons
    stores = sorted(scope.store_ids)
    used = CouponUse.objects.filter(coupon=OuterRef("pk"), given_back_at=None)
    hers = Q(customer__home_store_id__in=stores)
    bearer = Q(customer=None) & (~Exists(used) | Exists(used.filter(order__store_id__in=stores)))
    return coupons.filter(hers | bearer)


def living_uses(scope: Scope) -> QuerySet[CouponUse]:
    """Uses that were not given back, of coupons in scope; of a bearer's, those in stores in scope."""
    uses = CouponUse.objects.filter(given_back_at=None)
    if scope.all_stores:
        return uses
    stores = sorted(scope.store_ids)
    hers = Q(coupon__customer__home_store_id__in=stores)
    return uses.filter(hers | Q(coupon__customer=None, order__store_id__in=stores))


def sums_of(uses: QuerySet[CouponUse]) -> list[Money]:
    """What these uses took off, one amount per currency."""
    sums = uses.values_list("discount_currency").annotate(sum=Sum("discount_minor")).order_by("discount_currency")
    return [Money(int(amount_minor), currency) for currency, amount_minor in sums]


def discount_given(*, reason: str, scope: Scope) -> list[Money]:
    """What coupons in scope issued for this reason took off, one amount per currency."""
    return sums_of(living_uses(scope).filter(coupon__reason=reason))


def redeemed_count(*, reason: str, scope: Scope) -> int:
    """How many of them were used, once or more."""
    return visible_coupons(scope).filter(reason=reason, uses_left__lt=F("uses_allowed")).count()


@dataclass(frozen=True, slots=True)
class CouponView:
    code: str
    expires_at: datetime | None


def coupons_of(*, offer_id: int, customer_ids: Sequence[int], reason: str) -> dict[int, CouponView]:
    """The coupon each of these customers was given of this offer for this reason, by customer."""
    rows = Coupon.objects.filter(offer_id=offer_id, reason=reason, issued_to__in=list(customer_ids))
    return {
        issued_to: CouponView(code, expires_at)
        for issued_to, code, expires_at in rows.values_list("issued_to", "code", "expires_at")
        if issued_to is not None
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponFilter:
    """Which of an offer's coupons; `q` is a code, `held` says whether somebody holds it."""

    state: str | None = None
    batch_id: int | None = None
    reason: str | None = None
    customer_id: int | None = None
    held: bool | None = None
    expires_before: datetime | None = None
    q: str = ""


def coupons_of_offer(offer_id: int, narrowing: CouponFilter, *, scope: Scope) -> QuerySet[Coupon]:
    """The coupons of an offer that are in scope and as asked for."""
    coupons = visible_coupons(scope).filter(offer_id=offer_id).select_related("customer", "batch")
    equal = {name: getattr(narrowing, name) for name in ("state", "batch_id", "reason", "customer_id")}
    coupons = coupons.filter(**{name: value for name, value in equal.items() if value is not None})
    if narrowing.held is not None:
        coupons = coupons.filter(customer__isnull=not narrowing.held)
    if narrowing.expires_before is not None:
        coupons = coupons.filter(expires_at__lt=narrowing.expires_before)
    return coupons.filter(code=normalise_code(narrowing.q)) if narrowing.q else coupons


def find_coupon(code: str, *, scope: Scope = EVERYTHING) -> Coupon:
    """Raises CouponNotFound."""
    named = visible_coupons(scope).filter(code=normalise_code(code))
    coupon = named.select_related("offer", "terms", "customer", "batch").first()
    if coupon is None:
        raise CouponNotFound
    return coupon


def usable_coupons_of(customer_id: int, *, at: datetime) -> list[Coupon]:
    """The coupons a customer could use now, as far as no cart is needed to know; the one that ends first on top."""
    hers = Coupon.objects.filter(customer_id=customer_id, state__in=[Coupon.State.ISSUED, Coupon.State.LOCKED])
    holding = hers.filter(Q(expires_at=None) | Q(expires_at__gt=at), offer__state=Offer.State.ACTIVE)
    in_order = holding.select_related("offer", "terms").order_by(F("expires_at").asc(nulls_last=True), "pk")
    return [coupon for coupon in in_order if _holds_at(coupon.terms.terms.when, at)]


def _holds_at(when: conditions.When, at: datetime) -> bool:
    return (when.starts_at is None or when.starts_at <= at) and (when.ends_at is None or at < when.ends_at)


def coupons_of_customer(customer_id: int, *, ended_since: datetime) -> list[Coupon]:
    """Her coupons: those that may hold first, then those issued, used or expired since then."""
    hers = Coupon.objects.filter(customer_id=customer_id).select_related("offer", "terms", "batch")
    open_states = Q(state__in=[Coupon.State.ISSUED, Coupon.State.LOCKED])
    recent = Q(redeemed_at__gte=ended_since) | Q(expires_at__gte=ended_since) | Q(issued_at__gte=ended_since)
    rank = Case(When(open_states, then=Value(0)), default=Value(1))
    return list(hers.filter(open_states | recent).order_by(rank, F("expires_at").asc(nulls_last=True), "-pk")[:200])


def events_of(coupon_id: int) -> list[CouponEvent]:
    return list(CouponEvent.objects.filter(coupon_id=coupon_id).order_by("pk"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponStory:
    """One coupon with all there is to tell. `orders` and `names` are of the orders and people in scope."""

    coupon: Coupon
    uses: list[CouponUse]
    locks: list[CouponLock]
    events: list[CouponEvent]
    orders: dict[int, Order]
    names: dict[int, str]


def story_of(coupon: Coupon, *, scope: Scope) -> CouponStory:
    events = events_of(coupon.pk)
    holders = {holder for event in events for holder in (event.holder_before, event.holder_after) if holder is not None}
    told = Order.objects.filter(pk__in={event.order_id for event in events if event.order_id is not None})
    return CouponStory(
        coupon=coupon,
        uses=uses_of([coupon.pk]).get(coupon.pk, []),
        locks=locks_of([coupon.pk]).get(coupon.pk, []),
        events=events,
        orders={order.pk: order for order in told if scope.allows_store(order.store_id)},
        names=names_of_customers(holders, scope) if holders else {},
    )


def uses_of(coupon_ids: Sequence[int]) -> dict[int, list[CouponUse]]:
    """The uses of each of these coupons, also those given back, in the order they were made."""
    found: dict[int, list[CouponUse]] = defaultdict(list)
    for use in CouponUse.objects.filter(coupon_id__in=list(coupon_ids)).select_related("order").order_by("pk"):
        found[use.coupon_id].append(use)
    return found


def locks_of(coupon_ids: Sequence[int]) -> dict[int, list[CouponLock]]:
    found: dict[int, list[CouponLock]] = defaultdict(list)
    for lock in CouponLock.objects.filter(coupon_id__in=list(coupon_ids)).order_by("until_at"):
        found[lock.coupon_id].append(lock)
    return found


def open_gifts_of(coupon_ids: Iterable[int], *, now: datetime) -> dict[int, CouponGift]:
    """The links for a friend that are open, by coupon."""
    links = CouponGift.objects.filter(coupon_id__in=set(coupon_ids), state=CouponGift.State.OPEN, ends_at__gt=now)
    return {gift.coupon_id: gift for gift in links}


def _standing_owner(coupon: Coupon) -> int | None:
    """Whose coupon it is: of the file that stands for its customer's where that was merged."""
    return None if coupon.customer is None else coupon.customer.merged_into_id or coupon.customer_id


def facts_of(codes: Sequence[str]) -> dict[str, CouponFacts]:
    """What the evaluation must know of these normalised codes; unknown ones are absent."""
    if not codes:
        return {}
    coupons = list(Coupon.objects.filter(code__in=list(codes)).select_related("offer", "terms", "customer"))
    lives = lives_of(coupons)
    return {
        coupon.code: CouponFacts(
            id=coupon.pk,
            customer_id=_standing_owner(coupon),
            life=lives[coupon.pk],
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


def lives_of(coupons: Sequence[Coupon]) -> dict[int, Life]:
    """Each of these coupons as it stands. One of a single use has no lock but in its state, and no use but where none
    is left."""
    may_be_locked = [one.pk for one in coupons if one.state == Coupon.State.LOCKED or one.uses_allowed > 1]
    is_used = [one.pk for one in coupons if one.uses_left < one.uses_allowed]
    locks = locks_of(may_be_locked) if may_be_locked else {}
    uses: dict[int, dict[int, datetime]] = defaultdict(dict)
    if is_used:
        living = CouponUse.objects.filter(coupon_id__in=is_used, given_back_at=None)
        for coupon_id, order_id, used_at in living.values_list("coupon_id", "order_id", "used_at"):
            uses[coupon_id][order_id] = used_at
    return {
        one.pk: Life(
            code=one.code,
            state=one.state,
            expires_at=one.expires_at,
            uses_left=one.uses_left,
            customer_id=one.customer_id,
            transfers=one.transfers,
            void_ref=one.void_ref,
            locks={lock.order_key: lock.until_at for lock in locks.get(one.pk, ())},
            uses=uses.get(one.pk, {}),
        )
        for one in coupons
    }


# What happened to her coupons since she had them, and that she gave some away.
COUPON_MOMENTS = """
SELECT e.at, e.id FROM promotions_coupon c JOIN promotions_coupon_event e ON e.coupon_id = c.id
 WHERE c.customer_id = %(customer_id)s::bigint
   AND (c.transfers = 0
        OR e.id >= (SELECT max(t.id) FROM promotions_coupon_event t
                     WHERE t.coupon_id = c.id AND t.deed = 'transferred'))
UNION ALL
SELECT at, id FROM promotions_coupon_event WHERE holder_before = %(customer_id)s::bigint AND deed = 'transferred'
"""


def timeline_of_coupons(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each thing that happened to a coupon while this customer held it."""
    return [
        Entry(
            at=event.at,
            kind="coupon",
            id=event.pk,
            title_code=f"timeline.coupon.{_told_as(event, customer_id)}",
            params={"offer": event.coupon.offer.name, "code_end": event.coupon.code[-4:]},
            link=f"/offers/{event.coupon.offer_id}",
        )
        for event in CouponEvent.objects.filter(pk__in=ids).select_related("coupon__offer")
    ]


def _told_as(event: CouponEvent, customer_id: int) -> str:
    if event.deed == CouponEvent.Deed.TRANSFERRED:
        return "given_away" if event.holder_before == customer_id else "received"
    return event.deed


def uses_of_order(order_id: int) -> list[CouponUse]:
    """The coupons an order uses now."""
    living = CouponUse.objects.filter(order_id=order_id, given_back_at=None)
    return list(living.select_related("coupon__offer").order_by("pk"))
