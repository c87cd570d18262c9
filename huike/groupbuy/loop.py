"""What time does, over and over: groups at their deadline, pieces nobody paid for, vouchers after their last day, deals
whose window is over. Everything stands in the database: a killed worker goes on where it was, and two do no harm."""

from __future__ import annotations

from threading import Event

from huike.groupbuy.deals.services import end_due
from huike.groupbuy.groups.deadlines import decide_due, lapse_due
from huike.groupbuy.vouchers.services import expire_due
from huike.platform import clock

PAUSE_SECONDS = 1.0


def run_forever(stop: Event) -> None:
    while not stop.is_set():
        if not once():
            stop.wait(PAUSE_SECONDS)


def once() -> int:
    """One round; how much was done."""
    now = clock.now()
    return decide_due(now=now) + lapse_due(now=now) + expire_due(now=now) + end_due(now=now)
