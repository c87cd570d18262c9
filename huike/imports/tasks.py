"""The long parts of an import, in the worker. Each may be started again: what was unfinished begins anew."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.task(name="imports.check_import", queue="imports")
def check_import(*, job_id: int, import_id: int) -> None:
    """Check every row of a file."""
    from huike.imports import checks

    checks.perform(job_id=job_id, import_id=import_id)


@app.task(name="imports.run_import", queue="imports")
def run_import(*, job_id: int, import_id: int) -> None:
    """Write a checked file."""
    from huike.imports import runs

    runs.perform(job_id=job_id, import_id=import_id)
