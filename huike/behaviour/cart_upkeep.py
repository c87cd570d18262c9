"""Carts as rows: told anew from their events, found idle, ended by orders. In the caller's transaction where not said
otherwise."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta

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


def tell_anew(source_id: int, *, visitor_id: int, customer_id: int | None, now: datetime) -> None:
    """Make the live cart of a customer at a source (of a visitor nobody knows, where `customer_id` is None) say what
    its events say."""
    owner = "customer_id = %(customer_id)s" if customer_id is not None else "visitor_id = %(visitor_id)s"
    unknown = "" if customer_id is not None else "AND customer_id IS NULL"
    names = {
        "source_id": source_id,
        "visitor_id": visitor_id,
        "customer_id": customer_id,
        "names": list(carts.CART_EVENTS),
        "since": now - _TOLD_FROM,
        "most": _MOST_EVENTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT (SELECT currency FROM customers_source WHERE id = %(source_id)s),
                   (SELECT max(ended_at) FROM behaviour_cart
                     WHERE source_id = %(source_id)s AND {owner} {unknown} AND ended_at IS NOT NULL)
            """,  # noqa: S608 - constant parts
            names,
        )
        currency, ended_at = cursor.fetchone()
        cursor.execute(
            f"""
            SELECT * FROM (
                SELECT occurred_at, id, name, properties FROM behaviour_event
                 WHERE {owner} {unknown} AND source_id = %(source_id)s AND kind = 'track' AND name = ANY(%(names)s)
                   AND occurred_at > greatest(%(since)s, %(ended_at)s::timestamptz)
                 ORDER BY occurred_at DESC, id DESC LIMIT %(most)s) AS latest
             ORDER BY occurred_at, id
            """,  # noqa: S608 - constant parts
            {**names, "ended_at": ended_at},
        )
        events = [CartEvent(at, id, name, json.loads(told)) for at, id, name, told in cursor.fetchall()]
        cursor.execute(
            f"SELECT id, abandoned_at, times_abandoned, last_activity_at FROM behaviour_cart "  # noqa: S608
            f"WHERE source_id = %(source_id)s AND {owner} {unknown} AND ended_at IS NULL FOR UPDATE",
            names,
        )
        live = cursor.fetchone()
    for cart in carts.tell(events, default_currency=currency):
        _write(cart, live, source_id=source_id, visitor_id=visitor_id, customer_id=customer_id, now=now)
        live = None


def _write(
    cart: Cart,
    live: tuple[int, datetime | None, int, datetime] | None,
    *,
    source_id: int,
    visitor_id: int,
    customer_id: int | None,
    now: datetime,
) -> None:
    abandoned_at, was_abandoned = None, False
    if live is not None:
        was_abandoned = live[2] > 0
        # A late word about the time before the idle stretch does not begin a new one.
        abandoned_at = live[1] if cart.last_activity_at <= live[3] else None
    values = {
        "id": live[0] if live else None,
        "source_id": source_id,
        "visitor_id": visitor_id,
        "customer_id": customer_id,
        "lines": storable_json([asdict(line) for line in cart.lines.values()]),
        "items_count": cart.items_count,
        "value_minor": cart.value_minor,
        "currency": cart.currency,
        "checkout_at": cart.checkout_at,
        "began_at": cart.began_at,
        "last_activity_at": cart.last_activity_at,
        "abandoned_at": abandoned_at,
        "ended_at": cart.ordered_at,
        "ended": "ordered" if cart.ordered_at else None,
        "recovered": cart.ordered_at is not None and was_abandoned,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE if live else _INSERT, values)
        cart_id = int(cursor.fetchone()[0])
    if values["recovered"]:
        announce(CartRecovered(customer_id=customer_id, cart_id=cart_id, occurred_at=cart.ordered_at or now))


_INSERT = """
INSERT INTO behaviour_cart (source_id, visitor_id, customer_id, lines, items_count, value_minor, currency, checkout_at,
                            began_at, last_activity_at, abandoned_at, times_abandoned, ended_at, "end", recovered)
VALUES (%(source_id)s, %(visitor_id)s, %(customer_id)s, %(lines)s, %(items_count)s, %(value_minor)s, %(currency)s,
        %(checkout_at)s, %(began_at)s, %(last_activity_at)s, NULL, 0, %(ended_at)s, %(ended)s, false)
RETURNING id
"""
_UPDATE = """
UPDATE behaviour_cart
   SET lines = %(lines)s, items_count = %(items_count)s, value_minor = %(value_minor)s, currency = %(currency)s,
       checkout_at = %(checkout_at)s, began_at = %(began_at)s, last_activity_at = %(last_activity_at)s,
       abandoned_at = %(abandoned_at)s, ended_at = %(ended_at)s, "end" = %(ended)s, recovered = %(recovered)s
 WHERE id = %(id)s RETURNING id
"""


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
