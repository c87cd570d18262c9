"""Figures of people by themselves and with each other: how one is spread, which go together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final

import ibis

from huike.kernel.scope import Scope
from huike.lake.engine import Reading, get_engine
from huike.orders.lake import ORDERS
from huike.segments import expression
from huike.segments.analysis.dimensions import Dimension, condition_of, keyed
from huike.segments.fields import MEASURE_TYPES, Field, FieldType, Measure
from huike.segments.meaning.compare import at, in_window
from huike.segments.meaning.fields import rows_of
from huike.segments.meaning.moment import Moment
from huike.segments.rules import Rule, window_document
from huike.segments.selectors import moment_of
from huike.segments.windows import Window

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS: Final = 20
FEWEST_PAIRS: Final = 30
"""With fewer people who have both figures nothing is said of how they go together."""
PAIRS_LOOKED_AT: Final = 200_000
PURCHASES: Final = ("frequency", "amount", "average_order", "recency_days")
"""Figures of purchases in a window: sales, their sum with returns, that by sale, days since the last sale."""


@dataclass(frozen=True, slots=True)
class Bin:
    """From the first edge up to, not including, the second; open where there is none."""

    low: int | None
    high: int | None
    customers: int
    condition: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Figures are in the field's stored units (minor units, thousandths of own numbers)."""

    dimension: Dimension
    known: int
    unknown: int
    least: float | None
    most: float | None
    mean: float | None
    sd: float | None
    quantiles: list[tuple[float, float]]
    bins: list[Bin]
    as_of: datetime
    fresh_at: datetime | None


def distribution(rule: Rule, dimension: Dimension, *, scope: Scope) -> Distribution:
    """How a figure is spread over the people of a rule, in bins that part at the dimension's edges, else in even ones.
    Raises the engine's errors."""
    moment = moment_of(rule, scope=scope)
    people = expression.people(rule, moment)
    values = _values_of(dimension, people, moment)
    with get_engine().reading() as reading:
        column = values.value
        asked = values.aggregate(
            n=column.count(),
            least=column.min(),
            most=column.max(),
            mean=column.cast("float64").mean(),
            sd=column.cast("float64").std(how="sample"),
            **{f"q{n}": column.quantile(q) for n, q in enumerate((0.01, *QUANTILES, 0.99))},
        )
        told = reading.table(asked).to_pylist()[0]
        total = reading.count(people)
        bins: list[Bin] = []
        if told["n"]:
            edges = dimension.edges or even_edges(float(told["q0"]), float(told["q6"]))
            parted = Dimension(dimension.field, edges=edges, currency=dimension.currency)
            rows = keyed(parted, people, moment)
            counts = rows.group_by("key").aggregate(people=rows.count())
            by_band = {row["key"]: row["people"] for row in reading.table(counts).to_pylist()}
            bins = [
                Bin(low, high, by_band.get(number, 0), condition_of(parted, number))
                for number, (low, high) in enumerate(zip([None, *edges], [*edges, None], strict=True))
            ]
        return Distribution(
            dimension=dimension,
            known=told["n"],
            unknown=total - told["n"],
            least=_float(told["least"]),
            most=_float(told["most"]),
            mean=_float(told["mean"]),
            sd=_float(told["sd"]),
            quantiles=[(q, float(told[f"q{n}"])) for n, q in enumerate(QUANTILES, start=1) if told["n"]],
            bins=bins,
            as_of=moment.as_of,
            fresh_at=reading.fresh_at,
        )


def even_edges(low: float, high: float) -> tuple[int, ...]:
    """At most BINS edges between these, as far from each other, at multiples of 1, 2 or 5 with zeros behind."""
    step = 1
    while (high - low) / step > BINS - 1:
        lead = int(str(step)[0])
        step = step * 5 // 2 if lead == 2 else step * 2
    first = math.ceil(low / step) * step
    return tuple(range(first, max(int(high), first) + 1, step))[:BINS]


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _values_of(dimension: Dimension, people: Any, moment: Moment) -> Any:
    """The known values: columns `id`, `value`; of a balance, those of whoever ever had any."""
    field = dimension.field
    if field.rows is not None:
        rows = rows_of(field, moment, dimension.currency)
        rows = rows.filter(rows.customer_id.isin(people.id))
        values = rows.select(id=rows.customer_id, value=field.column)
    else:
        having = people
        if field.currency_column is not None:
            having = people.filter(people[field.currency_column] == dimension.currency)
        values = having.select("id", value=field.column)
    return values.filter(values.value.notnull())


@dataclass(frozen=True, slots=True)
class Pair:
    """Spearman's rank correlation of two figures among those who have both, and the p of a two-sided test that there is
    none (by Student's t with n - 2 degrees of freedom); None with fewer than FEWEST_PAIRS, or where one of them is the
    same for all."""

    first: str
    second: str
    people: int
    rho: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Halves:
    """The rules' nodes that choose whoever has the figure at its median or above (`high`) and below it (`low`); of the
    days since a purchase, by the calendar's days."""

    figure: str
    high: dict[str, Any]
    low: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """`share` is of the people that were looked at: a stable random one where there are very many. A figure that nobody
    has is in no halves."""

    pairs: list[Pair]
    halves: list[Halves]
    share: float
    as_of: datetime
    fresh_at: datetime | None


