"""The inbox digested: bodies into events, links, carts and interests, in sets, each lot in one transaction."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, Final
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from huike.behaviour import cart_upkeep, carts, interests, rules, visitors
from huike.behaviour.rules import Refused, Taken
from huike.behaviour.visitors import Key, Known
from huike.platform import clock
from huike.platform.config import get_config
from huike.platform.signals import nudge

logger = logging.getLogger(__name__)

_MOST_BODIES: Final = 1_000
_MOST_BYTES: Final = 3 * 1024**2
_SAMPLES_PER_LOT: Final = 20
_SAMPLES_KEPT: Final = 200
_SAMPLE_BYTES: Final = 2_000
_IDLE_SECONDS: Final = 0.25
_SWEEP_EVERY: Final = timedelta(seconds=10)
_CLAIM_EVERY: Final = timedelta(seconds=60)
_TIDY_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A body in the inbox."""

    id: int
    source_id: int
    kind: str
    body: bytes
    received_at: datetime


def run_forever(stop: Event) -> None:
    """Digest what arrives, and now and then look after carts, claims, months and samples, until `stop` is set."""
    swept_at = claimed_at = tidied_at = datetime.min.replace(tzinfo=UTC)
    while not stop.is_set():
        digested = digest_next()
        now = clock.now()
        if now - swept_at >= _SWEEP_EVERY:
            cart_upkeep.sweep(now=now)
            swept_at = now
        if now - claimed_at >= _CLAIM_EVERY:
            visitors.claim_known(now=now)
            claimed_at = now
        if now - tidied_at >= _TIDY_EVERY:
            tidy(now=now)
            tidied_at = now
        if not digested:
            stop.wait(_IDLE_SECONDS)


def digest_next() -> int:
    """Digest the next lot of the inbox; how many bodies. A body that cannot be digested is set aside with its fault."""
    try:
        with transaction.atomic():
            waiting = _next_lot()
            _digest(waiting)
            return len(waiting)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a lot of the inbox could not be digested; its bodies are taken one by one")
        return _digest_singly()


def _digest_singly() -> int:
    waiting = _next_lot()
    for one in waiting:
        try:
            with transaction.atomic():
                _digest([one])
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception("body %s of the inbox is set aside", one.id)
            _set_aside(one, error)
    return len(waiting)


def _set_aside(one: Waiting, error: Exception) -> None:
    fault = rules.clean_text(f"{type(error).__name__}: {error}")[:300]
    refused = Refused(one.source_id, one.received_at, "undigested", one.kind, {"fault": fault})
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE behaviour_delivery SET fault = %s WHERE id = %s", [fault, one.id])
        _note([], [], [refused], {})


_NEXT_LOT = """
SELECT id, source_id, kind, body, received_at FROM (
    SELECT *, sum(length(body)) OVER (ORDER BY id) - length(body) AS before
      FROM (SELECT * FROM behaviour_delivery WHERE fault IS NULL ORDER BY id LIMIT %s) AS first) AS lot
 WHERE before < %s ORDER BY id
"""


def _next_lot() -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_LOT, [_MOST_BODIES, _MOST_BYTES])
        return [Waiting(id, source, kind, bytes(body), at) for id, source, kind, body, at in cursor.fetchall()]


def _digest(waiting: Sequence[Waiting]) -> None:
    if not waiting:
        return
    now = clock.now()
    with connection.cursor() as cursor:
        # Whoever digests takes the rows away first: a second worker in the same moment finds nothing, and waits here.
        cursor.execute("DELETE FROM behaviour_delivery WHERE id = ANY(%s) RETURNING id", [[one.id for one in waiting]])
        mine = {row[0] for row in cursor.fetchall()}
    taken: list[Taken] = []
    refused: list[Refused] = []
    for one in waiting:
        if one.id in mine:
            for event in _read(one):
                (taken if isinstance(event, Taken) else refused).append(event)  # type: ignore[arg-type]
    fresh, repeated = _without_repetitions(taken)
    known = visitors.meet(fresh)
    visitors.recognise(fresh, known, trusted=_trusted(), now=now)
    _write(fresh, known)
    _tell_carts(fresh, known, now=now)
    interests.read_texts(_texts(fresh, known))
    _note(fresh, repeated, refused, known)


