"""Long work about people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app

from huike.customers import exports
from huike.customers.duplicates import services as duplicates
from huike.customers.privacy import links
from huike.customers.privacy import services as privacy
from huike.customers.selectors import CustomerFilter
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import clock, jobs
from huike.platform.audit import SYSTEM

_INSTANTS = ("last_order_before", "last_order_after")


@app.task(name="customers.write_customers", queue="default")
def write_customers(
    *, job_id: int, narrowing: dict[str, Any], columns: list[str], file_format: str, store_ids: list[int] | None
) -> None:
    """Write an export's file. Run again after a crash it starts the file over."""
    narrow: dict[str, Any] = {k: datetime.fromisoformat(v) if k in _INSTANTS else v for k, v in narrowing.items()}
    scope = EVERYTHING if store_ids is None else Scope(all_stores=False, store_ids=frozenset(store_ids))
    with jobs.running(job_id) as progress:
        exports.write(
            progress,
            job_id=job_id,
            narrowing=CustomerFilter(**narrow),
            columns=columns,
            file_format=file_format,
            scope=scope,
        )


@app.task(name="customers.find_duplicates", queue="default")
def find_duplicates(*, job_id: int) -> None:
    """Compare all files. Run again after a crash it starts over."""
    with jobs.running(job_id) as progress:
        duplicates.search(progress)


@app.periodic(cron="40 18 * * *")
@app.task(name="customers.find_duplicates_nightly", queueing_lock="customers.find_duplicates_nightly")
def find_duplicates_nightly(timestamp: int) -> None:
    """At 18:40 UTC, 2:40 in the morning in China; `timestamp` is when it was due, which does not matter here."""
    duplicates.start(actor=SYSTEM, requested_by_id=None)


@app.task(name="customers.answer_privacy", queue="default")
def answer_privacy(*, job_id: int, request_id: int) -> None:
    """Export or erase a person. Run again after a crash, an erasure goes on at the step it was in."""
    with jobs.running(job_id) as progress:
        privacy.carry_out(request_id, progress)


@app.task(name="customers.send_own_link", queue="default")
def send_own_link(*, sealed: str) -> None:
    """Send somebody the link to her own page. Run again after a crash she gets a second link; both are hers."""
    links.send(sealed, now=clock.now())
