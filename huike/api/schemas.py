"""Bodies of the house's own endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]


class AuditOut(Schema):
    id: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    actor_label: str
    action: str
    subject_kind: str
    subject_id: int | None
    details: dict[str, Any]


class DatabaseHealth(Schema):
    ok: bool
    version: str


class LoopHealth(Schema):
    name: str
    beat_at: datetime
    failed_at: datetime | None
    last_error: str
    silent: bool


class WorkerHealth(Schema):
    """`ok`: every loop gave a sign of life lately, and at least one ever did."""

    ok: bool
    loops: list[LoopHealth]


class HandlerHealth(Schema):
    """A reader of the outbox. `behind` stops counting at 10,000."""

    handler: str
    behind: int
    failures: int
    last_error: str
    retry_at: datetime | None


class JobsHealth(Schema):
    """`failed` counts the last day."""

    queued: int
    running: int
    failed: int


class HealthOut(Schema):
    database: DatabaseHealth
    worker: WorkerHealth
    outbox: list[HandlerHealth]
    jobs: JobsHealth
