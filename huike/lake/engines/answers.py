"""What engines share between a question and its answer."""

from __future__ import annotations

import array
from collections.abc import Iterable, Mapping
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.operations import UnboundTable
from pyroaring import BitMap64

from huike.lake.registry import WATERMARK, TableSpec, tables


def ids_of(batches: Iterable[pa.RecordBatch | pa.Table]) -> BitMap64:
    """The values of the first column of the batches, one batch at a time."""
    found = BitMap64()
    for batch in batches:
        # As a buffer of 64-bit words: a million ids take 30 ms, and no Python integer is made.
        numbers = batch.column(0).cast(pa.uint64()).to_numpy(zero_copy_only=False)
        found |= BitMap64(array.array("Q", numbers.tobytes()))
    return found


def counted(expression: Any) -> Any:
    """A scalar expression of a table's number of rows; a scalar one as it is."""
    return expression.count() if isinstance(expression, ibis.expr.types.Table) else expression


def tables_of(expression: Any) -> list[TableSpec]:
    """The lake's tables that an expression reads."""
    read = {table.name for table in expression.op().find(UnboundTable)}
    return [spec for spec in (*tables(), WATERMARK) if spec.name in read]


def with_tables(sql: str, meanings: Mapping[str, str], *, materialized: bool | None = None) -> str:
    """The compiled question `sql`, with each name of a table given a meaning: a SELECT."""
    hint = {None: "", True: "MATERIALIZED ", False: "NOT MATERIALIZED "}[materialized]
    given = ", ".join(f"{name} AS {hint}({meaning})" for name, meaning in meanings.items())
    # Not as a subquery: the order of the answer would no longer be promised.
    return f"WITH {given}, {sql[5:]}" if sql.startswith("WITH ") else f"WITH {given} {sql}"
