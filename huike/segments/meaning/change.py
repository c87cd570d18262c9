"""What may make the answer to a rule another one: rows of some tables, and time alone. `docs/algorithms/memberships.md`
has the proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import ibis

from huike.customers.lake import CONSENTS, CUSTOMERS, SUPPRESSIONS
from huike.lake.registry import TableSpec, tables
from huike.orders.lake import LINES, ORDERS
from huike.segments.activities import PROPERTY
from huike.segments.fields import WHERE_FIELDS, FieldType
from huike.segments.meaning.compare import at, stretch_of
from huike.segments.meaning.fields import field_holds
from huike.segments.meaning.moment import Moment
from huike.segments.meaning.purchases import OF_PRODUCTS
from huike.segments.rules import (
    All,
    AnyOf,
    Bought,
    Bucket,
    FieldIs,
    Happened,
    InSegment,
    Not,
    Occurrence,
    Reachable,
    Rule,
    Sequence,
    Stretch,
)
from huike.segments.windows import EVER, Bounds, Edge, Window, bounds_of

_TIMELESS = frozenset(
    {
        "eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "between", "contains", "starts_with", "within",
        "is_set", "is_not_set",
    }
)  # fmt: skip


class _Anybody(Exception):
    """Of whom the answer may be another one cannot be told."""


def tables_of(rule: Rule, others: Mapping[int, Rule]) -> frozenset[str]:
    """The tables of the lake that the rule looks at, with those of the other segments it speaks of; every table where
    it has a kind of condition that is newer than this page."""
    return frozenset(_tables(rule.root, others))


def _tables(node: object, others: Mapping[int, Rule]) -> Iterator[str]:
    yield CUSTOMERS.name
    match node:
        case All(nodes) | AnyOf(nodes):
            for child in nodes:
                yield from _tables(child, others)
        case Not(child):
            yield from _tables(child, others)
        case FieldIs(field=field):
            if field.rows is not None:
                yield field.rows.table.name
        case Bought(where=where):
            yield from _tables_of_purchases(filter.field for filter in where)
        case Happened(what=what, of=of):
            yield from _tables_of_occurrence(what, of)
        case Sequence(first=first, then=then):
            yield from _tables_of_occurrence(first)
            yield from _tables_of_occurrence(then)
        case InSegment(segment_id):
            if segment_id in others:
                yield from _tables(others[segment_id].root, others)
        case Reachable():
            yield from (CONSENTS.name, SUPPRESSIONS.name)
        case Bucket():
            pass
        case _:  # a kind of condition that is newer than this page
            yield from (spec.name for spec in tables())


def _tables_of_purchases(filters: Iterable[str]) -> Iterator[str]:
    # Orders and their lines change together; which of them is asked need not be told.
    yield from (ORDERS.name, LINES.name)
    for field in map(WHERE_FIELDS.__getitem__, filters):
        if field.key in OF_PRODUCTS:
            yield "products"
        if field.on_order is not None:
            yield field.on_order.table.name


def _tables_of_occurrence(what: Occurrence, of: str | None = None) -> Iterator[str]:
    activity = what.activity
    if activity is None:
        yield from _tables_of_purchases(filter.field for filter in what.where)
        return
    yield activity.table.name
    asked = [*(filter.field for filter in what.where), of or ""]
    if activity.properties is not None and any(name.startswith(PROPERTY) for name in asked):
        yield activity.properties.name


def crossings(rule: Rule, then: Moment, now: Moment) -> list[Any] | None:
    """Of whom the rule may hold at one of two moments and not at the other although no row changed: tables of one
    column, `id`, which together have all of these customers. None where that cannot be told. The moments differ in
    `as_of` alone."""
    try:
        return list({found.op(): found for found in _crossings(rule.root, then, now)}.values())
    except _Anybody:
        return None


def _crossings(node: object, then: Moment, now: Moment) -> Iterator[Any]:
    match node:
        case All(nodes) | AnyOf(nodes):
            for child in nodes:
                yield from _crossings(child, then, now)
        case Not(child):
            yield from _crossings(child, then, now)
        case FieldIs():
            yield from _of_field(node, then, now)
        case Bought(window=window, value=value):
            yield from _of_window(ORDERS, "placed_at", window, then, now)
            if isinstance(value, Stretch):
                yield from _of_stretch(ORDERS, "placed_at", node.op, value, then, now)
        case Happened():
            yield from _of_activity(node, then, now)
        case Sequence():
            yield from _of_sequence(node, then, now)
        case InSegment(segment_id):
            other = now.segments.get(segment_id)
            if other is not None:
                yield from _crossings(other.root, _at_its_own(other, then), _at_its_own(other, now))
        case Reachable() | Bucket():
            return
        case _:
            raise _Anybody


def _at_its_own(rule: Rule, moment: Moment) -> Moment:
    return moment if rule.as_of is None else replace(moment, as_of=rule.as_of)


def _of_field(node: FieldIs, then: Moment, now: Moment) -> Iterator[Any]:
    field, op, value = node.field, node.op, node.value
    if field.rows is not None and field.rows.standing is not None:
        # A balance moves where a row of it begins or ends.
        for column in field.rows.standing:
            yield from _of_window(field.rows.table, column, EVER, then, now)
        return
    if op in _TIMELESS and not (field.type is FieldType.BIRTHDAY and op in {"in", "not_in"}):
        return
    if field.type is FieldType.INSTANT and isinstance(value, Stretch) and not op.startswith("anniversary"):
        spec = CUSTOMERS if field.rows is None else field.rows.table
        yield from _of_stretch(spec, field.column, op, value, then, now)
    elif then.today != now.today:
        # Of days it is asked which of two days it is compared with makes a difference: everybody's day is looked at.
        table = CUSTOMERS.expression
        held, holds = (ibis.coalesce(field_holds(node, table, moment, denied=False), False) for moment in (then, now))
        yield table.filter(held != holds).select("id")


def _of_activity(node: Happened, then: Moment, now: Moment) -> Iterator[Any]:
    what = node.what
    spec, column, ahead = _where_it_is_told(what)
    yield from _of_window(spec, column, node.window, then, now, ahead=ahead)
    if isinstance(node.value, Stretch):
        yield from _of_stretch(spec, column, node.op, node.value, then, now)
    yield from _of_details(what, then, now)


def _of_sequence(node: Sequence, then: Moment, now: Moment) -> Iterator[Any]:
    for what, window in ((node.first, node.window), (node.then, EVER)):
        spec, column, _ = _where_it_is_told(what)
        yield from _of_window(spec, column, window, then, now)
        yield from _of_details(what, then, now)
    if node.within is not None and not node.followed:
        # The time of a first is over when it lies so long before `as_of`.
        spec, column, _ = _where_it_is_told(node.first)
        length = timedelta(seconds=node.within.seconds)
        yield from _between(spec, column, _before(then.as_of, length), _before(now.as_of, length))


def _before(as_of: datetime, length: timedelta) -> Bounds:
    try:
        return Bounds(None, Edge(as_of - length, included=False))
    except OverflowError:
        raise _Anybody from None


def _where_it_is_told(what: Occurrence) -> tuple[TableSpec, str, bool]:
    """The table with a row for each time, its column of when, and whether that may lie ahead."""
    if what.activity is None or what.verb is None:
        return ORDERS, "placed_at", False
    return what.activity.table, what.verb.at, what.verb.ahead


def _of_details(what: Occurrence, then: Moment, now: Moment) -> Iterator[Any]:
    """What comes with time: that a message was opened, say, is so from its instant on."""
    if what.activity is None:
        return
    for filter in what.where:
        detail = what.activity.details.get(filter.field)
        if detail is not None and detail.since:
            yield from _of_window(what.activity.table, detail.column, EVER, then, now)


def _of_window(
    spec: TableSpec, column: str, window: Window, then: Moment, now: Moment, *, ahead: bool = False
) -> Iterator[Any]:
    before, after = (bounds_of(window, as_of=m.as_of, zone=m.zone, ahead=ahead) for m in (then, now))
    yield from _between(spec, column, before, after)


def _of_stretch(spec: TableSpec, column: str, op: str, value: Stretch, then: Moment, now: Moment) -> Iterator[Any]:
    yield from _between(spec, column, stretch_of(op, value, then), stretch_of(op, value, now))


def _between(spec: TableSpec, column: str, before: Bounds, after: Bounds) -> Iterator[Any]:
    """Whose instants lie where an edge moved over them: both ends included, which is more than enough. Only that
    stretch of the table is read."""
    for old, new in ((before.low, after.low), (before.high, after.high)):
        if old == new:
            continue
        if old is None or new is None:
            raise _Anybody
        low, high = sorted((old.at, new.at))
        rows = spec.expression
        crossed = (rows[column] >= at(low)) & (rows[column] <= at(high)) & rows[spec.customer].notnull()
        yield rows.filter(crossed).select(id=rows[spec.customer])
