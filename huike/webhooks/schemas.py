from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
EventTypes = Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=100)]
Description = Annotated[str, Field(max_length=200)]
DeliveryState = Literal["pending", "delivered", "failed"]


class EventTypeOut(Schema):
    """`data_schema` is the JSON Schema of the body's `data`."""

    name: str
    is_about_person: bool
    data_schema: dict[str, Any]


class SecretOut(Schema):
    """`ends_at` is null for the current secret; an earlier one signs too until then."""

    created_at: datetime
    ends_at: datetime | None


class WebhookOut(Schema):
    """`health`: `off`, `failing` (no success since the last failure), `held` (asked to wait), `ok`, `new` (nothing
    sent yet).

    `delivered` and `failed` count the last seven days.
    """

    id: int
    url: str
    description: str
    event_types: list[str]
    includes_person: bool
    health: Literal["off", "failing", "held", "ok", "new"]
    disabled_reason: Literal["", "person", "gone", "failing"]
    disabled_at: datetime | None
    last_success_at: datetime | None
    failing_since_at: datetime | None
    held_until_at: datetime | None
    waiting: int
    delivered: int
    failed: int
    secrets: list[SecretOut]
    created_by: str
    created_at: datetime


class WebhookIn(Schema):
    """`includes_person` adds name, phone and e-mail to events about a person; needs `customers.unmask`."""

    url: Url
    description: Description = ""
    event_types: EventTypes
    includes_person: bool = False


class WebhookChange(Schema):
    """What is absent stays as it is."""

    url: Url | None = None
    description: Description | None = None
    event_types: EventTypes | None = None
    includes_person: bool | None = None


class WebhookCreated(Schema):
    """`secret` is shown in this answer only."""

    secret: str
    webhook: WebhookOut


class RotateIn(Schema):
    """For `overlap_hours` both secrets sign."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class DeliveryRow(Schema):
    """`due_at` is when a pending one is tried next."""

    id: int
    message_id: str
    type: str
    customer_id: int | None
    state: DeliveryState
    attempts_count: int
    last_outcome: str
    last_status: int | None
    occurred_at: datetime
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None


class AttemptOut(Schema):
    """`response` is the beginning of the answer, with what looks like keys and personal data masked."""

    at: datetime
    duration_ms: int
    outcome: str
    status: int | None
    address: str
    detail: str
    response: str


class DeliveryOut(DeliveryRow):
    """`body` is what is posted, without the person where the webhook includes one."""

    body: dict[str, Any]
    attempts: list[AttemptOut]


class ReplayIn(Schema):
    """`failed`: what was given up; `all`: everything that happened, in [starts_at, ends_at)."""

    what: Literal["failed", "all"]
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None


class ReplayOut(Schema):
    count: int
