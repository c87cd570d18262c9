"""What holds for every file: twice is once, the order of rows does not matter, every row is accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.customers.models import Customer, Identity
from huike.orders.models import Line, Order
from tests.imports.files import RETAIL, bring, check, run, text_of
from tests.thoroughness import examples

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

EVERY_TABLE = (
    "orders_payment, orders_line, orders_order, customers_identity, customers_consent, customers_consent_event, "
    "customers_customer, customers_source, catalog_product, catalog_store, imports_import"
)
TRIES = settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "C3", "4", "C5", ""]),
        st.sampled_from(["A", "B", "茶"]),
        st.sampled_from(["Mug", "Cup", ""]),
        st.sampled_from(["1", "-1", "2.5", "-3", "0", "many"]),
        st.sampled_from(["2011-07-01 12:00:00", "2011-07-02 09:30:00", "yesterday"]),
        st.sampled_from(["2.50", "0.335", "0", "", "-1"]),
        st.sampled_from(["17850.0", "", "12346.0"]),
        st.sampled_from(["France", "Japan"]),
    ),
    min_size=1,
    max_size=25,
)


def bring_about(rows: Sequence[Sequence[str]]) -> Any:
    """Import what can be; the record, or the check where nothing could."""
    checked = check(bring(text_of(RETAIL, rows)))
    return run(checked) if checked.check_report["ok_rows"] else checked


def empty_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {EVERY_TABLE} CASCADE")


def state() -> dict[str, list[Any]]:
    """Everything a file wrote, without ids and times of writing."""
    return {
        "orders": sorted(
            Order.objects.values_list(
                "external_id", "kind", "placed_at", "net_minor", "content_sha256", "customer__identities__value"
            ),
            key=str,
        ),
        "lines": sorted(
            Line.objects.values_list(
                "order__external_id",
                "line_number",
                "product__sku",
                "product__name",
                "quantity",
                "unit_price_micros",
                "net_minor",
            ),
            key=str,
        ),
        "people": sorted(
            Customer.objects.values_list(
                "country", "orders_count", "returns_count", "spent_minor", "first_order_at", "last_order_at"
            ),
            key=str,
        ),
        "identities": sorted(Identity.objects.values_list("kind", "value", "verified")),
    }


@given(rows=ROWS)
@TRIES
def test_twice_is_once_when_a_file_is_imported_again(rows: list[tuple[str, ...]]) -> None:
    empty_tables()
    bring_about(rows)
    once = state(), [*Order.objects.order_by("id").values("id", "revision", "change_xid")]

    bring_about(rows)

    assert (state(), [*Order.objects.order_by("id").values("id", "revision", "change_xid")]) == once


@given(data=st.data(), rows=ROWS)
@TRIES
def test_the_orders_are_the_same_when_the_rows_are_shuffled(data: st.DataObject, rows: list[tuple[str, ...]]) -> None:
    empty_tables()
    bring_about(rows)
    as_written = state()
    shuffled = data.draw(st.permutations(rows))

    empty_tables()
    bring_about(shuffled)

    assert state() == as_written


@given(rows=ROWS)
@TRIES
def test_every_row_is_accounted_for_when_a_file_is_imported(rows: list[tuple[str, ...]]) -> None:
    empty_tables()

    record = bring_about(rows)

    report = record.check_report
    assert report["rows"] == len(rows)
    assert report["ok_rows"] + report["refused_rows"] + report["blank_rows"] + report["dropped_rows"] == len(rows)
    assert Line.objects.count() == report["ok_rows"]
    orders_net = sum(Order.objects.values_list("net_minor", flat=True))
    assert orders_net == sum(Line.objects.values_list("net_minor", flat=True)) == report["totals"]["net_minor"]
