"""What a condition on a field of the file means."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import ibis

from huike.customers.birthdays import keys_within
from huike.segments.fields import Field, FieldType, ValueKind
from huike.segments.meaning.compare import (
    among,
    at,
    compared,
    date_is,
    days_meant,
    holds_of_nothing,
    in_thousandths,
    instant_is,
    listed,
    shares,
    undenied,
)
from huike.segments.meaning.moment import Moment
from huike.segments.rules import AroundStore, Circle, FieldIs, Stretch, Value
from huike.segments.windows import CalendarPeriod, days_of


def field_holds(node: FieldIs, table: Any, moment: Moment, *, denied: bool) -> Any:
    """Of each row of the customers' table, whether the condition holds, or does not where `denied`. A plain condition
    is unknown of an unknown value, which a filter takes for no; a denied one is never unknown."""
    field = node.field
    op, denied = undenied(node.op, denied)
    if field.is_balance:
        balances = rows_of(field, moment, node.currency)
        so = compared(balances[field.column], op, node.value)
        # What holds of nothing holds of people without any row: it is asked the other way round.
        others = holds_of_nothing(op, node.value, unknown=False)
        has = table.id.isin(balances.filter(~so if others else so).customer_id)
        return ~has if others != denied else has
    if field.rows is not None:
        values = rows_of(field, moment)
        column = values[field.column]
        values = values.filter(
            column.notnull() if op == "is_set" else _row_holds(field, op, node.value, column, moment)
        )
        has = table.id.isin(values.customer_id)
        return ~has if denied else has
    column = table[field.column]
    if field.of_regions:
        # A store that stands in no region is in none, as is a file without a store.
        so = among(column, moment.stores_of(moment.regions if op == "is_set" else listed(node.value)))
        return column.isnull() | ~so if denied else so
    if field.currency_column is not None:
        currency = table[field.currency_column]
        if op == "is_set":
            return currency.isnull() if denied else currency.notnull()
        so = (currency == node.currency) & compared(column, op, node.value)
        return currency.isnull() | ~so if denied else so
    if field.type is FieldType.LIST:
        items = "int64" if field.value_kind is ValueKind.ID else "string"
        so = column.length() > 0 if op == "is_set" else shares(column, node.value, items)
        return ~so if denied else so
    if op == "is_set":
        return column.isnull() if denied else column.notnull()
    if field.type is FieldType.INSTANT:
        so = instant_is(column, op, node.value, moment)
    elif field.type is FieldType.DATE:
        so = date_is(column, op, node.value, moment)
    elif field.type is FieldType.BIRTHDAY:
        so = column.isin(sorted(_birthdays(op, node.value, moment)))
    elif field.type is FieldType.PLACE:
        so = _is_within(table.latitude, table.longitude, node.value, moment)
    else:
        so = compared(column, op, node.value)
    return column.isnull() | ~so if denied else so


def rows_of(field: Field, moment: Moment, currency: str | None = None) -> Any:
    """The values of a field that stand in a table of their own; of a balance, in one currency where it is an amount,
    one row for each customer with what she has at the moment."""
    assert field.rows is not None  # noqa: S101 - asked by callers
    table = field.rows.table.expression
    wanted = [table[column] == value for column, value in field.rows.where]
    if field.rows.standing is None:
        return table.filter(wanted) if wanted else table
    if currency is not None:
        wanted.append(table[str(field.currency_column)] == currency)
    begins, ends = (table[column] for column in field.rows.standing)
    as_of = at(moment.as_of)
    standing = table.filter([*wanted, begins.isnull() | (begins <= as_of), ends.isnull() | (ends > as_of)])
    return standing.group_by("customer_id").aggregate(**{field.column: standing[field.column].sum()})


def _row_holds(field: Field, op: str, value: Value, column: Any, moment: Moment) -> Any:
    if field.type is FieldType.LIST or op == "in":
        return among(column, listed(value))
    if field.type is FieldType.DATE:
        return date_is(column, op, value, moment)
    if field.type is FieldType.INSTANT:
        return instant_is(column, op, value, moment)
    return compared(column, op, in_thousandths(value) if field.scale != 1 else value)


def _birthdays(op: str, value: Value, moment: Moment) -> frozenset[int]:
    """Keys (`birthdays.keys_within`) of the birthdays that come in a stretch of days, today included, a calendar
    period, or some months of this year."""
    today = moment.today
    if isinstance(value, Stretch):
        from_on, to_on = days_meant(op, value, moment)
        # Of the calendar's first and last years the neighbours are looked at, which must be years too.
        return keys_within(max(from_on, _FIRST_DAY), min(to_on, _LAST_DAY))
    if isinstance(value, CalendarPeriod):
        return keys_within(*days_of(value, today))
    months = [date(today.year, int(str(month)), 1) for month in listed(value)]
    return frozenset().union(*(keys_within(*days_of(CalendarPeriod("this", "month"), month)) for month in months))


_FIRST_DAY, _LAST_DAY = date.min + timedelta(days=400), date.max - timedelta(days=400)
_EARTH_KM = 6371.0088  # mean radius (IUGG)


def _is_within(latitude: Any, longitude: Any, value: Value, moment: Moment) -> Any:
    """Whether a point lies in the circle, by the haversine of the angle between: no arcsine, which an error of rounding
    would push out of its range. The belt of latitudes comes first: files say of theirs what they hold."""
    if isinstance(value, AroundStore):
        place = moment.places.get(value.store_id)
        if place is None:
            return latitude != latitude
        (at_latitude, at_longitude), km = place, float(value.km)
    else:
        assert isinstance(value, Circle)  # noqa: S101 - the parser gives one
        at_latitude, at_longitude, km = float(value.latitude), float(value.longitude), float(value.km)
    angle = km / _EARTH_KM
    belt = math.degrees(angle) + 1e-9
    half_up = ((latitude - at_latitude) / 2).radians().sin()
    half_across = ((longitude - at_longitude) / 2).radians().sin()
    across = latitude.radians().cos() * math.cos(math.radians(at_latitude)) * half_across * half_across
    in_circle = half_up * half_up + across <= math.sin(min(angle, math.pi) / 2) ** 2
    return latitude.between(at_latitude - belt, at_latitude + belt) & in_circle


def shown_field(node: FieldIs, table: Any, moment: Moment, customer_id: int) -> Any:
    """What one customer has in a field, for who asks why: `table` is her row."""
    field = node.field
    if field.is_balance:
        balances = rows_of(field, moment, node.currency)
        hers = balances.filter(balances.customer_id == customer_id)[field.column]
        return ibis.coalesce(hers.max(), 0).as_scalar()
    if field.rows is not None:
        values = rows_of(field, moment)
        shown = values.filter(values.customer_id == table.id)[field.column]
        if field.type is FieldType.LIST:
            # In one order, whichever engine answers. Of nothing engines collect nothing, or an empty list.
            return ibis.cases((shown.count() > 0, shown.collect().sort())).as_scalar()
        return (shown.max() / field.scale if field.scale != 1 else shown.max()).as_scalar()
    if field.type is FieldType.PLACE:
        # As decimals: engines write a whole number among floating ones differently.
        at = [table[name].cast("decimal(9, 6)").cast("string") for name in ("latitude", "longitude")]
        return at[0] + ", " + at[1]
    return table[field.column]


def value_counts(field: Field, customers: Any, moment: Moment) -> Any:
    """Each value of a field with the number of these customers who have it: columns `value`, `count`."""
    if field.rows is not None:
        values = rows_of(field, moment)
        values = values.filter(values.customer_id.isin(customers.id))
        return values.group_by(value=field.column).aggregate(count=lambda t: t.count())
    column = customers[field.column]
    values = customers.select(value=column.unnest() if field.type is FieldType.LIST else column)
    values = values.filter(values.value.notnull())
    return values.group_by("value").aggregate(count=values.count())
