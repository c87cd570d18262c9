"""What is measured of each group of rows, without a hash table: `docs/algorithms/groups.md`.

`GROUP BY id` fills a hash table with nearly as many entries as there are customers, each looked up far from the last,
and `count(DISTINCT value)` one with nearly as many as there are rows. Customers' ids are small numbers, given in order.
So DuckDB reads the rows, and they are counted or added up here, each at the place of its id in one array. For different
values, a pair of id and value is one 64-bit number, made in SQL; NumPy sorts those in place with the processor's widest
registers (x86-simd-sort, Highway), and then a pair stands beside its repetitions and a group in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, TypeVar

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from huike.lake.engines.held import masks

COUNTS: Final = "counts"
"""The table that `Measure.wanted` is asked of: counts, all that there are among them."""

STREAMED_AT_ONCE: Final = "64MB"
"""What DuckDB may have ready while the last batch is taken: of less it waits, of more nothing is gained."""

_BITS: Final = 32
_LOWER: Final = 2**_BITS - 1
_PIECE: Final = 1 << 18  # with what is made of it, in a processor's own cache
_SEEN_OF_A_PIECE: Final = 64  # of its pairs, to tell where it ends
_BYTES_OF_A_PAIR: Final = 32  # with what is made of it
_HALVES: Final = np.dtype("<u4")  # the lower first, as in Arrow
_FEW_COUNTS: Final = 1 << 16  # are all asked, whether they occur or not

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
    def row_bytes(self) -> int:
        """How much one of the rows takes, as it is read."""
        return {Kind.ROWS: 4, Kind.SUM: 12, Kind.DIFFERENT: 8}[self.kind]

    @property
    def schema(self) -> pa.Schema:
        schema: pa.Schema = self.whole.schema.to_pyarrow()
        return schema


@dataclass(frozen=True, slots=True)
class Groups:
    """What is `measured` of each id, at its place; who is `seen` has a group, or where that is not told who has any
    count. Of these, those whose count is `wanted`."""

    measured: _Numbers
    seen: NDArray[np.bool_] | None
    wanted: NDArray[np.bool_] | None = None

    @property
    def there(self) -> masks.Mask:
        """The ids of these groups."""
        if self.seen is None:
            wanted = np.ones(self._most + 1, dtype=np.bool_) if self.wanted is None else self.wanted.copy()
            wanted[0] = False
            return masks.of_codes(self.measured, wanted)
        seen = masks.of_truth(self.seen)
        return seen if self.wanted is None else seen & masks.of_codes(self.measured, self.wanted)

    @property
    def _most(self) -> int:
        return int(self.measured.max(initial=0))

    @classmethod
    def of(cls, measure: Measure, batches: Iterable[pa.RecordBatch], *, bytes_at_most: int, threads: int) -> Groups:
        """From the answer to `measure.rows`, which nobody else has: its memory is written to. Beside it no array has
        more than so many bytes. Raises NotMeasurable."""
        match measure.kind:
            case Kind.ROWS:
                return _counted((ids for (ids,) in _columns(batches)), bytes_at_most)
            case Kind.SUM:
                return _summed(((ids, values) for ids, values in _columns(batches)), bytes_at_most)
            case Kind.DIFFERENT:
                # All of them stay; so they are put in order where they are.
                parts = [np.asarray(_Own(batch.column(0))) for batch in _checked(batches)]
                with ThreadPoolExecutor(threads) as workers:
                    return _told_apart(parts, bytes_at_most, workers)

    def counts(self, measure: Measure) -> str:
        """`COUNTS`, in DuckDB's SQL."""
        most, name = self._most, measure.schema.names[1]
        if most < _FEW_COUNTS:
            return f'SELECT range AS "{name}" FROM range({most + 1})'  # noqa: S608 - a number and our own name
        seen = np.zeros(most + 1, dtype=np.bool_)
        seen[self.measured] = True
        counts = ", ".join(map(str, np.flatnonzero(seen).tolist()))
        return f'SELECT unnest(CAST([{counts}] AS BIGINT[])) AS "{name}"'

    def with_counts(self, wanted: NDArray[np.integer[Any]]) -> Groups:
        """Those with one of these counts."""
        is_wanted = np.zeros(self._most + 1, dtype=np.bool_)
        is_wanted[wanted] = True
        return replace(self, wanted=is_wanted)

    def table(self, measure: Measure) -> pa.Table:
        """The rows of `Measure.whole`."""
        ids = masks.places_of(self.there)
        columns = [pa.array(ids), pa.array(self.measured[ids])]
        return pa.table(columns, names=measure.schema.names).cast(measure.schema)


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
    match list(aggregate.groups.values()), list(aggregate.metrics.values()):
        case [ops.Field() as id], [ops.CountStar(arg=arg, where=None)] if id.dtype.is_integer():
            return (Kind.ROWS, _shown(aggregate, id=_small(id))) if arg == aggregate.parent else None
        case [ops.Field() as id], [ops.Sum(arg=ops.Field() as value, where=None)]:
            if id.dtype.is_integer() and value.dtype.is_integer():
                # What is a sum itself DuckDB has in 128 bits.
                return Kind.SUM, _shown(aggregate, id=_small(id), value=ops.TryCast(value, dt.int64))
        case [ops.Field() as id], [ops.CountDistinct(arg=ops.Field() as value, where=None)]:
            if id.dtype.is_integer() and value.dtype.is_integer():
                return Kind.DIFFERENT, _shown(aggregate, pair=_pair(id, value))
    return None


