"""Long work with progress that a person can watch, leave, come back to, and cancel.

A task takes a job's id and works inside `running(job_id)`. Progress is written over a connection of its own, so that
it is seen while the work's transaction is still open.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from django.db.models import Q, QuerySet

from huike.kernel.errors import Conflict, HuikeError, NotFound
from huike.platform import clock
from huike.platform.models import Job
from huike.platform.signals import CHANNEL, tell

assert is_psycopg3  # noqa: S101 - the progress connection is made with psycopg 3's parameters
logger = logging.getLogger(__name__)

_REPORT_EVERY_SECONDS = 0.25
FINISHED = frozenset({Job.State.SUCCEEDED, Job.State.FAILED, Job.State.CANCELLED})


class JobNotFound(NotFound):
    code = "job.not_found"
    title = "There is no such job"


class JobFinished(Conflict):
    code = "job.finished"
    title = "The job has already ended"


class JobCancelled(HuikeError):
    """Raised inside the work when somebody asked to cancel it."""

    code = "job.cancelled"
    status = 409
    title = "The job was cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Onlooker:
    """Who looks at jobs: a user or a key sees her or its own; `sees_nobodys` those that nobody in person asked for."""

    user_id: int | None
    key_id: int | None
    sees_nobodys: bool
    sees_all: bool


def create(
    *, kind: str, title_params: dict[str, Any], requested_by_id: int | None, requested_by_key_id: int | None = None
) -> Job:
    """A queued job. Enqueue the task that does it in the same transaction."""
    job = Job.objects.create(
        kind=kind,
        title_params=title_params,
        requested_by_id=requested_by_id,
        requested_by_key_id=requested_by_key_id,
    )
    _tell(job, job.state)
    return job


def find(job_id: int) -> Job:
    """Raises JobNotFound."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise JobNotFound
    return job


def visible_to(onlooker: Onlooker) -> QuerySet[Job]:
    """The jobs the onlooker may see."""
    if onlooker.sees_all:
        return Job.objects.all()
    seen = Q(pk__in=[])
    if onlooker.user_id is not None:
        seen |= Q(requested_by_id=onlooker.user_id)
    if onlooker.key_id is not None:
        seen |= Q(requested_by_key_id=onlooker.key_id)
    if onlooker.sees_nobodys:
        seen |= Q(requested_by_id=None, requested_by_key_id=None)
    return Job.objects.filter(seen)


def active(onlooker: Onlooker) -> QuerySet[Job]:
    """Jobs that wait or run, of those the onlooker may see, newest first."""
    return visible_to(onlooker).exclude(state__in=FINISHED).order_by("-created_at", "-pk")


def may_see(onlooker: Onlooker, *, requested_by_id: int | None, requested_by_key_id: int | None) -> bool:
    """The same decision as `visible_to`, about one job's requester."""
    if onlooker.sees_all:
        return True
    if requested_by_id is None and requested_by_key_id is None:
        return onlooker.sees_nobodys
    return (requested_by_id is not None and requested_by_id == onlooker.user_id) or (
        requested_by_key_id is not None and requested_by_key_id == onlooker.key_id
    )


def request_cancel(job_id: int) -> Job:
    """Ask a job to stop at its next report; a queued one is cancelled at once. Raises JobNotFound, JobFinished."""
    stopped = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, cancel_requested=True, finished_at=clock.now()
    )
    if not stopped and not Job.objects.filter(pk=job_id, state=Job.State.RUNNING).update(cancel_requested=True):
        find(job_id)
        raise JobFinished
    job = find(job_id)
    _tell(job, job.state)
    return job


def amend_result(job_id: int, **told: Any) -> None:
    """Put these into the result of a job that has ended, in the caller's transaction: what it offered is gone, say."""
    job = Job.objects.select_for_update().get(pk=job_id)
    job.result = {**job.result, **told}
    job.save(update_fields=["result"])
    _tell(job, job.state)


