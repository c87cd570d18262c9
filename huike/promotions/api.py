"""Coupons over HTTP."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.customers import selectors as customers
from huike.platform import audit, clock, idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.job_schema import JobOut
from huike.platform.schema import PageOf
from huike.promotions import selectors
from huike.promotions.coupons import issuing, many, services
from huike.promotions.models import Coupon
from huike.promotions.offers.selectors import find_offer
from huike.promotions.rules import order_key
from huike.promotions.schemas import (
    CouponOut,
    CouponRow,
    GiveIn,
    Id,
    IssuedOut,
    IssueIn,
    LockIn,
    NoteIn,
    OwnCouponOut,
    ReleaseIn,
    RestoreManyIn,
    SegmentIssueIn,
    VoidManyIn,
)
from huike.promotions.selectors import CouponFilter
from huike.staff.access import Requires, principal_of

router = Router(tags=["offers"])

Limit = Query(50, ge=1, le=200)
Code = Annotated[str, Field(min_length=1, max_length=60)]
Words = Annotated[str, Field(max_length=120)]
_RECENT: Final = timedelta(days=90)
OptionalId = Annotated[Id | None, Query()]


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
    batch_id: OptionalId = None,
    reason: Words | None = None,
    held: bool | None = None,
    q: Words = "",
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[CouponRow]:
    find_offer(id)
    scope = principal_of(request).scope
    narrowing = CouponFilter(state=state, batch_id=batch_id, reason=reason, held=held, q=q)
    coupons = selectors.coupons_of_offer(id, narrowing, scope=scope)
    page = keyset_page(coupons, order="-id", cursor=cursor, limit=limit)
    uses = selectors.uses_of([coupon.pk for coupon in page.items if coupon.uses_left < coupon.uses_allowed])
    return PageOf(
        items=[CouponRow.of(coupon, uses.get(coupon.pk, ()), scope=scope) for coupon in page.items],
        next_cursor=page.next_cursor,
    )


@router.post(
    "/offers/{id}/coupons",
    auth=Requires("offers.write"),
    operation_id="issue_coupons",
    summary="Give customers a coupon by hand, each one",
    response={201: IssuedOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def issue_coupons(request: HttpRequest, id: Id, body: IssueIn) -> HttpResponse:
    principal = principal_of(request)
    key = idempotency.key_of(request)

    def act() -> tuple[int, IssuedOut]:
        hers = [customers.find_standing(one, scope=principal.scope).pk for one in body.customer_ids]
        # Its key names the deed: told again it gives nothing more, and another time she gets another one.
        reason = f"hand:{sha256(f'{principal.key} {key}'.encode()).hexdigest()[:24]}"
        issued = issuing.issue(id, hers, reason=reason, now=clock.now(), by=principal.label)
        coupons = selectors.coupons_of(offer_id=id, customer_ids=hers, reason=reason)
        audit.record(
            principal.actor, "issue_coupons", subject_kind="offer", subject_id=id, details={"customers": sorted(hers)}
        )
        return 201, IssuedOut(issued=issued, codes=[coupons[one].code for one in dict.fromkeys(hers)])

    return idempotency.respond(
        idempotency.once(principal=principal.key, route=f"issue_coupons {id}", key=key, body=body, action=act)
    )


@router.post(
    "/offers/{id}/coupons/to-segment",
    auth=Requires("offers.write"),
    operation_id="issue_coupons_to_segment",
    summary="Give everybody in a segment a coupon who was given none for it; a job does it",
    response={202: JobOut, **problems(404, 409)},
)
def issue_coupons_to_segment(request: HttpRequest, id: Id, body: SegmentIssueIn) -> Status[JobOut]:
    return Status(202, JobOut.of(many.issue_to_segment(id, body.segment_id, principal=principal_of(request))))


@router.post(
    "/offers/{id}/coupons/void",
    auth=Requires("offers.write"),
    operation_id="void_coupons",
    summary="Take many coupons of an offer out of use; a job does it",
    response={202: JobOut, **problems(404)},
)
def void_coupons(request: HttpRequest, id: Id, body: VoidManyIn) -> Status[JobOut]:
    job = many.void_coupons(id, body.narrowing(), note=body.reason, principal=principal_of(request))
    return Status(202, JobOut.of(job))


@router.post(
    "/coupons/restore",
    auth=Requires("offers.write"),
    operation_id="restore_coupons",
    summary="Undo what a job took out of use; another job does it",
    response={202: JobOut, **problems(404)},
)
def restore_coupons(request: HttpRequest, body: RestoreManyIn) -> Status[JobOut]:
    return Status(202, JobOut.of(many.restore_coupons(body.job_id, note=body.reason, principal=principal_of(request))))


@router.get(
    "/customers/{id}/coupons",
    auth=Requires("offers.read"),
    operation_id="list_coupons_of_customer",
    summary="A customer's coupons: those that may hold first, then the last three months'",
    response={200: list[OwnCouponOut], **problems(404)},
)
def list_coupons_of_customer(request: HttpRequest, id: Id) -> list[OwnCouponOut]:
    scope = principal_of(request).scope
    hers = customers.find_customer(id, scope=scope).pk
    coupons = selectors.coupons_of_customer(hers, ended_since=clock.now() - _RECENT)
    uses = selectors.uses_of([coupon.pk for coupon in coupons if coupon.uses_left < coupon.uses_allowed])
    return [OwnCouponOut.of_hers(coupon, uses.get(coupon.pk, ()), scope=scope) for coupon in coupons]


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
    summary="Take a coupon out of use",
    response={200: CouponOut, **problems(404, 409)},
)
def void_coupon(request: HttpRequest, code: Code, body: NoteIn) -> CouponOut:
    principal = principal_of(request)
    selectors.find_coupon(code, scope=principal.scope)
    return _coupon(request, services.void_coupon(code, note=body.reason, now=clock.now(), actor=principal.actor))


@router.post(
    "/coupons/{code}/restore",
    auth=Requires("offers.write"),
    operation_id="restore_coupon",
    summary="Undo taking a coupon out of use by hand",
    response={200: CouponOut, **problems(404, 409)},
)
def restore_coupon(request: HttpRequest, code: Code, body: NoteIn) -> CouponOut:
    principal = principal_of(request)
    selectors.find_coupon(code, scope=principal.scope)
    return _coupon(request, services.restore_coupon(code, note=body.reason, now=clock.now(), actor=principal.actor))


@router.post(
    "/coupons/{code}/give",
    auth=Requires("offers.write"),
    operation_id="give_coupon",
    summary="Give a bearer coupon to a customer, or a customer's to another as its terms allow",
    response={200: CouponOut, **problems(404, 409)},
)
def give_coupon(request: HttpRequest, code: Code, body: GiveIn) -> CouponOut:
    principal = principal_of(request)
    to_id = customers.find_standing(body.customer_id, scope=principal.scope).pk
    coupon = selectors.find_coupon(code, scope=principal.scope)
    give: dict[str, Any] = {"now": clock.now(), "actor": principal.actor}
    if coupon.customer_id is None:
        return _coupon(request, services.claim_coupon(code, customer_id=to_id, **give))
    return _coupon(request, services.transfer_coupon(code, to_id=to_id, **give))


def _coupon(request: HttpRequest, coupon: Coupon) -> CouponOut:
    scope = principal_of(request).scope
    return CouponOut.of_story(selectors.story_of(coupon, scope=scope), scope=scope)
