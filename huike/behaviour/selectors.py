"""Reads: sources with their figures, samples of events, a customer's interests, and what the timeline shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from huike.behaviour import words
from huike.behaviour.errors import SourceNotTracked
from huike.behaviour.models import (
    Cart,
    CheckIn,
    CustomerEvent,
    DayCount,
    Evidence,
    Interest,
    InterestTerm,
    Sample,
    TrackedSource,
)
from huike.catalog.selectors import store_names
from huike.customers import selectors as customers
from huike.customers.models import Source
from huike.customers.timeline import Entry
from huike.kernel.scope import Scope

_ABOUT = ("name", "product", "title", "query", "sku", "product_id", "path", "order_id")
_SENTENCES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures:
    """One source, and what it sent in the last seven of the operator's days."""

    source: Source
    tracking: TrackedSource | None
    taken: int
    refused: int
    last_at: datetime | None


def sources(*, today: date) -> list[SourceFigures]:
    """Every source, tracked ones first, then by name."""
    tracked = {row.source_id: row for row in TrackedSource.objects.prefetch_related("write_keys")}
    counts: dict[tuple[int, str], int] = {
        (row["source_id"], row["outcome"]): row["events"]
        for row in DayCount.objects.filter(day_on__gt=today - timedelta(days=7))
        .values("source_id", "outcome")
        .annotate(events=Sum("events_count"))
    }
    latest = _latest(list(tracked))
    found = [
        SourceFigures(
            source=source,
            tracking=tracked.get(source.pk),
            taken=counts.get((source.pk, "taken"), 0),
            refused=counts.get((source.pk, "refused"), 0),
            last_at=latest.get(source.pk),
        )
        for source in customers.list_sources()
    ]
    return sorted(found, key=lambda one: (one.tracking is None, one.source.name, one.source.pk))