def correlation(
    rule: Rule, figures: Sequence[str | Field], *, window: Window, currency: str, scope: Scope
) -> Correlation:
    """Each two of these figures: names of PURCHASES, or fields that are numbers or amounts. Raises the engine's
    errors."""
    moment = moment_of(rule, scope=scope)
    people = expression.people(rule, moment)
    with get_engine().reading() as reading:
        total = reading.count(people)
        share = min(1.0, PAIRS_LOOKED_AT / total) if total else 1.0
        if share < 1:
            people = people.filter(expression.bucket_of(people.id, "correlation") < int(share * 10_000))
        told = {_name(figure): _figure(figure, people, window, currency, moment) for figure in figures}
        pairs = [_pair(reading, first, told[first], second, told[second]) for first, second in combinations(told, 2)]
        halves = [_halves(reading, figure, told[_name(figure)], window, currency, moment) for figure in figures]
        return Correlation(
            pairs=pairs,
            halves=[half for half in halves if half is not None],
            share=share,
            as_of=moment.as_of,
            fresh_at=reading.fresh_at,
        )


_MEASURES: Final = {"frequency": Measure.ORDERS, "amount": Measure.NET, "average_order": Measure.AVERAGE_ORDER}


def _halves(
    reading: Reading, figure: str | Field, values: Any, window: Window, currency: str, moment: Moment
) -> Halves | None:
    asked = values.aggregate(median=values.value.quantile(0.5), least=values.value.min())
    told = reading.table(asked).to_pylist()[0]
    if told["median"] is None:
        return None
    # Where most have the least there is, it is parted from all above it.
    edge = max(math.ceil(told["median"]), math.floor(told["least"]) + 1)
    if isinstance(figure, Field):
        parted = Dimension(figure, edges=(edge,), currency=currency if figure.type is FieldType.MONEY else None)
        return Halves(figure.key, condition_of(parted, 1), condition_of(parted, 0))

    def bought(measure: Measure, op: str, value: Any) -> dict[str, Any]:
        money = {"currency": currency} if MEASURE_TYPES[measure] is FieldType.MONEY else {}
        node = {"measure": measure.value, "op": op, "value": value, "window": window_document(window), **money}
        return {"bought": node}

    if figure in _MEASURES:
        measure = _MEASURES[figure]
        return Halves(figure, bought(measure, "gte", edge), bought(measure, "lt", edge))
    day = (moment.as_of - timedelta(days=edge)).astimezone(moment.zone).date().isoformat()
    return Halves(figure, bought(Measure.LAST_AT, "lte", day), bought(Measure.LAST_AT, "gt", day))


def _name(figure: str | Field) -> str:
    return figure if isinstance(figure, str) else figure.key


def _figure(figure: str | Field, people: Any, window: Window, currency: str, moment: Moment) -> Any:
    """Who has the figure: columns `id`, `value`."""
    if isinstance(figure, Field):
        in_currency = Dimension(figure, currency=currency if figure.type is FieldType.MONEY else None)
        return _values_of(in_currency, people, moment)
    table = ORDERS.expression
    rows = table.filter(
        [table.customer_id.isin(people.id), table.currency == currency, *in_window(table.placed_at, window, moment)]
    )
    is_sale = rows.kind == "sale"
    bought = rows.group_by("customer_id").aggregate(
        sales=rows.count(where=is_sale), net=rows.net_minor.sum(), last_at=rows.placed_at.max(where=is_sale)
    )
    match figure:
        case "frequency":
            joined = people.select("id").left_join(bought, people.id == bought.customer_id)
            return joined.select("id", value=ibis.coalesce(joined.sales, 0).cast("float64"))
        case "amount":
            joined = people.select("id").left_join(bought, people.id == bought.customer_id)
            return joined.select("id", value=ibis.coalesce(joined.net, 0).cast("float64"))
        case "average_order":
            having = bought.filter(bought.sales > 0)
            return having.select(id=having.customer_id, value=having.net / having.sales)
        case _:
            having = bought.filter(bought.last_at.notnull())
            seconds = at(moment.as_of).epoch_seconds() - having.last_at.epoch_seconds()
            return having.select(id=having.customer_id, value=(seconds // 86_400).cast("float64"))


def _pair(reading: Reading, first: str, one: Any, second: str, other: Any) -> Pair:
    other = other.select(other_id=other.id, b=other.value.cast("float64"))
    one = one.select("id", a=one.value.cast("float64"))
    both = one.inner_join(other, one.id == other.other_id)
    ranked = both.select(a=_mean_rank(both.a), b=_mean_rank(both.b))
    told = reading.table(
        ranked.aggregate(
            n=ranked.count(), rho=ranked.a.corr(ranked.b, how="pop"), da=ranked.a.nunique(), db=ranked.b.nunique()
        )
    ).to_pylist()[0]
    n, rho = told["n"], told["rho"]
    if n < FEWEST_PAIRS or rho is None or min(told["da"], told["db"]) < 2 or math.isnan(rho):
        return Pair(first, second, n, None, None)
    rho = max(-1.0, min(1.0, float(rho)))
    if abs(rho) == 1:
        return Pair(first, second, n, rho, 0.0)
    statistic = abs(rho) * math.sqrt((n - 2) / (1 - rho * rho))
    from scipy.stats import t as students_t  # takes a second to load

    return Pair(first, second, n, rho, float(2 * students_t.sf(statistic, n - 2)))


def _mean_rank(column: Any) -> Any:
    """The rank of each value, those alike sharing the mean of theirs."""
    least = ibis.rank().over(ibis.window(order_by=column))
    alike = column.count().over(ibis.window(group_by=column))
    return least + (alike - 1) / 2
