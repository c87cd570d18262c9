"""What is measured of each group of rows, without a hash table: `docs/algorithms/groups.md`.

`GROUP BY id` fills a hash table with nearly as many entries as there are customers, each looked up far from the last,
and `count(DISTINCT value)` one with nearly as many as there are rows. Customers' ids are small numbers, given in order.
So DuckDB reads the rows, and they are counted or added up here, each at the place of its id in one array. For different
values, a pair of id and value is one 64-bit number, made in SQL; NumPy sorts those in place with the processor's widest
registers (x86-simd-sort, Highway), and then a pair stands beside its repetitions and a group in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

COUNTS: Final = "counts"
"""The table that `Measure.wanted` is asked of: the different counts that there are."""

STREAMED_AT_ONCE: Final = "64MB"
"""What DuckDB may have ready while the last batch is taken: of less it waits, of more nothing is gained."""

_BITS: Final = 31
_UNKNOWN: Final = 2**_BITS - 1  # the greatest: an unknown value is the last of its group
_PIECE: Final = 1 << 18  # with what is made of it, in a processor's own cache

_Numbers = NDArray[np.integer[Any]]
_Kind = TypeVar("_Kind", bound=np.generic)


class NotMeasurable(Exception):
    """What was read does not lend itself: too much, or numbers too large. It is to be asked in SQL."""


class Kind(Enum):
    ROWS = "rows"
    SUM = "sum"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Measure:
    """A part of a question. `whole` gives groups, each with its id and what is measured of it; `rows` asks for the rows
    they are made of; `wanted`, where groups are meant by their counts, which of those in `COUNTS`."""

    kind: Kind
    whole: Any
    rows: Any
    wanted: Any | None

    @property
    def schema(self) -> pa.Schema:
        schema: pa.Schema = self.whole.schema.to_pyarrow()
        return schema


@dataclass(frozen=True, slots=True)
class Groups:
    """Ids in order, each with what is measured of it."""

    ids: _Numbers
    measured: _Numbers

    @classmethod
    def of(cls, measure: Measure, batches: Iterable[pa.RecordBatch], *, bytes_at_most: int) -> Groups:
        """From the answer to `measure.rows`. Raises NotMeasurable."""
        match measure.kind:
            case Kind.ROWS:
                return _counted((ids for (ids,) in _columns(batches)), bytes_at_most)
            case Kind.SUM:
                return _summed(((ids, values) for ids, values in _columns(batches)), bytes_at_most)
            case Kind.DIFFERENT:
                return _told_apart(_sorted((pairs for (pairs,) in _columns(batches)), bytes_at_most))

    def different(self, measure: Measure) -> str:
        """The counts that there are, as `COUNTS`, in DuckDB's SQL."""
        seen = np.zeros(int(self.measured.max(initial=0)) + 1, dtype=np.bool_)
        seen[self.measured] = True
        counts = ", ".join(map(str, np.flatnonzero(seen).tolist()))
        return f'SELECT unnest(CAST([{counts}] AS BIGINT[])) AS "{measure.schema.names[1]}"'

    def with_counts(self, wanted: _Numbers) -> Groups:
        """Those with one of these counts."""
        meant = np.zeros(int(self.measured.max(initial=0)) + 1, dtype=np.bool_)
        meant[wanted] = True
        chosen = meant[self.measured]
        return Groups(self.ids[chosen], self.measured[chosen])

    def table(self, measure: Measure) -> pa.Table:
        """The rows of `Measure.whole`."""
        return pa.table([pa.array(self.ids), pa.array(self.measured)], names=measure.schema.names).cast(measure.schema)


# -- which parts of a question ---------------------------------------------------------------------------------------


def measures_in(expression: Any) -> list[Measure]:
    """The parts of a question that can be measured here; of one within another the outer."""
    found: dict[Any, Measure] = {}

    def is_measured(node: Any) -> bool:
        measure = _measure_of(node)
        if measure is not None:
            found[node] = measure
        return measure is not None

    expression.op().find_topmost(is_measured)
    return list(found.values())


def _measure_of(node: Any) -> Measure | None:
    if isinstance(node, ops.Filter):
        kind, rows = _rows_of(node.parent) or (None, None)
        # Different sums are too many to be looked up.
        if kind in {Kind.ROWS, Kind.DIFFERENT} and _asks_counts_alone(node):
            return Measure(kind, node, rows, _of_counts(node))
        return None
    kind, rows = _rows_of(node) or (None, None)
    return None if kind is None else Measure(kind, node, rows, None)


