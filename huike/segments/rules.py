"""The rule tree: read from JSON with every fault named by its path, written back in one normal form. Pure.

    Rule   = {"version": 1, "as_of": null | instant, "root": Node}
    Node   = {"all": [Node…]} | {"any": [Node…]} | {"not": Node} | field condition | bought condition

`docs/algorithms/segment-rules.md` says what each part means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from huike.kernel.errors import FieldError
from huike.kernel.money import UnknownCurrency, minor_exponent
from huike.segments.errors import RuleInvalid
from huike.segments.fields import (
    BIRTHDAY_PERIODS,
    CALENDAR_UNITS,
    FIELDS,
    MEASURE_TYPES,
    OPERATORS,
    UNITS,
    WHERE_FIELDS,
    Field,
    FieldType,
    Measure,
    ValueKind,
)
from huike.segments.windows import Ago, Between, CalendarPeriod, Ever, Last, Window

VERSION = 1
DEEPEST = 20
MOST_NODES = 500
MOST_VALUES = 10_000
LONGEST_TEXT = 300
LARGEST_NUMBER = 10**12
LARGEST_STRETCH = 100_000
FURTHEST_KM = 20_040  # half way round the Earth
YEARS = range(1800, 2200)

Scalar = str | int | Decimal | bool | date


EVER = Ever()


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


Value = Scalar | tuple[Scalar, ...] | Stretch | CalendarPeriod | Circle | None


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


Node = All | AnyOf | Not | FieldIs | Bought


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is known to be sound. `as_of` None means the moment it is asked."""

    root: Node
    as_of: datetime | None = None


def parse_rule(document: Any, *, default_currency: str, fields: Mapping[str, Field] = FIELDS) -> Rule:
    """The rule a JSON document states. Amounts of money are integers of minor units; where no currency is named it is
    `default_currency`. Raises RuleInvalid with one error for each fault, at most fifty."""
    reader = _Reader(default_currency, fields)
    rule = reader.rule(document)
    if reader.faults:
        raise RuleInvalid(errors=reader.faults[:50])
    assert rule is not None  # noqa: S101 - a rule without faults was read
    return rule


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


class _Fault(Exception):
    """The part being read is not sound; already noted."""


