"""What group buying does when something is announced."""

from __future__ import annotations

from collections.abc import Sequence

from huike.groupbuy import orders
from huike.groupbuy.events import GroupFormed, VoucherEnded
from huike.platform import clock
from huike.platform.outbox import StoredEvent, handler


# Few at once: the files of their buyers are locked, and who buys again meanwhile waits for them.
@handler("groupbuy.place_orders", events=[GroupFormed], at_once=10)
def place_orders(events: Sequence[StoredEvent]) -> None:
    orders.place_orders([event.payload["group_id"] for event in events], now=clock.now())


@handler("groupbuy.take_back", events=[VoucherEnded])
def take_back(events: Sequence[StoredEvent]) -> None:
    given_back = [event.payload["voucher_id"] for event in events if event.payload["refund_minor"]]
    orders.take_back(given_back, now=clock.now())