# Made as operations: `Table.select` resolves names first, and every question comes by here.


def _shown(aggregate: Any, **values: Any) -> Any:
    return ops.Project(aggregate.parent, values).to_expr()


def _small(id: Any) -> Any:
    """An id in half the width, unknown where it does not fit."""
    return ops.TryCast(id, dt.uint32)


def _pair(id: Any, value: Any) -> Any:
    """One number for both, below zero where the value is unknown; unknown itself where they do not fit. Casts tell what
    does not fit, and bits are put together: DuckDB takes a sixth longer for the same with `*` and `+`, which look out
    for what overflows, and longer still with comparisons (all of it, 48 million pairs)."""
    place = ops.Cast(ops.TryCast(_small(id), dt.int32), dt.int64)
    alone = ops.Subtract(ops.Literal(-1, dt.int64), place)
    both = ops.BitwiseOr(ops.BitwiseLeftShift(place, ops.Literal(_BITS, dt.int64)), ops.TryCast(value, dt.uint32))
    return ops.SearchedCase((ops.IsNull(value),), (alone,), both)


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


class _Own:
    """A column of 64-bit numbers as an array that may be written to, for as long as anything is made of it."""

    def __init__(self, column: pa.Array) -> None:
        self._column = column
        at = column.buffers()[1].address + column.offset * np.dtype(np.int64).itemsize
        self.__array_interface__ = {"version": 3, "shape": (len(column),), "typestr": "=i8", "data": (at, False)}


def _checked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if any(column.null_count or not pa.types.is_integer(column.type) for column in batch.columns):
            raise NotMeasurable
        if len(batch):
            yield batch


def _columns(batches: Iterable[pa.RecordBatch]) -> Iterator[list[_Numbers]]:
    for batch in _checked(batches):
        yield [column.to_numpy() for column in batch.columns]


def _counted(parts: Iterable[_Numbers], bytes_at_most: int) -> Groups:
    """Each id with the number of its rows."""
    counts, one, rows = np.zeros(masks.WORD_BITS, dtype=np.uint32), np.uint32(1), 0
    for ids in parts:
        counts = _with_room_for(int(ids.max()), counts, bytes_at_most)
        # Of the array's own type: NumPy adds anything else forty times as slowly.
        np.add.at(counts, ids, one)
        rows += len(ids)
    if rows > np.iinfo(counts.dtype).max:
        raise NotMeasurable
    return Groups(counts, None)


def _summed(parts: Iterable[tuple[_Numbers, _Numbers]], bytes_at_most: int) -> Groups:
    """Each id with the sum of its values."""
    sums, seen = np.zeros(masks.WORD_BITS, dtype=np.int64), np.zeros(masks.WORD_BITS, dtype=np.bool_)
    rows, largest = 0, 0
    for ids, values in parts:
        sums = _with_room_for(int(ids.max()), sums, bytes_at_most)
        seen = _with_room_for(int(ids.max()), seen, bytes_at_most)
        np.add.at(sums, ids, values)
        seen[ids] = True
        rows, largest = rows + len(ids), max(largest, -int(values.min()), int(values.max()))
    if rows * largest > np.iinfo(sums.dtype).max:
        raise NotMeasurable  # one of them may have gone round
    return Groups(sums, seen[: len(sums)])


