"""What promotions do when something is announced."""

from __future__ import annotations

from collections.abc import Sequence

from huike.imports.events import ImportFinished
from huike.orders.events import OrderPlaced, OrderReturned, OrderRevised
from huike.orders.selectors import sales_behind
from huike.platform import clock
from huike.platform.outbox import StoredEvent, handler
from huike.promotions.coupons import services


@handler("promotions.coupons_of_orders", events=[OrderPlaced, OrderReturned, OrderRevised])
def coupons_of_orders(events: Sequence[StoredEvent]) -> None:
    """A sale may come after its return, and either may be told anew: each time it is looked at what there is now."""
    sales = sales_behind({int(event.payload["order_id"]) for event in events})
    services.settle_orders(sales, now=clock.now())


@handler("promotions.coupons_of_files", events=[ImportFinished])
def coupons_of_files(events: Sequence[StoredEvent]) -> None:
    """A file tells of many orders at once: whatever came back or was cancelled is looked at."""
    services.settle_sources({int(event.payload["source_id"]) for event in events}, now=clock.now())
