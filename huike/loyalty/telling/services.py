"""Announces what the ledger knows: points earned and expired, in the order they were posted; and, ahead, what is about
to expire. `docs/algorithms/points.md`, section 6, is the specification.

The ledger is read by transaction id (ADR 0002): what is told and the position reached commit together.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from huike.loyalty.events import PointsEarned, PointsExpired, PointsExpiring
from huike.loyalty.points import reading
from huike.platform import sql
from huike.platform.config import get_config
from huike.platform.outbox import DomainEvent, announce

BATCH_SIZE: Final = 1_000
NEWS: Final = timedelta(days=30)
"""What happened longer ago is no news: a file that brings a year of purchases tells nobody."""

_POSITION = "SELECT xid, transaction_id FROM loyalty_told_position FOR UPDATE"
_MOVE = """
INSERT INTO loyalty_told_position (id, xid, transaction_id) VALUES (1, %(xid)s, %(transaction)s)
ON CONFLICT (id) DO UPDATE SET xid = excluded.xid, transaction_id = excluded.transaction_id
"""
_NEXT = """
SELECT t.change_xid, t.id
  FROM ledger_transaction t
 WHERE (t.change_xid, t.id) > (%(xid)s, %(transaction)s)
   AND t.change_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
 ORDER BY t.change_xid, t.id LIMIT %(most)s
"""
# What she owed and what came with it net out: told is what came, whatever became of it at once.
_DEEDS = """
SELECT t.id, t.kind, t.occurred_at, t.reference, a.customer_id, abs(h.amount)::bigint
  FROM ledger_transaction t
  JOIN ledger_asset s ON s.id = t.asset_id AND s.key LIKE 'points:%%'
  JOIN LATERAL (SELECT min(a.customer_id) AS customer_id
                  FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                 WHERE e.transaction_id = t.id AND a.customer_id IS NOT NULL) a ON a.customer_id IS NOT NULL
  JOIN LATERAL (SELECT sum(e.amount) AS amount FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                 WHERE e.transaction_id = t.id AND a.name IS NOT NULL) h ON h.amount <> 0
 WHERE t.id = ANY(%(ids)s::bigint[]) AND t.kind IN ('earn', 'expire')
 ORDER BY t.id
"""
_NEWEST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


def tell_new(*, now: datetime, most: int = BATCH_SIZE) -> int:
    """Announce what was posted since; how many transactions were looked at. Call it until it says 0."""
    with transaction.atomic():
        position = sql.row(_POSITION)
        newest = int(sql.rows(_NEWEST)[0][0])
        if position is not None and position[0] > newest:
            # Restored from a dump: its transaction ids begin anew, and all that is there was told.
            sql.rows(_MOVE, {"xid": newest, "transaction": 0})
            return 0
        xid, last_id = position or (-(2**62), 0)
        found = sql.rows(_NEXT, {"xid": xid, "transaction": last_id, "most": most})
        if not found:
            return 0
        deeds = sql.rows(_DEEDS, {"ids": [transaction_id for _, transaction_id in found]})
        announce(*(_news(deed) for deed in deeds if deed[2] >= now - NEWS or deed[1] == "expire"))
        sql.rows(_MOVE, {"xid": found[-1][0], "transaction": found[-1][1]})
        return len(found)


def _news(deed: sql.Row) -> DomainEvent:
    transaction_id, kind, at, reference, customer_id, points = deed
    if kind == "expire":
        return PointsExpired(transaction_id=transaction_id, points=points, customer_id=customer_id, occurred_at=at)
    return PointsEarned(
        transaction_id=transaction_id, points=points, reference=reference, customer_id=customer_id, occurred_at=at
    )


# Who was warned of a day is not warned of it again, whatever else comes to expire on it. Less than nothing is not
# worth a warning: who owes has nothing that could expire.
_WARN = """
WITH due AS (
    SELECT a.customer_id, ((l.expires_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::date AS expires_on,
           sum(l.available)::bigint AS points
      FROM ledger_lot l
      JOIN ledger_account a ON a.id = l.account_id
     WHERE l.available > 0 AND l.expires_at > %(now)s AND l.expires_at <= %(until)s
       AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
     GROUP BY 1, 2
), fresh AS (
    SELECT * FROM due d
     WHERE NOT EXISTS (SELECT FROM loyalty_expiry_warning w
                        WHERE w.programme_id = %(programme)s AND w.customer_id = d.customer_id
                          AND w.expires_on = d.expires_on)
     ORDER BY customer_id, expires_on LIMIT %(most)s
)
INSERT INTO loyalty_expiry_warning (programme_id, customer_id, expires_on, points, told_at)
SELECT %(programme)s, customer_id, expires_on, points, %(now)s FROM fresh
ON CONFLICT DO NOTHING
RETURNING customer_id, expires_on, points
"""


def warn_of_expiry(*, now: datetime, most: int = BATCH_SIZE) -> int:
    """Tell members what of their points expires within `warn_days` of the terms in effect, once for each such day; how
    many were told. Call it until it says 0."""
    programme = reading.running()
    version = programme.terms_at(now) if programme else None
    if programme is None or version is None or version.document.lapse.warn_days == 0:
        return 0
    zone = get_config().zone
    last_day = now.astimezone(zone).date() + timedelta(days=version.document.lapse.warn_days + 1)
    with transaction.atomic():
        warned = sql.rows(
            _WARN,
            {
                "asset": programme.asset,
                "programme": programme.id,
                "zone": str(zone),
                "now": now,
                "until": _beginning(last_day),
                "most": most,
            },
        )
        announce(
            *(
                PointsExpiring(points=points, expires_on=day.isoformat(), customer_id=customer_id, occurred_at=now)
                for customer_id, day, points in warned
            )
        )
    return len(warned)


def _beginning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=get_config().zone)
