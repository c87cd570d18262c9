"""Carts as rows: told anew from their events, found idle, ended by orders. In the caller's transaction where not said
otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from huike.behaviour import carts
from huike.behaviour.carts import Cart, CartEvent
from huike.behaviour.events import CartAbandoned, CartRecovered
from huike.behaviour.rules import storable_json
from huike.platform.outbox import announce

_TOLD_FROM = timedelta(days=30)
_MOST_EVENTS = 1_000
# Learnt of later than this after it was due, an abandonment is noted and not told: nobody is reminded of an old cart.
_TOLD_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose carts at which source: a customer's, or a visitor's whom nobody knows (`customer_id` None)."""

    source_id: int
    visitor_id: int
    customer_id: int | None

    @property
    def key(self) -> tuple[int, int | None, int | None]:
        """Several visitors of one customer are one owner."""
        return self.source_id, self.customer_id, None if self.customer_id is not None else self.visitor_id


@dataclass(frozen=True, slots=True)
class _Live:
    id: int
    abandoned_at: datetime | None
    times_abandoned: int
    last_activity_at: datetime


def tell_anew(owners: Iterable[Owner], *, now: datetime) -> None:
    """Make the live carts of these owners say what their events say. A fixed number of statements for any number."""
    listed = list({owner.key: owner for owner in owners}.values())
    if not listed:
        return
    currencies, events, live = _read(listed, now=now)
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for number, owner in enumerate(listed):
        standing = live.get(number)
        for cart in carts.tell(events.get(number, ()), default_currency=currencies[owner.source_id]):
            (fresh if standing is None else changed).append(_row(cart, owner, standing))
            standing = None
    _write(_INSERT, fresh)
    _write(_UPDATE, changed)
    announce(
        *(
            CartRecovered(customer_id=row["customer_id"], cart_id=row["id"], occurred_at=row["ended_at"])
            for row in changed
            if row["recovered"]
        )
    )


# Each of the two ways to own has its index (of cart events alone: the names stand in the text, or it would not be
# used); the other half of the union is told at once that it has no owner. Nothing happens after it is received, so the
# months before `since` are left out.
_CART_EVENT = f"kind = 'track' AND name IN {carts.CART_EVENTS!r}"
_EVENTS = f"""
SELECT o.n, e.occurred_at, e.id, e.name, e.properties
  FROM unnest(%(sources)s::bigint[], %(customers)s::bigint[], %(visitors)s::bigint[])
       WITH ORDINALITY AS o (source_id, customer_id, visitor_id, n)
 CROSS JOIN LATERAL (
    (SELECT occurred_at, id, name, properties FROM behaviour_event
      WHERE o.customer_id IS NOT NULL AND customer_id = o.customer_id AND source_id = o.source_id
        AND {_CART_EVENT} AND received_at > %(since)s AND occurred_at > %(since)s
        AND occurred_at > COALESCE((SELECT max(ended_at) FROM behaviour_cart k WHERE k.source_id = o.source_id
                                       AND k.customer_id = o.customer_id), %(since)s)
      ORDER BY occurred_at DESC, id DESC LIMIT %(most)s)
    UNION ALL
    (SELECT occurred_at, id, name, properties FROM behaviour_event
      WHERE o.customer_id IS NULL AND visitor_id = o.visitor_id AND customer_id IS NULL
        AND {_CART_EVENT} AND received_at > %(since)s AND occurred_at > %(since)s
        AND occurred_at > COALESCE((SELECT max(ended_at) FROM behaviour_cart k WHERE k.visitor_id = o.visitor_id
                                       AND k.customer_id IS NULL), %(since)s)
      ORDER BY occurred_at DESC, id DESC LIMIT %(most)s)) AS e
"""  # noqa: S608 - constant SQL
# As above: one condition for both ways would compare every owner with every live cart. What is locked is looked at
# again.
_LIVE = """
WITH o AS MATERIALIZED (
    SELECT * FROM unnest(%(sources)s::bigint[], %(customers)s::bigint[], %(visitors)s::bigint[])
                  WITH ORDINALITY AS o (source_id, customer_id, visitor_id, n)
)
SELECT found.n, k.id, k.abandoned_at, k.times_abandoned, k.last_activity_at
  FROM (SELECT o.n, o.customer_id, live.id
          FROM o JOIN behaviour_cart live
            ON live.ended_at IS NULL AND live.source_id = o.source_id AND live.customer_id = o.customer_id
         UNION ALL
        SELECT o.n, o.customer_id, live.id
          FROM o JOIN behaviour_cart live
            ON live.ended_at IS NULL AND live.source_id = o.source_id AND live.customer_id IS NULL
           AND live.visitor_id = o.visitor_id
         WHERE o.customer_id IS NULL) found
  JOIN behaviour_cart k
    ON k.id = found.id AND k.ended_at IS NULL AND k.customer_id IS NOT DISTINCT FROM found.customer_id
 ORDER BY k.id FOR UPDATE OF k
"""


