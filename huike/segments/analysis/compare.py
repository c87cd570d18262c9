"""Two groups held against each other, attribute by attribute: who is over-represented, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import erfc, sqrt
from typing import Any, Final

from huike.kernel.scope import Scope
from huike.lake.engine import Reading, get_engine
from huike.platform import clock
from huike.segments import expression
from huike.segments.analysis.cross import with_edges
from huike.segments.analysis.dimensions import Dimension, Key, condition_of, keyed, labels_of
from huike.segments.fields import FieldType
from huike.segments.rules import Rule
from huike.segments.selectors import moment_of

VALUES_SHOWN: Final = 20
FEWEST: Final = 30
"""With fewer people in either group nothing is said of significance."""


@dataclass(frozen=True, slots=True)
class ValueCompared:
    """`share`s are of the people of each group. `p` is of a two-sided test of two proportions, corrected for all values
    that are held against each other here (Benjamini and Hochberg 1995); None with too few people."""

    key: Key
    label: str | None
    first: int
    second: int
    first_share: float
    second_share: float
    p: float | None
    condition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MeanCompared:
    """Means of a figure among those who have it, by Welch's test."""

    first: float | None
    second: float | None
    p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeCompared:
    dimension: Dimension
    values: list[ValueCompared]
    mean: MeanCompared | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`both` are people of both groups: they are counted in the first alone, so that the two have nobody in common."""

    first: int
    second: int
    both: int
    attributes: list[AttributeCompared]
    as_of: datetime
    fresh_at: datetime | None


def compare(first: Rule, second: Rule, dimensions: Sequence[Dimension], *, scope: Scope) -> Comparison:
    """Raises the engine's errors."""
    # Each rule at its own moment, where it states one.
    of_regions = any(dimension.field.of_regions for dimension in dimensions)
    now = clock.now()
    moment, other = (moment_of(rule, scope=scope, now=now, of_regions=of_regions) for rule in (first, second))
    one, two = expression.people(first, moment), expression.people(second, other)
    in_both = two.id.isin(one.id)
    groups = [one, two.filter(~in_both)]
    with get_engine().reading() as reading:
        sizes = [reading.count(group) for group in groups]
        both = reading.count(two.filter(in_both))
        attributes = []
        for asked in dimensions:
            dimension = with_edges(asked, expression.customers(moment), moment, reading)
            counts = [_counts(reading, keyed(dimension, group, moment)) for group in groups]
            mean = _means(reading, dimension, groups)
            attributes.append((dimension, counts, mean))
        told = _told(attributes, sizes, scope)
        return Comparison(
            first=sizes[0],
            second=sizes[1],
            both=both,
            attributes=told,
            as_of=moment.as_of,
            fresh_at=reading.fresh_at,
        )


def _counts(reading: Reading, rows: Any) -> dict[Key, int]:
    grouped = rows.group_by("key").aggregate(people=rows.count())
    return {row["key"]: row["people"] for row in reading.table(grouped).to_pylist()}


def _means(reading: Reading, dimension: Dimension, groups: Sequence[Any]) -> MeanCompared | None:
    field = dimension.field
    if field.type not in {FieldType.NUMBER, FieldType.MONEY} or field.rows is not None:
        return None
    told = []
    for group in groups:
        having = (
            group if field.currency_column is None else group.filter(group[field.currency_column] == dimension.currency)
        )
        column = having[field.column].cast("float64")
        asked = having.aggregate(n=column.count(), mean=column.mean(), sd=column.std(how="sample"))
        told.append(reading.table(asked).to_pylist()[0])
    (a, b) = told
    p = None
    if min(a["n"], b["n"]) >= FEWEST and (a["sd"] or b["sd"]):
        from scipy.stats import ttest_ind_from_stats  # takes a second to load

        p = float(ttest_ind_from_stats(a["mean"], a["sd"], a["n"], b["mean"], b["sd"], b["n"], equal_var=False).pvalue)
    return MeanCompared(a["mean"], b["mean"], p)


def _told(
    attributes: Sequence[tuple[Dimension, list[dict[Key, int]], MeanCompared | None]],
    sizes: Sequence[int],
    scope: Scope,
) -> list[AttributeCompared]:
    rows: list[tuple[int, Key, int, int, float | None]] = []
    for number, (_, (first, second), _) in enumerate(attributes):
        keys = sorted({*first, *second} - {None}, key=lambda key: (-(first.get(key, 0) + second.get(key, 0)), str(key)))
        for key in [*keys[:VALUES_SHOWN], *([None] if None in {*first, *second} else [])]:
            a, b = first.get(key, 0), second.get(key, 0)
            rows.append((number, key, a, b, _p_of_shares(a, sizes[0], b, sizes[1])))
    corrected = corrected_for_many([row[4] for row in rows])
    told = []
    for number, (dimension, _, mean) in enumerate(attributes):
        mine = [(row, p) for row, p in zip(rows, corrected, strict=True) if row[0] == number]
        labels = labels_of(dimension, [row[1] for row, _ in mine], scope=scope)
        values = [
            ValueCompared(
                key=key,
                label=labels.get(key),
                first=a,
                second=b,
                first_share=a / sizes[0] if sizes[0] else 0.0,
                second_share=b / sizes[1] if sizes[1] else 0.0,
                p=p,
                condition=condition_of(dimension, key),
            )
            for (_, key, a, b, _), p in mine
        ]
        told.append(AttributeCompared(dimension=dimension, values=values, mean=mean))
    return told


def _p_of_shares(a: int, of_a: int, b: int, of_b: int) -> float | None:
    """Two-sided, of the difference of two proportions with the pooled one as variance."""
    if min(of_a, of_b) < FEWEST:
        return None
    pooled = (a + b) / (of_a + of_b)
    spread = sqrt(pooled * (1 - pooled) * (1 / of_a + 1 / of_b))
    if spread == 0:
        return 1.0
    return erfc(abs(a / of_a - b / of_b) / spread / sqrt(2))


def corrected_for_many(ps: Sequence[float | None]) -> list[float | None]:
    """The smallest share of false finds at which each would be one (Benjamini and Hochberg 1995, step-up); unknown ones
    stay unknown and do not count."""
    known = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    corrected: list[float | None] = [None] * len(ps)
    least = 1.0
    for rank in range(len(known), 0, -1):
        p, place = known[rank - 1]
        least = min(least, p * len(known) / rank)
        corrected[place] = least
    return corrected