class _Reader:
    """Reads a document from the top, noting faults and going on beside them."""

    def __init__(self, default_currency: str, fields: Mapping[str, Field]) -> None:
        self.faults: list[FieldError] = []
        self._default_currency = default_currency
        self._fields = fields
        self._nodes = 0

    def rule(self, document: Any) -> Rule | None:
        try:
            members = self._members(document, "rule", {"version", "as_of", "root"}, required={"version", "root"})
            if members["version"] != VERSION or isinstance(members["version"], bool):
                self._note("version", "rule.version_unknown", known=[VERSION])
            as_of = None
            if members.get("as_of") is not None:
                as_of = self._instant(members["as_of"], "as_of")
            return Rule(self._node(members["root"], "root", depth=1), as_of)
        except _Fault:
            return None

    def _node(self, document: Any, path: str, *, depth: int) -> Node:
        self._nodes += 1
        if depth > DEEPEST:
            self._fail(path, "rule.too_deep", most=DEEPEST)
        if self._nodes > MOST_NODES:
            self._fail(path, "rule.too_many_conditions", most=MOST_NODES)
        if not isinstance(document, dict):
            self._fail(path, "rule.not_an_object")
        for word in ("all", "any"):
            if word in document:
                self._members(document, path, {word})
                nodes = self._each(
                    document[word], f"{path}.{word}", lambda item, at: self._node(item, at, depth=depth + 1)
                )
                return All(nodes) if word == "all" else AnyOf(nodes)
        if "not" in document:
            self._members(document, path, {"not"})
            return Not(self._node(document["not"], f"{path}.not", depth=depth + 1))
        if "field" in document:
            return self._field(document, path)
        if "bought" in document:
            self._members(document, path, {"bought"})
            return self._bought(document["bought"], f"{path}.bought")
        return self._fail(path, "rule.kind_unknown", known=["all", "any", "not", "field", "bought"])

    def _each(self, items: Any, path: str, read: Callable[[Any, str], Any]) -> tuple[Any, ...]:
        if not isinstance(items, list):
            self._fail(path, "rule.not_a_list")
        found = []
        sound = True
        for index, item in enumerate(items):
            try:
                found.append(read(item, f"{path}.{index}"))
            except _Fault:
                sound = False
                if len(self.faults) >= 50:
                    break
        if not sound:
            raise _Fault
        return tuple(found)

    def _field(self, document: dict[str, Any], path: str) -> FieldIs:
        members = self._members(document, path, {"field", "op", "value", "currency"}, required={"field", "op"})
        field = self._fields.get(members["field"]) if isinstance(members["field"], str) else None
        if field is None:
            self._fail(f"{path}.field", "rule.field_unknown", given=_shown(members["field"]))
        op = self._word(members["op"], f"{path}.op", field.ops)
        value = self._value(members, path, type=field.type, op=op, kind=field.value_kind, choices=field.choices)
        currency = self._currency(members, path, type=field.type, only=field.currency)
        return FieldIs(field=field, op=op, value=value, currency=currency)

    def _bought(self, document: Any, path: str) -> Bought:
        members = self._members(
            document, path, {"measure", "op", "value", "currency", "where", "window"}, required={"measure", "op"}
        )
        measure = Measure(self._word(members["measure"], f"{path}.measure", tuple(Measure)))
        type = MEASURE_TYPES[measure]
        ops = tuple(op for op in OPERATORS[type] if op not in {"is_set", "is_not_set"})
        op = self._word(members["op"], f"{path}.op", ops)
        value = self._value(members, path, type=type, op=op)
        where = self._each(members.get("where") or [], f"{path}.where", self._filter)
        money = type is FieldType.MONEY or any(WHERE_FIELDS[f.field].type is FieldType.MONEY for f in where)
        currency = self._currency(members, path, type=FieldType.MONEY if money else type)
        window = self._window(members["window"], f"{path}.window") if members.get("window") is not None else Ever()
        return Bought(measure=measure, op=op, value=value, currency=currency, where=where, window=window)

    def _filter(self, document: Any, path: str) -> Filter:
        members = self._members(document, path, {"field", "op", "value"}, required={"field", "op", "value"})
        field = WHERE_FIELDS[self._word(members["field"], f"{path}.field", tuple(WHERE_FIELDS))]
        op = self._word(members["op"], f"{path}.op", field.ops)
        value = self._value(members, path, type=field.type, op=op, kind=field.value_kind, choices=field.choices)
        return Filter(field=field.key, op=op, value=value)

    def _value(
        self,
        members: dict[str, Any],
        path: str,
        *,
        type: FieldType,
        op: str,
        kind: ValueKind = ValueKind.TEXT,
        choices: tuple[str, ...] = (),
    ) -> Value:
        where = f"{path}.value"
        if op in {"is_set", "is_not_set"}:
            if members.get("value") is not None:
                self._fail(where, "rule.value_not_wanted")
            return None
        if members.get("value") is None:
            self._fail(where, "rule.value_missing")
        value = members["value"]

        def one(item: Any, at: str) -> Scalar:
            return self._scalar(item, at, type=type, kind=kind, choices=choices)

        if op == "during":
            period = self._members(value, where, {"which", "unit"}, required={"which", "unit"})
            which = self._word(period["which"], f"{where}.which", BIRTHDAY_PERIODS)
            return CalendarPeriod(which, self._word(period["unit"], f"{where}.unit", CALENDAR_UNITS))
        if op == "within":
            return self._circle(value, where)
        if op in {"last_n", "next_n"}:
            return self._stretch(value, where, units=UNITS if type is FieldType.INSTANT else UNITS[1:])
        if op in {"in", "not_in"}:
            values = self._each(value, where, one)
            if len(values) > MOST_VALUES:
                self._fail(where, "rule.too_many_values", most=MOST_VALUES)
            return tuple(dict.fromkeys(values))
        if op == "between":
            ends = self._each(value, where, one)
            if len(ends) != 2 or ends[0] > ends[1]:
                self._fail(where, "rule.not_a_range")
            return ends
        return one(value, where)

    def _scalar(self, item: Any, where: str, *, type: FieldType, kind: ValueKind, choices: tuple[str, ...]) -> Scalar:
        is_word = type in {FieldType.CHOICE, FieldType.LIST} and kind is ValueKind.TEXT
        if type is FieldType.TEXT or is_word:
            if not isinstance(item, str) or not 0 < len(item) <= LONGEST_TEXT:
                self._fail(where, "rule.not_text", longest=LONGEST_TEXT)
            if choices and item not in choices:
                self._fail(where, "rule.not_a_choice", choices=list(choices))
            return item
        if type is FieldType.BOOL:
            if not isinstance(item, bool):
                self._fail(where, "rule.not_yes_or_no")
            return item
        if type in {FieldType.DATE, FieldType.INSTANT}:
            return self._date(item, where)
        if type is FieldType.NUMBER:
            return self._number(item, where)
        if type is FieldType.BIRTHDAY:
            if isinstance(item, bool) or not isinstance(item, int) or not 1 <= item <= 12:
                self._fail(where, "rule.not_a_month")
            return item
        if isinstance(item, bool) or not isinstance(item, int) or abs(item) > LARGEST_NUMBER:
            self._fail(where, "rule.not_a_whole_number")
        return item

    def _number(self, item: Any, where: str) -> int | Decimal:
        """An integer, or a decimal with at most three places; JSON's floats are taken by their shortest text."""
        if isinstance(item, bool) or not isinstance(item, (int, float, str)) or len(str(item)) > 25:
            self._fail(where, "rule.not_a_number")
        try:
            number = Decimal(str(item))
        except InvalidOperation:
            self._fail(where, "rule.not_a_number")
        if not number.is_finite() or abs(number) > LARGEST_NUMBER or number != round(number, 3):
            self._fail(where, "rule.not_a_number")
        return int(number) if number == int(number) else number

    def _currency(self, members: dict[str, Any], path: str, *, type: FieldType, only: str | None = None) -> str | None:
        currency = members.get("currency")
        if type is not FieldType.MONEY:
            if currency is not None:
                self._fail(f"{path}.currency", "rule.currency_not_wanted")
            return None
        if currency is None:
            return only or self._default_currency
        if only is not None and currency != only:
            self._fail(f"{path}.currency", "rule.currency_other", currency=only)
        try:
            minor_exponent(currency if isinstance(currency, str) else "")
        except UnknownCurrency:
            self._fail(f"{path}.currency", "rule.currency_unknown")
        return str(currency)

    def _window(self, document: Any, path: str) -> Window:
        if not isinstance(document, dict) or len(document) != 1:
            self._fail(path, "rule.not_a_window", known=["ever", "last", "between", "ago", "calendar"])
        kind, body = next(iter(document.items()))
        at = f"{path}.{kind}"
        if kind == "ever" and body is True:
            return Ever()
        if kind == "last":
            stretch = self._stretch(body, at)
            return Last(stretch.n, stretch.unit)
        if kind == "between":
            ends = self._members(body, at, {"from", "to"})
            from_on = self._date(ends["from"], f"{at}.from") if ends.get("from") is not None else None
            to_on = self._date(ends["to"], f"{at}.to") if ends.get("to") is not None else None
            if (from_on is None and to_on is None) or (from_on and to_on and from_on > to_on):
                self._fail(at, "rule.not_a_range")
            return Between(from_on, to_on)
        if kind == "ago":
            far = self._members(body, at, {"from_n", "to_n", "unit"}, required={"from_n", "to_n", "unit"})
            from_n = self._count(far["from_n"], f"{at}.from_n", least=1)
            to_n = self._count(far["to_n"], f"{at}.to_n", least=0)
            if from_n <= to_n:
                self._fail(at, "rule.not_a_range")
            return Ago(from_n, to_n, self._word(far["unit"], f"{at}.unit", UNITS))
        if kind == "calendar":
            period = self._members(body, at, {"which", "unit"}, required={"which", "unit"})
            which = self._word(period["which"], f"{at}.which", ("this", "last"))
            return CalendarPeriod(which, self._word(period["unit"], f"{at}.unit", CALENDAR_UNITS))
        return self._fail(path, "rule.not_a_window", known=["ever", "last", "between", "ago", "calendar"])

    def _stretch(self, document: Any, path: str, *, units: tuple[str, ...] = UNITS) -> Stretch:
        members = self._members(document, path, {"n", "unit"}, required={"n", "unit"})
        return Stretch(
            self._count(members["n"], f"{path}.n", least=1), self._word(members["unit"], f"{path}.unit", units)
        )

    def _circle(self, document: Any, path: str) -> Circle:
        words = {"latitude", "longitude", "km"}
        members = self._members(document, path, words, required=words)
        return Circle(
            latitude=self._measured(members["latitude"], f"{path}.latitude", -90, 90),
            longitude=self._measured(members["longitude"], f"{path}.longitude", -180, 180),
            km=self._measured(members["km"], f"{path}.km", 0, FURTHEST_KM),
        )

    def _measured(self, item: Any, where: str, least: int, most: int) -> Decimal:
        """A number with at most six decimals, the least and the most included."""
        if isinstance(item, bool) or not isinstance(item, (int, float)) or not least <= item <= most:
            self._fail(where, "rule.not_in_range", least=least, most=most)
        return round(Decimal(str(item)), 6)

    def _count(self, item: Any, where: str, *, least: int) -> int:
        if isinstance(item, bool) or not isinstance(item, int) or not least <= item <= LARGEST_STRETCH:
            self._fail(where, "rule.not_a_count", least=least, most=LARGEST_STRETCH)
        return item

    def _date(self, item: Any, where: str) -> date:
        try:
            if not isinstance(item, str) or len(item) != 10:
                raise ValueError
            day = date.fromisoformat(item)
        except ValueError:
            self._fail(where, "rule.not_a_date")
        if day.year not in YEARS:
            self._fail(where, "rule.not_a_date")
        return day

    def _instant(self, item: Any, where: str) -> datetime:
        try:
            at = datetime.fromisoformat(item if isinstance(item, str) else "")
            if at.tzinfo is None or at.year not in YEARS:
                raise ValueError
            return at.astimezone(UTC)
        except (ValueError, OverflowError):
            self._fail(where, "rule.not_an_instant")

    def _word(self, item: Any, where: str, known: tuple[str, ...]) -> str:
        if not isinstance(item, str) or item not in known:
            self._fail(where, "rule.word_unknown", given=_shown(item), known=[str(word) for word in known])
        return item

    def _members(
        self, document: Any, path: str, known: set[str], *, required: set[str] | None = None
    ) -> dict[str, Any]:
        if not isinstance(document, dict):
            self._fail(path, "rule.not_an_object")
        for name in sorted(set(document) - known):
            self._fail(f"{path}.{name[:60]}", "rule.member_unknown", known=sorted(known))
        for name in sorted((required or set()) - set(document)):
            self._fail(f"{path}.{name}", "rule.member_missing")
        return document

    def _note(self, where: str, code: str, **params: Any) -> None:
        self.faults.append(FieldError(where, code, params))

    def _fail(self, where: str, code: str, **params: Any) -> NoReturn:
        self._note(where, code, **params)
        raise _Fault


