"""What this room holds about a person: her visitors and what they did, carts, check-ins, and what her words show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from huike.behaviour.rules import parse_body, storable_json
from huike.customers.privacy.holdings import Erased, Holding, gatherer, hold, straggler
from huike.customers.privacy.rules import Values, like_patterns, pattern_of

_VISITORS = "SELECT v.id FROM behaviour_visitor v WHERE v.customer_id = ANY(%(ids)s)"
_BATCH = 500


def declare() -> None:
    hold(
        Holding(
            name="events",
            table="behaviour_event",
            titles=("行为", "What you did on our pages"),
            columns={
                "occurred_at": "t.occurred_at",
                "name": "t.name",
                "kind": "t.kind",
                "source": "(SELECT s.name FROM customers_source s WHERE s.id = t.source_id)",
                "properties": "t.properties",
                "context": "t.context",
            },
            order="t.occurred_at, t.id",
            of=f"t.customer_id = ANY(%(ids)s) OR t.visitor_id IN ({_VISITORS})",
            rank=10,
        ),
        Holding(
            name="carts",
            table="behaviour_cart",
            titles=("购物车", "Carts"),
            of=f"t.customer_id = ANY(%(ids)s) OR t.visitor_id IN ({_VISITORS})",
            columns={
                "began_at": "t.began_at",
                "lines": "t.lines",
                "value_minor": "t.value_minor",
                "currency": "t.currency",
                "abandoned_at": "t.abandoned_at",
                "ended_at": "t.ended_at",
            },
            rank=10,
        ),
        Holding(
            name="visitors",
            table="behaviour_visitor",
            titles=("访客标识", "What your devices are called"),
            columns={
                "kind": "t.kind",
                "value": "t.value",
                "traits": "t.traits",
                "first_seen_at": "t.first_seen_at",
                "last_seen_at": "t.last_seen_at",
            },
        ),
        Holding(
            name="check_ins",
            table="behaviour_check_in",
            titles=("签到", "Check-ins"),
            columns={
                "checked_in_at": "t.checked_in_at",
                "kind": "t.kind",
                "place": "t.place",
                "latitude": "t.latitude_degrees",
                "longitude": "t.longitude_degrees",
            },
        ),
        Holding(
            name="interests",
            table="behaviour_interest",
            titles=("兴趣", "What we think you like"),
            columns={"interest": "t.interest", "weight": "t.weight", "last_said_at": "t.last_said_at"},
        ),
        Holding(
            name="interest_evidence",
            table="behaviour_evidence",
            titles=("兴趣依据", "The sentences that show it"),
            columns={"interest": "t.interest", "sentence": "t.sentence", "said_at": "t.said_at"},
        ),
        Holding(
            name="event_samples",
            table="behaviour_sample",
            titles=("行为抽样", "Samples of the latest events"),
            columns={"received_at": "t.received_at", "name": "t.name", "told": "t.told"},
        ),
    )
    gatherer("behaviour_visitor", visitors_of)
    # Also what no key leads to: events of devices that only named her, and what is not digested yet.
    straggler("behaviour_delivery", forget_strays)


def visitors_of(ids: Sequence[int], values: Values) -> Sequence[int]:
    """Hers, those that stand for her devices, and those whose traits name her."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH hers AS (
                SELECT id FROM behaviour_visitor
                 WHERE customer_id = ANY(%(ids)s) OR value = ANY(%(values)s) OR traits::text ILIKE ANY(%(likes)s)
            )
            SELECT id FROM hers
             UNION SELECT v.id FROM behaviour_visitor v
                    WHERE v.user_id IN (SELECT id FROM hers) AND (v.customer_id IS NULL OR v.customer_id = ANY(%(ids)s))
             ORDER BY 1
            """,
            {"ids": list(ids), "values": list(values.strong), "likes": like_patterns(values, names=False)},
        )
        return [int(row[0]) for row in cursor.fetchall()]


def forget_strays(erased: Erased) -> int:
    """What her visitors did, whenever it was written; events, samples and bodies of the inbox that hold her values."""
    visitors = list(erased.gathered.get("behaviour_visitor", ()))
    gone = _thin_out_inbox(erased)
    with connection.cursor() as cursor:
        for table in ("behaviour_event", "behaviour_cart"):
            cursor.execute(
                f"DELETE FROM {table} WHERE visitor_id = ANY(%(visitors)s) OR customer_id = ANY(%(ids)s)",  # noqa: S608 - constant names
                {"visitors": visitors, "ids": list(erased.ids)},
            )
            gone += int(cursor.rowcount)
        cursor.execute("UPDATE behaviour_visitor SET user_id = NULL WHERE user_id = ANY(%s)", [visitors])
        cursor.execute(
            "DELETE FROM behaviour_visitor WHERE id = ANY(%s) OR customer_id = ANY(%s)", [visitors, list(erased.ids)]
        )
        gone += int(cursor.rowcount)
        # Events of devices nobody knows may name her too. Every event is read for it; nothing leads there.
        strong = like_patterns(erased.values, names=False)
        cursor.execute(
            "DELETE FROM behaviour_event WHERE properties::text ILIKE ANY(%s) OR context::text ILIKE ANY(%s)",
            [strong, strong],
        )
        gone += int(cursor.rowcount)
        likes = like_patterns(erased.values, names=True)
        cursor.execute(
            "DELETE FROM behaviour_sample WHERE customer_id = ANY(%s) OR told::text ILIKE ANY(%s)",
            [list(erased.ids), likes],
        )
        return gone + int(cursor.rowcount)


def _thin_out_inbox(erased: Erased) -> int:
    """Take her events out of bodies nobody has digested yet; a body of nothing else goes whole."""
    pattern = pattern_of(erased.values, names=True)
    if pattern is None:
        return 0
    gone, last = 0, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, body FROM behaviour_delivery WHERE id > %s ORDER BY id LIMIT %s", [last, _BATCH])
            rows = cursor.fetchall()
            for row_id, body in rows:
                told = _told(bytes(body))
                if pattern.search(_text(told)) is None:
                    continue
                gone += 1
                rest = _without(told, pattern)
                if rest is None:
                    cursor.execute("DELETE FROM behaviour_delivery WHERE id = %s", [row_id])
                else:
                    cursor.execute(
                        "UPDATE behaviour_delivery SET body = %s WHERE id = %s", [storable_json(rest).encode(), row_id]
                    )
        if len(rows) < _BATCH:
            return gone
        last = rows[-1][0]


def _told(body: bytes) -> Any:
    try:
        return parse_body(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _text(told: Any) -> str:
    return told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)


def _without(told: Any, pattern: Any) -> Any:
    """The body without the events that hold a match; None where nothing is left."""
    if not isinstance(told, dict) or not isinstance(told.get("batch"), list):
        return None
    rest = [event for event in told["batch"] if pattern.search(_text(event)) is None]
    around = {key: value for key, value in told.items() if key != "batch"}
    return {**around, "batch": rest} if rest and pattern.search(_text(around)) is None else None
