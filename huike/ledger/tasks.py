"""What falls due by itself, and the proof of every night."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from huike.ledger import proofs, services
from huike.platform import clock

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="ledger.due", queueing_lock="ledger.due", pass_context=False)
def due(timestamp: int) -> None:
    """Every minute: holds past their time, value that matures, value that is over."""
    now = clock.now()
    for act in (services.release_overdue, services.mature_due, services.expire_due):
        while act(now=now):
            pass


@app.periodic(cron="40 3 * * *")
@app.task(name="ledger.prove", queueing_lock="ledger.prove", pass_context=False)
def prove(timestamp: int) -> None:
    """Every night. Raises BooksDiffer, so that health shows it, when something is not as it must be."""
    proofs.prove(now=clock.now())