def _with_room_for(greatest: int, array: NDArray[_Kind], bytes_at_most: int) -> NDArray[_Kind]:
    if greatest < len(array):
        return array
    most, needed = bytes_at_most // array.itemsize, masks.room_for(greatest)
    if needed > most:
        raise NotMeasurable
    longer = np.zeros(max(needed, min(2 * len(array), masks.room_for(most - masks.WORD_BITS))), dtype=array.dtype)
    longer[: len(array)] = array
    return longer


def _told_apart(parts: list[NDArray[np.int64]], bytes_at_most: int, workers: Executor) -> Groups:
    """Each id with the number of its different known values; pairs of an unknown value are below zero. Each part is put
    in order by itself; then what has a stretch of ids in all of them is taken together, which fits in a processor's own
    cache."""
    if not parts:
        return _counted((), bytes_at_most)
    list(workers.map(np.ndarray.sort, parts))
    greatest = max(max(-1 - int(part[0]), int(part[-1]) >> _BITS) for part in parts)
    counts = _with_room_for(greatest, np.zeros(masks.WORD_BITS, dtype=np.uint32), bytes_at_most)
    seen = np.zeros(len(counts), dtype=np.bool_)
    known = []
    for part in parts:
        begin = int(np.searchsorted(part, 0))
        seen[-1 - part[:begin]] = True
        known.append(part[begin:])

    cuts = _cuts(known, workers)
    sizes = np.diff(cuts).sum(axis=0)
    if int(sizes.max()) * _BYTES_OF_A_PAIR > bytes_at_most:
        raise NotMeasurable

    def tell(stretch: int) -> None:
        ends_of = cuts[:, stretch : stretch + 2].tolist()
        pairs = np.concatenate([part[begin:end] for part, (begin, end) in zip(known, ends_of, strict=True)])
        pairs, first, bits = _narrowed(pairs)
        pairs.sort()
        ids = pairs[_is_last(pairs)]
        ids >>= ids.dtype.type(bits)
        ends = np.flatnonzero(_is_last(ids))
        told = ids[ends].astype(np.int64)
        told += first
        counts[told] = np.diff(ends, prepend=-1)
        seen[told] = True

    # Nobody is in two stretches, so no place is written to by two threads.
    list(workers.map(tell, range(len(sizes))))
    return Groups(counts, seen)


def _cuts(parts: list[NDArray[np.int64]], workers: Executor) -> NDArray[np.int64]:
    """For each part, in order, where the stretches of ids begin that are taken together, and where the last one ends.
    Of all parts a stretch has about `_PIECE` pairs, more where somebody alone has more."""
    total = sum(map(len, parts))
    pieces = total // _PIECE + 1
    step = max(total // pieces // _SEEN_OF_A_PIECE, 1)
    some = np.sort(np.concatenate([part[::step] for part in parts]))
    borders = np.unique(some[len(some) * np.arange(1, pieces) // pieces] >> _BITS) << _BITS
    return np.array(list(workers.map(lambda part: [0, *np.searchsorted(part, borders), len(part)], parts)))


def _narrowed(pairs: NDArray[np.int64]) -> tuple[_Numbers, int, int]:
    """The pairs in half the width where that will do, which is sorted in half the time; the id that all count from, and
    how many bits a value has."""
    if not len(pairs):
        return pairs, 0, _BITS
    values, ids = pairs.view(_HALVES).reshape(-1, 2).T
    first, last, greatest = int(ids.min()), int(ids.max()), int(values.max())
    bits = greatest.bit_length()
    if (last - first).bit_length() + bits > _BITS:
        return pairs, 0, _BITS
    narrow = ids - np.uint32(first)
    narrow <<= np.uint32(bits)
    narrow |= values
    return narrow, first, bits


def _is_last(ordered: _Numbers) -> NDArray[np.bool_]:
    """Whether something else stands behind."""
    is_last = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_last[:-1])
    return is_last
