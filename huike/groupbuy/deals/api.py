"""Deals over HTTP."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import File, Query, Router, UploadedFile
from ninja.responses import Status
from pydantic import Field

from huike.groupbuy.deals import selectors, services
from huike.groupbuy.deals.schemas import DealChange, DealIn, DealOut, DealRow, DealVersionOut, Id
from huike.groupbuy.models import Deal
from huike.platform import clock, pictures
from huike.platform.api import keyset_page, problems
from huike.platform.pictures import PictureOut
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of
from huike.staff.selectors import user_names

router = Router(tags=["groupbuy"])

Limit = Query(50, ge=1, le=200)
Words = Annotated[str, Field(max_length=120)]


@router.get(
    "/groupbuy/deals",
    auth=Requires("groupbuy.read"),
    operation_id="list_deals",
    summary="Deals, newest first, with what became of each",
    response={200: PageOf[DealRow], **problems()},
)
def list_deals(
    request: HttpRequest,
    state: Deal.State | None = None,
    merchant_id: Id | None = None,
    q: Words = "",
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[DealRow]:
    found = selectors.list_deals(state=state, merchant_id=merchant_id, q=q)
    page = keyset_page(found, order="-created_at", cursor=cursor, limit=limit, with_total=True)
    terms = selectors.terms_of_all(page.items)
    figures = selectors.figures_of([deal.pk for deal in page.items])
    return PageOf(
        items=[DealRow.of(deal, terms[deal.pk], figures[deal.pk]) for deal in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.post(
    "/groupbuy/deals",
    auth=Requires("groupbuy.write"),
    operation_id="create_deal",
    summary="A new deal of a merchant, as a draft",
    response={201: DealOut, **problems(404)},
)
def create_deal(request: HttpRequest, body: DealIn) -> Status[DealOut]:
    deal = services.create_deal(
        merchant_id=body.merchant_id,
        name=body.name,
        currency=body.currency,
        stock=body.stock,
        document=body.terms,
        product_id=body.product_id,
        actor=principal_of(request).actor,
        now=clock.now(),
    )
    return Status(201, _out(deal.pk))


@router.post(
    "/groupbuy/deal-pictures",
    auth=Requires("groupbuy.write"),
    operation_id="upload_deal_picture",
    summary="Keep a picture for deals (PNG, JPEG or WebP, at most 10 MB); it is seen at `/pictures/{key}`",
    response={201: PictureOut, **problems(413)},
)
def upload_deal_picture(request: HttpRequest, file: File[UploadedFile]) -> Status[PictureOut]:
    return Status(201, pictures.keep(file))


@router.get(
    "/groupbuy/deals/{id}",
    auth=Requires("groupbuy.read"),
    operation_id="get_deal",
    summary="One deal with its newest terms and what became of it",
    response={200: DealOut, **problems(404)},
)
def get_deal(request: HttpRequest, id: Id) -> DealOut:
    return _out(id)


@router.patch(
    "/groupbuy/deals/{id}",
    auth=Requires("groupbuy.write"),
    operation_id="edit_deal",
    summary="Change a deal; other terms hold for groups opened from now on",
    response={200: DealOut, **problems(404, 409)},
)
def edit_deal(request: HttpRequest, id: Id, body: DealChange) -> DealOut:
    services.edit_deal(
        id,
        expected_version=body.version,
        name=body.name,
        stock=body.stock,
        product_id=body.product_id,
        document=body.terms,
        actor=principal_of(request).actor,
        now=clock.now(),
    )
    return _out(id)


@router.post(
    "/groupbuy/deals/{id}/publish",
    auth=Requires("groupbuy.write"),
    operation_id="publish_deal",
    summary="Sell it, within its window",
    response={200: DealOut, **problems(404, 409)},
)
def publish_deal(request: HttpRequest, id: Id) -> DealOut:
    services.publish_deal(id, actor=principal_of(request).actor, now=clock.now())
    return _out(id)


@router.post(
    "/groupbuy/deals/{id}/pause",
    auth=Requires("groupbuy.write"),
    operation_id="pause_deal",
    summary="Let nobody open or join until it is published again; groups that run go on",
    response={200: DealOut, **problems(404, 409)},
)
def pause_deal(request: HttpRequest, id: Id) -> DealOut:
    services.pause_deal(id, actor=principal_of(request).actor, now=clock.now())
    return _out(id)


@router.post(
    "/groupbuy/deals/{id}/end",
    auth=Requires("groupbuy.write"),
    operation_id="end_deal",
    summary="End it for good; groups that run go on",
    response={200: DealOut, **problems(404, 409)},
)
def end_deal(request: HttpRequest, id: Id) -> DealOut:
    services.end_deal(id, actor=principal_of(request).actor, now=clock.now())
    return _out(id)


@router.get(
    "/groupbuy/deals/{id}/versions",
    auth=Requires("groupbuy.read"),
    operation_id="list_deal_versions",
    summary="Every version of a deal's terms, newest first",
    response={200: list[DealVersionOut], **problems(404)},
)
def list_deal_versions(request: HttpRequest, id: Id) -> list[DealVersionOut]:
    versions = list(selectors.versions_of(selectors.find_deal(id).pk)[:200])
    names = user_names([version.created_by_id for version in versions if version.created_by_id is not None])
    return [DealVersionOut.of(version, names.get(version.created_by_id or 0, "")) for version in versions]


def _out(deal_id: int) -> DealOut:
    deal = selectors.find_deal(deal_id)
    return DealOut.of(deal, selectors.terms_of(deal), selectors.figures_of([deal_id])[deal_id])
