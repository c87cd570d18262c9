"""Follows changes of orders, wherever they come from: files, shops, claims, merges, revisions.

Read by transaction id (ADR 0002), in order, only what is older than every transaction still running. A batch is settled
and the position moved in one transaction: a killed worker goes on where it was.
"""

from __future__ import annotations

from datetime import datetime
from threading import Event

from django.db import transaction

from huike.loyalty.points import reading
from huike.loyalty.points.services import settle_apart
from huike.platform import clock, sql

BATCH_SIZE = 1_000
PAUSE_SECONDS = 1.0


def run_forever(stop: Event) -> None:
    """Settle what changed until `stop` is set."""
    while not stop.is_set():
        if not catch_up(now=clock.now()):
            stop.wait(PAUSE_SECONDS)


_POSITION = "SELECT xid, order_id FROM loyalty_points_position FOR UPDATE"
# Those a till settled in the transaction of the sale itself are passed over.
_CHANGED = """
SELECT o.change_xid, o.id, p.order_xid IS NOT DISTINCT FROM o.change_xid
  FROM orders_order o LEFT JOIN loyalty_order_points p ON p.order_id = o.id
 WHERE (o.change_xid, o.id) > (%(xid)s, %(order)s)
   AND o.change_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
 ORDER BY o.change_xid, o.id LIMIT %(most)s
"""
_MOVE = """
INSERT INTO loyalty_points_position (id, xid, order_id) VALUES (1, %(xid)s, %(order)s)
ON CONFLICT (id) DO UPDATE SET xid = excluded.xid, order_id = excluded.order_id
"""


def catch_up(*, now: datetime, most: int = BATCH_SIZE) -> int:
    """Settle the next orders that changed; how many changes were looked at. 0: all is settled, or no programme runs."""
    with transaction.atomic():
        if reading.running() is None:
            return 0
        xid, order_id = sql.row(_POSITION) or _BEGINNING
        if xid > _newest_xid():
            xid, order_id = _begin_anew()
        changed = sql.rows(_CHANGED, {"xid": xid, "order": order_id, "most": most})
        if not changed:
            return 0
        waiting = [id_ for _, id_, is_settled in changed if not is_settled]
        if waiting:
            settle_apart(waiting, now=now)
        sql.rows(_MOVE, {"xid": changed[-1][0], "order": changed[-1][1]})
        return len(changed)


_BEGINNING = (-(2**62), 0)


def _newest_xid() -> int:
    (newest,) = sql.rows("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")[0]
    return int(newest)


def _begin_anew() -> tuple[int, int]:
    """The database was restored from a dump: its transaction ids begin anew, and those kept mean nothing here."""
    sql.rows("UPDATE loyalty_order_points SET order_xid = -1")
    return _BEGINNING
