"""Reads: endpoints with how they are, the log of deliveries. Whoever is limited to stores sees none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from django.db.models import Count, Q, QuerySet

from huike.kernel.pages import Page
from huike.kernel.scope import Scope
from huike.platform import clock
from huike.platform.api import keyset_page
from huike.webhooks.errors import DeliveryNotFound, EndpointNotFound
from huike.webhooks.models import Delivery, Endpoint

_LATELY: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Counts:
    """`waiting` now; `delivered` and `failed` of the last seven days."""

    waiting: int = 0
    delivered: int = 0
    failed: int = 0


def visible(scope: Scope) -> QuerySet[Endpoint]:
    return Endpoint.objects.all() if scope.all_stores else Endpoint.objects.none()


def endpoints(scope: Scope, *, cursor: str | None, limit: int) -> Page[Endpoint]:
    """Newest first, with their secrets fetched."""
    found = visible(scope).prefetch_related("secrets")
    return keyset_page(found, order="-created_at", cursor=cursor, limit=limit, with_total=True)


def endpoint(scope: Scope, endpoint_id: int) -> Endpoint:
    """Raises EndpointNotFound."""
    found = visible(scope).prefetch_related("secrets").filter(pk=endpoint_id).first()
    if found is None:
        raise EndpointNotFound
    return found


def counts_of(endpoint_ids: Sequence[int]) -> dict[int, Counts]:
    since = clock.now() - _LATELY
    rows = (
        Delivery.objects.filter(endpoint_id__in=endpoint_ids)
        .filter(Q(state=Delivery.State.PENDING) | Q(finished_at__gte=since))
        .values("endpoint_id")
        .annotate(
            waiting=Count("pk", filter=Q(state=Delivery.State.PENDING)),
            delivered=Count("pk", filter=Q(state=Delivery.State.DELIVERED)),
            failed=Count("pk", filter=Q(state=Delivery.State.FAILED)),
        )
    )
    return {row["endpoint_id"]: Counts(row["waiting"], row["delivered"], row["failed"]) for row in rows}


def deliveries(
    scope: Scope, endpoint_id: int, *, state: str | None, event_type: str | None, cursor: str | None, limit: int
) -> Page[Delivery]:
    """Newest first. Raises EndpointNotFound."""
    found = Delivery.objects.filter(endpoint=endpoint(scope, endpoint_id))
    if state is not None:
        found = found.filter(state=state)
    if event_type is not None:
        found = found.filter(type=event_type)
    return keyset_page(found, order="-created_at", cursor=cursor, limit=limit)


def delivery(scope: Scope, endpoint_id: int, delivery_id: int) -> Delivery:
    """Raises EndpointNotFound, DeliveryNotFound."""
    found = Delivery.objects.filter(endpoint=endpoint(scope, endpoint_id), pk=delivery_id).first()
    if found is None:
        raise DeliveryNotFound
    return found


@dataclass(frozen=True, slots=True)
class TurnedOff:
    endpoint_id: int
    reason: str
    at: datetime | None


def turned_off_by_themselves() -> list[TurnedOff]:
    """Endpoints that the house turned off and nobody has looked after since."""
    off = Endpoint.objects.filter(is_enabled=False).exclude(disabled_reason=Endpoint.DisabledReason.PERSON)
    return [
        TurnedOff(endpoint_id, reason, at)
        for endpoint_id, reason, at in off.order_by("pk").values_list("pk", "disabled_reason", "disabled_at")
    ]


Health = Literal["off", "failing", "held", "ok", "new"]


def health_of(endpoint: Endpoint, *, now: datetime) -> Health:
    """How an endpoint is, in one word."""
    if not endpoint.is_enabled:
        return "off"
    if endpoint.failing_since_at is not None:
        return "failing"
    if endpoint.held_until_at is not None and endpoint.held_until_at > now:
        return "held"
    return "new" if endpoint.last_success_at is None else "ok"
