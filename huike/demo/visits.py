"""What the brand's people did in its web shop and its mini program lately: looked, filled carts, ordered or left.

Told as the shop's own script would tell it, in the words of the Segment spec, and left in the inbox: the worker reads
it as it reads any shop's.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from huike.behaviour import inbox
from huike.demo.brand import PRODUCTS
from huike.demo.generate import WEB, WECHAT, DemoData, DemoOrder

DAYS = 60
_VISITS_WITHOUT_ORDER = 2  # for each with one
_LEAVES_CART_SHARE = 0.35
_EVENTS_IN_A_BODY = 50

Event = dict[str, Any]


def bodies(data: DemoData, *, seed: int, as_of: datetime, currency: str, source_ids: Sequence[int]) -> list[inbox.Body]:
    """The last DAYS as bodies of the tracking door. The same arguments give the same bodies."""
    found = []
    for source in (WEB, WECHAT):
        told = sorted(_events(data, source, seed, as_of, currency), key=lambda event: str(event["timestamp"]))
        named = [{**event, "messageId": f"demo-{seed}-{number}"} for number, event in enumerate(told)]
        for begin in range(0, len(named), _EVENTS_IN_A_BODY):
            content = json.dumps({"batch": named[begin : begin + _EVENTS_IN_A_BODY]}, ensure_ascii=False).encode()
            found.append(inbox.Body(source_ids[source], "batch", content, as_of))
    return found


def _events(data: DemoData, source: int, seed: int, as_of: datetime, currency: str) -> Iterator[Event]:
    draw = random.Random(f"{seed} {source}")  # noqa: S311 - made-up data, not a secret
    for order in data.orders:
        customer = order.customer
        # An external id means somebody only where she was given it.
        if customer is None or order.source != source or data.customers[customer].source != source:
            continue
        if order.returned is not None or not as_of - timedelta(days=DAYS) < order.placed_at <= as_of:
            continue
        who = data.customers[customer].external_id
        yield from _visit(draw, who, order.placed_at, [line.product for line in order.lines], currency, order=order)
        for _ in range(draw.randint(0, _VISITS_WITHOUT_ORDER)):
            at = as_of - timedelta(minutes=draw.randint(5, DAYS * 24 * 60))
            yield from _visit(draw, who, at, draw.sample(range(len(PRODUCTS)), draw.randint(1, 3)), currency)


def _visit(
    draw: random.Random,
    who: str,
    ends_at: datetime,
    products: Sequence[int],
    currency: str,
    *,
    order: DemoOrder | None = None,
) -> Iterator[Event]:
    """One visit: each product looked at; put into the cart where she orders or means to; ordered, or left there."""
    fills_cart = order is not None or draw.random() < _LEAVES_CART_SHARE
    steps: list[tuple[str, dict[str, Any]]] = []
    for product in products:
        item = PRODUCTS[product]
        told = {
            "product_id": item.sku, "sku": item.sku, "name": item.name, "category": item.category[-1],
            "price": item.price_minor / 100, "currency": currency, "quantity": 1,
        }  # fmt: skip
        steps.append(("Product Viewed", told))
        if fills_cart:
            steps.append(("Product Added", told))
    if order is not None:
        total = sum(line.gross_minor - line.discount_minor for line in order.lines) / 100
        steps.append(("Checkout Started", {"value": total, "currency": currency}))
        steps.append(("Order Completed", {"order_id": order.external_id, "total": total, "currency": currency}))
    for before, (name, properties) in zip(range(len(steps) - 1, -1, -1), steps, strict=True):
        at = ends_at - timedelta(seconds=before * draw.randint(20, 90))
        yield {"type": "track", "userId": who, "event": name, "timestamp": at.isoformat(), "properties": properties}