def _latest(source_ids: Sequence[int]) -> dict[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.id, s.received_at FROM unnest(%s::bigint[]) AS t (id)
             CROSS JOIN LATERAL (SELECT received_at FROM behaviour_sample WHERE source_id = t.id AND outcome = 'taken'
                                  ORDER BY id DESC LIMIT 1) AS s
            """,
            [list(source_ids)],
        )
        return dict(cursor.fetchall())


def source(source_id: int, *, today: date) -> SourceFigures:
    """Raises SourceNotTracked where there is no such source."""
    for one in sources(today=today):
        if one.source.pk == source_id:
            return one
    raise SourceNotTracked


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day's events of a source. `reasons` says why some were refused."""

    day_on: date
    taken: int = 0
    repeated: int = 0
    reasons: dict[str, int]


def days(source_id: int, *, today: date, count: int) -> list[Day]:
    """The last `count` days, the oldest first, days without events included."""
    first = today - timedelta(days=count - 1)
    found: dict[date, dict[str, int]] = {}
    reasons: dict[date, dict[str, int]] = {}
    for row in DayCount.objects.filter(source_id=source_id, day_on__gte=first).order_by("day_on", "reason"):
        if row.outcome == Sample.Outcome.REFUSED:
            reasons.setdefault(row.day_on, {})[row.reason] = row.events_count
        else:
            found.setdefault(row.day_on, {})[row.outcome] = row.events_count
    every = [first + timedelta(days=number) for number in range(count)]
    return [
        Day(
            day_on=day,
            taken=found.get(day, {}).get("taken", 0),
            repeated=found.get(day, {}).get("repeated", 0),
            reasons=reasons.get(day, {}),
        )
        for day in every
    ]


def samples(source_id: int, *, outcome: str | None, scope: Scope, limit: int) -> list[Sample]:
    """The latest events of a source, newest first. Whoever is limited to stores sees those of people of these."""
    found = Sample.objects.filter(source_id=source_id)
    if outcome is not None:
        found = found.filter(outcome=outcome)
    if not scope.all_stores:
        people = customers.visible(scope).filter(pk__in=found.values("customer_id")).values("pk")
        found = found.filter(customer_id__in=people)
    return list(found.order_by("-pk")[:limit])


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An interest of a customer with the latest sentences that gave it. `score` is as of now."""

    interest: str
    score: float
    evidence_count: int
    evidence: list[Evidence]


def interests_of(customer_id: int, *, scope: Scope, now: datetime, limit: int = 20) -> list[Shown]:
    """A customer's interests, the strongest first; denied ones come last. Raises CustomerNotFound."""
    customers.find_customer(customer_id, scope=scope)
    rows = list(Interest.objects.filter(customer_id=customer_id).order_by("-weight", "interest")[:limit])
    evidence: dict[str, list[Evidence]] = {}
    found = Evidence.objects.filter(customer_id=customer_id, interest__in=[row.interest for row in rows])
    for piece in found.order_by("-said_at", "-pk")[: limit * 50]:
        kept = evidence.setdefault(piece.interest, [])
        if len(kept) < _SENTENCES_SHOWN:
            kept.append(piece)
    return [
        Shown(
            interest=row.interest,
            score=round(words.score(row.weight, now=now), 3),
            evidence_count=row.evidence_count,
            evidence=evidence.get(row.interest, []),
        )
        for row in rows
    ]


def terms(q: str) -> QuerySet[InterestTerm]:
    """The lexicon, or what of it holds `q`."""
    found = InterestTerm.objects.all()
    return found.filter(Q(term__icontains=q) | Q(interest__icontains=q)) if q else found


_MOMENTS = "SELECT {at} AS at, id FROM behaviour_{table} WHERE customer_id = %(customer_id)s::bigint"
EVENT_MOMENTS = _MOMENTS.format(table="event", at="occurred_at")
CART_MOMENTS = _MOMENTS.format(table="cart", at="last_activity_at")
CHECK_IN_MOMENTS = _MOMENTS.format(table="check_in", at="checked_in_at")
INTEREST_MOMENTS = _MOMENTS.format(table="evidence", at="said_at")


def timeline_of_events(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    rows = list(CustomerEvent.objects.filter(customer_id=customer_id, pk__in=ids))
    names = _source_names(row.source_id for row in rows)
    return [
        Entry(
            at=row.occurred_at,
            kind="event",
            id=row.pk,
            title_code="timeline.event",
            params={
                "name": row.name,
                "kind": row.kind,
                "source": names.get(row.source_id, ""),
                "about": _about(row.properties),
            },
        )
        for row in rows
    ]


def timeline_of_carts(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    return [
        Entry(
            at=row.last_activity_at,
            kind="cart",
            id=row.pk,
            title_code="timeline.cart",
            params={
                "state": cart_state(row),
                "items": row.items_count,
                "value_minor": row.value_minor,
                "currency": row.currency,
                "goods": "、".join(line["name"] or line["sku"] or line["key"] for line in row.lines[:3]),
            },
        )
        for row in Cart.objects.filter(pk__in=ids)
    ]


def cart_state(cart: Cart) -> str:
    """`open`, `checkout`, `abandoned`, `ordered`, `recovered` or `expired`."""
    if cart.ended_at is not None:
        return "recovered" if cart.recovered else str(cart.end)
    if cart.abandoned_at is not None:
        return "abandoned"
    return "checkout" if cart.checkout_at is not None else "open"


def timeline_of_check_ins(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    rows = list(CheckIn.objects.filter(pk__in=ids))
    names = store_names({row.store_id for row in rows if row.store_id is not None})
    return [
        Entry(
            at=row.checked_in_at,
            kind="check_in",
            id=row.pk,
            title_code="timeline.check_in",
            params={"kind": row.kind, "place": names.get(row.store_id or 0, row.place)},
        )
        for row in rows
    ]


def timeline_of_interests(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    return [
        Entry(
            at=row.said_at,
            kind="interest",
            id=row.pk,
            title_code="timeline.interest",
            params={"interest": row.interest, "sentence": row.sentence, "sign": row.sign},
        )
        for row in Evidence.objects.filter(pk__in=ids)
    ]


def _source_names(source_ids: Any) -> dict[int, str]:
    wanted = set(source_ids)
    return {row.pk: row.name for row in customers.list_sources() if row.pk in wanted} if wanted else {}


def _about(properties: dict[str, Any]) -> str:
    """What an event is about, by the first of the usual properties that says so."""
    told = (properties.get(name) for name in _ABOUT)
    return next((str(value)[:120] for value in told if isinstance(value, (str, int)) and str(value)), "")
