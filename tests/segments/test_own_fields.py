"""Rules ask about the operator's own fields as about built-in ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from huike.customers.fields import services
from huike.customers.fields.rules import Option
from huike.customers.models import Customer, CustomField
from huike.kernel.scope import EVERYTHING
from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from huike.platform.audit import SYSTEM
from huike.segments import selectors
from huike.segments.errors import RuleInvalid
from huike.segments.rules import rule_document
from tests.lake.world import drop_lake

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lake() -> Iterator[LakeWriter]:
    close_engine()
    drop_lake()
    with LakeWriter() as writer:
        writer.round()
        yield writer
    close_engine()
    drop_lake()


def define(key: str, type: str, **more: Any) -> CustomField:
    return services.define(services.Definition(key=key, name=f"《{key}》", type=type, **more), actor=SYSTEM)


def customer(name: str, **values: Any) -> int:
    made = Customer.objects.create(name=name)
    services.set_values(made.pk, values)
    return int(made.pk)


def rule(root: Any) -> Any:
    return selectors.read_rule({"version": 1, "as_of": None, "root": root})


def chosen(root: Any) -> str:
    return "".join(sorted(row.name for row in selectors.sample(rule(root), scope=EVERYTHING, limit=50).customers))


def test_a_field_defined_after_the_copy_is_asked_without_a_rebuild(lake: LakeWriter) -> None:
    define("level", "choice", options=(Option("silver", "银卡"), Option("gold", "金卡")))
    define("visits", "number")
    define("budget", "money")
    define("seen_on", "date")
    define("skin", "multi_choice", options=(Option("dry", "干"), Option("oily", "油")))
    nobody = {"field": "fields.level", "op": "is_set"}
    assert chosen(nobody) == ""
    first = customer("A", level="gold", visits=2.5, seen_on="2024-01-31", skin=["dry", "oily"])
    customer("B", level="silver", visits=10, budget={"amount_minor": 100, "currency": "CNY"}, skin=["oily"])
    customer("C")
    assert lake.round().rebuilt is False

    def field(key: str, op: str, value: Any = None, **more: Any) -> dict[str, Any]:
        told = {"field": f"fields.{key}", "op": op, **more}
        return told if value is None else told | {"value": value}

    asked = {
        "A": [field("level", "eq", "gold"), field("visits", "lt", 2.501), field("skin", "contains", "dry")],
        "AB": [field("level", "is_set"), field("skin", "in", ["oily", "dry"]), field("visits", "between", [2.5, 10])],
        "B": [field("budget", "gte", 100), field("visits", "gt", 2.5)],
        "BC": [field("level", "ne", "gold"), field("seen_on", "is_not_set"), field("skin", "not_in", ["dry"])],
        "C": [{"not": field("level", "in", ["gold", "silver"])}],
        "": [field("seen_on", "gt", "2024-01-31")],
    }
    for names, roots in asked.items():
        for root in roots:
            assert chosen(root) == names, root
            assert selectors.read_rule(rule_document(rule(root))) == rule(root)
            assert selectors.count_rule(rule(root), scope=EVERYTHING, branches=True).count == len(names)
    assert [
        (row.value, row.label, row.count) for row in selectors.values_of("fields.level", q="", scope=EVERYTHING)
    ] == [
        ("gold", "金卡", 1),
        ("silver", "银卡", 1),
    ]
    for root, value in (
        (field("visits", "is_set"), 2.5),
        (field("level", "is_set"), "gold"),
        (field("skin", "is_set"), ["dry", "oily"]),
        (field("budget", "is_set"), None),
    ):
        told = selectors.explain(rule(root), customer_id=first, scope=EVERYTHING).root.value
        assert (sorted(told) if isinstance(told, list) else told) == value


def test_a_rule_is_said_with_the_operators_words() -> None:
    define("level", "choice", options=(Option("gold", "金卡"),))
    define("budget", "money", currency="JPY")
    said = selectors.sentences(
        rule(
            {
                "all": [
                    {"field": "fields.level", "op": "in", "value": ["gold"]},
                    {"field": "fields.budget", "op": "gte", "value": 500},
                ]
            }
        ),
        scope=EVERYTHING,
    )
    assert said.zh == "《level》 是 金卡，且 《budget》 ≥ JP¥500"
    assert said.en == "《level》 is 金卡, and 《budget》 is at least JP¥500"


def test_an_amount_in_another_currency_than_the_fields_is_refused() -> None:
    define("budget", "money", currency="JPY")
    with pytest.raises(RuleInvalid) as refused:
        rule({"field": "fields.budget", "op": "gte", "value": 500, "currency": "CNY"})
    assert [(fault.where, fault.code) for fault in refused.value.errors] == [("root.currency", "rule.currency_other")]


def test_a_saved_rule_still_means_the_same_when_its_field_is_archived(lake: LakeWriter) -> None:
    field = define("level", "choice", options=(Option("gold", "金卡"),))
    customer("A", level="gold")
    lake.round()
    services.archive(field.pk, actor=SYSTEM)
    assert chosen({"field": "fields.level", "op": "eq", "value": "gold"}) == "A"
    assert "fields.level" not in selectors.catalogue()
    # Where such a rule is changed, the field has its name and its values.
    assert [field.key for field in selectors.archived_fields()] == ["fields.level"]
    values = selectors.values_of("fields.level", q="", scope=EVERYTHING)
    assert [(value.value, value.label, value.count) for value in values] == [("gold", "金卡", 1)]
