"""The copy follows the truth: docs/algorithms/lake-sync.md."""

from __future__ import annotations

import traceback
from datetime import date
from pathlib import Path
from threading import Event, Thread
from typing import Any

import duckdb
import psycopg
import pytest
from django.db import connection, connections, transaction

from huike.catalog import costs
from huike.catalog.models import Brand, Category, ProductCost, Region
from huike.customers.models import Company, CompanyContact, Customer, Household, HouseholdMember
from huike.kernel.money import Money
from huike.lake.connection import postgres_dsn
from huike.lake.errors import LakeUnavailable
from huike.lake.models import Tombstone
from huike.lake.sync import LakeWriter
from huike.orders.models import Order
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from tests.lake import world
from tests.lake.world import (
    BEGIN,
    assert_lake_equals_postgres,
    both_sides,
    make_catalogue,
    make_customers,
    make_order,
    write_lines,
)
from tests.tills import all_at_once

pytestmark = pytest.mark.slow


def sessions() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = current_user")
        return {pid for (pid,) in cursor.fetchall()}


def end_sessions(pids: set[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [list(pids)])


def test_the_lake_is_made_from_nothing_when_there_is_none(writer: LakeWriter) -> None:
    catalogue = make_catalogue()
    customer_ids = make_customers(20)
    make_order(external_id="1", customer_id=customer_ids[0], catalogue=catalogue, amounts=[100, 250])

    done = writer.round()

    assert done.rebuilt
    assert_lake_equals_postgres()


def test_a_rebuild_makes_the_lake_when_there_is_none(writer: LakeWriter) -> None:
    assert writer.rebuild().rebuilt
    assert all(found.equal for found in writer.check())


def test_only_what_changed_is_taken_when_the_lake_follows(writer: LakeWriter) -> None:
    catalogue = make_catalogue()
    customer_ids = make_customers(20)
    writer.round()

    Customer.objects.filter(pk=customer_ids[3]).update(city="杭州")
    make_order(external_id="1", customer_id=customer_ids[0], catalogue=catalogue, amounts=[100, 250])
    done = writer.round()

    # One customer, one order, and the order again for its two lines, and for its payments, of which it has none.
    assert (done.rebuilt, done.keys, done.rows) == (False, 4, 4)
    assert_lake_equals_postgres()


def circles_in_lake(customer_ids: list[int]) -> list[tuple[Any, ...]]:
    with LakeWriter() as reader:
        found = reader._database.execute(
            "SELECT id, household_id, household_size, company_ids FROM lake.customers ORDER BY id"
        ).fetchall()
    return [row[1:] for row in found if row[0] in customer_ids]


def test_files_follow_when_people_join_and_leave_households_and_companies(writer: LakeWriter) -> None:
    first, second, third, apart = people = make_customers(4)
    home, away = (Household.objects.create(name=name) for name in ("home", "away"))
    company = Company.objects.create(name="Tea Ltd")
    for customer_id, role in ((first, "head"), (second, "partner")):
        HouseholdMember.objects.create(household=home, customer_id=customer_id, role=role)
    writer.round()
    assert circles_in_lake(people) == [(home.pk, 2, []), (home.pk, 2, []), (None, None, []), (None, None, [])]

    HouseholdMember.objects.create(household=home, customer_id=third, role="child")
    CompanyContact.objects.create(company=company, customer_id=apart)
    done = writer.round()
    assert (done.rebuilt, done.keys) == (False, 4)
    assert circles_in_lake(people) == [(home.pk, 3, [])] * 3 + [(None, None, [company.pk])]

    HouseholdMember.objects.filter(customer_id=third).update(household=away)
    writer.round()
    assert circles_in_lake(people)[:3] == [(home.pk, 2, []), (home.pk, 2, []), (away.pk, 1, [])]

    Household.objects.all().delete()
    company.delete()
    writer.round()
    assert circles_in_lake(people) == [(None, None, [])] * 4
    assert_lake_equals_postgres()


def test_nothing_is_written_when_nothing_changed(writer: LakeWriter) -> None:
    make_customers(3)
    first = writer.round()
    second = writer.round()

    assert (second.keys, second.rows, second.rebuilt) == (0, 0, False)
    assert second.fresh_at > first.fresh_at


def test_an_orders_old_lines_are_gone_when_it_was_replaced(writer: LakeWriter) -> None:
    catalogue = make_catalogue()
    order = make_order(external_id="1", customer_id=None, catalogue=catalogue, amounts=[100, 200, 300])
    writer.round()

    with transaction.atomic():
        order.lines.all().delete()
        write_lines(order, catalogue, [700])
        order.gross_minor = order.net_minor = 700
        order.save()
    writer.round()

    assert len(both_sides()["lines"][1]) == 1
    assert_lake_equals_postgres()


def test_a_row_leaves_the_lake_when_it_is_deleted(writer: LakeWriter) -> None:
    customer_ids = make_customers(5)
    writer.round()

    Customer.objects.filter(pk__in=customer_ids[:2]).delete()
    writer.round()

    assert len(both_sides()["customers"][1]) == 3
    assert_lake_equals_postgres()
    assert not Tombstone.objects.exists()


def test_a_person_leaves_the_lake_and_her_orders_become_nobodys_when_she_is_erased(writer: LakeWriter) -> None:
    catalogue = make_catalogue()
    customer_ids = make_customers(2)
    make_order(external_id="1", customer_id=customer_ids[0], catalogue=catalogue, amounts=[100])
    writer.round()

    Customer.objects.filter(pk=customer_ids[0]).update(state="erased")
    writer.round()

    sides = both_sides()
    assert len(sides["customers"][1]) == 1
    assert str(customer_ids[0]) not in sides["orders"][1][0].split(", ")[1]
    assert_lake_equals_postgres()


@pytest.mark.parametrize("model", [Category, Brand, Region])
def test_rows_that_show_a_name_follow_when_it_changes(writer: LakeWriter, model: Any) -> None:
    make_catalogue()
    writer.round()

    model.objects.update(name="New name")  # the tree has one category of each level: names stay unique there
    done = writer.round()

    assert done.keys > 0
    assert_lake_equals_postgres()


def test_products_follow_when_a_category_moves_in_the_tree(writer: LakeWriter) -> None:
    make_catalogue()
    other = Category.objects.create(name="Other")
    writer.round()

    Category.objects.filter(name="Drinks").update(parent=other)
    writer.round()

    assert str(other.pk) in both_sides()["products"][1][0]
    assert_lake_equals_postgres()


def test_a_cost_ends_in_the_lake_when_one_comes_after_it_and_no_longer_when_that_is_taken_away(
    writer: LakeWriter,
) -> None:
    make_catalogue()

    def tells(minor: int, month: int) -> None:
        told = costs.Told(sku="P1", cost=Money(minor, "CNY"), starts_on=date(2026, month, 1))
        costs.set_costs([told], actor=SYSTEM, now=BEGIN)

    def in_the_lake() -> list[tuple[object, ...]]:
        assert_lake_equals_postgres()
        with LakeWriter() as reader:
            return reader._database.execute(
                "SELECT cost_minor, starts_on::text, ends_on::text FROM lake.product_costs ORDER BY starts_on"
            ).fetchall()

    tells(3_000, 1)
    tells(3_200, 9)
    writer.round()
    assert in_the_lake() == [(3_000, "2026-01-01", "2026-09-01"), (3_200, "2026-09-01", None)]

    tells(3_100, 5)
    writer.round()
    assert in_the_lake() == [
        (3_000, "2026-01-01", "2026-05-01"),
        (3_100, "2026-05-01", "2026-09-01"),
        (3_200, "2026-09-01", None),
    ]

    costs.remove_cost(ProductCost.objects.get(cost_minor=3_100).pk, actor=SYSTEM)
    writer.round()
    assert in_the_lake() == [(3_000, "2026-01-01", "2026-09-01"), (3_200, "2026-09-01", None)]


def test_a_transaction_that_was_running_is_taken_after_it_commits_when_younger_ones_were_taken_before(
    writer: LakeWriter,
) -> None:
    customer_ids = make_customers(4)
    writer.round()
    with psycopg.connect(postgres_dsn()) as slow:
        slow.execute("UPDATE customers_customer SET city = 'slow' WHERE id = %s", [customer_ids[0]])
        Customer.objects.filter(pk=customer_ids[1]).update(city="quick")
        while_running = writer.round()
        again = writer.round()
        slow.commit()
    after = writer.round()

    assert while_running.keys == 1  # the quick one does not wait
    assert again.keys == 0  # and is not taken twice
    assert after.keys == 1
    assert_lake_equals_postgres()


def test_a_transaction_that_was_rolled_back_leaves_nothing(writer: LakeWriter) -> None:
    customer_ids = make_customers(2)
    writer.round()
    with psycopg.connect(postgres_dsn()) as other:
        other.execute("UPDATE customers_customer SET city = 'never' WHERE id = %s", [customer_ids[0]])
        other.execute("DELETE FROM customers_consent")
        other.rollback()

    assert writer.round().keys == 0
    assert_lake_equals_postgres()


def test_everything_is_copied_anew_when_a_table_was_truncated(writer: LakeWriter, owner_connection: Any) -> None:
    make_customers(5)
    writer.round()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_consent")

    assert writer.round().rebuilt
    assert_lake_equals_postgres()
    assert not writer.round().rebuilt


def test_everything_is_copied_anew_when_the_lake_is_of_another_database(writer: LakeWriter) -> None:
    make_customers(5)
    writer.round()
    writer._database.execute("UPDATE lake._watermark SET system_id = 'another'")

    assert writer.round().rebuilt
    assert_lake_equals_postgres()


def test_everything_is_copied_anew_when_a_file_of_the_lake_is_gone(writer: LakeWriter) -> None:
    make_customers(40)
    writer.round()
    # The folder may still have files that were an earlier lake's.
    (name,) = writer._one("SELECT parse_filename(data_file) FROM ducklake_list_files('lake', 'customers') LIMIT 1")
    (file,) = Path(get_config().lake_location).rglob(name)
    with LakeWriter() as again:
        assert not again.round().rebuilt
    file.unlink()

    with LakeWriter() as again:
        assert again.round().rebuilt
        assert not again.round().rebuilt
        again.care()
    assert_lake_equals_postgres()


def test_no_password_is_told_when_the_database_lets_nobody_in(
    writer: LakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB tells the whole address where it cannot attach."""
    dsn = postgres_dsn().replace("password='", "password='not-to-be-told-")
    monkeypatch.setattr("huike.lake.connection.postgres_dsn", lambda: dsn)

    with pytest.raises(LakeUnavailable) as error:
        LakeWriter()

    told = "".join(traceback.format_exception(error.value))
    assert "PostgreSQL" in told
    assert "not-to-be-told" not in told


def test_everything_is_copied_anew_when_transaction_numbers_went_back(writer: LakeWriter) -> None:
    make_customers(5)
    writer.round()
    writer._database.execute("UPDATE lake._watermark SET snapshot = '999999999:999999999:'")

    assert writer.round().rebuilt
    assert_lake_equals_postgres()


def test_a_rebuild_gives_the_same_rows(writer: LakeWriter) -> None:
    catalogue = make_catalogue()
    customer_ids = make_customers(30)
    for number, customer_id in enumerate(customer_ids):
        make_order(external_id=str(number), customer_id=customer_id, catalogue=catalogue, amounts=[number + 1, 5])
        writer.round()
    Order.objects.filter(external_id="3").update(state="cancelled")
    writer.round()
    grown = {table: found for table, (_, found) in both_sides().items()}

    writer.rebuild()

    assert {table: found for table, (_, found) in both_sides().items()} == grown
    assert_lake_equals_postgres()


def test_care_changes_no_row(writer: LakeWriter) -> None:
    catalogue = make_catalogue()
    customer_ids = make_customers(50)
    for number in range(8):
        make_order(
            external_id=str(number), customer_id=customer_ids[number], catalogue=catalogue, amounts=list(range(1, 30))
        )
        Customer.objects.filter(pk__in=customer_ids[: number * 5]).update(orders_count=number)
        writer.round()

    writer.care()

    assert_lake_equals_postgres()
    assert all(found.equal for found in writer.check())
    assert not writer.round().rebuilt


def test_the_check_names_the_table_when_a_row_differs(writer: LakeWriter) -> None:
    make_catalogue()
    make_customers(5)
    writer.round()
    writer._database.execute("UPDATE lake.customers SET city = 'wrong' WHERE id = (SELECT min(id) FROM lake.customers)")

    assert [found.table for found in writer.check() if not found.equal] == ["customers"]


def test_the_check_sees_no_difference_when_rows_wait_to_be_copied(writer: LakeWriter) -> None:
    make_customers(5)
    writer.round()
    make_customers(2, name="Later")

    assert all(found.equal for found in writer.check())
    assert len(both_sides()["customers"][1]) == 5  # the check keeps nothing


def test_the_second_of_two_writers_is_refused_when_both_copied_the_same_changes(writer: LakeWriter) -> None:
    """Without the lock that keeps writers apart: the lake itself refuses to take changes twice."""
    make_customers(5)
    writer.round()
    make_customers(3)
    known = sessions()
    with LakeWriter() as rival:
        writer._database.execute("BEGIN")
        rival._database.execute("BEGIN")
        for one in (writer, rival):
            now, fresh_at = one._moment()
            before = one._watermark()
            assert before is not None
            one._note_changes(before)
            one._apply(before, fresh_at)
            one._set_watermark(now)
        writer._database.execute("COMMIT")
        with pytest.raises(duckdb.Error):
            rival._database.execute("COMMIT")
    # DuckLake 1.0 never lets go of the connections of a refused commit; the test's database could not be dropped.
    end_sessions(sessions() - known)

    assert_lake_equals_postgres()


def test_writers_wait_for_each_other(writer: LakeWriter) -> None:
    make_customers(5)
    writer.round()
    make_customers(3)
    ready = Event()

    def rival() -> None:
        with LakeWriter() as other:
            ready.set()
            for _ in range(5):
                other.round()
        connections.close_all()

    thread = Thread(target=rival)
    thread.start()
    ready.wait(30)
    for _ in range(5):
        writer.round()
    thread.join()

    assert_lake_equals_postgres()


def test_writers_may_open_the_lake_at_the_same_moment(writer: LakeWriter) -> None:
    """An erasure opens one beside the worker's own loop, which may just have started."""

    def open_often() -> None:
        for _ in range(5):
            with LakeWriter():
                pass

    assert all_at_once([open_often] * 6) == [None] * 6


def test_writers_may_make_the_lake_at_the_same_moment(writer: LakeWriter) -> None:
    world.drop_lake()

    def make() -> None:
        with LakeWriter() as maker:
            maker.round()

    assert all_at_once([make] * 4) == [None] * 4

    assert_lake_equals_postgres()


def test_freshness_is_not_later_than_what_was_copied(writer: LakeWriter) -> None:
    from huike.lake.freshness import freshness

    make_customers(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        before = cursor.fetchone()[0]
    done = writer.round()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        after = cursor.fetchone()[0]

    assert before <= done.fresh_at <= after
    assert freshness().fresh_at == done.fresh_at
