"""From a rule to an Ibis expression: the one meaning that every engine computes.

Negation is pushed down to the conditions, so that a plain condition stays a plain comparison which the engine can look
up in the files' statistics; there "unknown" is "no". A negated condition says "unknown, or not so". So each condition
is true or false of each customer, and `not` is the exact complement.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from huike.catalog.lake import PRODUCTS
from huike.customers.birthdays import keys_within
from huike.customers.lake import CONSENTS, CUSTOMERS, FIELD_VALUES
from huike.kernel.money import minor_exponent
from huike.kernel.scope import EVERYTHING, Scope
from huike.orders.lake import LINES, ORDERS
from huike.segments.fields import WHERE_FIELDS, Field, FieldType, Measure, ValueKind
from huike.segments.rules import (
    All,
    AnyOf,
    Bought,
    Circle,
    FieldIs,
    Filter,
    Node,
    Not,
    Rule,
    Stretch,
    Value,
    branches_of,
)
from huike.segments.windows import CalendarPeriod, days_of, midnight, shift, span_of

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
# Said by denying another: exactly its complement.
_DENIALS = {"ne": "eq", "not_in": "in", "is_not_set": "is_set"}
_MICROS_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """When and for whom a rule is asked: windows end at `as_of`, days begin in `zone`, customers outside `scope` are
    not there."""

    as_of: datetime
    zone: ZoneInfo
    scope: Scope = EVERYTHING

    @property
    def today(self) -> date:
        return self.as_of.astimezone(self.zone).date()


def customers(moment: Moment) -> Any:
    """The customers a rule chooses from."""
    table = CUSTOMERS.expression
    if moment.scope.all_stores:
        return table
    return table.filter(table.home_store_id.isin(sorted(moment.scope.store_ids)))


def matching(rule: Rule, moment: Moment) -> Any:
    """The ids of the customers of whom the rule holds: a table of one column, `id`."""
    root = rule.root
    if isinstance(root, Bought) and moment.scope.all_stores:
        buyers, are_in = _buyers(root, moment)
        if are_in:
            # Every buyer in the lake is a customer in the lake: no need to look at those.
            return buyers.select(id=buyers.customer_id)
    table = customers(moment)
    return table.filter(_holds(root, table, moment, denied=False)).select("id")


def holding(questions: Sequence[tuple[Rule, Moment]]) -> Any:
    """Of several rules at once: one row for each customer of whom any of them holds, with `id` and whether each holds
    (`h0`, `h1`, …). All moments have one scope."""
    table = customers(questions[0][1])
    marked = table.select(
        id=table.id,
        **{
            f"h{index}": ibis.coalesce(_holds(rule.root, table, moment, denied=False), False)
            for index, (rule, moment) in enumerate(questions)
        },
    )
    return marked.filter(_joined([marked[f"h{index}"] for index in range(len(questions))], every=False))


def branch_counts(rule: Rule, moment: Moment) -> tuple[Any, tuple[str, ...]]:
    """One row: how many customers there are (`total`), of how many the root holds (`root`), and each node below it
    (`b0`, `b1`, …, whose paths are the second value). Each condition is computed once, whatever holds it."""
    table = customers(moment)
    nodes = list(branches_of(rule))
    leaves = {
        node: f"c{index}"
        for index, node in enumerate(dict.fromkeys(node for _, node in [("root", rule.root), *nodes] if _is_leaf(node)))
    }
    marked = table.select(
        id=table.id,
        **{name: ibis.coalesce(_holds(leaf, table, moment, denied=False), False) for leaf, name in leaves.items()},
    )
    holding = {"root": _holds_by_marks(rule.root, marked, leaves)}
    holding |= {f"b{index}": _holds_by_marks(node, marked, leaves) for index, (_, node) in enumerate(nodes)}
    counts = {name: marked.count(where=holds) for name, holds in holding.items()}
    return marked.aggregate(total=marked.count(), **counts), tuple(path for path, _ in nodes)


def _is_leaf(node: Node) -> bool:
    return isinstance(node, (FieldIs, Bought))


def _holds_by_marks(node: Node, marked: Any, leaves: dict[Node, str]) -> Any:
    match node:
        case All(nodes):
            return _joined([_holds_by_marks(child, marked, leaves) for child in nodes], every=True)
        case AnyOf(nodes):
            return _joined([_holds_by_marks(child, marked, leaves) for child in nodes], every=False)
        case Not(child):
            return ~_holds_by_marks(child, marked, leaves)
        case _:
            return marked[leaves[node]]


def explanation(rule: Rule, moment: Moment, customer_id: int) -> tuple[Any, tuple[str, ...]]:
    """One row for one customer (none where she is not there): whether each node holds (`h0` is the root's, in the
    order of the paths that are the second value), and what conditions looked at (`v0`, …)."""
    table = customers(moment)
    table = table.filter(table.id == customer_id)
    nodes = [("root", rule.root), *branches_of(rule)]
    shown: dict[str, Any] = {}
    for index, (_, node) in enumerate(nodes):
        shown[f"h{index}"] = ibis.coalesce(_holds(node, table, moment, denied=False), False)
        if isinstance(node, FieldIs):
            shown[f"v{index}"] = _shown_field(node.field, table)
        elif isinstance(node, Bought):
            shown[f"v{index}"] = _measured_of(node, moment, customer_id)
    return table.select(**shown), tuple(path for path, _ in nodes)


def value_counts(field: Field, moment: Moment) -> Any:
    """Each value of a field with the number of customers who have it: columns `value`, `count`."""
    table = customers(moment)
    if field.consent is not None:
        return _consents(field).group_by(value="state").aggregate(count=lambda t: t.count())
    if field.own is not None or field.rows is not None:
        own = _own_values(field)
        own = own.filter(own.customer_id.isin(table.id))
        return own.group_by(value=field.column).aggregate(count=lambda t: t.count())
    column = table[field.column]
    values = table.select(value=column.unnest() if field.type is FieldType.LIST else column)
    values = values.filter(values.value.notnull())
    return values.group_by("value").aggregate(count=values.count())


def _holds(node: Node, table: Any, moment: Moment, *, denied: bool) -> Any:
    match node:
        case All(nodes):
            return _joined([_holds(child, table, moment, denied=denied) for child in nodes], every=not denied)
        case AnyOf(nodes):
            return _joined([_holds(child, table, moment, denied=denied) for child in nodes], every=denied)
        case Not(child):
            return _holds(child, table, moment, denied=not denied)
        case FieldIs():
            return _field_holds(node, table, moment, denied=denied)
        case Bought():
            buyers, are_in = _buyers(node, moment)
            among = table.id.isin(buyers.customer_id)
            return among if are_in != denied else ~among


def _joined(parts: list[Any], *, every: bool) -> Any:
    if not parts:
        return ibis.literal(every)
    return reduce(operator.and_ if every else operator.or_, parts)


def _field_holds(node: FieldIs, table: Any, moment: Moment, *, denied: bool) -> Any:
    field = node.field
    op, denied = _undenied(node.op, denied)
    if field.own is not None or field.rows is not None:
        values = _own_values(field)
        if op != "is_set":
            values = values.filter(_own_holds(field, op, node.value, values[field.column], moment))
        among = table.id.isin(values.customer_id)
        return ~among if denied else among
    if field.consent is not None:
        consents = _consents(field)
        if op != "is_set":
            consents = consents.filter(consents.state.isin(_listed(node.value)))
        among = table.id.isin(consents.customer_id)
        return ~among if denied else among
    column = table[field.column]
    if field.currency_column is not None:
        currency = table[field.currency_column]
        if op == "is_set":
            return currency.isnull() if denied else currency.notnull()
        so = (currency == node.currency) & _compared(column, op, node.value)
        return currency.isnull() | ~so if denied else so
    if field.type is FieldType.LIST:
        items = "int64" if field.value_kind is ValueKind.ID else "string"
        so = column.length() > 0 if op == "is_set" else _shares(column, node.value, items)
        return ~so if denied else so
    if op == "is_set":
        return column.isnull() if denied else column.notnull()
    if field.type is FieldType.INSTANT:
        so = _instant_is(column, op, node.value, moment)
    elif field.type is FieldType.DATE:
        so = _date_is(column, op, node.value, moment)
    elif field.type is FieldType.BIRTHDAY:
        so = column.isin(sorted(_birthdays(op, node.value, moment)))
    elif field.type is FieldType.PLACE:
        assert isinstance(node.value, Circle)  # noqa: S101 - the parser gives one
        so = _is_within(table.latitude, table.longitude, node.value)
    else:
        so = _compared(column, op, node.value)
    return column.isnull() | ~so if denied else so


def _undenied(op: str, denied: bool) -> tuple[str, bool]:
    return (_DENIALS[op], not denied) if op in _DENIALS else (op, denied)


def _listed(value: Value) -> list[Any]:
    return [_literal(item) for item in value] if isinstance(value, tuple) else [_literal(value)]


def _shares(lists: Any, value: Value, type: str) -> Any:
    """Whether a list column has any of the values."""
    return lists.intersect(ibis.literal(_listed(value), type=f"array<{type}>")).length() > 0


def _literal(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _compared(column: Any, op: str, value: Value) -> Any:
    match op, value:
        case "in", _:
            return _among(column, _listed(value))
        case "between", (low, high):
            return column.between(_literal(low), _literal(high))
        case "contains", _:
            return column.contains(value)
        case "starts_with", _:
            return column.startswith(value)
        case _:
            return _COMPARE[op](column, _literal(value))


def _among(column: Any, values: list[Any]) -> Any:
    """Whether the column is one of the values. Of texts it is asked of the list: DuckDB compares a text column to an IN
    once for each value and again after reading, two to five times slower at 10 million rows."""
    if column.type().is_string():
        return ibis.literal(values, type="array<string>").contains(column)
    return column.isin(values)


def _instant_is(column: Any, op: str, value: Value, moment: Moment) -> Any:
    """Instants are compared by the day they fall on."""
    zone = moment.zone
    if isinstance(value, Stretch):
        if value.unit == "hours":
            length = timedelta(hours=value.n)
            starts_at, ends_at = (moment.as_of - length, None) if op == "last_n" else (None, moment.as_of + length)
        elif op == "last_n":
            starts_at, ends_at = midnight(shift(moment.today, -value.n, value.unit), zone), None
        else:
            last_on = shift(moment.today, value.n, value.unit)
            starts_at, ends_at = None, midnight(shift(last_on, 1, "days") if last_on else None, zone)
        if op == "last_n":
            until = column <= _at(moment.as_of)
            return until if starts_at is None else (column >= _at(starts_at)) & until
        after = column > _at(moment.as_of)
        return after if ends_at is None else after & (column < _at(ends_at))
    first, last = value if isinstance(value, tuple) else (value, value)
    assert isinstance(first, date)  # noqa: S101 - the parser gives days here
    assert isinstance(last, date)  # noqa: S101
    begins, ends = _at(midnight(first, zone)), _at(midnight(last + timedelta(days=1), zone))
    match op:
        case "gt":
            return column >= ends
        case "gte":
            return column >= begins
        case "lt":
            return column < begins
        case "lte":
            return column < ends
        case _:
            return (column >= begins) & (column < ends)


def _date_is(column: Any, op: str, value: Value, moment: Moment) -> Any:
    if isinstance(value, Stretch):
        today = moment.today
        from_on = shift(today, -value.n, value.unit) if op == "last_n" else today
        to_on = today if op == "last_n" else shift(today, value.n, value.unit)
        return column.between(ibis.literal(from_on or date.min), ibis.literal(to_on or date.max))
    return _compared(column, op, value)


def _birthdays(op: str, value: Value, moment: Moment) -> frozenset[int]:
    """Keys (`birthdays.keys_within`) of the birthdays that come in a stretch of days, today included, a calendar
    period, or some months of this year."""
    today = moment.today
    if isinstance(value, Stretch):
        from_on = shift(today, -value.n, value.unit) if op == "last_n" else today
        to_on = today if op == "last_n" else shift(today, value.n, value.unit)
        return keys_within(from_on or date.min + timedelta(days=400), to_on or date.max - timedelta(days=400))
    if isinstance(value, CalendarPeriod):
        return keys_within(*days_of(value, today))
    months = [date(today.year, int(str(month)), 1) for month in _listed(value)]
    return frozenset().union(*(keys_within(*days_of(CalendarPeriod("this", "month"), month)) for month in months))


_EARTH_KM = 6371.0088  # mean radius (IUGG)


def _is_within(latitude: Any, longitude: Any, circle: Circle) -> Any:
    """Whether a point lies in the circle, by the haversine of the angle between: no arcsine, which an error of rounding
    would push out of its range. The belt of latitudes comes first: files say of theirs what they hold."""
    angle = float(circle.km) / _EARTH_KM
    belt = math.degrees(angle) + 1e-9
    at_latitude, at_longitude = float(circle.latitude), float(circle.longitude)
    half_up = ((latitude - at_latitude) / 2).radians().sin()
    half_across = ((longitude - at_longitude) / 2).radians().sin()
    across = latitude.radians().cos() * math.cos(math.radians(at_latitude)) * half_across * half_across
    in_circle = half_up * half_up + across <= math.sin(min(angle, math.pi) / 2) ** 2
    return latitude.between(at_latitude - belt, at_latitude + belt) & in_circle


def _at(at: datetime | None) -> Any:
    assert at is not None  # noqa: S101 - the parser keeps days within a few centuries
    return ibis.literal(at.astimezone(UTC), type="timestamp('UTC')")


def _consents(field: Field) -> Any:
    assert field.consent is not None  # noqa: S101 - asked by callers
    channel, purpose = field.consent
    table = CONSENTS.expression
    return table.filter((table.channel == channel) & (table.purpose == purpose))


def _own_values(field: Field) -> Any:
    """What customers have in a field whose values stand in a table of their own: a row for each value."""
    if field.rows is not None:
        return field.rows.table.expression
    table = FIELD_VALUES.expression
    return table.filter(table.field_id == field.own)


def _own_holds(field: Field, op: str, value: Value, column: Any, moment: Moment) -> Any:
    if field.type is FieldType.LIST:
        return _among(column, _listed(value))
    if field.type is FieldType.DATE:
        return _date_is(column, op, value, moment)
    return _compared(column, op, _in_thousandths(value) if field.scale != 1 else value)


def _buyers(node: Bought, moment: Moment) -> tuple[Any, bool]:
    """A table with the column `customer_id`, and whether the condition holds of those who are in it, or of all others:
    a condition that holds of people without any such purchase ("fewer than 2") is asked the other way round."""
    op, denied = _undenied(node.op, denied=False)
    purchases = _purchases(node, moment)
    so = _measure_is(node, op, purchases.measured, moment)
    if _holds_of_nothing(node, op):
        buyers, are_in = purchases.filter(~so), False
    else:
        buyers, are_in = purchases.filter(so), True
    return buyers, are_in != denied


def _holds_of_nothing(node: Bought, op: str) -> bool:
    """Whether the condition, denials put aside, holds of someone without any such purchase: her counts and sums are 0,
    other measures are unknown."""
    if node.measure in {Measure.AVERAGE_ORDER, Measure.FIRST_AT, Measure.LAST_AT}:
        return False
    value: Any = node.value
    if op == "between":
        return bool(value[0] <= 0 <= value[1])
    return bool(_COMPARE[op](0, value))


def _measure_is(node: Bought, op: str, measured: Any, moment: Moment) -> Any:
    if node.measure in {Measure.FIRST_AT, Measure.LAST_AT}:
        return _instant_is(measured, op, node.value, moment)
    if node.measure is Measure.QUANTITY:
        return _compared(measured, op, _in_thousandths(node.value))
    return _compared(measured, op, node.value)


def _in_thousandths(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(int(Decimal(str(item)) * 1000) for item in value)
    return int(Decimal(str(value)) * 1000)


def _purchases(node: Bought, moment: Moment, customer_id: int | None = None) -> Any:
    """One row for each customer with such a purchase: `customer_id`, `measured`. Returns count for sums, never as an
    order or a line."""
    of_orders = all(WHERE_FIELDS[f.field].of_order for f in node.where) and node.measure not in {
        Measure.LINES,
        Measure.QUANTITY,
        Measure.DISTINCT_PRODUCTS,
    }
    table = (ORDERS if of_orders else LINES).expression
    wanted = [table.customer_id.notnull() if customer_id is None else table.customer_id == customer_id]
    wanted += _window_conditions(table, node, moment)
    if node.currency is not None:
        wanted.append(table.currency == node.currency)
    wanted += [_filter_holds(condition, table, node.currency) for condition in node.where]
    is_sale = table.kind == "sale"
    summed = node.measure in {Measure.NET, Measure.QUANTITY, Measure.AVERAGE_ORDER}
    if not summed:
        wanted.append(is_sale)
    rows = table.filter(wanted)
    return _grouped(rows, node.measure, of_orders=of_orders)


def _grouped(rows: Any, measure: Measure, *, of_orders: bool) -> Any:
    groups = rows.group_by("customer_id")
    match measure:
        case Measure.ORDERS:
            return groups.aggregate(measured=rows.count() if of_orders else rows.order_id.nunique())
        case Measure.LINES:
            return groups.aggregate(measured=rows.count())
        case Measure.QUANTITY:
            return groups.aggregate(measured=rows.quantity_milli.sum())
        case Measure.NET:
            return groups.aggregate(measured=rows.net_minor.sum())
        case Measure.DISTINCT_PRODUCTS:
            return groups.aggregate(measured=rows.product_id.nunique())
        case Measure.FIRST_AT:
            return groups.aggregate(measured=rows.placed_at.min())
        case Measure.LAST_AT:
            return groups.aggregate(measured=rows.placed_at.max())
        case Measure.AVERAGE_ORDER:
            sale = rows.kind == "sale"
            orders = rows.count(where=sale) if of_orders else rows.order_id.nunique(where=sale)
            sums = groups.aggregate(net=rows.net_minor.sum(), orders=orders)
            sums = sums.filter(sums.orders > 0)
            return sums.select("customer_id", measured=sums.net / sums.orders)


def _window_conditions(table: Any, node: Bought, moment: Moment) -> list[Any]:
    span = span_of(node.window, as_of=moment.as_of, zone=moment.zone)
    conditions = []
    if span.starts_at is not None:
        conditions.append(table.placed_at >= _at(span.starts_at))
    if span.ends_at is not None and span.ends_at <= moment.as_of:
        conditions.append(table.placed_at < _at(span.ends_at))
    else:
        conditions.append(table.placed_at <= _at(moment.as_of))
    return conditions


def _filter_holds(condition: Filter, table: Any, currency: str | None) -> Any:
    op, denied = _undenied(condition.op, denied=False)
    products = PRODUCTS.expression
    match condition.field:
        case "category":
            within = _shares(products.category_ids, condition.value, "int64")
            so = table.product_id.isin(products.filter(within).id)
            return ~so if denied else so
        case "brand" | "supplier":
            chosen = products[f"{condition.field}_id"].isin(_listed(condition.value))
            so = table.product_id.isin(products.filter(chosen).id)
            return ~so if denied else so
        case "unit_price":
            column = table.unit_price_micros
            scale = 10 ** (_MICROS_DIGITS - minor_exponent(str(currency)))
            so = _compared(column, op, _scaled(condition.value, scale))
        case "channel":
            column = table.channel
            so = column.isin(_listed(condition.value))
        case _:
            column = table[f"{condition.field}_id"]
            so = column.isin(_listed(condition.value))
    return column.isnull() | ~so if denied else so


def _scaled(value: Value, scale: int) -> Value:
    if isinstance(value, tuple):
        return tuple(int(str(item)) * scale for item in value)
    return int(str(value)) * scale


def _shown_field(field: Field, table: Any) -> Any:
    if field.own is not None or field.rows is not None:
        values = _own_values(field)
        shown = values.filter(values.customer_id == table.id)[field.column]
        if field.type is FieldType.LIST:
            return shown.collect().as_scalar()
        return (shown.max() / field.scale if field.scale != 1 else shown.max()).as_scalar()
    if field.consent is not None:
        consents = _consents(field)
        return consents.filter(consents.customer_id == table.id).state.max().as_scalar()
    if field.type is FieldType.PLACE:
        return table.latitude.cast("string") + ", " + table.longitude.cast("string")
    return table[field.column]


def _measured_of(node: Bought, moment: Moment, customer_id: int) -> Any:
    """What one customer's purchases measure; unknown where she has none."""
    return _purchases(node, moment, customer_id).measured.max().as_scalar()
