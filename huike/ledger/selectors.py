"""Reads: what customers have, what happened to it, and whether the books are right."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from huike.ledger.books import LOT_COLUMNS, Standing, lot_of
from huike.ledger.errors import NothingToReverse
from huike.ledger.rules import Lot
from huike.platform import sql

NOTHING = Standing(pending=0, available=0, held=0, owed=0)

# What is over or due but not posted yet counts as if it were: a balance does not wait for a job.
_STANDINGS = """
SELECT a.customer_id,
       (sum(a.pending) - coalesce(sum(l.due), 0))::bigint,
       (sum(a.available) - coalesce(sum(l.over), 0) + coalesce(sum(l.due), 0) - coalesce(sum(l.missed), 0))::bigint,
       sum(a.held)::bigint, sum(a.owed)::bigint
  FROM ledger_account a
  LEFT JOIN LATERAL (
        SELECT sum(l.available) FILTER (WHERE l.expires_at <= %(now)s) AS over,
               sum(l.pending) FILTER (WHERE l.matures_at <= %(now)s) AS due,
               sum(l.pending) FILTER (WHERE l.matures_at <= %(now)s AND l.expires_at <= %(now)s) AS missed
          FROM ledger_lot l
         WHERE l.account_id = a.id AND (l.available > 0 OR l.pending > 0)) l ON true
 WHERE a.customer_id = ANY(%(ids)s::bigint[])
   AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
 GROUP BY a.customer_id
"""


def standings(asset: str, customer_ids: Iterable[int], *, now: datetime) -> dict[int, Standing]:
    """What each of these customers has now; those without an account have nothing."""
    ids = sorted(set(customer_ids))
    found = {
        customer_id: _settled(pending, available, held, owed)
        for customer_id, pending, available, held, owed in sql.rows(
            _STANDINGS, {"ids": ids, "asset": asset, "now": now}
        )
    }
    return {id_: found.get(id_, NOTHING) for id_ in ids}


def _settled(pending: int, available: int, held: int, owed: int) -> Standing:
    part = min(available, -owed)
    return Standing(pending=pending, available=available - part, held=held, owed=owed + part)


def standing(asset: str, customer_id: int, *, now: datetime) -> Standing:
    return standings(asset, [customer_id], now=now)[customer_id]


def expiring(asset: str, customer_id: int, *, now: datetime) -> list[tuple[datetime, int]]:
    """What of her available value expires when, soonest first; what never does is left out."""
    found = sql.rows(
        """
        SELECT l.expires_at, sum(l.available)::bigint
          FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id
         WHERE a.customer_id = %(customer)s AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
           AND l.available > 0 AND l.expires_at > %(now)s
         GROUP BY l.expires_at ORDER BY l.expires_at
        """,
        {"customer": customer_id, "asset": asset, "now": now},
    )
    return [(at, amount) for at, amount in found]


def available_by_kind(asset: str, customer_id: int, *, now: datetime) -> dict[str, int]:
    """What of her available value is of each kind of lot; what is over is left out. Kinds without any are absent."""
    found = sql.rows(
        """
        SELECT l.kind, sum(l.available)::bigint
          FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id
         WHERE a.customer_id = %(customer)s AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
           AND l.available > 0 AND (l.expires_at IS NULL OR l.expires_at > %(now)s)
         GROUP BY l.kind
        """,
        {"customer": customer_id, "asset": asset, "now": now},
    )
    return dict(found)


def frozen_at(asset: str, customer_id: int) -> datetime | None:
    """Since when her value is frozen; None where it is not."""
    found = sql.row(
        """
        SELECT min(a.frozen_at) FROM ledger_account a
         WHERE a.customer_id = %(customer)s AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
        """,
        {"customer": customer_id, "asset": asset},
    )
    at: datetime | None = found[0] if found else None
    return at


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one transaction did to one customer: `amount` to what she may spend (what is owed included), `pending` to
    what is to come, `held` to what is set apart; `balance` is what she may spend after it."""

    transaction_id: int
    kind: str
    occurred_at: datetime
    posted_at: datetime
    amount: int
    pending: int
    held: int
    balance: int
    reference: str
    reason: dict[str, Any]
    actor: str
    expires_at: datetime | None


