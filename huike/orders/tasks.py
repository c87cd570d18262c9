"""Background work about orders."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.platform import clock


@app.task(name="orders.take_delivery", queue="default")
def take_delivery(*, delivery_id: int) -> None:
    """Understand one message of a shop. Run again after a crash it does what was not done."""
    from huike.orders.receivers import deliveries

    deliveries.take(delivery_id, now=clock.now())
