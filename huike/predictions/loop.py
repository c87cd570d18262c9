"""Follows changes of orders and products, wherever they come from, and keeps supplies as they say.

Read by transaction id (ADR 0002), in order, only what is older than every transaction still running. Whoever is
concerned waits in a table, so that a product which thousands bought is no long transaction; a killed worker goes on.
"""

from __future__ import annotations

from threading import Event

from django.db import transaction

from huike.platform import sql
from huike.predictions.services import BATCH_SIZE, refresh

PAUSE_SECONDS = 2.0
CHANGES_AT_ONCE = 1_000


def run_forever(stop: Event) -> None:
    """Keep up until `stop` is set."""
    while not stop.is_set():
        if not catch_up():
            stop.wait(PAUSE_SECONDS)


_POSITION = "SELECT order_xid, order_id, product_xid, product_id FROM predictions_position FOR UPDATE"
_MOVE = """
INSERT INTO predictions_position (id, order_xid, order_id, product_xid, product_id) VALUES (1, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET order_xid = excluded.order_xid, order_id = excluded.order_id,
                               product_xid = excluded.product_xid, product_id = excluded.product_id
"""
_CHANGED = """
SELECT change_xid, id FROM {table}
 WHERE (change_xid, id) > (%s, %s) AND change_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
 ORDER BY change_xid, id LIMIT %s
"""
_CHANGED_ORDERS, _CHANGED_PRODUCTS = (_CHANGED.format(table=name) for name in ("orders_order", "catalog_product"))
# Whose the orders are now, and whose they were.
_BUYERS = """
INSERT INTO predictions_waiting (customer_id)
SELECT o.customer_id FROM orders_order o WHERE o.id = ANY(%(ids)s::bigint[]) AND o.customer_id IS NOT NULL
 UNION
SELECT s.customer_id FROM predictions_supply s WHERE s.order_ids && %(ids)s::bigint[]
ON CONFLICT DO NOTHING
"""
_BUYERS_OF_PRODUCTS = """
INSERT INTO predictions_waiting (customer_id)
SELECT o.customer_id FROM orders_line l JOIN orders_order o ON o.id = l.order_id
  JOIN catalog_product p ON p.id = l.product_id AND p.usage_days IS NOT NULL
 WHERE l.product_id = ANY(%(ids)s::bigint[]) AND o.customer_id IS NOT NULL
 UNION
SELECT s.customer_id FROM predictions_supply s WHERE s.product_id = ANY(%(ids)s::bigint[])
ON CONFLICT DO NOTHING
"""
_TAKE = """
DELETE FROM predictions_waiting WHERE customer_id IN
       (SELECT customer_id FROM predictions_waiting ORDER BY customer_id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING customer_id
"""
_BEGINNING = (-(2**62), 0, -(2**62), 0)


def catch_up() -> int:
    """Look at the next changes, and make the next supplies anew; how many changes and customers there were. 0: all is
    as orders and products say."""
    with transaction.atomic():
        position = sql.row(_POSITION) or _BEGINNING
        (newest,) = sql.rows("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")[0]
        if max(position[0], position[2]) > newest:
            # The database was restored from a dump: its transaction ids begin anew.
            position = _BEGINNING
        orders = sql.rows(_CHANGED_ORDERS, [*position[:2], CHANGES_AT_ONCE])
        products = sql.rows(_CHANGED_PRODUCTS, [*position[2:], CHANGES_AT_ONCE])
        if orders:
            sql.rows(_BUYERS, {"ids": [id_ for _, id_ in orders]})
        if products:
            sql.rows(_BUYERS_OF_PRODUCTS, {"ids": [id_ for _, id_ in products]})
        if orders or products:
            after = (*(orders[-1] if orders else position[:2]), *(products[-1] if products else position[2:]))
            sql.rows(_MOVE, list(after))
        customers = [row[0] for row in sql.rows(_TAKE, [BATCH_SIZE])]
        if customers:
            refresh(customers)
        return len(orders) + len(products) + len(customers)
