"""What conditions on activities mean: how often something happened (`did`, `message`, `coupon` …), and one thing after
another (`sequence`)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from huike.segments.activities import PROPERTY, Activity, Detail, Tally
from huike.segments.fields import FieldType, ValueKind
from huike.segments.meaning.compare import (
    at,
    compared,
    holds_of_nothing,
    in_thousandths,
    in_window,
    instant_is,
    shares,
    undenied,
)
from huike.segments.meaning.moment import Moment
from huike.segments.meaning.purchases import purchase_rows
from huike.segments.rules import Filter, Happened, Occurrence, Sequence
from huike.segments.windows import EVER, Window

_INSTANTS = frozenset({Tally.FIRST_AT, Tally.LAST_AT})


def happened_to(node: Happened, moment: Moment) -> tuple[Any, bool]:
    """As `purchases.buyers`: a table with `customer_id`, and whether the condition holds of those in it or of all
    others."""
    op, denied = undenied(node.op, denied=False)
    tallied = _tallied(node, moment)
    so = _tally_is(node, op, tallied.measured, moment)
    if holds_of_nothing(op, node.value, unknown=node.tally in _INSTANTS):
        found, are_in = tallied.filter(~so), False
    else:
        found, are_in = tallied.filter(so), True
    return found, are_in != denied


def tallied_of(node: Happened, moment: Moment, customer_id: int) -> Any:
    """What is told of one customer's times; unknown where there is none."""
    measured = _tallied(node, moment, customer_id).measured.max()
    return (measured / 1000 if _in_thousandths(node) else measured).as_scalar()


def in_sequence(node: Sequence, moment: Moment) -> Any:
    """A table with the column `customer_id`: of whom the sequence holds."""
    steps = _steps(node, moment)
    return steps.filter(steps.so)


def steps_of(node: Sequence, moment: Moment, customer_id: int) -> dict[str, Any]:
    """When one customer did the first and the second, for who asks why: of the times that make the sequence hold, else
    of all, the latest; unknown what she did not do."""
    steps = _steps(node, moment, customer_id)
    told = steps.order_by([ibis.desc("so"), ibis.desc("at")]).limit(1)
    return {"first_at": told.select("at").as_scalar(), "then_at": told.select("next_at").as_scalar()}


def _steps(node: Sequence, moment: Moment, customer_id: int | None = None) -> Any:
    """Each time of the first, with when the second came next (`next_at`) and whether it is so (`so`).

    Instants of both steps stand in one column, one row for each customer and instant, and the first later `then` is
    looked up from each by a window: however often both happened, rows are read once and never paired.
    """
    firsts = _instants(node.first, moment, node.window, customer_id).mutate(is_first=True)
    thens = _instants(node.then, moment, EVER, customer_id).mutate(is_first=False)
    steps = ibis.union(firsts, thens).group_by("customer_id", "at")
    steps = steps.aggregate(is_first=lambda t: t.is_first.any(), is_then=lambda t: (~t.is_first).any())
    later = ibis.window(group_by="customer_id", order_by=ibis.desc("at"), preceding=(None, 1))
    steps = steps.mutate(then_at=ibis.ifelse(steps.is_then, steps["at"], ibis.null("timestamp('UTC')")))
    steps = steps.mutate(next_at=steps.then_at.min().over(later))
    steps = steps.filter(steps.is_first)
    return steps.mutate(so=ibis.coalesce(_is_in_order(node, steps, moment), False))


def _is_in_order(node: Sequence, steps: Any, moment: Moment) -> Any:
    if node.within is None:
        return steps.next_at.notnull() if node.followed else steps.next_at.isnull()
    latest = steps["at"] + ibis.interval(seconds=node.within.seconds)
    if node.followed:
        return steps.next_at <= latest
    # Only where the time is over: until then she may still do it.
    return (latest < at(moment.as_of)) & (steps.next_at.isnull() | (steps.next_at > latest))


def detail_counts(activity: Activity, name: str, customers: Any) -> Any:
    """Each value of a detail (`event`), of all property names (`properties`), or of one property (`properties.color`),
    with the number of these customers' rows that have it: columns `value`, `count`."""
    if name == PROPERTY.removesuffix("."):
        assert activity.properties is not None  # noqa: S101 - asked by callers
        table, column = activity.properties.expression, "key"
    elif name.startswith(PROPERTY):
        assert activity.properties is not None  # noqa: S101 - asked by callers
        table = activity.properties.expression
        table, column = table.filter(table.key == name.removeprefix(PROPERTY)), "text"
    else:
        table, column = _of_kind(activity), activity.details[name].column
    rows = table.filter(table.customer_id.isin(customers.id))
    is_list = name in activity.details and activity.details[name].type is FieldType.LIST
    rows = rows.select(value=rows[column].unnest() if is_list else rows[column])
    rows = rows.filter(rows.value.notnull())
    return rows.group_by("value").aggregate(count=rows.count())


