"""When a segment is asked again, and of whom it is enough to ask. Pure; `docs/algorithms/memberships.md`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from functools import reduce
from zoneinfo import ZoneInfo

from huike.segments.fields import WHERE_FIELDS, FieldType
from huike.segments.models import Segment
from huike.segments.rules import All, AnyOf, AroundStore, Bought, FieldIs, Not, Rule, Stretch
from huike.segments.windows import Ago, Between, CalendarPeriod, Ever, Last

Cadence = Segment.Cadence

FEW = 10_000
"""Of so many customers it is asked by themselves, at most."""
WHOLE_AT_MOST_EVERY = timedelta(minutes=15)
"""Where only a change is the reason, not the segment's slot."""

_SLOTS = {Cadence.QUARTERS: timedelta(minutes=15), Cadence.HOURLY: timedelta(hours=1)}


def latest_slot(cadence: Cadence, at_hour: int, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the latest slot began, `now` included; None by hand."""
    if cadence is Cadence.BY_HAND:
        return None
    if cadence is Cadence.NIGHTLY:
        today = now.astimezone(zone).date()
        begun = [_at_hour(today - timedelta(days=back), at_hour, zone) for back in (0, 1)]
        return next(slot for slot in begun if slot <= now)
    local = now.astimezone(zone)
    into_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return now - into_hour % _SLOTS[cadence]


def next_slot(cadence: Cadence, at_hour: int, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the next slot begins, after `now`; None by hand."""
    latest = latest_slot(cadence, at_hour, now, zone)
    if latest is None:
        return None
    if cadence is Cadence.NIGHTLY:
        return _at_hour(latest.astimezone(zone).date() + timedelta(days=1), at_hour, zone)
    return latest + _SLOTS[cadence]


def _at_hour(day: date, at_hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(at_hour), zone).astimezone(UTC)


def is_due(cadence: Cadence, at_hour: int, tried_at: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    slot = latest_slot(cadence, at_hour, now, zone)
    return slot is not None and (tried_at is None or tried_at < slot)


class Moves(IntEnum):
    """How often what a rule compares with changes by itself."""

    NEVER = 0
    DAILY = 1  # at midnight in the operator's zone
    ALWAYS = 2


Instant = tuple[str, str]
"""A table of the lake and a column of it that is compared with `as_of` itself."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What a rule looks at: tables of the lake, and time."""

    tables: frozenset[str] = frozenset({"customers"})
    moves: Moves = Moves.NEVER
    instants: frozenset[Instant] = frozenset()

    def __or__(self, other: Looks) -> Looks:
        return Looks(self.tables | other.tables, max(self.moves, other.moves), self.instants | other.instants)

    def stand_still(self, then: datetime, now: datetime, zone: ZoneInfo) -> bool:
        """Whether all that the rule compares with, but `as_of` itself, is the same at both moments."""
        if then > now or self.moves is Moves.ALWAYS:
            return False
        return self.moves is Moves.NEVER or then.astimezone(zone).date() == now.astimezone(zone).date()


_UNKNOWN = Looks(moves=Moves.ALWAYS)
_TIMELESS = frozenset(
    {
        "eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "between", "contains", "starts_with", "within",
        "is_set", "is_not_set",
    }
)  # fmt: skip
_OF_PRODUCTS = frozenset({"category", "brand", "supplier"})


def looks_at(rule: Rule) -> Looks:
    """What the rule looks at. What is not known here is taken to move always."""
    looks = _of_node(rule.root)
    if rule.as_of is not None and looks.moves is not Moves.ALWAYS:
        return Looks(looks.tables)
    return looks


def _of_node(node: object) -> Looks:
    match node:
        case All(nodes) | AnyOf(nodes):
            return reduce(Looks.__or__, map(_of_node, nodes), Looks())
        case Not(child):
            return _of_node(child)
        case FieldIs():
            return _of_field(node)
        case Bought():
            return _of_purchases(node)
        case _:  # a kind of condition that is newer than this page
            return _UNKNOWN


def _of_field(node: FieldIs) -> Looks:
    field = node.field
    table = "customers" if field.rows is None else field.rows.table.name
    if isinstance(node.value, AroundStore) or field.of_regions:
        return _UNKNOWN  # a store may be given another place or region
    looks = Looks(frozenset({"customers", table}))
    if field.type is FieldType.BIRTHDAY:
        return looks if node.op in {"is_set", "is_not_set"} else looks | Looks(moves=Moves.DAILY)
    if node.op in _TIMELESS:
        return looks
    if node.op in {"last_n", "next_n"} and isinstance(node.value, Stretch) and node.value.unit != "hours":
        of_instant = frozenset({(table, field.column)} if field.type is FieldType.INSTANT else ())
        return looks | Looks(moves=Moves.DAILY, instants=of_instant)
    return _UNKNOWN


def _of_purchases(node: Bought) -> Looks:
    wheres = {condition.field for condition in node.where}
    if not wheres <= set(WHERE_FIELDS) - {"region"}:
        return _UNKNOWN
    # Orders and their lines change together; the one that is asked of need not be told.
    tables = {"customers", "orders", "lines", *(("products",) if wheres & _OF_PRODUCTS else ())}
    moves = _of_window(node.window)
    if node.op not in _TIMELESS:
        is_of_days = isinstance(node.value, Stretch) and node.value.unit != "hours"
        moves = max(moves, Moves.DAILY if node.op in {"last_n", "next_n"} and is_of_days else Moves.ALWAYS)
    return Looks(frozenset(tables), moves, frozenset({("orders", "placed_at")}))


def _of_window(window: object) -> Moves:
    match window:
        case Ever() | Between():
            return Moves.NEVER
        case Last(_, "hours") | Ago(_, _, "hours"):
            return Moves.ALWAYS
        case Last() | Ago() | CalendarPeriod():
            return Moves.DAILY
        case _:
            return Moves.ALWAYS
