"""What is measured of each group without a hash table is what DuckDB gives."""

from __future__ import annotations

from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huike.lake.engines import groups as grouping
from huike.lake.engines.answers import with_tables
from huike.lake.engines.duckdb import compile_sql
from huike.lake.engines.groups import COUNTS, Groups, Kind, NotMeasurable, measure_shown_by, measures_in
from tests.thoroughness import examples

ROWS = ibis.table({"id": "int64", "value": "int64", "kind": "string"}, name="rows")
SALES = ROWS.filter(ROWS.kind == "sale")
OF_EACH = SALES.group_by("id").aggregate(n=SALES.value.nunique())
COUNTED = SALES.group_by("id").aggregate(n=SALES.count())
SUMMED = SALES.group_by("id").aggregate(n=SALES.value.sum())

Told = list[tuple[int | None, int | None, str]]

kinds = st.sampled_from(["sale", "return"])
ids = st.integers(0, 300)
numbers = st.integers(0, 5) | st.sampled_from([2**31, 2**32 - 2, 2**32 - 1])
rows = st.lists(st.tuples(ids, st.none() | numbers, kinds), max_size=60)
amounts = st.integers(-5, 5) | st.integers(-(2**53), 2**53)
sold = st.lists(st.tuples(ids, amounts, kinds), max_size=60)


def database_of(told: Told) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    columns = [[row[place] for row in told] for place in range(3)]
    types = [pa.int64(), pa.int64(), pa.string()]
    table = pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=list(ROWS.columns))
    database.register("rows", table)
    return database


def measured(database: duckdb.DuckDBPyConnection, expression: Any, *, at_most: int = 8_000) -> list[tuple[Any, ...]]:
    """As the engine does it, whose batches are larger. At most so many bytes."""
    (measure,) = measures_in(expression)
    batches = database.execute(compile_sql(measure.rows)).to_arrow_reader(7)
    groups = Groups.of(measure, batches, bytes_at_most=at_most, threads=3)
    if measure.wanted is not None:
        wanted = with_tables(compile_sql(measure.wanted), {COUNTS: groups.counts(measure)})
        groups = groups.with_counts(database.execute(wanted).to_arrow_table().column(0).to_numpy())
    if measure.whole != expression.op():
        database.register("measured", groups.table(measure))
        named = ibis.table(measure.whole.schema, name="measured").op()
        answer = database.execute(compile_sql(expression.op().replace({measure.whole: named}).to_expr()))
        return sorted(answer.fetchall())
    table = groups.table(measure)
    assert table.schema == expression.schema().to_pyarrow()
    return sorted(map(tuple, (row.values() for row in table.to_pylist())))


def asked_of(groups: Any, least: int) -> list[Any]:
    return [
        groups,
        groups.filter(groups.n >= least),
        groups.filter(~(groups.n >= least), groups.n != 1),
        groups.filter(groups.n.between(least, least + 1)),
        groups.filter(groups.n > least, groups.id < 3),
        groups.filter(ibis.literal(value=False)),
    ]


def by_duckdb(database: duckdb.DuckDBPyConnection, expression: Any) -> list[tuple[Any, ...]]:
    return sorted(database.execute(compile_sql(expression)).fetchall())


@given(rows, st.integers(0, 4))
@settings(max_examples=examples(200), deadline=None)
def test_each_group_has_the_number_of_different_values_that_duckdb_gives(told: Told, least: int) -> None:
    database = database_of(told)
    for expression in asked_of(OF_EACH, least):
        assert measured(database, expression) == by_duckdb(database, expression)


@given(sold, st.integers(-6, 6))
@settings(max_examples=examples(200), deadline=None)
def test_each_group_has_the_number_and_the_sum_that_duckdb_gives(told: Told, least: int) -> None:
    database = database_of(told)
    for expression in asked_of(COUNTED, least) + asked_of(SUMMED, least):
        assert measured(database, expression) == by_duckdb(database, expression)


def test_of_one_measure_within_another_the_outer_is_measured() -> None:
    inner = ROWS.group_by("id", "value").aggregate(m=ROWS.count())
    within = SUMMED.group_by("n").aggregate(m=SUMMED.count())
    outer = inner.group_by("id").aggregate(n=inner.m.sum())
    assert [measure.whole for measure in measures_in(within)] == [within.op()]
    assert [measure.whole for measure in measures_in(outer)] == [outer.op()]


@given(sold, st.integers(-6, 6))
@settings(max_examples=examples(100), deadline=None)
def test_sums_of_sums_are_duckdbs_though_it_has_them_in_128_bits(told: Told, least: int) -> None:
    database = database_of(told)
    inner = SALES.group_by("id", "kind").aggregate(m=SALES.value.sum())
    outer = inner.group_by("id").aggregate(n=inner.m.sum())
    for expression in (outer, outer.filter(outer.n >= least)):
        assert measured(database, expression) == by_duckdb(database, expression)


def test_a_sum_beyond_64_bits_within_a_sum_is_left_to_sql() -> None:
    inner = SALES.group_by("id", "kind").aggregate(m=SALES.value.sum())
    outer = inner.group_by("id").aggregate(n=inner.m.sum())
    with pytest.raises(NotMeasurable):
        measured(database_of([(1, 2**62, "sale"), (1, 2**62, "sale")]), outer)


