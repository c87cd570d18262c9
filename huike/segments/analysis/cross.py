"""A cross table: people told apart by two or three attributes, with what they bought in a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, Final

import ibis

from huike.kernel.scope import Scope
from huike.lake.engine import Reading, get_engine
from huike.orders.lake import ORDERS
from huike.segments import expression
from huike.segments.analysis.dimensions import (
    Dimension,
    Key,
    condition_of,
    keyed,
    labels_of,
    needs_edges,
    round_edges,
)
from huike.segments.fields import FieldType
from huike.segments.meaning.compare import in_window
from huike.segments.meaning.fields import rows_of
from huike.segments.meaning.moment import Moment
from huike.segments.rules import Rule
from huike.segments.selectors import moment_of
from huike.segments.windows import Window

# Values shown of each attribute, by how many attributes there are; the rest stand together as "others".
SHOWN: Final = {1: 50, 2: 30, 3: 12}
_QUANTILES: Final = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class Figures:
    """People, their sales in the window, and the sum of sales and returns in one currency, in minor units."""

    customers: int
    orders: int
    revenue_minor: int

    @property
    def average_order_minor(self) -> float | None:
        """Revenue by sale; None without a sale."""
        return self.revenue_minor / self.orders if self.orders else None

    @property
    def frequency(self) -> float | None:
        """Sales by person; None without people."""
        return self.orders / self.customers if self.customers else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of an attribute. `condition` is the rule's node that chooses whoever has it; None of the others put
    together where there are too many to name."""

    key: Key
    label: str | None
    is_others: bool
    figures: Figures
    condition: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Cell:
    """`at` are the numbers of the entries. `expected` is how many people there would be if the attributes had nothing
    to do with each other."""

    at: tuple[int, ...]
    figures: Figures
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTable:
    dimensions: list[Dimension]
    axes: list[list[Entry]]
    cells: list[Cell]
    whole: Figures
    currency: str
    as_of: datetime
    fresh_at: datetime | None


def cross_table(
    rule: Rule, dimensions: Sequence[Dimension], *, window: Window, currency: str, scope: Scope
) -> CrossTable:
    """The people of a rule by one to three attributes. A person with several values of an attribute is in each of
    them, so that its entries may come to more than the whole. Raises the engine's errors."""
    moment = moment_of(rule, scope=scope, of_regions=any(dimension.field.of_regions for dimension in dimensions))
    people = expression.people(rule, moment)
    bought = _bought(window, currency, moment)
    with get_engine().reading() as reading:
        known = [with_edges(dimension, people, moment, reading) for dimension in dimensions]
        whole = _figures(reading, people.select("id"), bought, [])[()]
        keys = [keyed(dimension, people, moment) for dimension in known]
        axes = [
            _axis(reading, dimension, key, bought, shown=SHOWN[len(known)], scope=scope)
            for dimension, key in zip(known, keys, strict=True)
        ]
        cells = _cells(reading, axes, keys, bought, whole) if len(known) > 1 else []
        return CrossTable(
            dimensions=known,
            axes=axes,
            cells=cells,
            whole=whole,
            currency=currency,
            as_of=moment.as_of,
            fresh_at=reading.fresh_at,
        )


def with_edges(dimension: Dimension, people: Any, moment: Moment, reading: Reading) -> Dimension:
    """A figure without bands gets some that hold about as many people each, with round edges."""
    if not needs_edges(dimension):
        return dimension
    field = dimension.field
    if field.rows is not None:
        rows = rows_of(field, moment, dimension.currency)
        values = rows.filter(rows.customer_id.isin(people.id)).select(value=field.column)
    else:
        chosen = people
        if field.currency_column is not None:
            chosen = people.filter(people[field.currency_column] == dimension.currency)
        values = chosen.select(value=field.column)
    values = values.filter(values.value > 0)
    asked = values.aggregate(**{f"q{n}": values.value.quantile(q) for n, q in enumerate(_QUANTILES)})
    told = [value for value in reading.table(asked).to_pylist()[0].values() if value is not None]
    minor = 100 if field.type is FieldType.MONEY else 1
    edges = round_edges([float(value) for value in told], scale=field.scale * minor) or (field.scale * minor,)
    return Dimension(field, edges=edges, currency=dimension.currency)


