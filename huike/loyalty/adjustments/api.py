"""Adjustments over HTTP: proposing, what waits, deciding, undoing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from huike.kernel.errors import Forbidden
from huike.loyalty.adjustments import services
from huike.loyalty.adjustments.schemas import AdjustingOut, AdjustmentIn, AdjustmentOut, DecisionIn, Id
from huike.loyalty.models import Adjustment
from huike.loyalty.stored_value.reading import terms_now
from huike.platform import clock, idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["loyalty"])

Limit = Query(50, ge=1, le=200)


@router.get(
    "/loyalty/adjusting",
    auth=Requires("loyalty.read"),
    operation_id="get_adjusting",
    summary="The reasons value is given or taken for by hand, and up to where one acts alone",
    response={200: AdjustingOut, **problems(409)},
)
def get_adjusting(request: HttpRequest) -> AdjustingOut:
    return AdjustingOut.of(*terms_now(clock.now()))


@router.get(
    "/loyalty/adjustments",
    auth=Requires("loyalty.read"),
    operation_id="list_adjustments",
    summary="Adjustments, newest first, and how many there are in this state",
    response={200: PageOf[AdjustmentOut], **problems()},
)
def list_adjustments(
    request: HttpRequest,
    state: Adjustment.State | None = None,
    customer_id: Id | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[AdjustmentOut]:
    principal = principal_of(request)
    found = services.visible(principal.scope)
    if state is not None:
        found = found.filter(state=state)
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    page = keyset_page(found, order="-proposed_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(
        items=[AdjustmentOut.of(one, reader_key=principal.key) for one in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.post(
    "/customers/{id}/adjustments",
    auth=Requires("loyalty.adjust"),
    operation_id="propose_adjustment",
    summary="Give or take value by hand: at once within the limit, else when a second person approves",
    response={201: AdjustmentOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def propose_adjustment(request: HttpRequest, id: Id, body: AdjustmentIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> tuple[int, AdjustmentOut]:
        made = services.propose(id, **body.model_dump(), actor=principal.actor, scope=principal.scope, now=clock.now())
        return 201, AdjustmentOut.of(made, reader_key=principal.key)

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="propose_adjustment",
            key=idempotency.key_of(request),
            body={"id": id, **body.model_dump()},
            action=act,
        )
    )


@router.post(
    "/loyalty/adjustments/{id}/approve",
    auth=Requires("loyalty.approve"),
    operation_id="approve_adjustment",
    summary="Let an adjustment be done; not one's own",
    response={200: AdjustmentOut, **problems(404, 409)},
)
def approve_adjustment(request: HttpRequest, id: Id, body: DecisionIn) -> AdjustmentOut:
    principal = principal_of(request)
    done = services.approve(id, words=body.words, actor=principal.actor, scope=principal.scope, now=clock.now())
    return AdjustmentOut.of(done, reader_key=principal.key)


@router.post(
    "/loyalty/adjustments/{id}/reject",
    auth=Requires("loyalty.adjust"),
    operation_id="reject_adjustment",
    summary="Let an adjustment not be done; one's own, or as the second person",
    response={200: AdjustmentOut, **problems(404, 409)},
)
def reject_adjustment(request: HttpRequest, id: Id, body: DecisionIn) -> AdjustmentOut:
    principal = principal_of(request)
    if services.find(id, scope=principal.scope).proposed_by_key != principal.key and not principal.may(
        "loyalty.approve"
    ):
        raise Forbidden(permission="loyalty.approve")
    done = services.reject(id, words=body.words, actor=principal.actor, scope=principal.scope, now=clock.now())
    return AdjustmentOut.of(done, reader_key=principal.key)


@router.post(
    "/loyalty/adjustments/{id}/undo",
    auth=Requires("loyalty.adjust"),
    operation_id="undo_adjustment",
    summary="Propose the reverse of what was done, under the same limit",
    response={200: AdjustmentOut, **problems(404, 409)},
)
def undo_adjustment(request: HttpRequest, id: Id, body: DecisionIn) -> AdjustmentOut:
    principal = principal_of(request)
    made = services.undo(id, words=body.words, actor=principal.actor, scope=principal.scope, now=clock.now())
    return AdjustmentOut.of(made, reader_key=principal.key)
