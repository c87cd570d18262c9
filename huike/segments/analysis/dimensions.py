"""What people are told apart by: a field of the file, and how its values are put together. Pure but for the Ibis
expressions it makes, and the names of ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import ibis

from huike.kernel.errors import FieldError
from huike.kernel.scope import Scope
from huike.segments.analysis.errors import AnalysisInvalid
from huike.segments.fields import Field, FieldType
from huike.segments.labels import names_within
from huike.segments.meaning.fields import rows_of
from huike.segments.meaning.local_time import local
from huike.segments.meaning.moment import Moment

Key = str | int | bool | None
"""A value, the number of a band, or a calendar period as a number (202403; 20241 of a quarter); None where nothing is
known."""

PERIODS: Final = ("year", "quarter", "month")
MOST_EDGES: Final = 50
_BY_VALUE: Final = frozenset({FieldType.TEXT, FieldType.CHOICE, FieldType.BOOL, FieldType.LIST})
_IN_BANDS: Final = frozenset({FieldType.NUMBER, FieldType.MONEY})
_BY_PERIOD: Final = frozenset({FieldType.DATE, FieldType.INSTANT})


@dataclass(frozen=True, slots=True)
class Dimension:
    """`edges` part a figure into bands: below the first, from each up to the next, and from the last on. Stored units.
    `period` puts days together."""

    field: Field
    edges: tuple[int, ...] = ()
    period: str | None = None
    currency: str | None = None

    @property
    def has_several(self) -> bool:
        """Whether one person may have several values of it."""
        return self.field.type is FieldType.LIST or self.field.of_regions


def read_dimension(
    document: Mapping[str, Any], *, path: str, fields: Mapping[str, Field], default_currency: str
) -> Dimension:
    """`{"field": key}`, of a figure with `edges`, of an amount with `currency`, of a day with `period`. Raises
    AnalysisInvalid."""

    def refuse(part: str, code: str, **params: Any) -> AnalysisInvalid:
        return AnalysisInvalid(errors=[FieldError(f"{path}.{part}", code, params)])

    field = fields.get(str(document.get("field")))
    if field is None:
        raise refuse("field", "rule.field_unknown", given=str(document.get("field"))[:60])
    edges, period = document.get("edges") or [], document.get("period")
    if field.type in _BY_VALUE:
        if edges or period:
            raise refuse("field", "analysis.by_value")
        return Dimension(field)
    if field.type in _BY_PERIOD:
        if edges or period not in (None, *PERIODS):
            raise refuse("period", "rule.word_unknown", known=list(PERIODS))
        return Dimension(field, period=period or "month")
    if field.type not in _IN_BANDS:
        raise refuse("field", "analysis.no_dimension")
    stored = _stored(edges, field.scale)
    if stored is None or len(stored) > MOST_EDGES or any(a >= b for a, b in pairwise(stored)):
        raise refuse("edges", "analysis.not_edges", most=MOST_EDGES)
    currency = document.get("currency") or field.currency or default_currency
    return Dimension(
        field,
        edges=stored,
        currency=currency if field.type is FieldType.MONEY else None,
    )


def _stored(edges: Sequence[float], scale: int) -> tuple[int, ...] | None:
    """The edges in stored units; None where one of them is finer than these, or no figure is ever as large."""
    exact = [Decimal(str(edge)) * scale for edge in edges]
    if any(not edge.is_finite() or edge != edge.to_integral_value() or abs(edge) >= 2**63 for edge in exact):
        return None
    return tuple(int(edge) for edge in exact)


def needs_edges(dimension: Dimension) -> bool:
    return dimension.field.type in _IN_BANDS and not dimension.edges


def keyed(dimension: Dimension, people: Any, moment: Moment) -> Any:
    """The people with their key: columns `id`, `key`. Whoever has several values (of a list; of regions, hers and all
    above it) has a row for each; who has none, one with no key."""
    field = dimension.field
    if field.rows is not None:
        values = rows_of(field, moment, dimension.currency)
        values = values.select(owner="customer_id", value=field.column)
        joined = people.left_join(values, people.id == values.owner)
        value = ibis.coalesce(joined.value, 0) if field.is_balance else joined.value
        return joined.select("id", key=_key(dimension, value, moment))
    if field.type is FieldType.LIST:
        return _one_row_each(people, people[field.column])
    if field.of_regions:
        regions = _regions_of(people[field.column], moment)
        return people.select("id", key=ibis.null("int64")) if regions is None else _one_row_each(people, regions)
    column = people[field.column]
    if field.currency_column is not None:
        # An amount in another currency is none of these bands.
        in_currency = people[field.currency_column] == dimension.currency
        column = ibis.ifelse(in_currency, column, ibis.null(column.type()))
    return people.select("id", key=_key(dimension, column, moment))


def _one_row_each(people: Any, values: Any) -> Any:
    listed = people.select("id", item=values.unnest())
    without = people.filter(~people.id.isin(listed.id))
    return ibis.union(listed.select("id", key="item"), without.select("id", key=ibis.null(listed.item.type())))


def _regions_of(store_id: Any, moment: Moment) -> Any:
    """The regions a store stands in, unknown of one in none; None where no store stands in any."""
    told = moment.stores_by_regions().items()
    cases = [(store_id.isin(stores), ibis.array(sorted(regions))) for regions, stores in told]
    return ibis.cases(*cases) if cases else None


def _key(dimension: Dimension, column: Any, moment: Moment) -> Any:
    field = dimension.field
    if field.type in _IN_BANDS:
        band = ibis.literal(0, type="int64")
        for edge in dimension.edges:
            band = band + (column >= edge).cast("int64")
        return ibis.ifelse(column.notnull(), band, ibis.null("int64"))
    if field.type in _BY_PERIOD:
        if field.type is FieldType.INSTANT:
            column = local(column, moment.zone, until=moment.as_of)
        year = column.year().cast("int64")
        if dimension.period == "year":
            return year
        part = column.month() if dimension.period == "month" else column.quarter()
        return year * (100 if dimension.period == "month" else 10) + part.cast("int64")
    return column


def condition_of(dimension: Dimension, key: Key) -> dict[str, Any]:
    """The rule's node that chooses whoever has this key, as a document."""
    field = dimension.field
    money = {"currency": dimension.currency} if dimension.currency and field.currency_column is not None else {}

    def ask(op: str, value: Any = None) -> dict[str, Any]:
        return {"field": field.key, "op": op, **({} if value is None else {"value": value}), **money}

    if key is None:
        if money:
            return {"not": {"any": [ask("gte", dimension.edges[0]), ask("lt", dimension.edges[0])]}}
        return ask("is_not_set")
    if field.type in _IN_BANDS:
        number = int(key)
        told = [_told(field, edge) for edge in dimension.edges]
        parts = [ask("gte", told[number - 1])] if number else []
        parts += [ask("lt", told[number])] if number < len(told) else []
        return parts[0] if len(parts) == 1 else {"all": parts}
    if field.type in _BY_PERIOD:
        first, last = days_of_period(int(key), str(dimension.period))
        return ask("between", [first.isoformat(), last.isoformat()])
    if field.type is FieldType.LIST:
        return ask("contains", key)
    return ask("eq", key)


