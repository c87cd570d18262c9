"""Batches of codes over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router

from huike.platform import audit, clock, idempotency, sheets
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.promotions.batches import files, selectors, services
from huike.promotions.batches.schemas import CodeBatchIn, CodeBatchOut, DownloadOut
from huike.promotions.schemas import Id, NoteIn
from huike.staff.access import Requires, principal_of

router = Router(tags=["offers"])

Limit = Query(50, ge=1, le=200)
OptionalId = Annotated[Id | None, Query()]


@router.get(
    "/code-batches",
    auth=Requires("offers.read"),
    operation_id="list_code_batches",
    summary="Batches of codes with what came of them, newest first",
    response={200: PageOf[CodeBatchOut], **problems()},
)
def list_code_batches(
    request: HttpRequest, offer_id: OptionalId = None, cursor: str | None = None, limit: int = Limit
) -> PageOf[CodeBatchOut]:
    batches = selectors.list_batches(offer_id=offer_id)
    page = keyset_page(batches, order="-created_at", cursor=cursor, limit=limit, with_total=True)
    views = selectors.batch_views(page.items, scope=principal_of(request).scope)
    return PageOf(items=[CodeBatchOut.of(view) for view in views], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/code-batches",
    auth=Requires("offers.write"),
    operation_id="make_code_batch",
    summary="A batch of codes of an offer's current terms; a job makes them",
    response={202: CodeBatchOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def make_code_batch(request: HttpRequest, body: CodeBatchIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> tuple[int, CodeBatchOut]:
        batch = services.make_batch(body.draft(), principal=principal, now=clock.now())
        return 202, _batch(request, batch.pk)

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="make_code_batch",
            key=idempotency.key_of(request),
            body=body,
            action=act,
        )
    )


@router.get(
    "/code-batches/{id}",
    auth=Requires("offers.read"),
    operation_id="get_code_batch",
    summary="One batch of codes with its job and what came of it",
    response={200: CodeBatchOut, **problems(404)},
)
def get_code_batch(request: HttpRequest, id: Id) -> CodeBatchOut:
    return _batch(request, id)


@router.post(
    "/code-batches/{id}/continue",
    auth=Requires("offers.write"),
    operation_id="continue_code_batch",
    summary="Go on making a batch that was stopped",
    response={200: CodeBatchOut, **problems(404, 409)},
)
def continue_code_batch(request: HttpRequest, id: Id) -> CodeBatchOut:
    services.continue_batch(id, principal=principal_of(request))
    return _batch(request, id)


@router.post(
    "/code-batches/{id}/void",
    auth=Requires("offers.write"),
    operation_id="void_code_batch",
    summary="Take every code of it out of use that is not redeemed; a job does it",
    response={200: CodeBatchOut, **problems(404, 409)},
)
def void_code_batch(request: HttpRequest, id: Id, body: NoteIn) -> CodeBatchOut:
    services.void_batch(id, note=body.reason, principal=principal_of(request))
    return _batch(request, id)


@router.post(
    "/code-batches/{id}/restore",
    auth=Requires("offers.write"),
    operation_id="restore_code_batch",
    summary="Undo taking a batch out of use; a job does it",
    response={200: CodeBatchOut, **problems(404, 409)},
)
def restore_code_batch(request: HttpRequest, id: Id, body: NoteIn) -> CodeBatchOut:
    services.restore_batch(id, note=body.reason, principal=principal_of(request))
    return _batch(request, id)


@router.get(
    "/code-batches/{id}/downloads",
    auth=Requires("offers.read"),
    operation_id="list_code_batch_downloads",
    summary="Who took its codes out of the house, latest first",
    response={200: list[DownloadOut], **problems(404)},
)
def list_code_batch_downloads(request: HttpRequest, id: Id) -> list[DownloadOut]:
    selectors.find_batch(id)
    return [
        DownloadOut(at=entry.at, by=entry.actor_label, what=entry.action) for entry in selectors.downloads_of(id)[:50]
    ]


@router.get(
    "/code-batches/{id}/file",
    auth=Requires("offers.write"),
    operation_id="download_code_batch",
    summary="Its codes as CSV, in the order they were made; who asked is kept",
    response={200: None, **problems(404)},
    openapi_extra=sheets.sent("csv"),
)
def download_code_batch(request: HttpRequest, id: Id) -> StreamingHttpResponse:
    view = selectors.find_batch(id)
    audit.record(
        principal_of(request).actor,
        "download_code_batch",
        subject_kind="code_batch",
        subject_id=id,
        details={"codes": view.batch.made},
    )
    response = StreamingHttpResponse(files.as_csv(id), content_type=sheets.CONTENT_TYPES["csv"])
    response["Content-Disposition"] = f'attachment; filename="codes-{id}.csv"'
    response["Cache-Control"] = "no-store"
    return response


@router.get(
    "/code-batches/{id}/sheets",
    auth=Requires("offers.write"),
    operation_id="print_code_batch",
    summary="Its usable codes as QR codes on pages of A4, to print or save as PDF; who asked is kept",
    response={200: Any, **problems(404, 409)},
    openapi_extra={"responses": {200: {"description": "Pages to print", "content": {"text/html": {}}}}},
)
def print_code_batch(request: HttpRequest, id: Id) -> HttpResponse:
    view = selectors.find_batch(id)
    page = files.sheets_html(view)
    audit.record(
        principal_of(request).actor,
        "print_code_batch",
        subject_kind="code_batch",
        subject_id=id,
        details={"codes": view.batch.made},
    )
    response = HttpResponse(page)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return response


def _batch(request: HttpRequest, batch_id: int) -> CodeBatchOut:
    return CodeBatchOut.of(selectors.find_batch(batch_id, scope=principal_of(request).scope))
