"""Webhooks over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.platform import clock
from huike.platform.api import problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of
from huike.webhooks import selectors, services
from huike.webhooks.catalogue import PUBLIC
from huike.webhooks.models import Delivery, Endpoint
from huike.webhooks.schemas import (
    AttemptOut,
    DeliveryOut,
    DeliveryRow,
    DeliveryState,
    EventTypeOut,
    Id,
    ReplayIn,
    ReplayOut,
    RotateIn,
    SecretOut,
    WebhookChange,
    WebhookCreated,
    WebhookIn,
    WebhookOut,
)

router = Router(tags=["webhooks"])

Limit = Query(50, ge=1, le=200)
ATTEMPTS_SHOWN = 100


@router.get(
    "/webhooks/event-types",
    auth=Requires("webhooks.manage"),
    operation_id="list_webhook_event_types",
    summary="What a webhook can be told, and the shape of each",
    response={200: list[EventTypeOut], **problems()},
)
def list_webhook_event_types(request: HttpRequest) -> list[EventTypeOut]:
    return [
        EventTypeOut(name=event.name, is_about_person=event.is_about_person, data_schema=event.json_schema)
        for event in PUBLIC.values()
    ]


@router.get(
    "/webhooks",
    auth=Requires("webhooks.manage"),
    operation_id="list_webhooks",
    summary="Webhooks and how they are, newest first",
    response={200: PageOf[WebhookOut], **problems()},
)
def list_webhooks(request: HttpRequest, cursor: str | None = None, limit: int = Limit) -> PageOf[WebhookOut]:
    page = selectors.endpoints(principal_of(request).scope, cursor=cursor, limit=limit)
    return PageOf(items=_shown(page.items), next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/webhooks",
    auth=Requires("webhooks.manage"),
    operation_id="create_webhook",
    summary="Make a webhook; its secret is shown in this answer only",
    response={201: WebhookCreated, **problems(409)},
)
def create_webhook(request: HttpRequest, body: WebhookIn) -> Status[WebhookCreated]:
    secret, endpoint = services.create_endpoint(principal_of(request), **body.model_dump())
    return Status(201, WebhookCreated(secret=secret, webhook=_one(endpoint)))


@router.get(
    "/webhooks/{id}",
    auth=Requires("webhooks.manage"),
    operation_id="get_webhook",
    summary="One webhook and how it is",
    response={200: WebhookOut, **problems(404)},
)
def get_webhook(request: HttpRequest, id: Id) -> WebhookOut:
    return _one(selectors.endpoint(principal_of(request).scope, id))


@router.patch(
    "/webhooks/{id}",
    auth=Requires("webhooks.manage"),
    operation_id="update_webhook",
    summary="Change a webhook's address, description, types of events, or whether it includes the person",
    response={200: WebhookOut, **problems(404)},
)
def update_webhook(request: HttpRequest, id: Id, body: WebhookChange) -> WebhookOut:
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    return _one(services.change_endpoint(principal_of(request), id, **given))


@router.delete(
    "/webhooks/{id}",
    auth=Requires("webhooks.manage"),
    operation_id="delete_webhook",
    summary="Remove a webhook with its log",
    response={204: None, **problems(404)},
)
def delete_webhook(request: HttpRequest, id: Id) -> Status[None]:
    services.delete_endpoint(principal_of(request), id)
    return Status(204, None)


@router.post(
    "/webhooks/{id}/enable",
    auth=Requires("webhooks.manage"),
    operation_id="enable_webhook",
    summary="Turn a webhook on; what waited goes on",
    response={200: WebhookOut, **problems(404)},
)
def enable_webhook(request: HttpRequest, id: Id) -> WebhookOut:
    return _one(services.enable_endpoint(principal_of(request), id))


@router.post(
    "/webhooks/{id}/disable",
    auth=Requires("webhooks.manage"),
    operation_id="disable_webhook",
    summary="Turn a webhook off; nothing is queued for it meanwhile",
    response={200: WebhookOut, **problems(404)},
)
def disable_webhook(request: HttpRequest, id: Id) -> WebhookOut:
    return _one(services.disable_endpoint(principal_of(request), id))


@router.post(
    "/webhooks/{id}/rotate-secret",
    auth=Requires("webhooks.manage"),
    operation_id="rotate_webhook_secret",
    summary="Make a new secret, shown in this answer only; the old one signs too for a while",
    response={200: WebhookCreated, **problems(404)},
)
def rotate_webhook_secret(request: HttpRequest, id: Id, body: RotateIn) -> WebhookCreated:
    overlap = timedelta(hours=body.overlap_hours)
    secret, endpoint = services.rotate_secret(principal_of(request), id, overlap=overlap)
    return WebhookCreated(secret=secret, webhook=_one(endpoint))


@router.post(
    "/webhooks/{id}/test",
    auth=Requires("webhooks.manage"),
    operation_id="test_webhook",
    summary="Send an event of type `webhook.test`",
    response={201: DeliveryOut, **problems(404, 409)},
)
def test_webhook(request: HttpRequest, id: Id) -> Status[DeliveryOut]:
    return Status(201, _delivery(services.send_test(principal_of(request), id)))


@router.post(
    "/webhooks/{id}/replay",
    auth=Requires("webhooks.manage"),
    operation_id="replay_webhook",
    summary="Send again what failed, or all that happened, in a range of time",
    response={200: ReplayOut, **problems(404, 409)},
)
def replay_webhook(request: HttpRequest, id: Id, body: ReplayIn) -> ReplayOut:
    count = services.replay_range(
        principal_of(request), id, what=body.what, starts_at=body.starts_at, ends_at=body.ends_at
    )
    return ReplayOut(count=count)


@router.get(
    "/webhooks/{id}/deliveries",
    auth=Requires("webhooks.manage"),
    operation_id="list_webhook_deliveries",
    summary="What was and will be sent to a webhook, newest first",
    response={200: PageOf[DeliveryRow], **problems(404)},
)
def list_webhook_deliveries(
    request: HttpRequest,
    id: Id,
    state: DeliveryState | None = None,
    type: Annotated[str, Field(max_length=60)] | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[DeliveryRow]:
    page = selectors.deliveries(
        principal_of(request).scope, id, state=state, event_type=type, cursor=cursor, limit=limit
    )
    return PageOf(items=[DeliveryRow.model_validate(row) for row in page.items], next_cursor=page.next_cursor)


@router.get(
    "/webhooks/{id}/deliveries/{delivery_id}",
    auth=Requires("webhooks.manage"),
    operation_id="get_webhook_delivery",
    summary="One delivery: its body and its latest attempts",
    response={200: DeliveryOut, **problems(404)},
)
def get_webhook_delivery(request: HttpRequest, id: Id, delivery_id: Id) -> DeliveryOut:
    return _delivery(selectors.delivery(principal_of(request).scope, id, delivery_id))


@router.post(
    "/webhooks/{id}/deliveries/{delivery_id}/replay",
    auth=Requires("webhooks.manage"),
    operation_id="replay_webhook_delivery",
    summary="Send one delivery again, under its own id",
    response={200: DeliveryOut, **problems(404, 409)},
)
def replay_webhook_delivery(request: HttpRequest, id: Id, delivery_id: Id) -> DeliveryOut:
    return _delivery(services.replay(principal_of(request), id, delivery_id))


def _one(endpoint: Endpoint) -> WebhookOut:
    return _shown([endpoint])[0]


def _shown(endpoints: list[Endpoint]) -> list[WebhookOut]:
    counts = selectors.counts_of([endpoint.pk for endpoint in endpoints])
    now = clock.now()
    return [
        WebhookOut(
            **_columns(endpoint),
            health=selectors.health_of(endpoint, now=now),
            secrets=[
                SecretOut.model_validate(secret)
                for secret in sorted(endpoint.secrets.all(), key=lambda secret: -secret.pk)
                if secret.ends_at is None or secret.ends_at > now
            ],
            waiting=counted.waiting,
            delivered=counted.delivered,
            failed=counted.failed,
        )
        for endpoint in endpoints
        for counted in [counts.get(endpoint.pk, selectors.Counts())]
    ]


def _columns(endpoint: Endpoint) -> dict[str, Any]:
    names = set(WebhookOut.model_fields) - {"health", "secrets", "waiting", "delivered", "failed"}
    return {name: getattr(endpoint, name) for name in names}


def _delivery(delivery: Delivery) -> DeliveryOut:
    row = DeliveryRow.model_validate(delivery)
    attempts = delivery.attempts.order_by("-pk")[:ATTEMPTS_SHOWN]
    return DeliveryOut(
        **row.model_dump(),
        body={"type": delivery.type, "timestamp": delivery.occurred_at.isoformat(), "data": delivery.data},
        attempts=[AttemptOut.model_validate(attempt) for attempt in attempts],
    )
