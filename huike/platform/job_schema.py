"""Long work as every capability that starts some answers it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huike.platform.models import Job
from huike.platform.schema import Schema


class JobError(Schema):
    code: str
    params: dict[str, Any]


class JobOut(Schema):
    """Long work. `kind` names its sentence, `title_params` fills it; `done` of `total` counts in the kind's unit."""

    id: int
    kind: str
    title_params: dict[str, Any]
    state: Job.State
    phase: str
    done: int
    total: int | None
    result: dict[str, Any]
    error: JobError | None
    cancel_requested: bool
    requested_by_id: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> JobOut:
        return cls(
            id=job.pk,
            kind=job.kind,
            title_params=job.title_params,
            state=Job.State(job.state),
            phase=job.phase,
            done=job.done,
            total=job.total,
            result=job.result,
            error=JobError(code=job.error_code, params=job.error_params) if job.error_code else None,
            cancel_requested=job.cancel_requested,
            requested_by_id=job.requested_by_id,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )
