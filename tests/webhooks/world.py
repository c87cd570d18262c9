"""Webhooks, and things that happen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction

from huike.orders.events import OrderPlaced
from huike.platform import clock, outbox
from huike.staff.rules import Role
from huike.webhooks import services
from huike.webhooks.delivery import send_due
from huike.webhooks.models import Delivery, Endpoint
from tests.people import principal

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def webhook(
    url: str, event_types: Sequence[str] = ("order.placed",), *, includes_person: bool = False
) -> tuple[str, Endpoint]:
    """A new webhook and its secret."""
    return services.create_endpoint(
        principal(Role.OWNER), url=url, description="", event_types=event_types, includes_person=includes_person
    )


def order_placed(order_id: int, *, customer_id: int | None = None, at: datetime | None = None) -> None:
    with transaction.atomic():
        outbox.announce(OrderPlaced(order_id=order_id, customer_id=customer_id, occurred_at=at or clock.now()))


def tell() -> None:
    """What a worker's loops do: hand out events, send what is due."""
    while outbox.drain():
        pass
    send_due()


def let_time_pass() -> None:
    """Everything that waits for its time is due, and nothing is held or claimed any more."""
    Delivery.objects.filter(state="pending").update(due_at=clock.now())
    Delivery.objects.filter(claim__isnull=False).update(claimed_until=clock.now())
    Endpoint.objects.update(held_until_at=None)


def states() -> dict[int, str]:
    """The state of each order's delivery."""
    return {row.data["order_id"]: row.state for row in Delivery.objects.filter(type="order.placed")}
