"""Tables that DuckDB reads from the lake's files by itself are those that DuckLake reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from huike.customers.models import Customer
from huike.lake.engine import get_engine
from huike.lake.engines import duckdb as engine
from huike.lake.engines.duckdb import DuckDBEngine, DuckDBReading
from huike.lake.engines.files import Files
from huike.lake.registry import tables
from huike.lake.sync import LakeWriter
from huike.orders.lake import LINES, ORDERS
from huike.orders.models import Order
from tests.lake.test_sync import end_sessions, sessions
from tests.lake.world import make_catalogue, make_customers, make_order

pytestmark = pytest.mark.slow


Catalogue = dict[str, list[int]]


@pytest.fixture
def catalogue(writer: LakeWriter) -> Catalogue:
    return make_catalogue()


@pytest.fixture
def reading(writer: LakeWriter, catalogue: Catalogue) -> Iterator[DuckDBReading]:
    """Of a lake of twenty customers with forty orders, as a rebuild leaves it."""
    customer_ids = make_customers(20)
    for number in range(40):
        customer_id = customer_ids[number % 20]
        make_order(external_id=str(number), customer_id=customer_id, catalogue=catalogue, amounts=[100, 250])
    writer.round()
    writer.care()
    with reading_now() as opened:
        yield opened


def reading_now() -> Any:
    return get_engine().reading()


def files() -> Files:
    opened = get_engine()
    assert isinstance(opened, DuckDBEngine)
    return opened._open().files


def kept() -> set[str]:
    """The tables in DuckDB's memory."""
    opened = get_engine()
    assert isinstance(opened, DuckDBEngine)
    with opened._open().database.cursor() as cursor:
        found = cursor.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory'").fetchall()
    return {name for (name,) in found}


def assert_both_ways_agree(*, by_itself: set[str]) -> None:
    """Every table as DuckLake reads it and, of those in `by_itself` alone, as DuckDB does."""
    agreed = set()
    with reading_now() as reading:
        for spec in tables():
            names = ", ".join(f'"{name}"' for name in spec.columns)
            held = files().hold(reading.snapshot_id, [spec])
            if held is None:
                continue
            try:
                with get_engine()._open().database.cursor() as cursor:  # type: ignore[attr-defined]
                    by_duckdb = cursor.execute(f"SELECT {names} FROM ({held[0].sql}) ORDER BY ALL").fetchall()
                by_ducklake = reading.sql(f"SELECT {names} FROM {reading.named(spec.name)} ORDER BY ALL").fetchall()
                assert by_duckdb == by_ducklake, spec.name
                agreed.add(spec.name)
            finally:
                files().release(held)
    assert {"orders", "lines", "customers"} & agreed == by_itself


def one_order_goes(writer: LakeWriter) -> tuple[int, int]:
    """The customer whose order it was, and how many orders she has left."""
    order = Order.objects.order_by("pk")[0]
    assert order.customer_id is not None
    left = orders_of(order.customer_id) - 1
    order.lines.all().delete()
    order.delete()
    writer.round()
    return order.customer_id, left


def end_all_other_sessions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()[0]
    end_sessions(sessions() - {mine})


def orders_of(customer_id: int) -> int:
    with reading_now() as reading:
        return int(reading.count(ORDERS.expression.filter(ORDERS.expression.customer_id == customer_id)))


def test_a_lake_as_a_rebuild_leaves_it_is_read_without_ducklake(reading: DuckDBReading) -> None:
    assert_both_ways_agree(by_itself={"orders", "lines", "customers"})


