"""What holds of one customer at this moment, asked of PostgreSQL."""

from __future__ import annotations

import re
from typing import Any

import ibis
import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.customers.lake import CUSTOMERS
from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING, Scope
from huike.lake.engines.postgres import about_customer, compile_sql
from huike.lake.errors import QueryTooSlow
from huike.lake.registry import TableSpec, tables
from huike.platform import clock
from huike.segments import expression, selectors
from huike.segments.rules import Rule
from tests.lake import world
from tests.segments.rule_trees import ODD_TEXTS, TEXTS
from tests.segments.test_api import IN_SHANGHAI, manager, people, send  # noqa: F401 - fixtures
from tests.thoroughness import examples

BOUGHT_TEA = {
    "bought": {
        "measure": "net",
        "op": "gte",
        "value": 300,
        "where": [{"field": "category", "op": "not_in", "value": [999]}],
        "window": {"last": {"n": 90, "unit": "days"}},
    }
}


def rule_of(root: dict[str, Any]) -> Rule:
    return selectors.read_rule({"version": 1, "as_of": None, "root": root})


@pytest.mark.django_db
def test_what_she_did_a_moment_ago_counts_before_it_is_committed() -> None:
    """No lake was ever made here."""
    catalogue = world.make_catalogue()
    somebody, other = world.make_customers(2)
    rule = rule_of(BOUGHT_TEA)

    assert not selectors.holds_now(rule, customer_id=somebody, scope=EVERYTHING)
    world.make_order(
        external_id="1", customer_id=somebody, catalogue=catalogue, amounts=[100, 200], placed_at=clock.now()
    )
    assert selectors.holds_now(rule, customer_id=somebody, scope=EVERYTHING)
    assert not selectors.holds_now(rule, customer_id=other, scope=EVERYTHING)


@pytest.mark.django_db
def test_who_is_not_there_is_in_nothing() -> None:
    everybody = rule_of({"all": []})
    seen, merged, elsewhere = world.make_customers(3)
    Customer.objects.filter(pk=seen).update(home_store_id=7)
    Customer.objects.filter(pk=elsewhere).update(home_store_id=8)
    Customer.objects.filter(pk=merged).update(state="merged", merged_into_id=seen)
    only_seven = Scope(all_stores=False, store_ids=frozenset({7}))

    assert selectors.holds_now(everybody, customer_id=seen, scope=EVERYTHING)
    assert not selectors.holds_now(everybody, customer_id=merged, scope=EVERYTHING)
    assert not selectors.holds_now(everybody, customer_id=10**12, scope=EVERYTHING)
    assert selectors.holds_now(everybody, customer_id=seen, scope=only_seven)
    assert not selectors.holds_now(everybody, customer_id=elsewhere, scope=only_seven)


def test_an_explanation_may_be_of_this_moment(manager: Client, people: list[int]) -> None:  # noqa: F811
    Customer.objects.filter(pk=people[0]).update(city="上海")
    asked = {"rule": IN_SHANGHAI, "customer_id": people[0]}

    of_the_copy = send(manager, "POST", "/segments/explain", asked).json()
    of_now = send(manager, "POST", "/segments/explain", {**asked, "now": True}).json()

    assert (of_the_copy["holds"], of_the_copy["root"]["value"]) == (False, None)
    assert (of_now["holds"], of_now["root"]["value"]) == (True, "上海")
    assert of_now["fresh_at"] > of_the_copy["fresh_at"]
    nobody = {"rule": IN_SHANGHAI, "customer_id": 10**12, "now": True}
    assert send(manager, "POST", "/segments/explain", nobody).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spec", [spec for spec in tables() if spec.customer in spec.columns], ids=lambda spec: spec.name
)
def test_the_rows_of_one_customer_are_found_by_index(spec: TableSpec) -> None:
    """With scans of whole tables forbidden wherever there is another way, none is left."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT huike_make_event_month(now())")  # without a month there is nothing to look through
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + spec.rows_now_sql(42))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert re.search(r"Index|Bitmap", plan)
    assert "Seq Scan" not in plan, plan


@pytest.mark.django_db
def test_a_question_about_one_customer_has_an_end() -> None:
    (customer_id,) = world.make_customers(1)
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL statement_timeout = '33s'; SET LOCAL jit = on")
        with pytest.raises(QueryTooSlow), about_customer(customer_id, timeout_seconds=0.2):
            cursor.execute("SELECT pg_sleep(20)")
        # Nothing of the question stays in the transaction around it.
        assert selectors.holds_now(rule_of({"all": []}), customer_id=customer_id, scope=EVERYTHING)
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('jit')")
        assert cursor.fetchone() == ("33s", "on")


@pytest.mark.django_db
@given(text=TEXTS | st.sampled_from(ODD_TEXTS))
@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_text_is_that_text(text: str) -> None:
    (customer_id,) = world.make_customers(1)
    with about_customer(customer_id) as asked:
        (row,) = asked.table(CUSTOMERS.expression.select(said=ibis.literal(text))).to_pylist()
    assert row["said"] == text


def test_only_tables_that_are_asked_about_are_in_the_question() -> None:
    moment = selectors.moment_of(rule_of({"all": []}), scope=EVERYTHING)
    sql = compile_sql(expression.matching_among(rule_of({"all": []}), moment, [5]), 5)
    assert "customers AS NOT MATERIALIZED" in sql
    assert "orders_order" not in sql
