"""Long work about people."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.customers import exports
from huike.customers.bulk_changes import services as bulk_changes
from huike.customers.duplicates import services as duplicates
from huike.customers.privacy import links
from huike.customers.privacy import services as privacy
from huike.customers.tags import services as tags
from huike.platform import clock, jobs
from huike.platform.audit import SYSTEM


@app.task(name="customers.write_customers", queue="default")
def write_customers(*, job_id: int, selection_id: int, columns: list[str], file_format: str) -> None:
    """Write an export's file. Run again after a crash it starts the file over."""
    with jobs.running(job_id) as progress:
        exports.write(progress, job_id=job_id, selection_id=selection_id, columns=columns, file_format=file_format)


@app.task(name="customers.change_selection", queue="default")
def change_selection(*, job_id: int, change_id: int) -> None:
    """Change a selection, or undo a change. Run again after a crash it goes on after the last step that was kept."""
    with jobs.running(job_id) as progress:
        bulk_changes.run(progress, change_id=change_id)


@app.task(name="customers.replace_tag", queue="default")
def replace_tag(*, job_id: int, name: str, to: str | None, by: str) -> None:
    """Rename a tag on every file, or take it off. Run again after a crash it goes on with the files that are left."""
    with jobs.running(job_id) as progress:
        tags.replace_everywhere(progress, name=name, to=to, by=by)


@app.task(name="customers.find_duplicates", queue="default")
def find_duplicates(*, job_id: int, full: bool = True) -> None:
    """Compare all files, or those that changed. Run again after a crash it starts over."""
    with jobs.running(job_id) as progress:
        duplicates.search(progress, full=full)


@app.periodic(cron="40 18 * * *")
@app.task(name="customers.find_duplicates_nightly", queueing_lock="customers.find_duplicates_nightly")
def find_duplicates_nightly(timestamp: int) -> None:
    """At 18:40 UTC, 2:40 in the morning in China; `timestamp` is when it was due, which does not matter here."""
    duplicates.start(actor=SYSTEM, requested_by_id=None, full=False)


@app.task(name="customers.answer_privacy", queue="default")
def answer_privacy(*, job_id: int, request_id: int) -> None:
    """Export or erase a person. Run again after a crash, an erasure goes on at the step it was in."""
    with jobs.running(job_id) as progress:
        privacy.carry_out(request_id, progress)


@app.task(name="customers.send_own_link", queue="default")
def send_own_link(*, sealed: str) -> None:
    """Send somebody the link to her own page. Run again after a crash she gets a second link; both are hers."""
    links.send(sealed, now=clock.now())
