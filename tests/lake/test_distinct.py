"""Counts of different values by sorting are DuckDB's own."""

from __future__ import annotations

from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huike.lake.engines import distinct
from huike.lake.engines.distinct import COUNTS, Groups, NotCountable, distinct_counts_in
from huike.lake.engines.duckdb import compile_sql
from tests.thoroughness import examples

ROWS = ibis.table({"id": "int64", "value": "int64", "kind": "string"}, name="rows")
OF_EACH = ROWS.filter(ROWS.kind == "sale").group_by("id").aggregate(n=ROWS.value.nunique())

numbers = st.integers(0, 5) | st.sampled_from([2**31 - 3, 2**31 - 2])
rows = st.lists(st.tuples(numbers, st.none() | numbers, st.sampled_from(["sale", "return"])), max_size=60)


def database_of(told: list[tuple[int | None, int | None, str]]) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    columns = [[row[place] for row in told] for place in range(3)]
    types = [pa.int64(), pa.int64(), pa.string()]
    table = pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=list(ROWS.columns))
    database.register("rows", table)
    return database


def counted(database: duckdb.DuckDBPyConnection, expression: Any, *, at_most: int = 1000) -> list[tuple[Any, ...]]:
    (count,) = distinct_counts_in(expression)
    assert count.whole == expression.op()
    pairs = database.execute(compile_sql(count.pairs)).to_arrow_reader(7)
    groups = Groups.of(pairs, pairs_at_most=at_most)
    if count.wanted is not None:
        database.register(COUNTS, groups.different(count))
        groups = groups.with_counts(database.execute(compile_sql(count.wanted)).to_arrow_table().column(0).to_numpy())
    table = groups.table(count)
    assert table.schema == expression.schema().to_pyarrow()
    return sorted(map(tuple, (row.values() for row in table.to_pylist())))


@given(rows, st.integers(0, 4))
@settings(max_examples=examples(200), deadline=None)
def test_each_group_has_the_number_that_duckdb_gives(told: list[Any], least: int) -> None:
    database = database_of(told)
    for expression in (
        OF_EACH,
        OF_EACH.filter(OF_EACH.n >= least),
        OF_EACH.filter(~(OF_EACH.n >= least), OF_EACH.n != 1),
        OF_EACH.filter(OF_EACH.n.between(least, least + 1)),
        OF_EACH.filter(ibis.literal(value=False)),
    ):
        assert counted(database, expression) == sorted(database.execute(compile_sql(expression)).fetchall())


@given(rows)
@settings(max_examples=examples(100), deadline=None)
def test_it_does_not_matter_how_many_groups_are_told_at_a_time(told: list[Any]) -> None:
    whole = counted(database_of(told), OF_EACH)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(distinct, "_PIECE", 3)
        assert counted(database_of(told), OF_EACH) == whole


@pytest.mark.parametrize(
    "row", [(None, 1, "sale"), (-1, 1, "sale"), (1, -1, "sale"), (2**31, 1, "sale"), (1, 2**31 - 1, "sale")]
)
def test_what_does_not_fit_is_left_to_sql(row: tuple[int | None, int | None, str]) -> None:
    with pytest.raises(NotCountable):
        counted(database_of([(1, 1, "sale"), row]), OF_EACH)


def test_more_pairs_than_may_be_held_are_left_to_sql() -> None:
    told: list[tuple[int | None, int | None, str]] = [(n, n, "sale") for n in range(20)]
    assert len(counted(database_of(told), OF_EACH, at_most=20)) == 20
    with pytest.raises(NotCountable):
        counted(database_of(told), OF_EACH, at_most=19)


def test_other_aggregates_are_left_to_sql() -> None:
    groups = ROWS.group_by("id")
    others = [
        groups.aggregate(n=ROWS.count()),
        groups.aggregate(n=ROWS.value.nunique(), m=ROWS.count()),
        groups.aggregate(n=ROWS.value.nunique(where=ROWS.kind == "sale")),
        groups.aggregate(n=ROWS.kind.nunique()),
        ROWS.group_by("kind").aggregate(n=ROWS.value.nunique()),
        ROWS.group_by("id", "value").aggregate(n=ROWS.value.nunique()),
        ROWS.aggregate(n=ROWS.value.nunique()),
    ]
    assert [distinct_counts_in(other) for other in others] == [[]] * len(others)


def test_a_filter_that_asks_for_more_than_counts_is_left_to_sql() -> None:
    of_some = OF_EACH.filter(OF_EACH.n > 1, OF_EACH.id < 3)
    assert [(count.whole, count.wanted) for count in distinct_counts_in(of_some)] == [(OF_EACH.op(), None)]


def test_an_aggregate_that_is_asked_for_by_itself_too_is_counted_whole() -> None:
    both = OF_EACH.filter(OF_EACH.n > 1).union(OF_EACH)
    assert [count.whole for count in distinct_counts_in(both)] == [OF_EACH.filter(OF_EACH.n > 1).op(), OF_EACH.op()]
    assert [count.whole for count in distinct_counts_in(OF_EACH.filter(OF_EACH.n > 1))] == [
        OF_EACH.filter(OF_EACH.n > 1).op()
    ]