def test_which_groups_are_meant_is_looked_up_by_counts_and_not_by_sums() -> None:
    for groups, kind, is_looked_up in ((COUNTED, Kind.ROWS, True), (SUMMED, Kind.SUM, False)):
        (measure,) = measures_in(groups.filter(groups.n > 1))
        assert (measure.kind, measure.wanted is not None) == (kind, is_looked_up)


def test_groups_are_shown_where_all_that_is_shown_is_their_ids() -> None:
    wanted = COUNTED.filter(COUNTED.n > 1)
    for groups in (wanted, COUNTED, OF_EACH, SUMMED):
        shown = measure_shown_by(groups.select(buyer=groups.id).op())
        assert shown is not None
        assert shown.whole == groups.op()
    others = [
        wanted,
        wanted.select("id", "n"),
        wanted.select("n"),
        wanted.select(id=wanted.id + 1),
        SUMMED.filter(SUMMED.n > 1).select("id"),
        wanted.filter(wanted.id > 1).select("id"),
        ROWS.select("id"),
    ]
    assert [measure_shown_by(other.op()) for other in others] == [None] * len(others)


@pytest.mark.parametrize(("groups", "last"), [(COUNTED, 959), (SUMMED, 959), (OF_EACH, 959)])
@pytest.mark.parametrize("id", [None, -1, 2**31, 2_000])
def test_ids_that_have_no_place_are_left_to_sql(groups: Any, last: int, id: int | None) -> None:
    assert measured(database_of([(last, 1, "sale")]), groups) == [(last, 1)]
    with pytest.raises(NotMeasurable):
        measured(database_of([(1, 1, "sale"), (id, 1, "sale")]), groups)


def test_counts_that_are_too_many_to_be_asked_one_by_one_are_asked_where_they_occur() -> None:
    told: Told = [(n % 3, n, "sale") for n in range(20)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(grouping, "_FEW_COUNTS", 3)
        for groups in (COUNTED, OF_EACH):
            assert measured(database_of(told), groups.filter(groups.n == 7)) == [(0, 7), (1, 7)]


@pytest.mark.parametrize("told", [[None], [None, 1], [2**62, 2**62], [-(2**63), 1]])
def test_sums_that_may_go_round_and_unknown_values_are_left_to_sql(told: list[int | None]) -> None:
    with pytest.raises(NotMeasurable):
        measured(database_of([(1, value, "sale") for value in told]), SUMMED)


@given(rows)
@settings(max_examples=examples(100), deadline=None)
def test_it_does_not_matter_how_many_groups_are_told_at_a_time(told: list[Any]) -> None:
    whole = measured(database_of(told), OF_EACH)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(grouping, "_PIECE", 3)
        assert measured(database_of(told), OF_EACH) == whole


@pytest.mark.parametrize(
    ("id", "value"),
    [(None, 1), (None, None), (-1, 1), (-1, None), (2**31, 1), (2**31, None), (2**32, 1), (1, -1), (1, 2**32)],
)
def test_what_does_not_fit_is_left_to_sql(id: int | None, value: int | None) -> None:
    with pytest.raises(NotMeasurable):
        measured(database_of([(1, 1, "sale"), (id, value, "sale")]), OF_EACH)


def test_somebody_with_more_pairs_than_may_be_taken_together_is_left_to_sql() -> None:
    told: Told = [(7, n, "sale") for n in range(20)]
    assert measured(database_of(told), OF_EACH, at_most=640) == [(7, 20)]
    with pytest.raises(NotMeasurable):
        measured(database_of(told), OF_EACH, at_most=608)


def test_other_aggregates_are_left_to_sql() -> None:
    groups = ROWS.group_by("id")
    others = [
        groups.aggregate(n=ROWS.count(where=ROWS.kind == "sale")),
        groups.aggregate(n=ROWS.value.sum(where=ROWS.kind == "sale")),
        groups.aggregate(n=ROWS.value.max()),
        ROWS.group_by("kind").aggregate(n=ROWS.count()),
        ROWS.aggregate(n=ROWS.value.sum()),
        groups.aggregate(n=ROWS.value.cast("float64").sum()),
        groups.aggregate(n=ROWS.value.nunique(), m=ROWS.count()),
        groups.aggregate(n=ROWS.value.nunique(where=ROWS.kind == "sale")),
        groups.aggregate(n=ROWS.kind.nunique()),
        ROWS.group_by("kind").aggregate(n=ROWS.value.nunique()),
        ROWS.group_by("id", "value").aggregate(n=ROWS.value.nunique()),
        ROWS.aggregate(n=ROWS.value.nunique()),
    ]
    assert [measures_in(other) for other in others] == [[]] * len(others)


def test_a_filter_that_asks_for_more_than_counts_is_left_to_sql() -> None:
    of_some = OF_EACH.filter(OF_EACH.n > 1, OF_EACH.id < 3)
    assert [(count.whole, count.wanted) for count in measures_in(of_some)] == [(OF_EACH.op(), None)]


def test_an_aggregate_that_is_asked_for_by_itself_too_is_counted_whole() -> None:
    both = OF_EACH.filter(OF_EACH.n > 1).union(OF_EACH)
    assert [count.whole for count in measures_in(both)] == [OF_EACH.filter(OF_EACH.n > 1).op(), OF_EACH.op()]
    assert [count.whole for count in measures_in(OF_EACH.filter(OF_EACH.n > 1))] == [OF_EACH.filter(OF_EACH.n > 1).op()]
