"""A worker finishes what it can when told to stop, and what it was doing when killed is done by another."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from procrastinate.contrib.django import app

from huike.platform import jobs
from huike.platform.models import Job
from huike.platform.timing import WORKER_DEAD_AFTER_SECONDS
from tests.worker.test_loops import until

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "tests.worker.worker_process"])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def queue_job(path: Path) -> Job:
    job = jobs.create(kind="tests.wait", title_params={}, requested_by_id=None)
    app.configure_task("tests.wait_for_file", allow_unknown=True).defer(job_id=job.id, path=str(path))
    return job


def state_of(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def is_being_done(job: Job) -> bool:
    job.refresh_from_db()
    return (job.state, job.done) == (Job.State.RUNNING, 1)


def test_job_is_done_by_another_worker_when_the_first_was_killed(
    tmp_path: Path, owner_connection: psycopg.Connection
) -> None:
    job = queue_job(tmp_path / "go")
    with worker() as first:
        until(lambda: is_being_done(job), "the first worker is at it")
        first.kill()
        first.wait()
    (tmp_path / "go").touch()
    # Instead of waiting out the silence.
    owner_connection.execute(
        "UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s)",
        [WORKER_DEAD_AFTER_SECONDS + 1],
    )
    with worker() as second:
        until(lambda: state_of(job) == Job.State.SUCCEEDED, "the second worker did it")
        assert job.result == {"by": second.pid}


def test_job_under_way_is_finished_when_its_worker_is_told_to_stop(tmp_path: Path) -> None:
    job, later = queue_job(tmp_path / "go"), None
    with worker() as process:
        until(lambda: is_being_done(job), "the worker is at it")
        process.terminate()
        until(lambda: worker_count() == 1, "it is still there")
        later = queue_job(tmp_path / "go")
        (tmp_path / "go").touch()
        assert process.wait(30) == 0
    assert state_of(job) == Job.State.SUCCEEDED
    assert job.result == {"by": process.pid}
    assert worker_count() == 0
    assert state_of(later) in {Job.State.QUEUED, Job.State.SUCCEEDED}


def worker_count() -> int:
    with psycopg.connect(os.environ["HUIKE_DATABASE_URL"]) as connection:
        row = connection.execute("SELECT count(*) FROM procrastinate_workers").fetchone()
        return int(row[0]) if row else 0


def test_worker_ends_when_it_loses_the_database(tmp_path: Path, superuser_connection: psycopg.Connection) -> None:
    job = queue_job(tmp_path / "never")
    ours = [row[0] for row in superuser_connection.execute("SELECT pid FROM pg_stat_activity")]

    def cut_connections_of_the_worker() -> None:
        superuser_connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = 'huike_app' AND pid <> ALL (%s)",
            [ours],
        )

    with worker() as process:
        until(lambda: is_being_done(job), "the worker is at it")
        until(lambda: cut_connections_of_the_worker() or process.poll() is not None, "the worker ends")
        assert process.returncode == 1
    # Not failed: the next worker starts it over.
    assert state_of(job) == Job.State.RUNNING