_STATEMENT = """
WITH mine AS (
    SELECT e.transaction_id,
           sum(e.amount) FILTER (WHERE e.pocket IN (2, 4)) AS amount,
           sum(e.amount) FILTER (WHERE e.pocket = 1) AS pending,
           sum(e.amount) FILTER (WHERE e.pocket = 3) AS held,
           min(l.expires_at) FILTER (WHERE e.amount > 0) AS expires_at
      FROM ledger_entry e
      JOIN ledger_account a ON a.id = e.account_id
      LEFT JOIN ledger_lot l ON l.id = e.lot_id
     WHERE a.customer_id = %(customer)s AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
     GROUP BY e.transaction_id
), run AS (
    SELECT t.id, t.kind, t.occurred_at, t.posted_at, coalesce(m.amount, 0)::bigint AS amount,
           coalesce(m.pending, 0)::bigint AS pending, coalesce(m.held, 0)::bigint AS held,
           (sum(coalesce(m.amount, 0)) OVER (ORDER BY t.id))::bigint AS balance,
           t.reference, t.reason::text AS reason, t.actor, m.expires_at
      FROM mine m JOIN ledger_transaction t ON t.id = m.transaction_id
)
SELECT * FROM run
 WHERE (%(before)s::bigint IS NULL OR id < %(before)s)
   AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
   AND (%(from)s::timestamptz IS NULL OR posted_at >= %(from)s)
   AND (%(to)s::timestamptz IS NULL OR posted_at < %(to)s)
 ORDER BY id DESC LIMIT %(limit)s
"""


def statement(
    asset: str,
    customer_id: int,
    *,
    limit: int | None,
    before: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    kinds: Iterable[str] | None = None,
) -> list[StatementLine]:
    """Everything that happened to a customer's value of an asset, of these kinds, posted in [starts_at, ends_at),
    newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STATEMENT,
            {
                "customer": customer_id,
                "asset": asset,
                "before": before,
                "from": starts_at,
                "to": ends_at,
                "limit": limit,
                "kinds": None if kinds is None else list(kinds),
            },
        )
        rows = cursor.fetchall()
    return [
        StatementLine(*(json.loads(told) if place == 9 else told for place, told in enumerate(row))) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class AssetHeld:
    """An asset a customer has or had something of; `frozen_at` where nothing may be spent of it."""

    asset: str
    frozen_at: datetime | None


def assets_of(customer_id: int) -> list[AssetHeld]:
    """Of which assets a customer has an account, in order of their keys."""
    found = sql.rows(
        """
        SELECT s.key, max(a.frozen_at) FROM ledger_account a JOIN ledger_asset s ON s.id = a.asset_id
         WHERE a.customer_id = %s GROUP BY s.key ORDER BY s.key
        """,
        [customer_id],
    )
    return [AssetHeld(*row) for row in found]


def turnover(asset: str, customer_id: int, *, starts_at: datetime, ends_at: datetime) -> dict[str, int]:
    """What a customer got from (positive) or gave to (negative) each account of the house by what happened in
    [starts_at, ends_at), net of what was reversed then."""
    found = sql.rows(
        """
        SELECT h.name, -sum(e.amount)::bigint
          FROM ledger_entry e
          JOIN ledger_account h ON h.id = e.account_id AND h.name IS NOT NULL
          JOIN ledger_transaction t ON t.id = e.transaction_id
         WHERE t.occurred_at >= %(from)s AND t.occurred_at < %(to)s
           AND e.transaction_id IN (SELECT mine.transaction_id FROM ledger_entry mine
                                      JOIN ledger_account a ON a.id = mine.account_id
                                     WHERE a.customer_id = %(customer)s
                                       AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s))
         GROUP BY h.name
        """,
        {"asset": asset, "customer": customer_id, "from": starts_at, "to": ends_at},
    )
    return dict(found)


def came_from(transaction_ids: Iterable[int]) -> dict[int, str]:
    """What the lot came for (`order:12`) that each of these transactions matured or expired."""
    found = sql.rows(
        """
        SELECT DISTINCT ON (e.transaction_id) e.transaction_id, came.reference
          FROM ledger_entry e
         CROSS JOIN LATERAL (SELECT t.reference FROM ledger_entry first
                               JOIN ledger_transaction t ON t.id = first.transaction_id
                              WHERE first.lot_id = e.lot_id ORDER BY first.id LIMIT 1) came
         WHERE e.transaction_id = ANY(%s::bigint[]) AND e.lot_id IS NOT NULL
         ORDER BY e.transaction_id, e.id
        """,
        [list(transaction_ids)],
    )
    return dict(found)


def house_sums(
    asset: str,
    *,
    names: Iterable[str] | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> dict[str, int]:
    """What the entries of each of these accounts of the house (of all, where none are named) come to, by what happened
    in [starts_at, ends_at); accounts without any are absent."""
    found = sql.rows(
        """
        SELECT a.name, sum(e.amount)::bigint
          FROM ledger_account a
          JOIN ledger_entry e ON e.account_id = a.id
          JOIN ledger_transaction t ON t.id = e.transaction_id
         WHERE a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s) AND a.name IS NOT NULL
           AND (%(names)s::text[] IS NULL OR a.name = ANY(%(names)s::text[]))
           AND (%(from)s::timestamptz IS NULL OR t.occurred_at >= %(from)s::timestamptz)
           AND (%(to)s::timestamptz IS NULL OR t.occurred_at < %(to)s::timestamptz)
         GROUP BY a.name
        """,
        {"asset": asset, "names": None if names is None else list(names), "from": starts_at, "to": ends_at},
    )
    return dict(found)


def moves_of(transaction_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """What each of these transactions moved into (positive) and out of (negative) accounts of the house, by name."""
    moves: dict[int, dict[str, int]] = {}
    for id_, name, amount in sql.rows(
        """
        SELECT e.transaction_id, a.name, sum(e.amount)::bigint
          FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
         WHERE e.transaction_id = ANY(%s::bigint[]) AND a.name IS NOT NULL
         GROUP BY 1, 2
        """,
        [list(transaction_ids)],
    ):
        moves.setdefault(id_, {})[name] = amount
    return moves


@dataclass(frozen=True, slots=True)
class TrialLine:
    """The sum of all entries of one account of the house, or of one pocket of all customers together."""

    asset: str
    account: str
    balance: int
    moved: int


def trial_balance(*, asset: str | None = None, until: datetime | None = None) -> list[TrialLine]:
    """Where all value stands, by entries posted before `until`; the balances of an asset sum to zero."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.key,
                   coalesce(a.name, (ARRAY['', 'pending', 'available', 'held', 'owed'])[e.pocket + 1]) AS account,
                   sum(e.amount)::bigint, sum(abs(e.amount))::bigint
              FROM ledger_entry e
              JOIN ledger_account a ON a.id = e.account_id
              JOIN ledger_asset s ON s.id = a.asset_id
              JOIN ledger_transaction t ON t.id = e.transaction_id
             WHERE (%(asset)s::text IS NULL OR s.key = %(asset)s)
               AND (%(until)s::timestamptz IS NULL OR t.posted_at < %(until)s)
             GROUP BY 1, 2 ORDER BY 1, 2
            """,
            {"asset": asset, "until": until},
        )
        return [TrialLine(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the books that is not as it must be."""

    kind: str
    what: str
    expected: int
    found: int


