"""How many different values each group has, counted by sorting: `docs/algorithms/distinct-counts.md`.

`count(DISTINCT value) … GROUP BY id` over tens of millions of rows fills two hash tables with nearly as many entries as
there are rows, each looked up far from the last. Here a pair of id and value is one 64-bit number, made in SQL; NumPy
sorts those in place with the processor's widest registers (x86-simd-sort, Highway), and then a pair stands beside its
repetitions and a group in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

COUNTS: Final = "counts"
"""The table that `DistinctCount.wanted` is asked of: the different counts that there are."""

PAIR_BYTES: Final = 8
STREAMED_AT_ONCE: Final = "64MB"
"""What DuckDB may have ready while the last batch is taken: of less it waits, of more nothing is gained."""

_BITS: Final = 31
_UNKNOWN: Final = 2**_BITS - 1  # the greatest: an unknown value is the last of its group
_PIECE: Final = 1 << 18  # with what is made of it, in a processor's own cache


class NotCountable(Exception):
    """The pairs do not fit: too many, or numbers too large. It is to be asked in SQL."""


@dataclass(frozen=True, slots=True)
class DistinctCount:
    """A part of a question. `whole` gives groups, each with its id and how many different values it has; `pairs` asks
    for all pairs as numbers; `wanted`, where only some groups are meant, which of the counts in `COUNTS` they have."""

    whole: Any
    pairs: Any
    wanted: Any | None

    @property
    def schema(self) -> pa.Schema:
        schema: pa.Schema = self.whole.schema.to_pyarrow()
        return schema


@dataclass(frozen=True, slots=True)
class Groups:
    """Ids in order, each with its number of different known values."""

    ids: NDArray[np.int32]
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, batches: Iterable[pa.RecordBatch], *, pairs_at_most: int) -> Groups:
        """From the answer to `DistinctCount.pairs`. Raises NotCountable."""
        return _counted(_sorted(batches, pairs_at_most))

    def different(self, count: DistinctCount) -> pa.Table:
        """The counts that there are, as `COUNTS`."""
        seen = np.zeros(int(self.counts.max(initial=0)) + 1, dtype=np.bool_)
        seen[self.counts] = True
        field = count.schema.field(1)
        return pa.table([pa.array(np.flatnonzero(seen)).cast(field.type)], names=[field.name])

    def with_counts(self, wanted: NDArray[np.integer[Any]]) -> Groups:
        """Those with one of these counts."""
        meant = np.zeros(int(self.counts.max(initial=0)) + 1, dtype=np.bool_)
        meant[wanted] = True
        chosen = meant[self.counts]
        return Groups(self.ids[chosen], self.counts[chosen])

    def table(self, count: DistinctCount) -> pa.Table:
        """The rows of `DistinctCount.whole`."""
        return pa.table([pa.array(self.ids), pa.array(self.counts)], names=count.schema.names).cast(count.schema)


def distinct_counts_in(expression: Any) -> list[DistinctCount]:
    """The parts of a question that can be counted here."""
    if not expression.op().find(ops.CountDistinct, filter=ops.Node):
        return []
    found: dict[Any, DistinctCount] = {}
    for filter in expression.op().find(ops.Filter):
        pairs = _pairs_of(filter.parent)
        if pairs is not None and _asks_counts_alone(filter):
            found[filter] = DistinctCount(filter, pairs, _of_counts(filter))
    rest = expression.op().replace({filter: ibis.table(filter.schema, name=COUNTS).op() for filter in found})
    for aggregate in rest.find(ops.Aggregate):
        pairs = _pairs_of(aggregate)
        if pairs is not None:
            found[aggregate] = DistinctCount(aggregate, pairs, None)
    return list(found.values())


def _pairs_of(aggregate: Any) -> Any | None:
    """The pairs of a count of different whole numbers for each whole number; None of anything else."""
    if not isinstance(aggregate, ops.Aggregate):
        return None
    match list(aggregate.groups.values()), list(aggregate.metrics.values()):
        case [ops.Field() as id], [ops.CountDistinct(arg=ops.Field() as value, where=None)]:
            if id.dtype.is_integer() and value.dtype.is_integer():
                return aggregate.parent.to_expr().select(pair=_pair(id.to_expr(), value.to_expr()))
    return None


def _pair(id: Any, value: Any) -> Any:
    """One number for both, unknown where they do not fit."""
    fits = id.between(0, _UNKNOWN) & (value.isnull() | value.between(0, _UNKNOWN - 1))
    return ibis.cases((fits, id.cast("int64") * 2**_BITS + ibis.coalesce(value, _UNKNOWN)), else_=None)


def _asks_counts_alone(filter: Any) -> bool:
    """Whether which groups are meant depends on their counts, and on nothing else."""
    fields = [field for predicate in filter.predicates for field in predicate.find(ops.Field, filter=ops.Value)]
    asks_more = any(predicate.find((ops.Subquery, ops.WindowFunction)) for predicate in filter.predicates)
    return not asks_more and all(field.name in filter.parent.metrics for field in fields)


def _of_counts(filter: Any) -> Any:
    """The filter, of the table of counts in the place of the groups."""
    (name,) = filter.parent.metrics
    counts = ibis.table({name: filter.parent.schema[name]}, name=COUNTS).op()
    of_groups = {field for predicate in filter.predicates for field in predicate.find(ops.Field, filter=ops.Value)}
    replaced = {field: ops.Field(counts, name) for field in of_groups}
    return counts.to_expr().filter([predicate.replace(replaced).to_expr() for predicate in filter.predicates])


def _sorted(batches: Iterable[pa.RecordBatch], pairs_at_most: int) -> NDArray[np.int64]:
    # Reserved, not taken: memory is what was written to.
    pairs, filled = np.empty(pairs_at_most, dtype=np.int64), 0
    for batch in batches:
        column = batch.column(0)
        if column.null_count or filled + len(column) > pairs_at_most:
            raise NotCountable
        pairs[filled : filled + len(column)] = column.to_numpy()
        filled += len(column)
    whole = pairs[:filled]
    whole.sort()
    return whole


def _counted(pairs: NDArray[np.int64]) -> Groups:
    ids, counts = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int32)]
    begin = 0
    while begin < len(pairs):
        last = int(pairs[min(begin + _PIECE, len(pairs)) - 1]) >> _BITS
        end = int(np.searchsorted(pairs, (last + 1) << _BITS))
        piece = _different(pairs[begin:end])
        id = piece >> _BITS
        ends = np.flatnonzero(np.concatenate((id[1:] != id[:-1], [True])))
        known = np.diff(ends, prepend=-1) - ((piece[ends] & _UNKNOWN) == _UNKNOWN)
        ids.append(id[ends].astype(np.int32))
        counts.append(known.astype(np.int32))
        begin = end
    return Groups(np.concatenate(ids), np.concatenate(counts))


def _different(piece: NDArray[np.int64]) -> NDArray[np.int64]:
    repeats = piece[1:] == piece[:-1]
    return piece[np.concatenate(([True], ~repeats))] if repeats.any() else piece
