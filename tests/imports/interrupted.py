"""Runs in a process of its own, to be killed: `python -m tests.imports.interrupted PHASE JOB_ID IMPORT_ID MARK`.

Works on the import until it has begun what MARK says, then says so on standard output and waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time

import django


def main() -> None:
    phase, job_id, import_id, mark = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
    django.setup()
    from huike.imports import checks, runs
    from huike.orders import bulk
    from huike.platform.jobs import Progress

    def stop() -> None:
        print("here", flush=True)
        time.sleep(600)

    report = Progress.report
    insert = bulk._insert

    def stopping_report(self: Progress, **told: object) -> None:
        report(self, **told)  # type: ignore[arg-type]
        if told.get("phase") == mark:
            stop()

    def stopping_insert(*arguments: object) -> int:
        created = insert(*arguments)  # type: ignore[arg-type]
        if mark == "inserted":
            stop()
        return created

    Progress.report = stopping_report  # type: ignore[method-assign]
    bulk._insert = stopping_insert
    work = checks if phase == "check" else runs
    work.perform(job_id=int(job_id), import_id=int(import_id))


if __name__ == "__main__":
    main()
