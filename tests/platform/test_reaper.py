"""Jobs of workers that died go back to the queue, and are given up when they die too often."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from huike.platform import jobs, reaper
from huike.platform.models import Job
from huike.platform.timing import WORKER_DEAD_AFTER_SECONDS, WORKER_HEARTBEAT_SECONDS, WORKER_STOP_SECONDS

pytestmark = pytest.mark.django_db


def worker(*, silent_seconds: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s)) "
            "RETURNING id",
            [silent_seconds],
        )
        return int(cursor.fetchone()[0])


def queued_job(*, worker_id: int | None, status: str = "doing", attempts: int = 0, job_id: int | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts, worker_id, args)
            VALUES ('default', 'imports.run', %s, %s, %s, %s) RETURNING id
            """,
            [status, attempts, worker_id, json.dumps({} if job_id is None else {"job_id": job_id})],
        )
        return int(cursor.fetchone()[0])


def state_of(queue_id: int) -> tuple[str, int, int | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, attempts, worker_id FROM procrastinate_jobs WHERE id = %s", [queue_id])
        row = cursor.fetchone()
        return str(row[0]), int(row[1]), row[2]


def test_job_goes_back_to_the_queue_when_its_worker_is_silent_too_long() -> None:
    queue_id = queued_job(worker_id=worker(silent_seconds=WORKER_DEAD_AFTER_SECONDS + 1))
    assert reaper.reap() == (1, 0)
    assert state_of(queue_id) == ("todo", 1, None)


def test_job_goes_back_to_the_queue_when_its_worker_is_forgotten() -> None:
    queue_id = queued_job(worker_id=None)
    assert reaper.reap() == (1, 0)
    assert state_of(queue_id) == ("todo", 1, None)


def test_job_stays_when_its_worker_lives() -> None:
    worker_id = worker(silent_seconds=WORKER_STOP_SECONDS)
    queue_id = queued_job(worker_id=worker_id)
    assert reaper.reap() == (0, 0)
    assert state_of(queue_id) == ("doing", 0, worker_id)


@pytest.mark.parametrize("status", ["todo", "succeeded", "failed", "cancelled", "aborted"])
def test_job_stays_when_no_worker_does_it(status: str) -> None:
    queue_id = queued_job(worker_id=None, status=status)
    assert reaper.reap() == (0, 0)
    assert state_of(queue_id) == (status, 0, None)


def test_job_is_given_up_and_its_watcher_told_when_it_outlived_too_many_workers() -> None:
    job = jobs.create(kind="imports.run", title_params={}, requested_by_id=None)
    queue_id = queued_job(worker_id=None, attempts=reaper.MOST_ATTEMPTS - 1, job_id=job.id)
    assert reaper.reap() == (0, 1)
    assert state_of(queue_id)[0] == "failed"
    job.refresh_from_db()
    assert (job.state, job.error_code) == (Job.State.FAILED, "job.worker_died")
    assert job.finished_at is not None


def test_result_stays_when_the_job_had_ended_before_its_worker_died() -> None:
    job = jobs.create(kind="imports.run", title_params={}, requested_by_id=None)
    Job.objects.filter(pk=job.id).update(state=Job.State.SUCCEEDED)
    queued_job(worker_id=None, attempts=reaper.MOST_ATTEMPTS - 1, job_id=job.id)
    assert reaper.reap() == (0, 1)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (Job.State.SUCCEEDED, "")


def test_worker_that_stops_is_gone_before_it_counts_as_dead() -> None:
    assert WORKER_STOP_SECONDS + WORKER_HEARTBEAT_SECONDS < WORKER_DEAD_AFTER_SECONDS
