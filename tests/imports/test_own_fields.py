"""Columns of a customers' file fill the operator's own fields (docs/algorithms/custom-fields.md)."""

from __future__ import annotations

from typing import Any

import pytest

from huike.catalog.models import Store
from huike.customers.fields import services
from huike.customers.fields.rules import Option
from huike.customers.fields.selectors import values_of
from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import SYSTEM
from tests.imports.files import bring, check, text_of, whole

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = ("CustomerID", "Level", "孩子数", "Budget", "seen_on", "Skin", "Badge", "Shop")
ROW = ("1", "金卡", "2.5", "¥1,200.50", "2026-01-02", "dry;油", "A-1", "S1")


def define(key: str, type: str, name: str = "", **more: Any) -> None:
    services.define(services.Definition(key=key, name=name or key, type=type, **more), actor=SYSTEM)


@pytest.fixture
def fields() -> None:
    Store.objects.create(code="S1", name="南京路店")
    define("level", "choice", options=(Option("silver", "银卡"), Option("gold", "金卡")))
    define("children", "number", "孩子数")
    define("budget", "money")
    define("seen_on", "date")
    define("skin", "multi_choice", options=(Option("dry", "干"), Option("oily", "油")))
    define("badge", "text", unique=True)
    define("shop", "reference", target="store")


def of(*rows: tuple[str, ...]) -> bytes:
    return text_of(HEADER, rows)


def people(*rows: tuple[str, ...]) -> Any:
    return whole(of(*rows), kind="customers", filename="people.csv", source_key="shop")


def values() -> dict[str, Any]:
    by_id = values_of(Customer.objects.values_list("pk", flat=True), scope=EVERYTHING)
    known = Customer.objects.values_list("identities__value", "pk")
    return {external: by_id[pk].fields for external, pk in known}


def test_columns_fill_own_fields_when_they_are_called_alike(fields: None) -> None:
    people(ROW)
    assert values() == {
        "1": {
            "level": "gold",
            "children": 2.5,
            "budget": {"amount_minor": 120050, "currency": "CNY"},
            "seen_on": "2026-01-02",
            "skin": ["dry", "oily"],
            "badge": "A-1",
            "shop": Store.objects.get().pk,
        }
    }


def test_a_row_is_refused_with_its_reason_when_a_cell_does_not_fit(fields: None) -> None:
    wrong = [
        ("2", "铂金", "", "", "", "", "", ""),
        ("3", "", "1.0005", "", "", "", "", ""),
        ("4", "", "", "1.005", "", "", "", ""),
        ("5", "", "", "", "yesterday", "", "", ""),
        ("6", "", "", "", "", "dry,wet", "", ""),
        ("7", "", "", "", "", "", "A-1", ""),
        ("8", "", "", "", "", "", "", "S9"),
    ]
    record = bring(of(ROW, *wrong), kind="customers", filename="people.csv")
    report = check(record, source_key="shop").check_report
    assert sorted((reason["code"], reason["params"]["column"]) for reason in report["reasons"]) == [
        ("amount.unreadable", "Budget"),
        ("date.unreadable", "seen_on"),
        ("number.unreadable", "孩子数"),
        ("option.unknown", "Level"),
        ("option.unknown", "Skin"),
        ("reference.unknown", "Shop"),
        ("value.repeated", "Badge"),
    ]
    assert report["ok_rows"] == 1


def test_an_empty_cell_refuses_the_row_when_the_field_is_required() -> None:
    define("level", "text", required=True)
    record = bring(text_of(("CustomerID", "Level"), [("1", ""), ("2", "x")]), kind="customers", filename="p.csv")
    report = check(record, source_key="shop").check_report
    assert [(reason["code"], reason["count"]) for reason in report["reasons"]] == [("text.missing", 1)]


def test_a_unique_value_stays_with_whom_it_belongs_to_when_a_file_claims_it(fields: None) -> None:
    people(ROW)
    record = people(("2", "银卡", "", "", "", "", "A-1", ""))
    assert record.result["values_elsewhere"] == 1
    assert values()["2"] == {"level": "silver"}
    assert values()["1"]["badge"] == "A-1"


def test_a_second_file_replaces_what_it_says_and_leaves_the_rest(fields: None) -> None:
    people(ROW)
    people(("1", "银卡", "", "", "", "oily", "", ""))
    assert values()["1"] | {"shop": 0} == {
        "level": "silver",
        "children": 2.5,
        "budget": {"amount_minor": 120050, "currency": "CNY"},
        "seen_on": "2026-01-02",
        "skin": ["oily"],
        "badge": "A-1",
        "shop": 0,
    }
