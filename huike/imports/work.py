"""What checking and running have in common: the import's state follows its job's, however the work ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from huike.imports.models import Import
from huike.kernel.errors import HuikeError
from huike.platform import clock, jobs
from huike.platform.jobs import JobCancelled, JobFinished, Progress
from huike.platform.locks import lock_number


def carry_out(*, job_id: int, import_id: int, state: str, work: Callable[[Import, Progress], None]) -> None:
    """Do `work` inside `jobs.running`, for the import that is in `state` by this job.

    Typed errors and a cancellation end job and import alike. An import that has moved on (a killed worker had already
    finished it) only has its job finished.
    """
    try:
        with _alone(import_id), jobs.running(job_id) as progress:
            record = Import.objects.filter(pk=import_id, job_id=job_id).first()
            if record is None:
                return
            progress.result = {"import_id": record.pk}
            try:
                work(record, progress)
            except JobCancelled:
                _end(record, state, Import.State.CANCELLED)
                raise
            except HuikeError as error:
                _end(record, state, Import.State.FAILED, error.code, {**error.params, "detail": error.detail})
                raise
            except Exception as error:
                _end(record, state, Import.State.FAILED, "internal", {"detail": type(error).__name__})
                raise
    except JobFinished:
        Import.objects.filter(pk=import_id, job_id=job_id, state=state).update(state=Import.State.CANCELLED)


@contextmanager
def _alone(import_id: int) -> Iterator[None]:
    """Wait for whoever works on this import. The lock is a connection's, so that it ends with a killed process."""
    parameters = connection.get_connection_params()
    wanted = {key: value for key, value in parameters.items() if key in {"dbname", "user", "password", "host", "port"}}
    with psycopg.connect(**wanted, autocommit=True) as side:
        side.execute("SELECT pg_advisory_lock(%s)", [lock_number("import", import_id)])
        yield


def _end(record: Import, state: str, end: str, code: str = "", params: dict[str, object] | None = None) -> None:
    Import.objects.filter(pk=record.pk, job_id=record.job_id, state=state).update(
        state=end, error_code=code, error_params=params or {}, finished_at=clock.now()
    )
