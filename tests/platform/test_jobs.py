"""Long work: seen while it runs, ended as it ended, cancelled when asked."""

from __future__ import annotations

import os

import psycopg
import pytest

from huike.kernel.errors import FieldError, Invalid
from huike.platform import jobs
from huike.platform.jobs import JobFinished, JobNotFound
from huike.platform.models import Job
from huike.staff.rules import Role
from tests.people import Caller, api_key, code_of, person, signed_in

committed = pytest.mark.django_db(transaction=True)


def job(requested_by_id: int | None = None) -> Job:
    return jobs.create(kind="test.brew", title_params={"cups": 3}, requested_by_id=requested_by_id)


class TeaIsCold(Invalid):
    code = "tea.cold"
    title = "The tea is cold"


@committed
def test_progress_is_seen_from_outside_while_the_work_is_still_open() -> None:
    made = job()
    with jobs.running(made.pk) as progress, psycopg.connect(os.environ["HUIKE_DATABASE_URL"]) as other:
        progress.report(done=2, total=3, phase="pouring", force=True)
        seen = other.execute("SELECT state, done, total, phase FROM platform_job").fetchone()
        progress.result["cups"] = 3
    assert seen == ("running", 2, 3, "pouring")
    made.refresh_from_db()
    assert (made.state, made.result, made.error_code) == ("succeeded", {"cups": 3}, "")
    assert made.finished_at is not None


@committed
def test_a_typed_error_ends_the_job_as_failed_with_its_code() -> None:
    made = job()
    with jobs.running(made.pk) as progress:
        progress.result["cups"] = 1
        raise TeaIsCold(errors=[FieldError("row 3", "cup.chipped", {"cup": 3})], degrees=20)
    made.refresh_from_db()
    assert (made.state, made.error_code, made.result) == ("failed", "tea.cold", {"cups": 1})
    assert made.error_params == {
        "degrees": 20,
        "detail": "The tea is cold",
        "errors": [{"where": "row 3", "code": "cup.chipped", "params": {"cup": 3}}],
    }


@committed
def test_an_unexpected_error_ends_the_job_as_failed_and_is_raised() -> None:
    made = job()
    with pytest.raises(ZeroDivisionError), jobs.running(made.pk):
        raise ZeroDivisionError
    made.refresh_from_db()
    assert (made.state, made.error_code, made.error_params) == ("failed", "internal", {"detail": "ZeroDivisionError"})


@committed
def test_a_running_job_stops_at_its_next_report_when_cancelled() -> None:
    made = job()
    reached = False
    with jobs.running(made.pk) as progress:
        progress.report(done=1, force=True)
        assert jobs.request_cancel(made.pk).state == "running"
        progress.report(done=2, force=True)
        reached = True
    made.refresh_from_db()
    assert (made.state, reached) == ("cancelled", False)


@committed
def test_a_job_cancelled_while_it_waited_never_starts() -> None:
    made = job()
    assert jobs.request_cancel(made.pk).state == "cancelled"
    with pytest.raises(JobFinished), jobs.running(made.pk):
        raise AssertionError("must not run")
    with pytest.raises(JobFinished):
        jobs.request_cancel(made.pk)


@committed
def test_a_job_whose_worker_died_starts_over() -> None:
    made = job()
    Job.objects.filter(pk=made.pk).update(state="running", done=2)
    with jobs.running(made.pk):
        made.refresh_from_db()
        assert (made.state, made.done) == ("running", 0)
    made.refresh_from_db()
    assert made.state == "succeeded"


@pytest.mark.django_db
def test_a_job_that_is_not_there_is_not_found() -> None:
    with pytest.raises(JobNotFound):
        jobs.request_cancel(999)


@pytest.mark.django_db
def test_people_see_their_own_jobs_and_who_watches_the_machine_sees_all() -> None:
    lin, wang = person(Role.CLERK), person(Role.CLERK)
    hers, his, nobodys = job(lin.pk), job(wang.pk), job()
    caller = Caller(user=lin)
    assert [shown["id"] for shown in caller.get("/jobs").json()["items"]] == [nobodys.pk, hers.pk]
    assert code_of(caller.get(f"/jobs/{his.pk}")) == "job.not_found"
    assert code_of(caller.post(f"/jobs/{his.pk}/cancel")) == "job.not_found"
    his.refresh_from_db()
    assert his.state == "queued"
    assert len(signed_in(Role.OWNER).get("/jobs").json()["items"]) == 3
    assert [shown["id"] for shown in Caller(key=api_key({"jobs.read"})).get("/jobs").json()["items"]] == [nobodys.pk]


@pytest.mark.django_db
def test_jobs_are_listed_by_whether_they_still_run() -> None:
    owner = signed_in(Role.OWNER)
    done, waiting = job(), job()
    jobs.request_cancel(done.pk)
    assert [shown["id"] for shown in owner.get("/jobs?active=true").json()["items"]] == [waiting.pk]
    assert [shown["id"] for shown in owner.get("/jobs?active=false").json()["items"]] == [done.pk]
    answer = owner.post(f"/jobs/{done.pk}/cancel")
    assert (answer.status_code, code_of(answer)) == (409, "job.finished")
