"""Background work about coupons."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app

from huike.platform import clock, jobs
from huike.platform.audit import Actor
from huike.platform.signals import nudge
from huike.promotions.batches import services as batches
from huike.promotions.coupons import many, reminding, services


@app.periodic(cron="*/5 * * * *")
@app.task(name="promotions.expire_coupons", queueing_lock="promotions.expire_coupons", pass_context=False)
def expire_coupons(timestamp: int) -> None:
    """Every five minutes; `timestamp` is when it was due, which does not matter here."""
    while services.expire_due(now=clock.now()):
        pass


@app.periodic(cron="7 * * * *")
@app.task(name="promotions.remind_of_coupons", queueing_lock="promotions.remind_of_coupons", pass_context=False)
def remind_of_coupons(timestamp: int) -> None:
    """Every hour; `timestamp` is when it was due, which does not matter here."""
    while reminding.remind_due(now=clock.now()):
        pass


@app.task(name="promotions.make_codes", queue="default")
def make_codes(*, job_id: int, batch_id: int) -> None:
    """Make a batch's codes. Run again after a crash it goes on after the last step that was kept."""
    try:
        with jobs.running(job_id) as progress:
            batches.run_making(progress, batch_id=batch_id)
    except jobs.JobFinished:  # cancelled while it waited
        batches.stop(batch_id, job_id=job_id)
    finally:
        nudge(batches.TOPIC)


@app.task(name="promotions.turn_codes", queue="default")
def turn_codes(*, job_id: int, batch_id: int, kind: str, note: str, actor: str) -> None:
    """Make a batch void, or undo it. Run again after a crash it goes on with the codes that are left."""
    try:
        with jobs.running(job_id) as progress:
            batches.run_turning(progress, batch_id=batch_id, kind=kind, note=note, actor=Actor("user", None, actor))
    finally:
        nudge(batches.TOPIC)


@app.task(name="promotions.issue_to_segment", queue="default")
def issue_to_segment(*, job_id: int, offer_id: int, segment_id: int, stores: list[int] | None, actor: str) -> None:
    """Give a segment coupons. Run again after a crash it gives nobody a second one."""
    with jobs.running(job_id) as progress:
        many.run_issuing(progress, offer_id=offer_id, segment_id=segment_id, stores=stores, actor=actor)


@app.task(name="promotions.void_coupons", queue="default")
def void_coupons(
    *, job_id: int, offer_id: int, which: dict[str, Any], note: str, stores: list[int] | None, actor: str
) -> None:
    """Make many coupons void. Run again after a crash it goes on with those that are left."""
    with jobs.running(job_id) as progress:
        many.run_voiding(progress, offer_id=offer_id, which=which, note=note, stores=stores, actor=actor)


@app.task(name="promotions.restore_coupons", queue="default")
def restore_coupons(*, job_id: int, void_job_id: int, note: str, actor: str) -> None:
    """Undo that. Run again after a crash it goes on with those that are left."""
    with jobs.running(job_id) as progress:
        many.run_restoring(progress, void_job_id=void_job_id, note=note, actor=actor)
