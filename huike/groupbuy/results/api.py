"""What deals brought, over HTTP: of the buyers the reader may see."""

from __future__ import annotations

import tempfile
from typing import IO, Literal, cast

from django.http import FileResponse, HttpRequest
from ninja import Query, Router

from huike.groupbuy.deals.schemas import Id
from huike.groupbuy.results import selectors
from huike.groupbuy.results.export import write_results
from huike.groupbuy.results.schemas import DealResultOut
from huike.platform import audit, clock, sheets
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["groupbuy"])

Limit = Query(20, ge=1, le=50)


@router.get(
    "/groupbuy/deal-results",
    auth=Requires("groupbuy.read"),
    operation_id="list_deal_results",
    summary="What each deal brought: new buyers, new members, who came back; newest deals first",
    response={200: PageOf[DealResultOut], **problems()},
)
def list_deal_results(
    request: HttpRequest, merchant_id: Id | None = None, cursor: str | None = None, limit: int = Limit
) -> PageOf[DealResultOut]:
    found = selectors.deals_sold(merchant_id=merchant_id)
    page = keyset_page(found, order="-created_at", cursor=cursor, limit=limit, with_total=True)
    scope = principal_of(request).scope
    results = selectors.results_of([deal.pk for deal in page.items], scope=scope, now=clock.now())
    return PageOf(
        items=[DealResultOut.of(deal, results[deal.pk]) for deal in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.get(
    "/groupbuy/deal-results/file",
    auth=Requires("groupbuy.read"),
    operation_id="download_deal_results",
    summary="What every deal brought, as CSV or XLSX",
    response={200: None, **problems()},
    openapi_extra=sheets.sent("csv", "xlsx"),
)
def download_deal_results(
    request: HttpRequest, format: Literal["csv", "xlsx"] = "csv", language: Literal["zh", "en"] = "zh"
) -> FileResponse:
    principal = principal_of(request)
    audit.record(principal.actor, "download_deal_results", subject_kind="deal")
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    deals = selectors.deals_sold().order_by("-created_at", "-pk")
    with sheets.sheet(file, file_format=format, name="deals") as write_row:
        write_results(deals, write_row, scope=principal.scope, now=clock.now(), language=language)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"deal-results.{format}")
    response["Content-Type"] = sheets.CONTENT_TYPES[format]
    response["Cache-Control"] = "no-store"
    return response


@router.get(
    "/groupbuy/deal-results/{id}",
    auth=Requires("groupbuy.read"),
    operation_id="get_deal_result",
    summary="What one deal brought",
    response={200: DealResultOut, **problems(404)},
)
def get_deal_result(request: HttpRequest, id: Id) -> DealResultOut:
    deal = selectors.find_sold(id)
    scope = principal_of(request).scope
    return DealResultOut.of(deal, selectors.results_of([id], scope=scope, now=clock.now())[id])
