"""What `bought` means: a condition on what is measured of somebody's purchases."""

from __future__ import annotations

from typing import Any

from huike.catalog.lake import PRODUCTS
from huike.customers.fields.rules import THOUSANDTHS
from huike.kernel.money import minor_exponent
from huike.orders.lake import LINES, ORDERS
from huike.segments.fields import WHERE_FIELDS, Measure, WhereField
from huike.segments.meaning.compare import (
    among,
    compared,
    holds_of_nothing,
    in_thousandths,
    in_window,
    instant_is,
    listed,
    shares,
    undenied,
)
from huike.segments.meaning.moment import Moment
from huike.segments.rules import Bought, Filter, Value

_MICROS_DIGITS = 6
OF_PRODUCTS = frozenset({"category", "brand", "supplier"})
"""Filters that are looked up in the catalogue when asked: a product that moves to another shelf moves its buyers."""
_OF_LINES = frozenset({Measure.LINES, Measure.QUANTITY, Measure.DISTINCT_PRODUCTS})
_UNKNOWN_OF_NOTHING = frozenset({Measure.AVERAGE_ORDER, Measure.FIRST_AT, Measure.LAST_AT})


def buyers(node: Bought, moment: Moment) -> tuple[Any, bool]:
    """A table with the column `customer_id`, and whether the condition holds of those who are in it, or of all others:
    a condition that holds of people without any such purchase ("fewer than 2") is asked the other way round."""
    op, denied = undenied(node.op, denied=False)
    measured = _measured(node, moment)
    so = _measure_is(node, op, measured.measured, moment)
    if holds_of_nothing(op, node.value, unknown=node.measure in _UNKNOWN_OF_NOTHING):
        found, are_in = measured.filter(~so), False
    else:
        found, are_in = measured.filter(so), True
    return found, are_in != denied


def measured_of(node: Bought, moment: Moment, customer_id: int) -> Any:
    """What one customer's purchases measure; unknown where she has none."""
    measured = _measured(node, moment, customer_id).measured.max()
    return (measured / THOUSANDTHS if node.measure is Measure.QUANTITY else measured).as_scalar()


def value_counts(field: WhereField, customers: Any) -> Any:
    """Each value that purchases can be limited to, with the number of these customers who bought so: columns `value`,
    `count`."""
    table = (ORDERS if field.of_order else LINES).expression
    rows = table.filter((table.kind == "sale") & table.customer_id.isin(customers.id))
    if field.key in OF_PRODUCTS:
        products = PRODUCTS.expression
        chosen = products.category_ids.unnest() if field.key == "category" else products[f"{field.key}_id"]
        named = products.select(product_id=products.id, value=chosen)
        rows = rows.inner_join(named, "product_id")
    elif field.on_order is not None:
        hanging = field.on_order.table.expression
        named = hanging.select(order_id=hanging.order_id, value=hanging[field.on_order.column])
        rows = rows.inner_join(named, rows.id == named.order_id)
    else:
        rows = rows.mutate(value=rows.channel if field.key == "channel" else rows[f"{field.key}_id"])
    rows = rows.filter(rows.value.notnull())
    return rows.group_by("value").aggregate(count=rows.customer_id.nunique())


def buyers_by_region(customers: Any, moment: Moment) -> Any:
    """One row: how many of these customers bought in each region, in columns `r` and its id."""
    rows = ORDERS.expression
    rows = rows.filter((rows.kind == "sale") & rows.customer_id.isin(customers.id))
    return rows.aggregate(
        **{
            f"r{id}": rows.customer_id.nunique(where=rows.store_id.isin(sorted(stores)))
            for id, stores in moment.regions.items()
        }
    )


def purchase_rows(
    where: tuple[Filter, ...], currency: str | None, moment: Moment, *, of_lines: bool = False
) -> tuple[Any, list[Any]]:
    """The table purchases are asked of, orders where they tell enough, and the conditions that filter it."""
    of_orders = all(WHERE_FIELDS[f.field].of_order for f in where) and not of_lines
    table = (ORDERS if of_orders else LINES).expression
    wanted = [table.currency == currency] if currency is not None else []
    return table, [*wanted, *(_filter_holds(condition, table, currency, moment) for condition in where)]


def _measure_is(node: Bought, op: str, measured: Any, moment: Moment) -> Any:
    if node.measure in {Measure.FIRST_AT, Measure.LAST_AT}:
        return instant_is(measured, op, node.value, moment)
    if node.measure is Measure.QUANTITY:
        return compared(measured, op, in_thousandths(node.value))
    return compared(measured, op, node.value)


def _measured(node: Bought, moment: Moment, customer_id: int | None = None) -> Any:
    """One row for each customer with such a purchase: `customer_id`, `measured`. Returns count for sums, never as an
    order or a line."""
    table, wanted = purchase_rows(node.where, node.currency, moment, of_lines=node.measure in _OF_LINES)
    wanted.append(table.customer_id.notnull() if customer_id is None else table.customer_id == customer_id)
    wanted += in_window(table.placed_at, node.window, moment)
    if node.measure not in {Measure.NET, Measure.QUANTITY, Measure.AVERAGE_ORDER}:
        wanted.append(table.kind == "sale")
    return _grouped(table.filter(wanted), node.measure, of_orders="order_id" not in table.columns)


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


def _filter_holds(condition: Filter, table: Any, currency: str | None, moment: Moment) -> Any:
    op, denied = undenied(condition.op, denied=False)
    on_order = WHERE_FIELDS[condition.field].on_order
    if on_order is not None:
        hanging = on_order.table.expression
        if op != "is_set":
            hanging = hanging.filter(among(hanging[on_order.column], listed(condition.value)))
        order_id = table.order_id if "order_id" in table.columns else table.id
        so = order_id.isin(hanging.order_id)
        return ~so if denied else so
    products = PRODUCTS.expression
    match condition.field:
        case "category":
            within = shares(products.category_ids, condition.value, "int64")
            so = table.product_id.isin(products.filter(within).id)
            return ~so if denied else so
        case "brand" | "supplier":
            chosen = products[f"{condition.field}_id"].isin(listed(condition.value))
            so = table.product_id.isin(products.filter(chosen).id)
            return ~so if denied else so
        case "unit_price":
            column = table.unit_price_micros
            scale = 10 ** (_MICROS_DIGITS - minor_exponent(str(currency)))
            so = compared(column, op, _scaled(condition.value, scale))
        case "channel":
            column = table.channel
            so = column.isin(listed(condition.value))
        case "region":
            column = table.store_id
            so = among(column, moment.stores_of(listed(condition.value)))
        case _:
            column = table[f"{condition.field}_id"]
            so = column.isin(listed(condition.value))
    return column.isnull() | ~so if denied else so


def _scaled(value: Value, scale: int) -> Value:
    if isinstance(value, tuple):
        return tuple(int(str(item)) * scale for item in value)
    return int(str(value)) * scale