def measure_shown_by(relation: Any) -> Measure | None:
    """The measure whose groups' ids are all that a relation shows, each once; None where it shows anything else."""
    match relation:
        case ops.Project(parent=parent, values=values) if len(values) == 1:
            (shown,) = values.values()
            measure = _measure_of(parent) if isinstance(shown, ops.Field) and shown.rel == parent else None
            return measure if measure is not None and shown.name == measure.schema.names[0] else None
    return None


def _rows_of(aggregate: Any) -> tuple[Kind, Any] | None:
    """The rows of an aggregate of one measure for each whole number; None of anything else."""
    if not isinstance(aggregate, ops.Aggregate):
        return None
    rows = aggregate.parent.to_expr()
    match list(aggregate.groups.values()), list(aggregate.metrics.values()):
        case [ops.Field() as id], [ops.CountStar(arg=arg, where=None)] if id.dtype.is_integer():
            return (Kind.ROWS, rows.select(id=_small(id))) if arg == aggregate.parent else None
        case [ops.Field() as id], [ops.Sum(arg=ops.Field() as value, where=None)]:
            if id.dtype.is_integer() and value.dtype.is_integer():
                # What is a sum itself DuckDB has in 128 bits.
                return Kind.SUM, rows.select(id=_small(id), value=ops.TryCast(value, dt.int64).to_expr())
        case [ops.Field() as id], [ops.CountDistinct(arg=ops.Field() as value, where=None)]:
            if id.dtype.is_integer() and value.dtype.is_integer():
                return Kind.DIFFERENT, rows.select(pair=_pair(id.to_expr(), value.to_expr()))
    return None


def _small(id: Any) -> Any:
    """An id in half the width, unknown where it does not fit."""
    return ibis.cases((id.to_expr().between(0, _UNKNOWN), id.to_expr()), else_=None).cast("int32")


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


# -- measuring -------------------------------------------------------------------------------------------------------


def _columns(batches: Iterable[pa.RecordBatch]) -> Iterator[list[_Numbers]]:
    for batch in batches:
        if any(column.null_count or not pa.types.is_integer(column.type) for column in batch.columns):
            raise NotMeasurable
        if len(batch):
            yield [column.to_numpy() for column in batch.columns]


def _counted(parts: Iterable[_Numbers], bytes_at_most: int) -> Groups:
    """Each id with the number of its rows."""
    counts, one, rows = np.zeros(0, dtype=np.int32), np.int32(1), 0
    for ids in parts:
        counts = _with_room_for(ids, counts, bytes_at_most)
        # Of the array's own type: NumPy adds anything else forty times as slowly.
        np.add.at(counts, ids, one)
        rows += len(ids)
    if rows > np.iinfo(counts.dtype).max:
        raise NotMeasurable
    seen = np.flatnonzero(counts)
    return Groups(seen, counts[seen])


def _summed(parts: Iterable[tuple[_Numbers, _Numbers]], bytes_at_most: int) -> Groups:
    """Each id with the sum of its values."""
    sums, seen, rows, largest = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_), 0, 0
    for ids, values in parts:
        sums = _with_room_for(ids, sums, bytes_at_most)
        seen = _with_room_for(ids, seen, bytes_at_most)
        np.add.at(sums, ids, values)
        seen[ids] = True
        rows, largest = rows + len(ids), max(largest, -int(values.min()), int(values.max()))
    if rows * largest > np.iinfo(sums.dtype).max:
        raise NotMeasurable  # one of them may have gone round
    there = np.flatnonzero(seen)
    return Groups(there, sums[there])


def _with_room_for(ids: _Numbers, array: NDArray[_Kind], bytes_at_most: int) -> NDArray[_Kind]:
    greatest = int(ids.max())
    if greatest < len(array):
        return array
    most = bytes_at_most // array.itemsize
    if greatest >= most:
        raise NotMeasurable
    longer = np.zeros(max(greatest + 1, min(2 * len(array), most)), dtype=array.dtype)
    longer[: len(array)] = array
    return longer


def _sorted(parts: Iterable[_Numbers], bytes_at_most: int) -> NDArray[np.int64]:
    # Reserved, not taken: memory is what was written to.
    pairs, filled = np.empty(bytes_at_most // 8, dtype=np.int64), 0
    for part in parts:
        if filled + len(part) > len(pairs):
            raise NotMeasurable
        pairs[filled : filled + len(part)] = part
        filled += len(part)
    whole = pairs[:filled]
    whole.sort()
    return whole


def _told_apart(pairs: NDArray[np.int64]) -> Groups:
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
