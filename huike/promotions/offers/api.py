"""Offers over HTTP."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.promotions.models import Offer
from huike.promotions.offers import selectors, services
from huike.promotions.offers.schemas import (
    BudgetStandingOut,
    Id,
    OfferChange,
    OfferIn,
    OfferOut,
    OfferUse,
    OfferVersion,
)
from huike.promotions.terms.document import Applies
from huike.staff.access import Requires, principal_of

router = Router(tags=["offers"])

Limit = Query(50, ge=1, le=200)
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
    kind: Offer.Kind | None = None,
    applies: Applies | None = None,
    q: Words = "",
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[OfferOut]:
    offers = selectors.list_offers(state=state, kind=kind, applies=applies, q=q)
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
    offer = services.create_offer(name=body.name, terms=body.terms, actor=principal_of(request).actor)
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
    summary="Rename an offer, or give it new terms for carts and coupons from now on",
    response={200: OfferOut, **problems(404, 409)},
)
def update_offer(request: HttpRequest, id: Id, body: OfferChange) -> OfferOut:
    services.update_offer(id, name=body.name, terms=body.terms, actor=principal_of(request).actor)
    return _offer(request, id)


@router.post(
    "/offers/{id}/activate",
    auth=Requires("offers.write"),
    operation_id="activate_offer",
    summary="Let the offer hold: for carts, or for coupons that are issued and taken",
    response={200: OfferOut, **problems(404, 409)},
)
def activate_offer(request: HttpRequest, id: Id) -> OfferOut:
    services.activate_offer(id, actor=principal_of(request).actor)
    return _offer(request, id)


@router.post(
    "/offers/{id}/pause",
    auth=Requires("offers.write"),
    operation_id="pause_offer",
    summary="Let it hold for no cart and no coupon until it is activated again",
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
    "/offers/{id}/versions",
    auth=Requires("offers.read"),
    operation_id="list_offer_versions",
    summary="Every version of an offer's terms, the newest first",
    response={200: list[OfferVersion], **problems(404)},
)
def list_offer_versions(request: HttpRequest, id: Id) -> list[OfferVersion]:
    return [OfferVersion.of(terms) for terms in selectors.versions_of(id)]


@router.get(
    "/offers/{id}/budgets",
    auth=Requires("offers.read"),
    operation_id="list_offer_budgets",
    summary="Where the budgets of the offer as a whole stand now",
    response={200: list[BudgetStandingOut], **problems(404)},
)
def list_offer_budgets(request: HttpRequest, id: Id) -> list[BudgetStandingOut]:
    view = selectors.find_offer(id)
    return [
        BudgetStandingOut.of(standing, view.document.currency)
        for standing in selectors.budgets_of(view, now=clock.now())
    ]


@router.get(
    "/offers/{id}/uses",
    auth=Requires("offers.read"),
    operation_id="list_offer_uses",
    summary="The orders that stand with an offer, newest first",
    response={200: PageOf[OfferUse], **problems(404)},
)
def list_offer_uses(request: HttpRequest, id: Id, cursor: str | None = None, limit: int = Limit) -> PageOf[OfferUse]:
    selectors.find_offer(id)
    uses = selectors.visible_applications(principal_of(request).scope).filter(offer_id=id)
    page = keyset_page(uses.select_related("order", "terms"), order="-id", cursor=cursor, limit=limit)
    return PageOf(items=[OfferUse.of(use) for use in page.items], next_cursor=page.next_cursor)


def _offer(request: HttpRequest, offer_id: int) -> OfferOut:
    return OfferOut.of(selectors.find_offer(offer_id, scope=principal_of(request).scope))