def _instants(what: Occurrence, moment: Moment, window: Window, customer_id: int | None = None) -> Any:
    """When it happened to whom: columns `customer_id`, `at`."""
    if what.activity is None:
        table, wanted = purchase_rows(what.where, what.currency, moment)
        column = table.placed_at
        wanted.append(table.kind == "sale")
    else:
        assert what.verb is not None  # noqa: S101 - an activity is told by a verb
        table, wanted = _rows(what, moment)
        column = table[what.verb.at]
    about = table.customer_id.notnull() if customer_id is None else table.customer_id == customer_id
    wanted += [about, *in_window(column, window, moment)]
    rows = table.filter(wanted)
    return rows.select("customer_id", at=column)


def _of_kind(activity: Activity) -> Any:
    """The rows of an activity's table that are of this activity."""
    table = activity.table.expression
    return table.filter([table[column] == value for column, value in activity.where]) if activity.where else table


def _rows(what: Occurrence, moment: Moment) -> tuple[Any, list[Any]]:
    """The table of an activity, and the conditions that filter it."""
    activity = what.activity
    assert activity is not None  # noqa: S101 - asked of activities
    table = _of_kind(activity)
    wanted = [_detail_holds(activity, f, table, moment) for f in what.where]
    if what.currency is not None:
        wanted.append(table[str(activity.currency_column)] == what.currency)
    return table, wanted


def _tallied(node: Happened, moment: Moment, customer_id: int | None = None) -> Any:
    """One row for each customer to whom it happened: `customer_id`, `measured`."""
    what = node.what
    assert what.activity is not None  # noqa: S101 - the reader makes no other
    assert what.verb is not None  # noqa: S101
    table, wanted = _rows(what, moment)
    wanted.append(table.customer_id.notnull() if customer_id is None else table.customer_id == customer_id)
    happened_at = table[what.verb.at]
    wanted += in_window(happened_at, node.window, moment, ahead=what.verb.ahead)
    rows = table.filter(wanted)
    groups = rows.group_by("customer_id")
    match node.tally:
        case Tally.COUNT:
            return groups.aggregate(measured=rows.count())
        case Tally.FIRST_AT:
            return groups.aggregate(measured=rows[what.verb.at].min())
        case Tally.LAST_AT:
            return groups.aggregate(measured=rows[what.verb.at].max())
        case Tally.SUM:
            if _in_thousandths(node):
                properties = _properties(what.activity, str(node.of))
                properties = properties.filter(properties.event_id.isin(rows.id))
                return properties.group_by("customer_id").aggregate(measured=properties.milli.sum())
            summed = rows[what.activity.details[str(node.of)].column]
            return groups.aggregate(measured=ibis.coalesce(summed.sum(), 0))


def _in_thousandths(node: Happened) -> bool:
    return node.of is not None and node.of.startswith(PROPERTY)


def _tally_is(node: Happened, op: str, measured: Any, moment: Moment) -> Any:
    if node.tally in _INSTANTS:
        return instant_is(measured, op, node.value, moment)
    if _in_thousandths(node):
        return compared(measured, op, in_thousandths(node.value))
    return compared(measured, op, node.value)


def _detail_holds(activity: Activity, condition: Filter, table: Any, moment: Moment) -> Any:
    op, denied = undenied(condition.op, denied=False)
    if condition.field.startswith(PROPERTY):
        properties = _properties(activity, condition.field)
        if op != "is_set":
            is_number = isinstance(_sample(condition.value), (int, Decimal))
            so = (
                compared(properties.milli, op, in_thousandths(condition.value))
                if is_number
                else compared(properties.text, op, condition.value)
            )
            properties = properties.filter(so)
        has = table.id.isin(properties.event_id)
        return ~has if denied else has
    detail = activity.details[condition.field]
    column = table[detail.column]
    if detail.since:
        so = column.notnull() & (column <= at(moment.as_of))
        # Never unknown: what has not come so far has not.
        return ibis.coalesce(so, False) == bool(condition.value)
    if detail.type is FieldType.LIST:
        so = column.length() > 0 if op == "is_set" else shares(column, condition.value, _items_of(detail))
        return ~so if denied else so
    if op == "is_set":
        return column.isnull() if denied else column.notnull()
    so = compared(column, op, condition.value)
    return column.isnull() | ~so if denied else so


def _items_of(detail: Detail) -> str:
    return "int64" if detail.value_kind is ValueKind.ID else "string"


def _properties(activity: Activity, name: str) -> Any:
    assert activity.properties is not None  # noqa: S101 - the reader asks for none where there are none
    table = activity.properties.expression
    return table.filter(table.key == name.removeprefix(PROPERTY))


def _sample(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and value else value
