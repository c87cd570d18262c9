"""Receivers over HTTP: connecting a shop, its deliveries, understanding them anew."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status

from huike.orders.models import Receiver, ShopDelivery
from huike.orders.receivers import deliveries, settings
from huike.orders.receivers.platforms import PLATFORMS
from huike.orders.receivers.schemas import (
    Id,
    ReceiverIn,
    ReceiverOut,
    ShopDeliveryRow,
    ShopDeliveryState,
    ShopReplayIn,
    ShopReplayOut,
)
from huike.platform import idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf
from huike.staff.access import Principal, Requires, principal_of

router = Router(tags=["receivers"])


@router.get(
    "/sources/{id}/receiver",
    auth=Requires("behaviour.manage"),
    operation_id="get_receiver",
    summary="Where a source's shop sends its orders to, and how that went lately",
    response={200: ReceiverOut, **problems(404)},
)
def get_receiver(request: HttpRequest, id: Id) -> ReceiverOut:
    _principal(request)
    return _shown(settings.find_receiver(id))


@router.put(
    "/sources/{id}/receiver",
    auth=Requires("behaviour.manage"),
    operation_id="connect_shop",
    summary="Let a shop tell this source's orders by webhook",
    response={200: ReceiverOut, **problems(404)},
)
def connect_shop(request: HttpRequest, id: Id, body: ReceiverIn) -> ReceiverOut:
    return _shown(settings.connect(id, **body.model_dump(), actor=_principal(request).actor))


@router.delete(
    "/sources/{id}/receiver",
    auth=Requires("behaviour.manage"),
    operation_id="disconnect_shop",
    summary="Take nothing from this shop any more; what it told stays",
    response={204: None, **problems(404)},
)
def disconnect_shop(request: HttpRequest, id: Id) -> Status[None]:
    settings.disconnect(id, actor=_principal(request).actor)
    return Status(204, None)


@router.get(
    "/sources/{id}/deliveries",
    auth=Requires("behaviour.manage"),
    operation_id="list_shop_deliveries",
    summary="What the shop sent, newest first, and what became of it",
    response={200: PageOf[ShopDeliveryRow], **problems(404)},
)
def list_shop_deliveries(
    request: HttpRequest,
    id: Id,
    state: ShopDeliveryState | None = None,
    cursor: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> PageOf[ShopDeliveryRow]:
    _principal(request)
    rows = ShopDelivery.objects.filter(source_id=id).defer("body", "headers")
    if state is not None:
        rows = rows.filter(state=state)
    page = keyset_page(rows, order="-id", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=[ShopDeliveryRow.of(row) for row in page.items], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/sources/{id}/deliveries/replay",
    auth=Requires("behaviour.manage"),
    operation_id="replay_shop_deliveries",
    summary="Understand deliveries anew: these, or all that failed",
    response={200: ShopReplayOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def replay_shop_deliveries(request: HttpRequest, id: Id, body: ShopReplayIn) -> HttpResponse:
    principal = _principal(request)
    answer = idempotency.once(
        principal=principal.key,
        route=f"replay_shop_deliveries/{id}",
        key=idempotency.key_of(request),
        body=body,
        action=lambda: (
            200,
            ShopReplayOut(deliveries=deliveries.replay(id, body.delivery_ids, actor=principal.actor)),
        ),
    )
    return idempotency.respond(answer)


def _principal(request: HttpRequest) -> Principal:
    principal = principal_of(request)
    settings.require_whole_house(principal.scope)
    return principal


def _shown(receiver: Receiver) -> ReceiverOut:
    return ReceiverOut.model_validate(
        {
            "source_id": receiver.pk,
            "platform": receiver.platform,
            "client_id": receiver.client_id,
            "address": f"{get_config().base_url}/in/{receiver.platform}/{receiver.source.key}",
            "topics": list(PLATFORMS[receiver.platform].topics),
            **deliveries.figures(receiver.pk),
        }
    )
