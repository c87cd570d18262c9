"""Coupons over HTTP."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from huike.platform import clock, idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.promotions import selectors, services
from huike.promotions.models import Coupon
from huike.promotions.offers.selectors import find_offer
from huike.promotions.rules import order_key
from huike.promotions.schemas import (
    CouponOut,
    CouponRow,
    Id,
    LockIn,
    ReleaseIn,
    VoidIn,
)
from huike.staff.access import Requires, principal_of

router = Router(tags=["offers"])

Limit = Query(50, ge=1, le=200)
Code = Annotated[str, Field(min_length=1, max_length=60)]
Words = Annotated[str, Field(max_length=120)]


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
    find_offer(id)
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


def _coupon(request: HttpRequest, coupon: Coupon) -> CouponOut:
    return CouponOut.with_events(coupon, selectors.events_of(coupon.pk), scope=principal_of(request).scope)
