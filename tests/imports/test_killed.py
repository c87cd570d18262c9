"""A process killed in the middle of an import leaves none of its rows, and the next one ends where it would have."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from huike.customers.models import Customer
from huike.imports import checks, runs, services
from huike.imports.models import Import
from huike.orders.models import Line, Order
from huike.platform.models import Job
from tests.imports.files import CALLER, Retail, answers_of, bring, check

pytestmark = pytest.mark.django_db(transaction=True)

RETAIL = Retail(invoices=60, seed=3)


def kill_while(phase: str, *, job: Job, record: Import, mark: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.imports.interrupted", phase, str(job.pk), str(record.pk), mark],
        stdout=subprocess.PIPE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "huike.platform.django_settings"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("mark", ["waiting", "inserted", "finishing"])
def test_the_end_is_the_same_when_the_worker_is_killed_while_writing(mark: str) -> None:
    record = check(bring(RETAIL.content))
    job = services.start(record.pk, refused="keep_good", caller=CALLER)

    kill_while("run", job=job, record=record, mark=mark)

    # Before the commit nothing of the file is there; after it everything is.
    assert Order.objects.exists() is (mark == "finishing")
    assert Customer.objects.exists() is (mark == "finishing")
    runs.perform(job_id=job.pk, import_id=record.pk)
    record = Import.objects.get()
    assert (record.state, Job.objects.get(pk=job.pk).state) == ("done", "succeeded")
    assert record.result["created"] == Order.objects.count()
    assert record.result["totals"]["net_minor"] == RETAIL.net_minor
    assert sum(Line.objects.values_list("net_minor", flat=True)) == RETAIL.net_minor
    assert Line.objects.count() == len(RETAIL.rows) - RETAIL.refused


@pytest.mark.parametrize("mark", ["reading", "checking", "finishing"])
def test_the_check_starts_over_when_the_worker_is_killed_in_it(mark: str) -> None:
    record = bring(RETAIL.content)
    job = services.request_check(record.pk, answers=answers_of(record), caller=CALLER)

    kill_while("check", job=job, record=record, mark=mark)
    assert Import.objects.get().state == "checking"
    checks.perform(job_id=job.pk, import_id=record.pk)

    record = Import.objects.get()
    assert record.state == "checked"
    assert record.check_report["totals"]["net_minor"] == RETAIL.net_minor