# Each looks for what must not be there; the promises are those of docs/algorithms/ledger.md, section 8.
_PROOFS: dict[str, str] = {
    "asset_not_zero": """
        SELECT s.key, 0, sum(e.amount)::bigint
          FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_asset s ON s.id = a.asset_id
         GROUP BY s.key HAVING sum(e.amount) <> 0
    """,
    "transaction_not_zero": """
        SELECT t.key, 0, sum(e.amount)::bigint
          FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
         GROUP BY t.key HAVING sum(e.amount) <> 0
    """,
    "account_not_its_entries": """
        SELECT 'account ' || a.id || ' ' || p.name, coalesce(e.amount, 0)::bigint, p.kept
          FROM ledger_account a
         CROSS JOIN LATERAL (VALUES (1, 'pending', a.pending), (2, 'available', a.available), (3, 'held', a.held),
                                    (4, 'owed', a.owed)) AS p (pocket, name, kept)
          LEFT JOIN (SELECT account_id, pocket, sum(amount) AS amount FROM ledger_entry GROUP BY 1, 2) e
                 ON e.account_id = a.id AND e.pocket = p.pocket
         WHERE p.kept <> coalesce(e.amount, 0)
    """,
    "lot_not_its_entries": """
        SELECT 'lot ' || l.id || ' ' || p.name, coalesce(e.amount, 0)::bigint, p.kept
          FROM ledger_lot l
         CROSS JOIN LATERAL (VALUES (1, 'pending', l.pending), (2, 'available', l.available), (3, 'held', l.held))
                            AS p (pocket, name, kept)
          LEFT JOIN (SELECT lot_id, pocket, sum(amount) AS amount FROM ledger_entry
                      WHERE lot_id IS NOT NULL GROUP BY 1, 2) e
                 ON e.lot_id = l.id AND e.pocket = p.pocket
         WHERE p.kept <> coalesce(e.amount, 0)
    """,
    "lots_not_their_account": """
        SELECT 'account ' || a.id, a.pending + a.available + a.held,
               coalesce(sum(l.pending + l.available + l.held), 0)::bigint
          FROM ledger_account a LEFT JOIN ledger_lot l ON l.account_id = a.id
         WHERE a.name IS NULL
         GROUP BY a.id
        HAVING (a.pending, a.available, a.held)
               IS DISTINCT FROM (coalesce(sum(l.pending), 0), coalesce(sum(l.available), 0), coalesce(sum(l.held), 0))
    """,
    "held_not_its_holds": """
        SELECT s.key, coalesce(sum(h.amount), 0)::bigint, s.held
          FROM (SELECT s.id, s.key, sum(a.held)::bigint AS held
                  FROM ledger_asset s JOIN ledger_account a ON a.asset_id = s.id GROUP BY s.id, s.key) s
          LEFT JOIN (SELECT h.amount, t.asset_id FROM ledger_hold h JOIN ledger_transaction t ON t.id = h.hold_id
                      WHERE h.state = 'held') h ON h.asset_id = s.id
         GROUP BY s.key, s.held HAVING coalesce(sum(h.amount), 0) <> s.held
    """,
}


