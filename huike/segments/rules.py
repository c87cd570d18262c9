"""The rule tree, and the one normal form it is written in. Pure. `reading.py` makes it from JSON.

    Rule   = {"version": 1, "as_of": null | instant, "root": Node}
    Node   = {"all": [Node…]} | {"any": [Node…]} | {"not": Node} | condition

`docs/algorithms/segment-rules.md` says what each condition means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from huike.segments.activities import Activity, Tally, Verb
from huike.segments.fields import Field, Measure
from huike.segments.windows import EVER, Ago, Between, CalendarPeriod, Ever, Last, Next, Window

VERSION = 1

Scalar = str | int | Decimal | bool | date


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many days, weeks, months or years, from the day of `as_of`."""

    n: int
    unit: str


@dataclass(frozen=True, slots=True)
class Circle:
    """Everywhere within so many kilometres of a point."""

    latitude: Decimal
    longitude: Decimal
    km: Decimal


@dataclass(frozen=True, slots=True)
class AroundStore:
    """Everywhere within so many kilometres of a store."""

    store_id: int
    km: Decimal


Value = Scalar | tuple[Scalar, ...] | Stretch | CalendarPeriod | Circle | AroundStore | None


@dataclass(frozen=True, slots=True)
class All:
    """Every one holds; of an empty list that is everybody."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one holds; of an empty list that is nobody."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIs:
    field: Field
    op: str
    value: Value = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    field: str
    op: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    measure: Measure
    op: str
    value: Value = None
    currency: str | None = None
    where: tuple[Filter, ...] = ()
    window: Window = EVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Something that happens to a person: an activity, told by one of its verbs; a purchase where there is none."""

    activity: Activity | None = None
    verb: Verb | None = None
    where: tuple[Filter, ...] = ()
    currency: str | None = None

    @property
    def key(self) -> str:
        return "bought" if self.activity is None else self.activity.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What is told of an activity's times in a window compares so. `of`: what is summed."""

    what: Occurrence
    tally: Tally
    of: str | None = None
    op: str
    value: Value = None
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class Within:
    """So many minutes, hours, days or weeks as a clock counts them: a day has 24 hours."""

    n: int
    unit: str

    @property
    def seconds(self) -> int:
        return self.n * {"minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800}[self.unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """`first` happened in the window, and `then` came after it, within the time where one is set; or, where not
    `followed`, did not come although the time is over."""

    first: Occurrence
    then: Occurrence
    followed: bool = True
    within: Within | None = None
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class InSegment:
    """She matches the rule of another segment now, or is in that fixed list."""

    segment_id: int


@dataclass(frozen=True, slots=True)
class Reachable:
    """She may be written to on the channel for the purpose: consent given, an address there, not suppressed."""

    channel: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stable random share of all customers: those whose number, which the salt decides, lies in [low, high) of
    10,000. Shares of one salt that do not overlap have nobody in common."""

    salt: str
    low: int
    high: int


Leaf = FieldIs | Bought | Happened | Sequence | InSegment | Reachable | Bucket
Node = All | AnyOf | Not | Leaf


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is known to be sound. `as_of` None means the moment it is asked."""

    root: Node
    as_of: datetime | None = None


def branches_of(rule: Rule) -> Iterator[tuple[str, Node]]:
    """Every node below the root with its path, in the order a reader meets them."""

    def walk(path: str, node: Node) -> Iterator[tuple[str, Node]]:
        match node:
            case All(nodes) | AnyOf(nodes):
                word = "all" if isinstance(node, All) else "any"
                children = [(f"{path}.{word}.{i}", child) for i, child in enumerate(nodes)]
            case Not(child):
                children = [(f"{path}.not", child)]
            case _:
                children = []
        for child_path, child in children:
            yield child_path, child
            yield from walk(child_path, child)

    return walk("root", rule.root)


def nodes_of(rule: Rule) -> Iterator[tuple[str, Node]]:
    """Every node with its path, the root first."""
    yield "root", rule.root
    yield from branches_of(rule)


def segments_in(rule: Rule) -> dict[str, int]:
    """The segments a rule speaks of itself, by the paths where it does."""
    return {path: node.segment_id for path, node in nodes_of(rule) if isinstance(node, InSegment)}


def stores_in(rule: Rule) -> dict[str, int]:
    """The stores around which a rule looks, by the paths where it does."""
    return {
        path: node.value.store_id
        for path, node in nodes_of(rule)
        if isinstance(node, FieldIs) and isinstance(node.value, AroundStore)
    }


def speaks_of_regions(rule: Rule) -> bool:
    """Whether a rule asks anything by region."""
    for _, node in nodes_of(rule):
        match node:
            case FieldIs() if node.field.of_regions:
                return True
            case Bought(where=where) | Happened(what=Occurrence(where=where)):
                filters = where
            case Sequence(first=first, then=then):
                filters = (*first.where, *then.where)
            case _:
                filters = ()
        if any(condition.field == "region" for condition in filters):
            return True
    return False


def rule_document(rule: Rule) -> dict[str, Any]:
    """The normal form of a rule: what is stored and given back. `parse_rule` of it is the same rule."""
    return {
        "version": VERSION,
        "as_of": rule.as_of.isoformat().replace("+00:00", "Z") if rule.as_of else None,
        "root": _node_document(rule.root),
    }


def _node_document(node: Node) -> dict[str, Any]:
    match node:
        case All(nodes):
            return {"all": [_node_document(child) for child in nodes]}
        case AnyOf(nodes):
            return {"any": [_node_document(child) for child in nodes]}
        case Not(child):
            return {"not": _node_document(child)}
        case FieldIs():
            return {"field": node.field.key, "op": node.op, **_valued(node.value), **_currencied(node.currency)}
        case Bought():
            return {
                "bought": {
                    "measure": node.measure.value,
                    "op": node.op,
                    **_valued(node.value),
                    **_currencied(node.currency),
                    "where": _filters_document(node.where),
                    "window": window_document(node.window),
                }
            }
        case Happened(what=what):
            return {
                what.key: {
                    **_verb_document(what),
                    "measure": node.tally.value,
                    **({} if node.of is None else {"of": node.of}),
                    "op": node.op,
                    **_valued(node.value),
                    **_currencied(what.currency),
                    "where": _filters_document(what.where),
                    "window": window_document(node.window),
                }
            }
        case Sequence(within=within):
            return {
                "sequence": {
                    "first": _occurrence_document(node.first),
                    "then": _occurrence_document(node.then),
                    "followed": node.followed,
                    "within": None if within is None else {"n": within.n, "unit": within.unit},
                    "window": window_document(node.window),
                }
            }
        case InSegment(segment_id):
            return {"segment": segment_id}
        case Reachable(channel, purpose):
            return {"consent": {"channel": channel, "purpose": purpose}}
        case Bucket(salt, low, high):
            return {"bucket": {"salt": salt, "from": low / 100, "to": high / 100}}


def _occurrence_document(what: Occurrence) -> dict[str, Any]:
    body = {**_verb_document(what), **_currencied(what.currency), "where": _filters_document(what.where)}
    return {what.key: body}


def _verb_document(what: Occurrence) -> dict[str, Any]:
    return {} if what.verb is None else {"verb": what.verb.key}


def _filters_document(where: tuple[Filter, ...]) -> list[dict[str, Any]]:
    return [{"field": f.field, "op": f.op, **_valued(f.value)} for f in where]


def _valued(value: Value) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Stretch):
        return {"value": {"n": value.n, "unit": value.unit}}
    if isinstance(value, CalendarPeriod):
        return {"value": {"which": value.which, "unit": value.unit}}
    if isinstance(value, Circle):
        return {"value": {name: _plain(getattr(value, name)) for name in ("latitude", "longitude", "km")}}
    if isinstance(value, AroundStore):
        return {"value": {"store": value.store_id, "km": _plain(value.km)}}
    if isinstance(value, tuple):
        return {"value": [_plain(item) for item in value]}
    return {"value": _plain(value)}


def _currencied(currency: str | None) -> dict[str, Any]:
    return {} if currency is None else {"currency": currency}


def _plain(value: Scalar) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def window_document(window: Window) -> dict[str, Any]:
    match window:
        case Ever():
            return {"ever": True}
        case Last(n, unit):
            return {"last": {"n": n, "unit": unit}}
        case Next(n, unit):
            return {"next": {"n": n, "unit": unit}}
        case Between(from_on, to_on):
            ends = {"from": from_on, "to": to_on}
            return {"between": {name: day.isoformat() for name, day in ends.items() if day is not None}}
        case Ago(from_n, to_n, unit):
            return {"ago": {"from_n": from_n, "to_n": to_n, "unit": unit}}
        case CalendarPeriod(which, unit):
            return {"calendar": {"which": which, "unit": unit}}