def _read(one: Waiting) -> Iterable[Taken | Refused]:
    return rules.read_body(
        rules.parse_body(one.body),
        kind=one.kind,
        source_id=one.source_id,
        delivery_id=one.id,
        received_at=one.received_at,
        body_bytes=len(one.body),
    )


def _trusted() -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT source_id FROM behaviour_tracked_source WHERE trusted")
        return frozenset(row[0] for row in cursor.fetchall())


def _without_repetitions(taken: Sequence[Taken]) -> tuple[list[Taken], list[Taken]]:
    """The events that are new, and those known already, from this lot or from this month and the one before."""
    if not taken:
        return [], []
    since = _month_before(min(event.received_at for event in taken))
    until = max(event.received_at for event in taken)
    with connection.cursor() as cursor:
        # LIMIT keeps this a look into the index for each event: joined freely, it may read whole months instead. Months
        # to come are left out; what arrived after these events in another lot lies in the month of the last or before.
        cursor.execute(
            """
            SELECT t.source_id, t.message_key FROM unnest(%s::bigint[], %s::uuid[]) AS t (source_id, message_key)
             CROSS JOIN LATERAL (
                SELECT FROM behaviour_event e
                 WHERE e.source_id = t.source_id AND e.message_key = t.message_key
                   AND e.received_at >= %s AND e.received_at < %s LIMIT 1) known
            """,
            [[event.source_id for event in taken], [event.message_key for event in taken], since, _month_after(until)],
        )
        seen: set[tuple[int, UUID]] = {(source_id, key) for source_id, key in cursor.fetchall()}
    fresh: list[Taken] = []
    repeated: list[Taken] = []
    for event in taken:
        name = (event.source_id, event.message_key)
        (repeated if name in seen else fresh).append(event)
        seen.add(name)
    return fresh, repeated


def _month_after(at: datetime) -> datetime:
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _month_before(at: datetime) -> datetime:
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - timedelta(days=1)).replace(day=1)


_COPY = """
COPY behaviour_event (source_id, message_key, kind, name, occurred_at, received_at, visitor_id, customer_id, properties,
                      context) FROM STDIN
"""


def _write(events: Sequence[Taken], known: dict[Key, Known]) -> None:
    if not events:
        return
    with connection.cursor() as cursor:
        for month in sorted({at.astimezone(UTC).strftime("%Y-%m-01Z") for at in {e.received_at for e in events}}):
            _make_month(cursor, month)
        with cursor.copy(_COPY) as copy:
            for event in events:
                owner = known[visitors.keys_of(event)[0]]
                copy.write_row(
                    (
                        event.source_id,
                        event.message_key,
                        event.kind,
                        event.name,
                        event.occurred_at,
                        event.received_at,
                        owner.id,
                        owner.customer_id,
                        event.properties_json,
                        event.context_json,
                    )
                )


def _make_month(cursor: Any, month: str) -> None:
    cursor.execute("SELECT to_regclass('behaviour_event_' || to_char(%s::date, 'YYYYMM'))", [month[:10]])
    if cursor.fetchone()[0] is None:
        cursor.execute("SELECT huike_make_event_month(%s::timestamptz)", [month])


def _tell_carts(events: Sequence[Taken], known: dict[Key, Known], *, now: datetime) -> None:
    owners = (
        (event.source_id, known[visitors.keys_of(event)[0]])
        for event in events
        if event.kind == "track" and event.name in carts.CART_EVENTS
    )
    cart_upkeep.tell_anew(
        (cart_upkeep.Owner(source_id, owner.id, owner.customer_id) for source_id, owner in owners), now=now
    )


