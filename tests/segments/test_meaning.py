"""The engine gives what plain Python gives, for any rule: DuckDB of all customers, PostgreSQL of one. The same is asked
of a Spark cluster in test_spark.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.kernel.scope import EVERYTHING, Scope
from huike.lake.engine import get_engine
from huike.lake.engines.postgres import about_customer
from huike.platform import clock
from huike.segments import expression
from huike.segments.expression import Moment
from huike.segments.fields import WHERE_FIELDS
from huike.segments.reading import parse_rule
from huike.segments.rules import Rule, branches_of, rule_document
from huike.segments.selectors import moment_of, values_of
from tests.segments.business import AS_OF, Business
from tests.segments.oracle import Oracle
from tests.segments.rule_trees import fields, happenings, others, purchases, sequences, trees
from tests.thoroughness import examples

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
MANY = settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SOME = settings(MANY, max_examples=examples(25))


def rule_of(root: dict[str, Any], shop: Business) -> Rule:
    return parse_rule({"version": 1, "as_of": None, "root": root}, default_currency="CNY", fields=shop.catalogue)


def moment(rule: Rule, scope: Scope = EVERYTHING) -> Moment:
    """The moment a rule is asked at, as the product makes it."""
    return replace(moment_of(rule, scope=scope), as_of=AS_OF, zone=ZONE)


def asked(rule: Rule, scope: Scope = EVERYTHING) -> set[int]:
    with get_engine().reading() as reading:
        return set(reading.ids(expression.matching(rule, moment(rule, scope))))


def oracle(shop: Business) -> Oracle:
    return Oracle(
        shop.customers, as_of=AS_OF, zone=ZONE, segments=shop.segments, places=shop.places, regions=shop.regions
    )


@settings(MANY, max_examples=examples(300))
@given(data=st.data())
def test_a_field_condition_means_what_it_says(shop: Business, data: st.DataObject) -> None:
    root = data.draw(fields(shop))
    assert asked(rule_of(root, shop)) == oracle(shop).matching(root)


@MANY
@given(data=st.data())
def test_a_purchase_condition_means_what_it_says(shop: Business, data: st.DataObject) -> None:
    root = data.draw(purchases(shop))
    assert asked(rule_of(root, shop)) == oracle(shop).matching(root)


@settings(MANY, max_examples=examples(300))
@given(data=st.data())
def test_an_activity_condition_means_what_it_says(shop: Business, data: st.DataObject) -> None:
    root = data.draw(happenings(shop))
    assert asked(rule_of(root, shop)) == oracle(shop).matching(root)


@settings(MANY, max_examples=examples(200))
@given(data=st.data())
def test_a_sequence_means_what_it_says(shop: Business, data: st.DataObject) -> None:
    root = data.draw(sequences(shop))
    assert asked(rule_of(root, shop)) == oracle(shop).matching(root)


@MANY
@given(data=st.data())
def test_the_other_conditions_mean_what_they_say(shop: Business, data: st.DataObject) -> None:
    root = data.draw(others(sorted(shop.segments)))
    assert asked(rule_of(root, shop)) == oracle(shop).matching(root)


@MANY
@given(data=st.data())
def test_a_tree_means_what_it_says(shop: Business, data: st.DataObject) -> None:
    root = data.draw(trees(shop))
    assert asked(rule_of(root, shop)) == oracle(shop).matching(root)


@SOME
@given(data=st.data())
def test_each_branch_is_counted_as_if_it_stood_alone(shop: Business, data: st.DataObject) -> None:
    root = data.draw(trees(shop))
    rule = rule_of(root, shop)
    question, paths = expression.branch_counts(rule, moment(rule))
    with get_engine().reading() as reading:
        row = reading.table(question).to_pylist()[0]

    assert row["total"] == len(shop.customers)
    assert row["root"] == len(oracle(shop).matching(root))
    for index, (path, node) in enumerate(branches_of(rule)):
        assert paths[index] == path
        alone = rule_document(Rule(node))["root"]
        assert row[f"b{index}"] == len(oracle(shop).matching(alone)), path


@SOME
@given(data=st.data())
def test_the_funnel_counts_as_if_the_conditions_came_one_by_one(shop: Business, data: st.DataObject) -> None:
    conditions = data.draw(st.lists(trees(shop), min_size=1, max_size=4))
    rule = rule_of({"all": conditions}, shop)
    question, _ = expression.branch_counts(rule, moment(rule), funnel=True)
    with get_engine().reading() as reading:
        row = reading.table(question).to_pylist()[0]

    for index in range(len(conditions)):
        before = {"all": conditions[: index + 1]}
        others = {"all": conditions[:index] + conditions[index + 1 :]}
        assert row[f"l{index}"] == len(oracle(shop).matching(before))
        assert row[f"w{index}"] == len(oracle(shop).matching(others))


@SOME
@given(data=st.data())
def test_each_customer_is_explained_as_she_is_counted(shop: Business, data: st.DataObject) -> None:
    root = data.draw(trees(shop))
    customer = data.draw(st.sampled_from(shop.customers))
    rule = rule_of(root, shop)
    question, paths = expression.explanation(rule, moment(rule), customer["id"])
    with get_engine().reading() as reading:
        row = reading.table(question).to_pylist()[0]

    nodes = dict([("root", rule.root), *branches_of(rule)])
    for index, path in enumerate(paths):
        alone = rule_document(Rule(nodes[path]))["root"]
        assert row[f"h{index}"] == oracle(shop).holds(alone, customer), path


@settings(MANY, max_examples=examples(100))
@given(data=st.data())
def test_it_means_the_same_of_one_customer_now(shop: Business, data: st.DataObject) -> None:
    leaves = fields(shop) | purchases(shop) | happenings(shop) | sequences(shop) | others(sorted(shop.segments))
    root = data.draw(leaves | trees(shop))
    rule = rule_of(root, shop)
    for customer in data.draw(st.lists(st.sampled_from(shop.customers), min_size=1, max_size=3)):
        question = expression.matching_among(rule, moment(rule), [customer["id"]])
        with about_customer(customer["id"]) as asked:
            assert set(asked.ids(question)) == ({customer["id"]} if oracle(shop).holds(root, customer) else set())


@SOME
@given(data=st.data())
def test_each_customer_is_explained_from_the_truth_as_from_the_lake(shop: Business, data: st.DataObject) -> None:
    rule = rule_of(data.draw(trees(shop)), shop)
    customer = data.draw(st.sampled_from(shop.customers))
    question, _ = expression.explanation(rule, moment(rule), customer["id"])
    with get_engine().reading() as reading:
        from_lake = reading.table(question).to_pylist()
    with about_customer(customer["id"]) as asked:
        assert asked.table(question).to_pylist() == from_lake


def test_who_asks_why_is_told_the_quantity_that_the_rule_compares(shop: Business) -> None:
    quantity = {"bought": {"measure": "quantity", "op": "gte", "value": 1}}
    rule = rule_of(quantity, shop)
    told = 0
    for customer in shop.customers[:80]:
        question, _ = expression.explanation(rule, moment(rule), customer["id"])
        with get_engine().reading() as reading:
            value = reading.table(question).to_pylist()[0]["v0"]
        if value is not None:
            told += 1
            exactly = {"bought": {"measure": "quantity", "op": "eq", "value": value}}
            assert oracle(shop).holds(exactly, customer), value
    assert told > 5


@SOME
@given(data=st.data())
def test_a_limited_scope_sees_only_customers_of_its_stores(shop: Business, data: st.DataObject) -> None:
    root = data.draw(trees(shop))
    stores = frozenset(shop.store_ids[:2])
    visible = {row["id"] for row in shop.customers if row["home_store"] in stores}

    found = asked(rule_of(root, shop), Scope(all_stores=False, store_ids=stores))

    assert found == oracle(shop).matching(root) & visible


@SOME
@given(data=st.data())
def test_a_rule_is_the_same_rule_when_written_and_read_again(shop: Business, data: st.DataObject) -> None:
    rule = rule_of(data.draw(trees(shop)), shop)
    assert parse_rule(rule_document(rule), default_currency="JPY", fields=shop.catalogue) == rule


@pytest.mark.parametrize("key", [key for key, field in WHERE_FIELDS.items() if field.type == "choice"])
def test_a_value_is_offered_with_as_many_customers_as_a_rule_about_it_finds(shop: Business, key: str) -> None:
    offered = {row.value: row.count for row in values_of(f"bought.{key}", q="", scope=EVERYTHING)}

    today = Oracle(
        shop.customers, as_of=clock.now(), zone=ZONE, segments=shop.segments, places=shop.places, regions=shop.regions
    )
    assert offered
    for value, count in offered.items():
        where = [{"field": key, "op": "eq", "value": value}]
        found = today.matching({"bought": {"measure": "orders", "op": "gte", "value": 1, "where": where}})
        assert count == len(found)


@pytest.mark.parametrize(
    ("root", "everybody"), [({"all": []}, True), ({"any": []}, False), ({"not": {"any": []}}, True)]
)
def test_an_empty_group_is_everybody_or_nobody(shop: Business, root: dict[str, Any], everybody: bool) -> None:
    assert asked(rule_of(root, shop)) == ({row["id"] for row in shop.customers} if everybody else set())
