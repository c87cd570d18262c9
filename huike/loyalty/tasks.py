"""Background work about members."""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app

from huike.loyalty.adjustments import services as adjustments
from huike.loyalty.cards import services as cards
from huike.loyalty.earning import bonuses
from huike.loyalty.own import keeping
from huike.loyalty.points import services as points
from huike.loyalty.rewards import services as rewards
from huike.loyalty.telling import services as telling
from huike.loyalty.tiers import services as tiers
from huike.platform import clock, jobs


@app.task(name="loyalty.judge_tiers", queue="default")
def judge_tiers(*, job_id: int) -> None:
    """Look at everybody who is due. Run again after a crash it goes on with who is left."""
    with jobs.running(job_id) as progress:
        now = clock.now()
        tiers.judge_due(progress, now=now, then=lambda since: points.settle_since(since, now=now))


@app.periodic(cron="10 * * * *")
@app.task(name="loyalty.judge_tiers_hourly", queueing_lock="loyalty.judge_tiers_hourly")
def judge_tiers_hourly(timestamp: int) -> None:
    """Ten minutes after each hour, and so after midnight wherever the operator is; `timestamp` does not matter here."""
    start_judging(requested_by_id=None)


def start_judging(*, requested_by_id: int | None) -> int | None:
    """Let everybody who is due be looked at, one run after the other; the job's id, None where nobody is due."""
    if not tiers.is_anybody_due(now=clock.now()):
        return None
    with transaction.atomic():
        job = jobs.create(kind="loyalty.judge_tiers", title_params={}, requested_by_id=requested_by_id)
        judge_tiers.configure(lock="judge tiers").defer(job_id=job.pk)
        return int(job.pk)


@app.periodic(cron="25 * * * *")
@app.task(name="loyalty.forget_what_ended", queueing_lock="loyalty.forget_what_ended", pass_context=False)
def forget_what_ended(timestamp: int) -> None:
    """Every hour; `timestamp` is when it was due, which does not matter here."""
    cards.forget_used_codes(clock.now())
    keeping.forget_ended(clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="loyalty.expire_redemptions", queueing_lock="loyalty.expire_redemptions", pass_context=False)
def expire_redemptions(timestamp: int) -> None:
    """Every minute: what nobody collected in time goes back."""
    while rewards.expire_overdue(now=clock.now()):
        pass


@app.periodic(cron="40 * * * *")
@app.task(name="loyalty.expire_adjustments", queueing_lock="loyalty.expire_adjustments", pass_context=False)
def expire_adjustments(timestamp: int) -> None:
    """Every hour: what nobody approved in time is not done any more."""
    adjustments.expire_overdue(now=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="loyalty.tell_points", queueing_lock="loyalty.tell_points", pass_context=False)
def tell_points(timestamp: int) -> None:
    """Every minute: points earned and expired, as the ledger has them."""
    while telling.tell_new(now=clock.now()):
        pass


@app.periodic(cron="0 1 * * *")
@app.task(name="loyalty.warn_of_expiry", queueing_lock="loyalty.warn_of_expiry", pass_context=False)
def warn_of_expiry(timestamp: int) -> None:
    """At 01:00 UTC, nine in the morning in China: whoever is told by a message of it is awake."""
    while telling.warn_of_expiry(now=clock.now()):
        pass


@app.periodic(cron="*/5 * * * *")
@app.task(name="loyalty.award_profiles", queueing_lock="loyalty.award_profiles", pass_context=False)
def award_profiles(timestamp: int) -> None:
    """Every five minutes: files that became complete, by whatever way."""
    while bonuses.award_complete_profiles(now=clock.now()):
        pass
