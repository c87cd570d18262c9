"""Merging over HTTP: what it would do, doing it, the log, taking it back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from huike.customers.merging import selectors, services
from huike.customers.merging.schemas import MergeIn, MergeOut, MergePlanOut, UndoIn
from huike.customers.models import Merge
from huike.customers.schemas import Id
from huike.kernel.scope import Scope
from huike.platform import clock, idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["customers"])

Limit = Query(50, ge=1, le=200)


@router.post(
    "/customers/{id}/merge/preview",
    auth=Requires("customers.merge"),
    operation_id="preview_merge",
    summary="What merging this file with another would do; changes nothing",
    response={200: MergePlanOut, **problems(404)},
)
def preview_merge(request: HttpRequest, id: Id, body: MergeIn) -> MergePlanOut:
    plan = services.plan(
        id,
        body.other_id,
        survivor_id=body.survivor_id,
        choices=body.choices,
        scope=principal_of(request).scope,
        now=clock.now(),
    )
    return MergePlanOut.of(plan)


@router.post(
    "/customers/{id}/merge",
    auth=Requires("customers.merge"),
    operation_id="merge_customers",
    summary="Make this file and another one; where they are one already, the merge that stands is answered",
    response={200: MergeOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def merge_customers(request: HttpRequest, id: Id, body: MergeIn) -> HttpResponse:
    principal = principal_of(request)

    def action() -> tuple[int, MergeOut]:
        merge = services.merge_customers(
            id,
            body.other_id,
            survivor_id=body.survivor_id,
            choices=body.choices,
            note=body.note,
            actor=principal.actor,
            scope=principal.scope,
            now=clock.now(),
        )
        return 200, _shown([merge], principal.scope)[0]

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="merge_customers",
            key=idempotency.key_of(request),
            body={"id": id, **body.model_dump(mode="json")},
            action=action,
        )
    )


@router.get(
    "/merges",
    auth=Requires("customers.merge"),
    operation_id="list_merges",
    summary="Merges of files, the newest first; of one customer where named",
    response={200: PageOf[MergeOut], **problems()},
)
def list_merges(
    request: HttpRequest, customer_id: Id | None = None, cursor: str | None = None, limit: int = Limit
) -> PageOf[MergeOut]:
    scope = principal_of(request).scope
    merges = selectors.list_merges(customer_id=customer_id, scope=scope)
    page = keyset_page(merges, order="-merged_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=_shown(page.items, scope), next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/merges/{id}/undo",
    auth=Requires("customers.merge"),
    operation_id="undo_merge",
    summary="Make one file two again, each with what is its own",
    response={200: MergeOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def undo_merge(request: HttpRequest, id: Id, body: UndoIn) -> HttpResponse:
    principal = principal_of(request)

    def action() -> tuple[int, MergeOut]:
        merge = services.undo_merge(id, note=body.note, actor=principal.actor, scope=principal.scope, now=clock.now())
        return 200, _shown([merge], principal.scope)[0]

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="undo_merge",
            key=idempotency.key_of(request),
            body={"id": id, **body.model_dump(mode="json")},
            action=action,
        )
    )


def _shown(merges: list[Merge], scope: Scope) -> list[MergeOut]:
    moves = selectors.moves_of([merge.pk for merge in merges])
    later = selectors.merges_away({merge.survivor_id for merge in merges if merge.undone_at is None})
    return [
        MergeOut.of(
            merge,
            moves=moves.get(merge.pk, {}),
            scope=scope,
            blocked_by=later.get(merge.survivor_id) if merge.undone_at is None else None,
        )
        for merge in merges
    ]