@pytest.mark.parametrize("rows_of_some_are_gone", [False, True])
def test_what_is_measured_is_the_same_where_its_rows_are_too_many_to_be_taken_at_once(
    reading: DuckDBReading, writer: LakeWriter, monkeypatch: pytest.MonkeyPatch, rows_of_some_are_gone: bool
) -> None:
    if rows_of_some_are_gone:
        one_order_goes(writer)
    buyers = LINES.expression.group_by("customer_id")
    asked = [
        measured.filter(measured.n > 1).select("customer_id")
        for measured in (
            buyers.aggregate(n=LINES.expression.count()),
            buyers.aggregate(n=LINES.expression.net_minor.sum()),
            buyers.aggregate(n=LINES.expression.order_id.nunique()),
            buyers.aggregate(n=LINES.expression.product_id.nunique()),
        )
    ]
    with reading_now() as at_once:
        found = [set(at_once.ids(question)) for question in asked]
        assert not at_once._left_to_sql
    several = 20 - rows_of_some_are_gone
    assert [len(ids) for ids in found] == [20, 20, several, 20]
    monkeypatch.setattr(engine, "_PART_AT_ONCE", 1 << 60)
    with reading_now() as one_by_one:
        assert [set(one_by_one.ids(question)) for question in asked] == found
        # What is told apart has to be in memory.
        assert len(one_by_one._left_to_sql) == 2


def test_rows_that_stand_in_the_catalogue_are_read_too(
    reading: DuckDBReading, writer: LakeWriter, catalogue: Catalogue
) -> None:
    customer = Customer.objects.order_by("pk")[0]
    before = orders_of(customer.pk)
    make_order(external_id="new", customer_id=customer.pk, catalogue=catalogue, amounts=[70])
    writer.round()

    assert orders_of(customer.pk) == before + 1
    assert_both_ways_agree(by_itself={"orders", "lines", "customers"})


def test_a_table_some_of_whose_rows_are_gone_is_read_by_ducklake(reading: DuckDBReading, writer: LakeWriter) -> None:
    customer_id, left = one_order_goes(writer)

    assert orders_of(customer_id) == left
    assert_both_ways_agree(by_itself={"customers"})


def test_a_reading_stays_at_its_state_and_nothing_of_it_is_left(
    reading: DuckDBReading, writer: LakeWriter, catalogue: Catalogue
) -> None:
    customer_id = Customer.objects.order_by("pk")[0].pk
    hers = ORDERS.expression.filter(ORDERS.expression.customer_id == customer_id)
    make_order(external_id="first", customer_id=customer_id, catalogue=catalogue, amounts=[70])
    writer.round()
    with reading_now() as first:
        before = first.count(hers)
        rows = {name for name in kept() if name.startswith("orders_")}
        assert rows

        make_order(external_id="second", customer_id=customer_id, catalogue=catalogue, amounts=[70])
        writer.round()
        assert orders_of(customer_id) == before + 1

        assert first.count(hers) == before
        assert rows < kept()
    assert not rows & kept()
    assert orders_of(customer_id) == before + 1


def test_what_is_not_changed_is_kept_from_one_state_to_the_next(reading: DuckDBReading, writer: LakeWriter) -> None:
    reading.count(ORDERS.expression)
    with reading_now() as now:
        (before,) = files().hold(now.snapshot_id, [ORDERS]) or []
        files().release([before])

    Customer.objects.filter(pk=Customer.objects.order_by("pk")[0].pk).update(city="杭州")
    writer.round()

    with reading_now() as now:
        assert now.snapshot_id > reading.snapshot_id
        (after,) = files().hold(now.snapshot_id, [ORDERS]) or []
        files().release([after])
    assert after is before


def test_a_lake_whose_postgresql_went_is_looked_up_anew(
    reading: DuckDBReading, writer: LakeWriter, catalogue: Catalogue
) -> None:
    customer_id = Customer.objects.order_by("pk")[0].pk
    before = orders_of(customer_id)
    end_all_other_sessions()
    make_order(external_id="new", customer_id=customer_id, catalogue=catalogue, amounts=[70])
    with LakeWriter() as again:
        again.round()

    assert orders_of(customer_id) == before + 1
    assert orders_of(customer_id) == before + 1


def test_a_lake_that_lost_postgresql_is_asked_again_though_it_stayed_at_its_state(
    reading: DuckDBReading, writer: LakeWriter
) -> None:
    customer_id, left = one_order_goes(writer)
    # Left to DuckLake, which holds connections.
    assert orders_of(customer_id) == left
    end_all_other_sessions()

    assert orders_of(customer_id) == left
