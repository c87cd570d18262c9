"""Background work about members."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.loyalty.cards import services
from huike.loyalty.own import keeping
from huike.platform import clock


@app.periodic(cron="25 * * * *")
@app.task(name="loyalty.forget_what_ended", queueing_lock="loyalty.forget_what_ended", pass_context=False)
def forget_what_ended(timestamp: int) -> None:
    """Every hour; `timestamp` is when it was due, which does not matter here."""
    services.forget_used_codes(clock.now())
    keeping.forget_ended(clock.now())
