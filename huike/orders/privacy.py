"""What this room holds about a person: her orders, and what shops told of her."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from django.db import connection

from huike.customers.privacy.holdings import Erased, Holding, hold, straggler
from huike.customers.privacy.rules import pattern_of
from huike.orders.rules import sealed_fingerprint
from huike.platform.config import get_config

_BATCH = 500


def declare() -> None:
    hold(
        Holding(
            name="orders",
            table="orders_order",
            titles=("订单", "Orders"),
            columns={
                "number": "t.external_id",
                "source": "(SELECT s.name FROM customers_source s WHERE s.id = t.source_id)",
                "kind": "t.kind",
                "state": "t.state",
                "placed_at": "t.placed_at",
                "store": "(SELECT s.name FROM catalog_store s WHERE s.id = t.store_id)",
                "channel": "t.channel",
                "currency": "t.currency",
                "gross_minor": "t.gross_minor",
                "discount_minor": "t.discount_minor",
                "net_minor": "t.net_minor",
                "lines": (
                    "(SELECT jsonb_agg(jsonb_build_object('sku', p.sku, 'name', p.name, 'quantity', l.quantity,"
                    " 'net_minor', l.net_minor) ORDER BY l.line_number)"
                    " FROM orders_line l JOIN catalog_product p ON p.id = l.product_id WHERE l.order_id = t.id)"
                ),
                "payments": (
                    "(SELECT jsonb_agg(jsonb_build_object('tender', p.tender, 'amount_minor', p.amount_minor)"
                    " ORDER BY p.id) FROM orders_payment p WHERE p.order_id = t.id)"
                ),
            },
            order="t.placed_at, t.id",
            fate="kept",
            blank={"anonymous_key": "NULL", "named_by_id": "NULL", "content_sha256": "sealed"},
            stays=frozenset({"external_id", "kind", "state", "return_of_external_id", "channel", "clerk", "currency"}),
            erase=_move_orders,
        ),
        Holding(
            name="shop_deliveries",
            table="orders_shop_delivery",
            titles=("网店发来的原始消息", "What shops sent about you, as it came"),
            columns={
                "platform": "t.platform",
                "topic": "t.topic",
                "received_at": "t.received_at",
                "body": "convert_from(t.body, 'UTF8')",
            },
            erase=_forget_deliveries,
        ),
    )
    straggler("orders_shop_delivery", _forget_deliveries)


def _move_orders(erased: Erased) -> int:
    """To the pseudonym, with what could be searched for the buyer emptied. The fingerprint is sealed: unsealed, it
    could be tried with every phone number until it fits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, content_sha256 FROM orders_order WHERE customer_id = ANY(%s) ORDER BY id FOR UPDATE",
            [list(erased.ids)],
        )
        orders = cursor.fetchall()
        key = get_config().key()
        cursor.execute(
            """
            UPDATE orders_order t
               SET customer_id = m.pseudonym, anonymous_key = NULL, named_by_id = NULL, content_sha256 = f.sealed
              FROM unnest(%s::bigint[], %s::bigint[]) AS m (id, pseudonym),
                   unnest(%s::bigint[], %s::text[]) AS f (order_id, sealed)
             WHERE t.customer_id = m.id AND t.id = f.order_id
            """,
            [
                list(erased.ids),
                list(erased.pseudonyms),
                [order_id for order_id, _ in orders],
                [sealed_fingerprint(content, key=key) for _, content in orders],
            ],
        )
        return int(cursor.rowcount)


def _forget_deliveries(erased: Erased) -> int:
    """Those known to be hers, and whatever others hold her values. What still waits is left: it makes a new person."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_shop_delivery WHERE customer_id = ANY(%s)", [list(erased.ids)])
        gone = int(cursor.rowcount)
    pattern = pattern_of(erased.values, names=True)
    if pattern is None:
        return gone
    found = [row_id for row_id, text in _undecided() if pattern.search(text)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_shop_delivery WHERE id = ANY(%s)", [found])
        return gone + int(cursor.rowcount)


def _undecided() -> Iterator[tuple[int, str]]:
    """Deliveries of nobody known, as text in which values stand as they are."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT id, body, headers::text FROM orders_shop_delivery
                 WHERE customer_id IS NULL AND state <> 'waiting' AND id > %s ORDER BY id LIMIT %s
                """,
                [last, _BATCH],
            )
            rows = cursor.fetchall()
        for row_id, body, headers in rows:
            yield row_id, f"{_readable(bytes(body))} {headers}"
        if len(rows) < _BATCH:
            return
        last = rows[-1][0]


def _readable(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        told: Any = json.loads(text)
    except ValueError:
        return text
    return unquote_plus(json.dumps(told, ensure_ascii=False)) + text
