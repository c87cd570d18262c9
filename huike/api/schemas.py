"""Bodies of the house's own endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.channels.services import sender
from huike.lake.freshness import freshness
from huike.platform import health
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


class FreshnessOut(Schema):
    """Up to which moment segments, counts and reports know everything; null before the first copy."""

    as_of: datetime | None
    lag_seconds: float | None

    @classmethod
    def now(cls) -> FreshnessOut:
        fresh = freshness()
        return cls(as_of=fresh.fresh_at, lag_seconds=fresh.lag_seconds)


class EmailHealth(Schema):
    """`sandbox`: mails stay in the mailbox inside the product."""

    mode: Literal["smtp", "sandbox"]


class HealthOut(Schema):
    database: DatabaseHealth
    worker: WorkerHealth
    outbox: list[HandlerHealth]
    lake: FreshnessOut
    email: EmailHealth
    jobs: JobsHealth

    @classmethod
    def now(cls) -> HealthOut:
        loops = health.loops()
        return cls(
            database=DatabaseHealth(ok=True, version=health.database_version()),
            worker=WorkerHealth(
                ok=bool(loops) and not any(loop.silent for loop in loops),
                loops=[LoopHealth.model_validate(loop) for loop in loops],
            ),
            outbox=[HandlerHealth.model_validate(handler) for handler in health.handlers()],
            lake=FreshnessOut.now(),
            email=EmailHealth(mode="smtp" if sender().mode == "smtp" else "sandbox"),
            jobs=JobsHealth.model_validate(health.job_counts()),
        )
