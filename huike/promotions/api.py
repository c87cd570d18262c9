"""Offers and coupons over HTTP."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.platform import clock, idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.promotions import selectors, services
from huike.promotions.models import Coupon, Offer
from huike.promotions.rules import order_key
from huike.promotions.schemas import (
    CouponOut,
    CouponRow,
    Id,
    LockIn,
    OfferChange,
    OfferIn,
    OfferOut,
    ReleaseIn,
    VoidIn,
)
from huike.staff.access import Requires, principal_of

router = Router(tags=["offers"])

Limit = Query(50, ge=1, le=200)
Code = Annotated[str, Field(min_length=1, max_length=60)]
Words = Annotated[str, Field(max_length=120)]


@router.get(
    "/offers",
    auth=Requires("offers.read"),
    operation_id="list_offers",
    summary="Offers with what came of them, newest first",
    response={200: PageOf[OfferOut], **problems()},
)
def list_offers(
    request: HttpRequest,
    state: Offer.State | None = None,
    q: Words = "",
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[OfferOut]:
    offers = selectors.list_offers(state=state, q=q)
    page = keyset_page(offers, order="-created_at", cursor=cursor, limit=limit, with_total=True)
    views = selectors.offer_views(page.items, scope=principal_of(request).scope)
    return PageOf(items=[OfferOut.of(view) for view in views], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/offers",
    auth=Requires("offers.write"),
    operation_id="create_offer",
    summary="A new offer, as a draft",
    response={201: OfferOut, **problems()},
)
def create_offer(request: HttpRequest, body: OfferIn) -> Status[OfferOut]:
    offer = services.create_offer(name=body.name, terms=body.draft(), actor=principal_of(request).actor)
    return Status(201, _offer(request, offer.pk))


@router.get(
    "/offers/{id}",
    auth=Requires("offers.read"),
    operation_id="get_offer",
    summary="One offer with its terms and what came of it",
    response={200: OfferOut, **problems(404)},
)
def get_offer(request: HttpRequest, id: Id) -> OfferOut:
    return _offer(request, id)


@router.patch(
    "/offers/{id}",
    auth=Requires("offers.write"),
    operation_id="update_offer",
    summary="Rename an offer, or change its terms for coupons issued from now on",
    response={200: OfferOut, **problems(404, 409)},
)
def update_offer(request: HttpRequest, id: Id, body: OfferChange) -> OfferOut:
    terms = body.draft(selectors.find_offer(id))
    services.update_offer(id, name=body.name, terms=terms, actor=principal_of(request).actor)
    return _offer(request, id)


@router.post(
    "/offers/{id}/activate",
    auth=Requires("offers.write"),
    operation_id="activate_offer",
    summary="Let the offer's coupons be issued and taken",
    response={200: OfferOut, **problems(404, 409)},
)
def activate_offer(request: HttpRequest, id: Id) -> OfferOut:
    services.activate_offer(id, actor=principal_of(request).actor)
    return _offer(request, id)


@router.post(
    "/offers/{id}/pause",
    auth=Requires("offers.write"),
    operation_id="pause_offer",
    summary="Take none of its coupons until it is activated again",
    response={200: OfferOut, **problems(404, 409)},
)
def pause_offer(request: HttpRequest, id: Id) -> OfferOut:
    services.pause_offer(id, actor=principal_of(request).actor)
    return _offer(request, id)


@router.post(
    "/offers/{id}/end",
    auth=Requires("offers.write"),
    operation_id="end_offer",
    summary="End the offer and its coupons for good",
    response={200: OfferOut, **problems(404, 409)},
)
def end_offer(request: HttpRequest, id: Id) -> OfferOut:
    services.end_offer(id, actor=principal_of(request).actor)
    return _offer(request, id)


@router.get(
    "/offers/{id}/coupons",
    auth=Requires("offers.read"),
    operation_id="list_coupons_of_offer",
    summary="The coupons of an offer, newest first; `q` is a code",
    response={200: PageOf[CouponRow], **problems(404)},
)
def list_coupons_of_offer(
    request: HttpRequest,
    id: Id,
    state: Coupon.State | None = None,
    q: Words = "",
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[CouponRow]:
    selectors.find_offer(id)
    scope = principal_of(request).scope
    coupons = selectors.coupons_of_offer(id, scope=scope, state=state, q=q)
    page = keyset_page(coupons, order="-id", cursor=cursor, limit=limit)
    return PageOf(
        items=[CouponRow.of(coupon, scope=scope) for coupon in page.items],
        next_cursor=page.next_cursor,
    )


@router.get(
    "/coupons/{code}",
    auth=Requires("offers.read"),
    operation_id="get_coupon",
    summary="The coupon with this code, as a customer shows it: its terms, and everything that happened to it",
    response={200: CouponOut, **problems(404)},
)
def get_coupon(request: HttpRequest, code: Code) -> CouponOut:
    return _coupon(request, selectors.find_coupon(code))


@router.post(
    "/coupons/{code}/lock",
    auth=Requires("orders.write"),
    operation_id="lock_coupon",
    summary="Hold a coupon for one order while its customer pays",
    response={200: CouponOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def lock_coupon(request: HttpRequest, code: Code, body: LockIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> tuple[int, CouponOut]:
        coupon = services.lock_coupon(
            code,
            order_key=order_key(body.source, body.order_external_id),
            seconds=body.seconds,
            now=clock.now(),
            actor=principal.actor,
        )
        return 200, _coupon(request, coupon)

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route=f"lock_coupon {code}",
            key=idempotency.key_of(request),
            body=body,
            action=act,
        )
    )


@router.post(
    "/coupons/{code}/release",
    auth=Requires("orders.write"),
    operation_id="release_coupon",
    summary="Let go of a coupon held for an order that will not be paid",
    response={200: CouponOut, **problems(404, 409)},
)
def release_coupon(request: HttpRequest, code: Code, body: ReleaseIn) -> CouponOut:
    held_for = order_key(body.source, body.order_external_id)
    actor = principal_of(request).actor
    return _coupon(request, services.release_coupon(code, order_key=held_for, now=clock.now(), actor=actor))


@router.post(
    "/coupons/{code}/void",
    auth=Requires("offers.write"),
    operation_id="void_coupon",
    summary="Take a coupon out of use for good",
    response={200: CouponOut, **problems(404, 409)},
)
def void_coupon(request: HttpRequest, code: Code, body: VoidIn) -> CouponOut:
    principal = principal_of(request)
    selectors.find_coupon(code, scope=principal.scope)
    return _coupon(request, services.void_coupon(code, note=body.reason, now=clock.now(), actor=principal.actor))


def _offer(request: HttpRequest, offer_id: int) -> OfferOut:
    return OfferOut.of(selectors.find_offer(offer_id, scope=principal_of(request).scope))


def _coupon(request: HttpRequest, coupon: Coupon) -> CouponOut:
    return CouponOut.with_events(coupon, selectors.events_of(coupon.pk), scope=principal_of(request).scope)