def _texts(events: Sequence[Taken], known: dict[Key, Known]) -> Iterable[interests.Text]:
    for event in events:
        customer_id = known[visitors.keys_of(event)[0]].customer_id
        if event.kind == "track" and customer_id is not None:
            words = interests.text_of(event.properties)
            if words:
                yield interests.Text(customer_id, "event", event.message_key, words, event.occurred_at)


def _note(
    fresh: Sequence[Taken], repeated: Sequence[Taken], refused: Sequence[Refused], known: dict[Key, Known]
) -> None:
    """Count the day's events, and keep some to be looked at."""
    zone = get_config().zone
    counts: Counter[tuple[int, Any, str, str]] = Counter()
    for outcome, events in (("taken", fresh), ("repeated", repeated)):
        counts.update((event.source_id, event.received_at.astimezone(zone).date(), outcome, "") for event in events)
    counts.update((r.source_id, r.received_at.astimezone(zone).date(), "refused", r.reason) for r in refused)
    if not counts:
        return
    rows = [(*name, count) for name, count in sorted(counts.items())]
    samples = [
        *_samples("taken", fresh, known),
        *_samples("repeated", repeated, {}),
        *(
            (r.source_id, r.received_at, "refused", r.reason, r.kind, "", None, _sample_json(r.told))
            for r in refused[-_SAMPLES_PER_LOT:]
        ),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO behaviour_day_count AS c (source_id, day_on, outcome, reason, events_count)
            SELECT * FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::text[], %s::bigint[])
                ON CONFLICT (source_id, day_on, outcome, reason)
                DO UPDATE SET events_count = c.events_count + EXCLUDED.events_count
            """,
            list(map(list, zip(*rows, strict=True))),
        )
        cursor.execute(
            """
            INSERT INTO behaviour_sample (source_id, received_at, outcome, reason, kind, name, customer_id, told)
            SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
                                 %s::bigint[], %s::jsonb[])
            """,
            list(map(list, zip(*samples, strict=True))),
        )
    for source_id in sorted({name[0] for name in counts}):
        nudge(f"tracking:{source_id}")


def _samples(outcome: str, events: Sequence[Taken], known: dict[Key, Known]) -> list[tuple[Any, ...]]:
    """The last of these, for each source."""
    kept: Counter[int] = Counter()
    samples: list[tuple[Any, ...]] = []
    for event in reversed(events):
        kept[event.source_id] += 1
        if kept[event.source_id] > _SAMPLES_PER_LOT:
            continue
        owner = known.get(visitors.keys_of(event)[0])
        told = {
            "user_id": event.user_id,
            "anonymous_id": event.anonymous_id,
            "occurred_at": event.occurred_at.isoformat(),
            "properties": event.traits if event.kind == "identify" else event.properties,
        }
        samples.append(
            (
                event.source_id,
                event.received_at,
                outcome,
                "",
                event.kind,
                event.name,
                owner.customer_id if owner else None,
                _sample_json(told),
            )
        )
    return samples[::-1]


def _sample_json(told: Any) -> str:
    text = rules.storable_json(told)
    if len(text) <= _SAMPLE_BYTES:
        return text
    return json.dumps({"shortened": text[:_SAMPLE_BYTES]}, ensure_ascii=False)


def tidy(*, now: datetime) -> None:
    """Months made ahead and dropped when their time is over; old samples and set-aside bodies forgotten."""
    with connection.cursor() as cursor:
        for days in (0, 31, 62):
            cursor.execute("SELECT huike_make_event_month(%s)", [now + timedelta(days=days)])
        cursor.execute(
            "SELECT huike_drop_event_months(%s::timestamptz - make_interval(months => %s))",
            [now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0), get_config().event_months_kept],
        )
        cursor.execute(
            """
            DELETE FROM behaviour_sample WHERE id IN (
                SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY source_id, outcome ORDER BY id DESC) AS n
                                  FROM behaviour_sample) AS ranked WHERE n > %s)
            """,
            [_SAMPLES_KEPT],
        )
        cursor.execute(
            "DELETE FROM behaviour_delivery WHERE fault IS NOT NULL AND received_at < %s", [now - timedelta(days=7)]
        )