def verify() -> list[Fault]:
    """Everything in the books that is not as it must be, at one moment; empty where all is right."""
    faults: list[Fault] = []
    with connection.cursor() as cursor:
        # One statement, so that all proofs look at the same moment.
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{kind}', found.* FROM ({query}) AS found (what, expected, kept)"  # noqa: S608 - fixed texts
                for kind, query in _PROOFS.items()
            )
        )
        faults += [Fault(*row) for row in cursor.fetchall()]
    return faults


def still_spent(transaction_id: int) -> list[tuple[Lot, int]]:
    """What of the lots a burn or a settled hold took is still spent, in the order they were taken."""
    found = sql.rows(
        f"""
        SELECT -sum(e.amount)::bigint, {LOT_COLUMNS}
          FROM ledger_entry e
          JOIN ledger_transaction t ON t.id = e.transaction_id
          JOIN ledger_lot l ON l.id = e.lot_id
         WHERE t.id = %(id)s OR t.reverses_id = %(id)s
         GROUP BY l.id HAVING sum(e.amount) < 0 ORDER BY min(e.id)
        """,  # noqa: S608 - fixed columns
        {"id": transaction_id},
    )
    return [(lot_of(lot), part) for part, *lot in found]


def transaction_of_key(key: str) -> int:
    """The transaction of an operation that happened. Raises NothingToReverse."""
    found = sql.row("SELECT id FROM ledger_transaction WHERE key = %s", [key])
    if found is None:
        raise NothingToReverse(key=key)
    return int(found[0])


def lots_that_came_with(transaction_ids: Iterable[int]) -> list[Lot]:
    """The lots these transactions made, as they are now."""
    found = sql.rows(
        f"""
        SELECT DISTINCT {LOT_COLUMNS}
          FROM ledger_entry e JOIN ledger_lot l ON l.id = e.lot_id
         WHERE e.transaction_id = ANY(%s::bigint[]) AND e.amount > 0 AND e.pocket IN (1, 2)
         ORDER BY l.id
        """,  # noqa: S608 - fixed columns
        [list(transaction_ids)],
    )
    return [lot_of(lot) for lot in found]


_OF_REFERENCE = """
SELECT t.id FROM ledger_transaction t
 WHERE t.reference = %(reference)s AND t.kind = ANY(%(kinds)s::text[])
   AND t.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
 ORDER BY t.id
"""


def earnings_of(reference: str, *, asset: str) -> list[int]:
    """The transactions by which something earned, oldest first."""
    return _of_reference(reference, asset, ["earn"])


def burns_of(reference: str, *, asset: str) -> list[int]:
    """The transactions by which something was paid, oldest first."""
    return _of_reference(reference, asset, ["burn", "settle"])


def _of_reference(reference: str, asset: str, kinds: list[str]) -> list[int]:
    return [row[0] for row in sql.rows(_OF_REFERENCE, {"reference": reference, "kinds": kinds, "asset": asset})]
