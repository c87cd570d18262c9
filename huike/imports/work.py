"""What checking and running have in common: the import's state follows its job's, however the work ends."""

from __future__ import annotations

from collections.abc import Callable

from huike.imports.models import Import
from huike.kernel.errors import HuikeError
from huike.platform import clock, jobs
from huike.platform.jobs import JobCancelled, JobFinished, Progress


def carry_out(*, job_id: int, import_id: int, state: str, work: Callable[[Import, Progress], None]) -> None:
    """Do `work` inside `jobs.running`, for the import that is in `state` by this job.

    Typed errors and a cancellation end job and import alike. An import that has moved on (a killed worker had already
    finished it) only has its job finished.
    """
    try:
        with jobs.running(job_id) as progress:
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


def _end(record: Import, state: str, end: str, code: str = "", params: dict[str, object] | None = None) -> None:
    Import.objects.filter(pk=record.pk, job_id=record.job_id, state=state).update(
        state=end, error_code=code, error_params=params or {}, finished_at=clock.now()
    )