def _bought(window: Window, currency: str, moment: Moment) -> Any:
    """What each person bought: `customer_id`, `orders`, `net`."""
    table = ORDERS.expression
    rows = table.filter(
        [table.customer_id.notnull(), table.currency == currency, *in_window(table.placed_at, window, moment)]
    )
    return rows.group_by("customer_id").aggregate(
        orders=rows.count(where=rows.kind == "sale"), net=rows.net_minor.sum()
    )


def _figures(reading: Reading, rows: Any, bought: Any, keys: Sequence[str]) -> dict[tuple[Any, ...], Figures]:
    """Figures by the keys of the rows, each of which is one person once."""
    joined = rows.left_join(bought, rows.id == bought.customer_id)
    sums = {
        "people": joined.count(),
        "sales": ibis.coalesce(joined.orders.sum(), 0),
        "revenue": ibis.coalesce(joined.net.sum(), 0),
    }
    asked = joined.group_by(list(keys)).aggregate(**sums) if keys else joined.aggregate(**sums)
    return {
        tuple(row[key] for key in keys): Figures(row["people"], int(row["sales"]), int(row["revenue"]))
        for row in reading.table(asked).to_pylist()
    }


def _axis(reading: Reading, dimension: Dimension, rows: Any, bought: Any, *, shown: int, scope: Scope) -> list[Entry]:
    by_key = {key: figures for (key,), figures in _figures(reading, rows, bought, ["key"]).items()}
    ordered = sorted(
        (key for key in by_key if key is not None),
        key=(lambda key: (-by_key[key].customers, str(key))) if not _is_in_order(dimension) else None,
    )
    labels = labels_of(dimension, ordered, scope=scope)
    most = set(sorted(ordered, key=lambda key: (-by_key[key].customers, str(key)))[:shown])
    named = [key for key in ordered if key in most]
    entries = [Entry(key, labels.get(key), False, by_key[key], condition_of(dimension, key)) for key in named]
    if len(named) < len(ordered):
        # Asked anew: of a list, one person may have several of them.
        others = rows.filter(rows.key.notnull() & ~rows.key.isin(named)).select("id").distinct()
        entries.append(Entry(None, None, True, _figures(reading, others, bought, [])[()], None))
    if None in by_key:
        entries.append(Entry(None, None, False, by_key[None], condition_of(dimension, None)))
    return entries


def _is_in_order(dimension: Dimension) -> bool:
    return bool(dimension.edges) or dimension.period is not None


def _cells(
    reading: Reading, axes: Sequence[list[Entry]], keys: Sequence[Any], bought: Any, whole: Figures
) -> list[Cell]:
    """Every pair (or three) of entries in which there is somebody."""
    rows = keys[0].select("id", k0=keys[0].key)
    for number, more in enumerate(keys[1:], start=1):
        other = more.select(other_id=more.id, **{f"k{number}": more.key})
        rows = rows.inner_join(other, rows.id == other.other_id).drop("other_id")
    names = [f"k{number}" for number in range(len(keys))]
    # Those who are not shown by name count as one: looked up before grouping, so that no long list is ever answered.
    for name, entries in zip(names, axes, strict=True):
        shown = [entry.key for entry in entries if not entry.is_others and entry.key is not None]
        is_others = rows[name].notnull() & ~rows[name].isin(shown) if shown else rows[name].notnull()
        rows = rows.mutate(
            **{f"{name}_others": is_others, name: ibis.ifelse(is_others, ibis.null(rows[name].type()), rows[name])}
        )
    asked = [name for pair in names for name in (pair, f"{pair}_others")]
    found: dict[tuple[int, ...], Figures] = {}
    places = [{(entry.key, entry.is_others): number for number, entry in enumerate(entries)} for entries in axes]
    distinct = rows.distinct()  # of a list, several of the others are one
    for key, figures in _figures(reading, distinct, bought, asked).items():
        at = tuple(places[number][key[2 * number], bool(key[2 * number + 1])] for number in range(len(names)))
        found[at] = figures
    cells = []
    for at in product(*(range(len(entries)) for entries in axes)):
        if at not in found:
            continue
        expected = float(whole.customers)
        for number, place in enumerate(at):
            expected *= axes[number][place].figures.customers / whole.customers
        cells.append(Cell(at, found[at], expected))
    return cells
