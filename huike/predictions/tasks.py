"""Background work about goods that should be used up."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.platform import clock
from huike.predictions import services


@app.periodic(cron="7 * * * *")
@app.task(name="predictions.tell_used_up", queueing_lock="predictions.tell_used_up", pass_context=False)
def tell_used_up(timestamp: int) -> None:
    """Every hour, for the day begins in the operator's zone; `timestamp` is when it was due, which does not matter."""
    while services.tell_used_up(now=clock.now()):
        pass
