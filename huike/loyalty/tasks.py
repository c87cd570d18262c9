"""Background work about members."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.loyalty.cards import services
from huike.loyalty.rewards import services as rewards
from huike.platform import clock


@app.periodic(cron="25 * * * *")
@app.task(name="loyalty.forget_used_codes", queueing_lock="loyalty.forget_used_codes", pass_context=False)
def forget_used_codes(timestamp: int) -> None:
    """Every hour; `timestamp` is when it was due, which does not matter here."""
    services.forget_used_codes(clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="loyalty.expire_redemptions", queueing_lock="loyalty.expire_redemptions", pass_context=False)
def expire_redemptions(timestamp: int) -> None:
    """Every minute: what nobody collected in time goes back."""
    while rewards.expire_overdue(now=clock.now()):
        pass