def _read(
    owners: Sequence[Owner], *, now: datetime
) -> tuple[dict[int, str], dict[int, list[CartEvent]], dict[int, _Live]]:
    """Currencies by source; events and live cart by the owner's place in the list."""
    names: dict[str, Any] = {
        "sources": [owner.source_id for owner in owners],
        "customers": [owner.customer_id for owner in owners],
        "visitors": [owner.visitor_id for owner in owners],
        "since": now - _TOLD_FROM,
        "most": _MOST_EVENTS,
    }
    events: dict[int, list[CartEvent]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, currency FROM customers_source WHERE id = ANY(%(sources)s)", names)
        currencies: dict[int, str] = dict(cursor.fetchall())
        cursor.execute(_EVENTS, names)
        for n, at, id, name, told in cursor.fetchall():
            events.setdefault(n - 1, []).append(CartEvent(at, id, name, json.loads(told)))
        cursor.execute(_LIVE, names)
        live = {n - 1: _Live(*rest) for n, *rest in cursor.fetchall()}
    return currencies, events, live


def _row(cart: Cart, owner: Owner, live: _Live | None) -> dict[str, Any]:
    # A late word about the time before an idle stretch does not begin a new one.
    stretch_goes_on = live is not None and cart.last_activity_at <= live.last_activity_at
    return {
        "id": live.id if live else None,
        "source_id": owner.source_id,
        "visitor_id": owner.visitor_id,
        "customer_id": owner.customer_id,
        "lines": storable_json([asdict(line) for line in cart.lines.values()]),
        "items_count": cart.items_count,
        "value_minor": cart.value_minor,
        "currency": cart.currency,
        "checkout_at": cart.checkout_at,
        "began_at": cart.began_at,
        "last_activity_at": cart.last_activity_at,
        "abandoned_at": live.abandoned_at if live and stretch_goes_on else None,
        "ended_at": cart.ordered_at,
        "end": "ordered" if cart.ordered_at else None,
        "recovered": cart.ordered_at is not None and live is not None and live.times_abandoned > 0,
    }


_ROWS = """
unnest(%(id)s::bigint[], %(source_id)s::bigint[], %(visitor_id)s::bigint[], %(customer_id)s::bigint[],
       %(lines)s::jsonb[], %(items_count)s::int[], %(value_minor)s::bigint[], %(currency)s::text[],
       %(checkout_at)s::timestamptz[], %(began_at)s::timestamptz[], %(last_activity_at)s::timestamptz[],
       %(abandoned_at)s::timestamptz[], %(ended_at)s::timestamptz[], %(end)s::text[], %(recovered)s::boolean[])
    AS t (id, source_id, visitor_id, customer_id, lines, items_count, value_minor, currency, checkout_at, began_at,
          last_activity_at, abandoned_at, ended_at, "end", recovered)
"""
_INSERT = f"""
INSERT INTO behaviour_cart (source_id, visitor_id, customer_id, lines, items_count, value_minor, currency, checkout_at,
                            began_at, last_activity_at, abandoned_at, times_abandoned, ended_at, "end", recovered)
SELECT source_id, visitor_id, customer_id, lines, items_count, value_minor, currency, checkout_at, began_at,
       last_activity_at, abandoned_at, 0, ended_at, "end", recovered
  FROM {_ROWS}
"""  # noqa: S608 - constant SQL
_UPDATE = f"""
UPDATE behaviour_cart k
   SET lines = t.lines, items_count = t.items_count, value_minor = t.value_minor, currency = t.currency,
       checkout_at = t.checkout_at, began_at = t.began_at, last_activity_at = t.last_activity_at,
       abandoned_at = t.abandoned_at, ended_at = t.ended_at, "end" = t."end", recovered = t.recovered
  FROM {_ROWS}
 WHERE k.id = t.id
"""  # noqa: S608 - constant SQL


def _write(statement: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, {name: [row[name] for row in rows] for name in rows[0]})


def sweep(*, now: datetime) -> int:
    """End carts whose person ordered elsewhere, and mark those left idle; how many were marked. One transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE behaviour_cart k
               SET ended_at = c.last_order_at, "end" = 'ordered', recovered = k.times_abandoned > 0
              FROM customers_customer c
             WHERE c.id = k.customer_id AND k.ended_at IS NULL AND c.last_order_at > k.last_activity_at
            RETURNING k.id, k.customer_id, k.recovered, k.ended_at
            """
        )
        recovered = [
            CartRecovered(customer_id=customer_id, cart_id=id, occurred_at=ended_at)
            for id, customer_id, was_abandoned, ended_at in cursor.fetchall()
            if was_abandoned
        ]
        cursor.execute(
            """
            UPDATE behaviour_cart SET ended_at = %(now)s, "end" = 'expired'
             WHERE ended_at IS NULL AND last_activity_at < %(since)s
            """,
            {"now": now, "since": now - _TOLD_FROM},
        )
        cursor.execute(
            """
            UPDATE behaviour_cart k
               SET abandoned_at = %(now)s, times_abandoned = times_abandoned + 1
              FROM behaviour_tracked_source s
             WHERE s.source_id = k.source_id
               AND NOT EXISTS (SELECT FROM customers_customer c WHERE c.id = k.customer_id AND c.state <> 'active')
               AND k.ended_at IS NULL AND k.abandoned_at IS NULL AND k.items_count > 0
               AND k.last_activity_at <= %(now)s - make_interval(mins => s.cart_idle_minutes)
            RETURNING k.id, k.customer_id, k.times_abandoned,
                      k.last_activity_at + make_interval(mins => s.cart_idle_minutes)
            """,
            {"now": now},
        )
        idle = cursor.fetchall()
        abandoned = [
            CartAbandoned(customer_id=customer_id, cart_id=id, times=times, occurred_at=due_at)
            for id, customer_id, times, due_at in idle
            if now - due_at <= _TOLD_WITHIN
        ]
        announce(*recovered, *abandoned)
        return len(idle)
