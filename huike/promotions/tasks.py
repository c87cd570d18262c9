"""Background work about coupons."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.platform import clock
from huike.promotions import services


@app.periodic(cron="*/5 * * * *")
@app.task(name="promotions.expire_coupons", queueing_lock="promotions.expire_coupons", pass_context=False)
def expire_coupons(timestamp: int) -> None:
    """Every five minutes; `timestamp` is when it was due, which does not matter here."""
    while services.expire_due(now=clock.now()):
        pass