def labels_of(dimension: Dimension, keys: Iterable[Key], *, scope: Scope) -> dict[Key, str]:
    """What the keys are called that name something (by id, or as tiers by a key), or options of the operator's own."""
    field = dimension.field
    if field.labels is not None:
        return dict(names_within(field.labels, {key for key in keys if key is not None}, scope=scope))
    return {key: words.zh for key, words in field.choice_words.items()} if field.is_own else {}


def _told(field: Field, edge: int) -> int | float:
    if field.scale == 1:
        return edge
    return edge // field.scale if edge % field.scale == 0 else edge / field.scale


def days_of_period(key: int, period: str) -> tuple[date, date]:
    """The first and last day of 2024, of 20241 (the first quarter) or of 202403."""
    if period == "year":
        return date(key, 1, 1), date(key, 12, 31)
    year, part = divmod(key, 100 if period == "month" else 10)
    months = 1 if period == "month" else 3
    first_month = part if period == "month" else 3 * part - 2
    after = date(year + (first_month + months > 12), (first_month + months - 1) % 12 + 1, 1)
    return date(year, first_month, 1), date.fromordinal(after.toordinal() - 1)


def round_edges(quantiles: Sequence[float], *, scale: int) -> tuple[int, ...]:
    """Edges near these that people would draw: 1, 2 or 5 with zeros behind, each once, in units of `scale`. Nothing at
    or below zero but zero itself is an edge."""
    found: set[int] = set()
    for value in quantiles:
        if value <= 0:
            continue
        units = max(value / scale, 1)
        size = 10 ** (len(str(int(units))) - 1)
        nearest = min((1, 2, 5, 10), key=lambda lead: (abs(lead * size - units), lead))
        found.add(nearest * size * scale)
    return tuple(sorted(found))
