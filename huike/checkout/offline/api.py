"""Tills and their queues over HTTP."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.checkout import api as checkout
from huike.checkout.offline import selectors, services
from huike.checkout.offline.errors import TillUnknown
from huike.checkout.offline.rules import key_pair
from huike.checkout.offline.schemas import (
    HeardItem,
    QueueIn,
    QueueOut,
    RefusedItem,
    SetAside,
    TillIn,
    TillLimits,
    TillMade,
    TillOut,
)
from huike.checkout.offline.services import Heard
from huike.platform import clock
from huike.platform.api import keyset_page, problem_of, problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["checkout"])

Id = Annotated[int, Field(ge=1, lt=2**63)]


@router.get(
    "/checkout/tills",
    auth=Requires("loyalty.read"),
    operation_id="list_tills",
    summary="Tills that may sell offline, with what was heard of each",
    response={200: list[TillOut], **problems()},
)
def list_tills(request: HttpRequest) -> list[TillOut]:
    tills = list(selectors.visible_tills(principal_of(request).scope))
    heard = selectors.heard_of(tills)
    return [TillOut.of(till, heard[till.pk]) for till in tills]


@router.post(
    "/checkout/tills",
    auth=Requires("keys.manage"),
    operation_id="register_till",
    summary="Register a till by its public key, or with one made here, and with what it may burn without the server",
    response={201: TillMade, **problems(404, 409)},
)
def register_till(request: HttpRequest, body: TillIn) -> Status[TillMade]:
    principal = principal_of(request)
    public_key, private_key = (body.public_key, None) if body.public_key else key_pair()
    told = body.model_dump() | {"public_key": public_key}
    till = services.register_till(**told, actor=principal.actor, scope=principal.scope)
    return Status(201, TillMade(**_till(request, till.pk).model_dump(), private_key=private_key))


@router.patch(
    "/checkout/tills/{id}",
    auth=Requires("keys.manage"),
    operation_id="change_till_limits",
    summary="Change what a till may burn without the server",
    response={200: TillOut, **problems(404)},
)
def change_till_limits(request: HttpRequest, id: Id, body: TillLimits) -> TillOut:
    _till(request, id)
    services.change_limits(id, **body.model_dump(), actor=principal_of(request).actor)
    return _till(request, id)


@router.post(
    "/checkout/tills/{id}/revoke",
    auth=Requires("keys.manage"),
    operation_id="revoke_till",
    summary="Hear a till no more: it is lost, or retired",
    response={200: TillOut, **problems(404)},
)
def revoke_till(request: HttpRequest, id: Id) -> TillOut:
    _till(request, id)
    services.revoke_till(id, actor=principal_of(request).actor)
    return _till(request, id)


@router.post(
    "/checkout/offline",
    auth=Requires("orders.write"),
    operation_id="hear_queue",
    summary="The signed queue of a till that was offline: each line once, in any order, however often it is sent",
    response={200: QueueOut, **problems(404)},
)
def hear_queue(request: HttpRequest, body: QueueIn) -> QueueOut:
    principal = principal_of(request)
    till = services.find_till(body.till)
    if not principal.scope.all_stores and not principal.scope.allows_store(till.store_id):
        raise TillUnknown(till=body.till)
    heard = [services.hear(till, item, actor=principal.actor, now=clock.now()) for item in body.items]
    return QueueOut(items=[_heard(one) for one in heard], missing=selectors.missing_of(till))


def _heard(one: Heard) -> HeardItem:
    placed = checkout.answer_of(one.order, one.sale) if one.sale is not None and one.order is not None else None
    return HeardItem(
        sequence=one.told.sequence if one.told else None,
        state="refused" if one.error else "taken",
        kept=one.kept,
        placed=placed,
        problem=problem_of(one.error) if one.error else None,
    )


@router.get(
    "/checkout/offline/refused",
    auth=Requires("loyalty.read"),
    operation_id="list_refused_offline_sales",
    summary="Lines of tills' queues that somebody has to look at, the latest first",
    response={200: PageOf[RefusedItem], **problems()},
)
def list_refused_offline_sales(
    request: HttpRequest, cursor: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> PageOf[RefusedItem]:
    items = selectors.refused_items(principal_of(request).scope)
    page = keyset_page(items, order="-id", cursor=cursor, limit=limit)
    return PageOf(
        items=[RefusedItem.of(item) for item in page.items],
        next_cursor=page.next_cursor,
    )


@router.post(
    "/checkout/offline/{id}/accept",
    auth=Requires("loyalty.approve"),
    operation_id="accept_offline_sale",
    summary="Have a refused line taken after all",
    response={204: None, **problems(404, 409)},
)
def accept_offline_sale(request: HttpRequest, id: Id) -> Status[None]:
    _visible(request, id)
    services.accept(id, actor=principal_of(request).actor, now=clock.now())
    return Status(204, None)


@router.post(
    "/checkout/offline/{id}/dismiss",
    auth=Requires("loyalty.approve"),
    operation_id="dismiss_offline_sale",
    summary="Set a refused line aside, with a note",
    response={204: None, **problems(404, 409)},
)
def dismiss_offline_sale(request: HttpRequest, id: Id, body: SetAside) -> Status[None]:
    _visible(request, id)
    services.dismiss(id, note=body.note, actor=principal_of(request).actor)
    return Status(204, None)


def _till(request: HttpRequest, till_id: int) -> TillOut:
    till = selectors.visible_tills(principal_of(request).scope).filter(pk=till_id).first()
    if till is None:
        raise TillUnknown
    return TillOut.of(till, selectors.heard_of([till])[till.pk])


def _visible(request: HttpRequest, item_id: int) -> None:
    scope = principal_of(request).scope
    services.find_item(item_id, scope=scope)