class Progress:
    """The hand through which running work reports. Made by `running`."""

    def __init__(self, job_id: int, side: psycopg.Connection[Any]) -> None:
        self._job_id = job_id
        self._side = side
        self._next_report = 0.0
        self.result: dict[str, Any] = {}

    @property
    def job_id(self) -> int:
        return self._job_id

    def report(self, *, done: int, total: int | None = None, phase: str = "", force: bool = False) -> None:
        """Say how far the work is, in whatever unit the job's kind counts. Cheap: written four times a second at most.

        Raises JobCancelled when cancelling was asked for.
        """
        now = time.monotonic()
        if not force and now < self._next_report:
            return
        self._next_report = now + _REPORT_EVERY_SECONDS
        row = self._side.execute(
            """
            UPDATE platform_job SET done = %s, total = COALESCE(%s, total), phase = %s, heartbeat_at = now()
             WHERE id = %s RETURNING cancel_requested, total, requested_by_id, requested_by_key_id
            """,
            [done, total, phase, self._job_id],
        ).fetchone()
        if row is None:
            return
        news = {"id": self._job_id, "state": "running", "done": done, "total": row[1], "phase": phase}
        news |= {"requested_by_id": row[2], "requested_by_key_id": row[3]}
        self._side.execute("SELECT pg_notify(%s, %s)", [CHANNEL, _message(self._job_id, news)])
        if row[0]:
            raise JobCancelled


@contextmanager
def running(job_id: int) -> Iterator[Progress]:
    """Mark the job running, hand out its progress, and mark how it ended.

    A typed error ends the job as failed with its code and is not raised further: a person reads it on the job. Any
    other exception is recorded as `internal` and raised, so that the task is seen to have failed. Entering a job that
    has ended, or was cancelled while it waited, raises JobFinished. Entering a running one again (its worker died)
    starts it over.
    """
    if (
        not Job.objects.filter(pk=job_id)
        .exclude(state__in=FINISHED)
        .update(state=Job.State.RUNNING, started_at=clock.now(), heartbeat_at=clock.now(), done=0, phase="")
    ):
        raise JobFinished
    with psycopg.connect(**_side_parameters(), autocommit=True) as side:
        progress = Progress(job_id, side)
        try:
            yield progress
        except JobCancelled:
            _finish(job_id, Job.State.CANCELLED, result=progress.result)
        except HuikeError as error:
            faults = [{"where": e.where, "code": e.code, "params": e.params} for e in error.errors]
            _finish(
                job_id,
                Job.State.FAILED,
                result=progress.result,
                error_code=error.code,
                error_params={**error.params, "detail": error.detail, "errors": faults},
            )
        except BaseException as error:
            _finish(
                job_id,
                Job.State.FAILED,
                result=progress.result,
                error_code="internal",
                error_params={"detail": type(error).__name__},
            )
            raise
        else:
            _finish(job_id, Job.State.SUCCEEDED, result=progress.result)


def _finish(job_id: int, state: str, *, result: dict[str, Any], error_code: str = "", error_params: Any = None) -> None:
    Job.objects.filter(pk=job_id).update(
        state=state,
        result=json.loads(json.dumps(result, default=str)),
        error_code=error_code,
        error_params=error_params or {},
        finished_at=clock.now(),
    )
    _tell(find(job_id), state)


def _side_parameters() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    return {k: v for k, v in parameters.items() if k in {"dbname", "user", "password", "host", "port"}}


def _tell(job: Job, state: str) -> None:
    asked = {"requested_by_id": job.requested_by_id, "requested_by_key_id": job.requested_by_key_id}
    tell(_topic(job.pk), {"id": job.pk, "state": state, **asked})


def _topic(job_id: int) -> str:
    return f"job:{job_id}"


def _message(job_id: int, news: dict[str, Any]) -> str:
    return json.dumps({"topic": _topic(job_id), "data": news})
