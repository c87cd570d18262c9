"""Statements of the till's way: what goes in comes out, what the server refuses is Django's error."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta, timezone
from threading import Thread

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from huike.platform import sql

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(st.integers(-(2**63), 2**63 - 1), TEXTS, st.booleans(), st.binary(), INSTANTS, st.dates())
def test_single_values_come_back_as_they_went(
    number: int, text: str, flag: bool, data: bytes, instant: datetime, day: date
) -> None:
    told = {"number": number, "text": text, "flag": flag, "data": data, "instant": instant, "day": day, "none": None}
    (found,) = sql.rows(
        "SELECT %(number)s, %(text)s::text, %(flag)s, %(data)s, %(instant)s, %(day)s, %(none)s::text, %(number)s", told
    )
    assert found == (number, text, flag, data, instant, day, None, number)


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.none()), st.lists(TEXTS | st.none()), st.lists(INSTANTS | st.none())
)
def test_lists_come_back_as_they_went(
    numbers: list[int | None], texts: list[str | None], instants: list[datetime | None]
) -> None:
    (found,) = sql.rows("SELECT %s::bigint[], %s::text[], %s::timestamptz[]", [numbers, texts, instants])
    assert found == (numbers, texts, instants)


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    told = datetime(2026, 2, 28, 23, 30, tzinfo=timezone(timedelta(hours=8)))
    assert sql.row("SELECT %s", [told]) == (told,)


def test_a_member_of_a_text_enumeration_is_its_text() -> None:
    class State(enum.StrEnum):
        PLACED = "placed"

    assert sql.row("SELECT %s::text", [State.PLACED]) == ("placed",)


@pytest.mark.parametrize("value", ["a\x00b", ["a", "a\x00b"]])
def test_text_with_nul_is_refused_and_not_cut(value: object) -> None:
    with pytest.raises(DataError, match="NUL"):
        sql.rows("SELECT %s::text", [value])


@pytest.mark.parametrize("value", [1.5, {"a": 1}, [b"a"]])
def test_what_no_statement_binds_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no parameter can be a"):
        sql.rows("SELECT %s::text", [value])


def test_parameters_are_named_or_numbered_and_not_both() -> None:
    with pytest.raises(ValueError, match="names all its parameters or none"):
        sql.rows("SELECT %(one)s::int, %s::int", {"one": 1})


def test_no_rows_and_no_answer_are_empty() -> None:
    assert sql.rows("SELECT 1 WHERE false") == []
    assert sql.row("SELECT 1 WHERE false") is None
    with transaction.atomic():
        assert sql.rows("CREATE TEMPORARY TABLE told (n bigint) ON COMMIT DROP") == []
        assert sql.rows("INSERT INTO told VALUES (%s), (%s)", [1, 2]) == []
        assert sql.rows("SELECT n FROM told ORDER BY n") == [(1,), (2,)]


def test_a_statement_joins_the_transaction_and_goes_with_it() -> None:
    sql.rows("CREATE TEMPORARY TABLE kept (n bigint)")
    with transaction.atomic():
        sql.rows("INSERT INTO kept VALUES (%s)", [1])
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO kept VALUES (2)")
        transaction.set_rollback(True)
    assert sql.rows("SELECT n FROM kept") == []
    with transaction.atomic():
        sql.rows("INSERT INTO kept VALUES (%s)", [3])
    assert sql.rows("SELECT n FROM kept") == [(3,)]
    sql.rows("DROP TABLE kept")


def test_what_the_server_refuses_is_djangos_error_and_the_connection_goes_on() -> None:
    for statement, error in (
        ("SELECT 1/%s", DataError),
        ("INSERT INTO customers_source (id) VALUES (%s)", IntegrityError),
    ):
        with pytest.raises(error), transaction.atomic():
            sql.rows(statement, [0])
        assert sql.row("SELECT 1") == (1,)


def test_a_statement_is_prepared_once_for_a_connection() -> None:
    statement = "SELECT %s::bigint + 40402"
    for number in range(5):
        assert sql.row(statement, [number]) == (number + 40402,)
    prepared = sql.rows(
        "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE %s", ["%+ 40402"]
    )
    assert prepared == [(5,)]


def test_a_waiting_statement_lets_other_threads_work() -> None:
    with transaction.atomic():
        sql.rows("SELECT FROM pg_advisory_xact_lock(%s)", [40403])
        seen: list[object] = []

        def wait() -> None:
            try:
                with transaction.atomic():
                    sql.rows("SET LOCAL lock_timeout = '20s'")
                    seen.append(sql.row("SELECT 1 FROM pg_advisory_xact_lock(%s)", [40403]))
            finally:
                connection.close()

        waiting = Thread(target=wait)
        waiting.start()
        while not sql.rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", [40403]):
            assert waiting.is_alive()
        assert seen == []
    waiting.join(20)
    assert seen == [(1,)]


def test_a_connection_the_server_ended_is_an_operational_error() -> None:
    pid = sql.rows("SELECT pg_backend_pid()")[0][0]

    def end_it() -> None:
        try:
            sql.rows("SELECT pg_terminate_backend(%s::int)", [pid])
        finally:
            connection.close()

    other = Thread(target=end_it)
    other.start()
    other.join(20)
    with pytest.raises(OperationalError):
        sql.row("SELECT 1")
    connection.close()
    assert sql.row("SELECT 1") == (1,)
