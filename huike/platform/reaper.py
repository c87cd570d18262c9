"""Gives back the jobs of workers that died.

A worker says every few seconds that it lives. One that has been silent for longer than it may take to stop is dead:
killed, or cut off from the database (then it ends itself). Its jobs go back to the queue at once and start over,
which every task is written to bear. A job that was given back too often is given up, since it is probably what kills
the workers.
"""

from __future__ import annotations

import logging
from threading import Event

from django.db import connection, transaction

from huike.platform import clock
from huike.platform.models import Job
from huike.platform.signals import tell
from huike.platform.timing import WORKER_DEAD_AFTER_SECONDS

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
_LOOK_EVERY_SECONDS = 5.0

GAVE_UP_CODE = "job.worker_died"


def reap() -> tuple[int, int]:
    """One round. How many jobs were given back, and how many given up."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => %s)",
            [WORKER_DEAD_AFTER_SECONDS],
        )
        # Deleting a worker leaves its jobs without one.
        cursor.execute(
            """
            SELECT id, attempts, task_name, args ->> 'job_id' FROM procrastinate_jobs
             WHERE status = 'doing' AND worker_id IS NULL
             ORDER BY id FOR UPDATE SKIP LOCKED
            """
        )
        given_back = given_up = 0
        for queue_id, attempts, task_name, job_id in cursor.fetchall():
            if attempts + 1 < MOST_ATTEMPTS:
                cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [queue_id])
                given_back += 1
            else:
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [queue_id])
                _give_up(job_id)
                given_up += 1
            logger.warning("the worker of %s (%s, attempt %s) died", task_name, queue_id, attempts + 1)
    return given_back, given_up


def _give_up(job_id: str | None) -> None:
    """Tell the person who watches the job, where the task has one."""
    if job_id is None:
        return
    running = Job.objects.filter(pk=int(job_id), state__in=[Job.State.QUEUED, Job.State.RUNNING])
    if running.update(state=Job.State.FAILED, error_code=GAVE_UP_CODE, finished_at=clock.now()):
        tell(f"job:{job_id}", {"id": int(job_id), "state": Job.State.FAILED})


def run_forever(stop: Event) -> None:
    """Look every few seconds until `stop` is set."""
    while not stop.is_set():
        reap()
        stop.wait(_LOOK_EVERY_SECONDS)