def _shown(item: Any) -> str:
    return str(item)[:60]


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
                    "where": [{"field": f.field, "op": f.op, **_valued(f.value)} for f in node.where],
                    "window": _window_document(node.window),
                }
            }


def _valued(value: Value) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Stretch):
        return {"value": {"n": value.n, "unit": value.unit}}
    if isinstance(value, CalendarPeriod):
        return {"value": {"which": value.which, "unit": value.unit}}
    if isinstance(value, Circle):
        return {"value": {name: _plain(getattr(value, name)) for name in ("latitude", "longitude", "km")}}
    if isinstance(value, tuple):
        return {"value": [_plain(item) for item in value]}
    return {"value": _plain(value)}


def _currencied(currency: str | None) -> dict[str, Any]:
    return {} if currency is None else {"currency": currency}


def _plain(value: Scalar) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _window_document(window: Window) -> dict[str, Any]:
    match window:
        case Ever():
            return {"ever": True}
        case Last(n, unit):
            return {"last": {"n": n, "unit": unit}}
        case Between(from_on, to_on):
            ends = {"from": from_on, "to": to_on}
            return {"between": {name: day.isoformat() for name, day in ends.items() if day is not None}}
        case Ago(from_n, to_n, unit):
            return {"ago": {"from_n": from_n, "to_n": to_n, "unit": unit}}
        case CalendarPeriod(which, unit):
            return {"calendar": {"which": which, "unit": unit}}
