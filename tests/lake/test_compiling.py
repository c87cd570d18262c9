"""A question compiled by its shape is the question that Ibis would have compiled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.backends.sql.compilers.postgres import PostgresCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from huike.lake.engines.compiling import Compiler
from tests.thoroughness import examples

ROWS = ibis.table(
    {
        "id": "int64",
        "city": "string",
        "at": "timestamp('UTC')",
        "born": "date",
        "spent": "int64",
        "tags": "array<string>",
    },
    name="rows",
)

texts = st.text(max_size=8) | st.sampled_from(["'", "''", "\\", "hole_0", "\x1f0\x1f", "%s", "{0}", "$1", "?", "--"])
whole = st.integers(-(2**62), 2**62) | st.integers(-3, 3)
instants = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
days = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@st.composite
def conditions(draw: st.DrawFn) -> Any:
    """On one column, or of a list that is made of others."""
    match draw(st.integers(0, 7)):
        case 0:
            return ROWS.id >= draw(whole)
        case 1:
            return ROWS.id.isin(draw(st.lists(whole, max_size=4)))
        case 2:
            return ROWS.city == draw(texts)
        case 3:
            return ibis.literal(draw(st.lists(texts, max_size=3)), type="array<string>").contains(ROWS.city)
        case 4:
            return ROWS["at"].between(*(ibis.literal(draw(instants), "timestamp('UTC')") for _ in range(2)))
        case 5:
            return ROWS.born < ibis.literal(draw(days), "date")
        case 6:
            return ROWS.city.contains(draw(texts)) | (ROWS.tags.length() > draw(st.integers(0, 3)))
        case _:
            return ROWS.id.isin(ROWS.filter(ROWS.spent > draw(st.integers(0, 9)), ROWS.city != draw(texts)).id)


@st.composite
def questions(draw: st.DrawFn) -> Any:
    rows = ROWS.filter([draw(conditions()) for _ in range(draw(st.integers(1, 4)))])
    if draw(st.booleans()):
        return rows.count()
    groups = rows.group_by("city").aggregate(n=rows.count(where=draw(conditions())))
    return groups.filter(groups.n >= draw(whole))


def plainly(expression: Any, compiler: type[Any]) -> str:
    """As Ibis compiles it."""
    made = compiler()
    return str(made.to_sqlglot(expression).sql(dialect=made.dialect))


@pytest.mark.parametrize("dialect", [DuckDBCompiler, PostgresCompiler, PySparkCompiler])
@given(asked=st.lists(questions(), min_size=1, max_size=3))
@settings(max_examples=examples(100), deadline=None)
def test_what_is_compiled_by_shape_is_what_ibis_compiles(dialect: type[Any], asked: list[Any]) -> None:
    compiler = Compiler(dialect)
    for expression in (*asked, *asked):
        assert compiler.sql(expression) == plainly(expression, dialect)


def test_a_question_that_differs_in_its_values_is_not_compiled_again() -> None:
    compiled: list[Any] = []
    compiler = Compiler(DuckDBCompiler, finished=lambda tree: compiled.append(tree) or tree)

    def asked(city: str, ids: list[int], least: int) -> Any:
        rows = ROWS.filter(ROWS.city == city, ROWS.id.isin(ids))
        groups = rows.group_by("city").aggregate(n=rows.count())
        return groups.filter(groups.n >= least)

    first = compiler.sql(asked("北京", [1, 2, 3], 5))
    second = compiler.sql(asked("O'Hare", [7], 6))

    assert len(compiled) == 1
    assert "'北京'" in first
    assert "IN (1, 2, 3)" in first
    assert "'O''Hare'" in second
    assert "IN (7)" in second
    assert second == plainly(asked("O'Hare", [7], 6), DuckDBCompiler)


def test_what_is_equal_is_still_seen_to_be_equal() -> None:
    """Two parts of one value are asked once; with two values they are two."""
    compiler = Compiler(DuckDBCompiler)

    def asked(one: int, other: int) -> str:
        first, second = (
            ROWS.filter(ROWS.spent > n).group_by("city").aggregate(n=lambda rows: rows.count()) for n in (one, other)
        )
        return compiler.sql(first.join(second, "city"))

    assert "WITH" in asked(1, 1)
    assert "WITH" not in asked(1, 2)
    assert "WITH" in asked(3, 3)


@given(text=texts)
@settings(max_examples=examples(100), deadline=None)
def test_no_text_reaches_out_of_its_quotes(text: str) -> None:
    database = duckdb.connect()
    database.execute("CREATE TABLE rows AS SELECT ? AS city", [text.replace("\0", "")])
    same = compiler_of_texts.sql(ROWS.filter(ROWS.city == text.replace("\0", "")).select("city").count())
    assert database.execute(same).fetchone() == (1,)


compiler_of_texts = Compiler(DuckDBCompiler)
