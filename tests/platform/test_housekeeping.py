"""What has served its time is forgotten, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from huike.platform import clock, housekeeping
from huike.platform.models import IdempotencyKey, Job


def _key(name: str, *, age: timedelta) -> None:
    IdempotencyKey.objects.create(
        principal="user:1",
        route="r",
        key=name,
        request_hash="x",
        status=200,
        response={},
        created_at=clock.now() - age,
    )


@pytest.mark.django_db
def test_an_idempotency_key_outlives_a_tills_retries_and_is_then_forgotten() -> None:
    _key("old", age=housekeeping.KEYS_KEPT + timedelta(minutes=1))
    _key("young", age=housekeeping.KEYS_KEPT - timedelta(minutes=1))
    assert housekeeping.tidy()["keys"] == 1
    assert [key.key for key in IdempotencyKey.objects.all()] == ["young"]


@pytest.mark.django_db
def test_a_job_is_forgotten_long_after_it_ended_and_never_while_it_runs() -> None:
    ended_at = clock.now() - housekeeping.JOBS_KEPT - timedelta(days=1)
    Job.objects.create(kind="old", state=Job.State.SUCCEEDED, finished_at=ended_at)
    Job.objects.create(kind="young", state=Job.State.SUCCEEDED, finished_at=clock.now())
    Job.objects.create(kind="running", state=Job.State.RUNNING, created_at=ended_at)
    assert housekeeping.tidy()["jobs"] == 1
    assert sorted(Job.objects.values_list("kind", flat=True)) == ["running", "young"]


@pytest.mark.django_db
def test_a_session_is_forgotten_when_it_has_expired() -> None:
    for name, days in (("gone", -1), ("live", 1)):
        Session.objects.create(session_key=name, session_data="", expire_date=clock.now() + timedelta(days=days))
    assert housekeeping.tidy()["sessions"] == 1
    assert [session.session_key for session in Session.objects.all()] == ["live"]
