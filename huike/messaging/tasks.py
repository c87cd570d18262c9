"""Background work of messaging."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.messaging import delivery


@app.task(name="messaging.send_dispatch")
def send_dispatch(dispatch_id: int) -> None:
    """One turn at a dispatch. Starting over is safe: what a dead turn had in hand is settled first."""
    delivery.send_due(dispatch_id)
