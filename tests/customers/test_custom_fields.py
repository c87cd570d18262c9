"""The operator's own fields (docs/algorithms/custom-fields.md)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.catalog.models import Store
from huike.customers.fields import rules, services
from huike.customers.fields.rules import Option, Spec, Unreadable, stored_of, value_of
from huike.customers.models import Customer, CustomField, CustomValue
from huike.platform.audit import SYSTEM
from huike.staff.rules import Role
from tests.people import Caller, code_of, signed_in

LEVELS = [{"key": "silver", "name": "银卡"}, {"key": "gold", "name": "金卡"}]


def body(response: Any) -> Any:
    return json.loads(response.content)


@pytest.fixture
def owner(db: None) -> Caller:
    return signed_in(Role.OWNER)


def define(owner: Caller, key: str, type: str, **more: Any) -> dict[str, Any]:
    response = owner.post("/customer-fields", {"key": key, "name": f"{key}?", "type": type, **more})
    assert response.status_code == 201, response.content
    return dict(body(response))


def customer(owner: Caller, name: str = "王芳", **fields: Any) -> dict[str, Any]:
    response = owner.post("/customers", {"name": name, "fields": fields})
    assert response.status_code == 201, response.content
    return dict(body(response))


def names(owner: Caller, query: str) -> list[str]:
    response = owner.get(f"/customers?{query}")
    assert response.status_code == 200, response.content
    return [row["name"] for row in body(response)["items"]]


def spec(type: str, **more: Any) -> Spec:
    return Spec(id=1, key="k", name="K", type=type, **more)


@pytest.mark.parametrize(
    ("made", "value", "stored"),
    [
        (spec("text"), "  a   b ", {"text": "a b"}),
        (spec("number"), 2.5, {"number": 2500}),
        (spec("number"), "0.001", {"number": 1}),
        (spec("money", currency="JPY"), {"amount_minor": 500, "currency": "JPY"}, {"number": 500}),
        (spec("date"), "2024-02-29", {"day": date(2024, 2, 29)}),
        (spec("choice", options=(Option("gold", "金卡"),)), "gold", {"text": "gold"}),
        (spec("reference", target="store"), 7, {"number": 7}),
    ],
)
def test_a_value_is_stored_in_the_column_of_its_type(made: Spec, value: Any, stored: dict[str, Any]) -> None:
    assert stored_of(made, value) == (rules.Stored(**stored),)


@pytest.mark.parametrize(
    ("made", "value", "code"),
    [
        (spec("text"), 5, "not_text"),
        (spec("text"), "x" * 501, "too_long"),
        (spec("number"), "two", "not_a_number"),
        (spec("number"), 1.0005, "not_a_number"),
        (spec("number"), True, "not_a_number"),
        (spec("money", currency="CNY"), {"amount_minor": 500, "currency": "JPY"}, "other_currency"),
        (spec("money", currency="CNY"), 500, "not_money"),
        (spec("date"), "2023-02-29", "not_a_date"),
        (spec("choice", options=(Option("gold", "金卡"),)), "金卡", "not_an_option"),
        (spec("multi_choice", options=(Option("gold", "金卡"),)), "gold", "not_a_list"),
        (spec("reference", target="store"), "7", "not_an_id"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_code(made: Spec, value: Any, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        stored_of(made, value)
    assert refused.value.code == code


OPTIONS = tuple(Option(key, key.upper()) for key in ("a", "b", "c"))
SOUND = st.one_of(
    st.tuples(st.just(spec("number")), st.integers(-(10**12), 10**12)),
    st.tuples(st.just(spec("number")), st.integers(-(10**9), 10**9).map(lambda n: n / 1000)),
    st.tuples(st.just(spec("date")), st.dates(date(1800, 1, 1), date(2199, 12, 31)).map(str)),
    st.tuples(
        st.just(spec("multi_choice", options=OPTIONS)),
        st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(sorted),
    ),
)


@given(SOUND)
def test_a_value_comes_back_as_it_was_told(told: tuple[Spec, Any]) -> None:
    made, value = told
    assert value_of(made, stored_of(made, value)) == value


def test_a_customer_has_what_the_form_said_when_the_file_is_read(owner: Caller) -> None:
    define(owner, "level", "choice", options=LEVELS)
    define(owner, "skin", "multi_choice", options=[{"key": "dry", "name": "干"}, {"key": "oily", "name": "油"}])
    define(owner, "budget", "money")
    store = Store.objects.create(code="S1", name="南京路店")
    define(owner, "serviced_at", "reference", target="store")
    file = customer(
        owner,
        level="gold",
        skin=["oily", "dry"],
        budget={"amount_minor": 1250, "currency": "CNY"},
        serviced_at=store.pk,
    )
    assert file["fields"] == {
        "level": "gold",
        "skin": ["dry", "oily"],
        "budget": {"amount_minor": 1250, "currency": "CNY"},
        "serviced_at": store.pk,
    }
    assert file["field_names"] == {"serviced_at": "南京路店"}
    changed = owner.patch(f"/customers/{file['id']}", {"fields": {"skin": ["oily"], "level": None}})
    assert body(changed)["fields"] == {
        "skin": ["oily"],
        "budget": {"amount_minor": 1250, "currency": "CNY"},
        "serviced_at": store.pk,
    }


def test_a_file_is_refused_whole_when_one_value_does_not_fit(owner: Caller) -> None:
    define(owner, "children", "number", required=True)
    refused = owner.post("/customers", {"name": "李雷", "fields": {"children": "two", "shoe": 40}})
    assert (refused.status_code, code_of(refused)) == (422, "customer_field.values_invalid")
    assert [(fault["where"], fault["code"]) for fault in body(refused)["errors"]] == [
        ("fields.children", "customer_field.not_a_number"),
        ("fields.shoe", "customer_field.unknown"),
    ]
    assert not Customer.objects.exists()


def test_a_required_field_is_asked_for_when_a_person_makes_a_file_and_kept_when_she_changes_it(owner: Caller) -> None:
    define(owner, "children", "number", required=True)
    missing = owner.post("/customers", {"name": "李雷"})
    assert body(missing)["errors"][0]["code"] == "customer_field.required"
    file = customer(owner, children=2)
    emptied = owner.patch(f"/customers/{file['id']}", {"fields": {"children": None}})
    assert emptied.status_code == 422
    assert body(owner.get(f"/customers/{file['id']}"))["fields"] == {"children": 2}


def test_a_new_file_has_the_default_whichever_way_it_is_made(owner: Caller) -> None:
    before = Customer.objects.create(name="早")
    define(owner, "level", "choice", options=LEVELS, default="silver", required=True)
    Customer.objects.bulk_create([Customer(name="甲"), Customer(name="乙")])
    made = customer(owner, "丙")
    told = customer(owner, "丁", level="gold")
    have = dict(CustomValue.objects.values_list("customer__name", "text"))
    assert have == {"甲": "silver", "乙": "silver", "丙": "silver", "丁": "gold"}
    assert before.pk < made["id"] < told["id"]


def test_a_unique_value_belongs_to_the_first_when_two_ask_for_it(owner: Caller) -> None:
    define(owner, "badge", "text", unique=True)
    customer(owner, "甲", badge="A-1")
    second = owner.post("/customers", {"name": "乙", "fields": {"badge": "A-1"}})
    assert (second.status_code, code_of(second)) == (409, "customer_field.taken")
    assert not Customer.objects.filter(name="乙").exists()
    other = customer(owner, "丙", badge="A-2")
    taken = owner.patch(f"/customers/{other['id']}", {"fields": {"badge": "A-1"}, "city": "上海"})
    assert taken.status_code == 409
    assert Customer.objects.get(pk=other["id"]).city is None


def test_a_field_cannot_become_unique_while_two_customers_share_a_value(owner: Caller) -> None:
    field = define(owner, "badge", "text")
    for name in ("甲", "乙"):
        customer(owner, name, badge="A-1")
    refused = owner.patch(f"/customer-fields/{field['id']}", {"unique": True})
    assert (refused.status_code, code_of(refused)) == (409, "customer_field.repeated")
    assert CustomField.objects.get().is_unique is False
    Customer.objects.filter(name="乙").delete()
    assert body(owner.patch(f"/customer-fields/{field['id']}", {"unique": True}))["unique"] is True
    assert owner.post("/customers", {"name": "乙", "fields": {"badge": "A-1"}}).status_code == 409


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"key": "email", "type": "text"}, "customer_field.key_reserved"),
        ({"key": "level", "type": "choice"}, "customer_field.options_missing"),
        ({"key": "level", "type": "choice", "options": [*LEVELS, LEVELS[0]]}, "customer_field.options_repeated"),
        ({"key": "level", "type": "text", "options": LEVELS}, "customer_field.options_not_wanted"),
        ({"key": "level", "type": "money", "unique": True}, "customer_field.unique_not_possible"),
        ({"key": "level", "type": "text", "unique": True, "default": "x"}, "customer_field.default_repeats"),
        ({"key": "level", "type": "number", "default": "x"}, "customer_field.not_a_number"),
        ({"key": "level", "type": "reference"}, "customer_field.target_unfit"),
        ({"key": "level", "type": "reference", "target": "store", "default": 1}, "customer_field.default_not_possible"),
        ({"key": "level", "type": "text", "currency": "CNY"}, "customer_field.currency_not_wanted"),
    ],
)
def test_a_definition_is_refused_when_it_contradicts_itself(owner: Caller, told: dict[str, Any], code: str) -> None:
    refused = owner.post("/customer-fields", {"name": "Level", **told})
    assert code_of(refused) == "customer_field.invalid"
    assert [fault["code"] for fault in body(refused)["errors"]] == [code]
    assert not CustomField.objects.exists()


def test_what_values_mean_stays_while_a_customer_has_one(owner: Caller) -> None:
    field = define(owner, "level", "choice", options=LEVELS)
    address = f"/customer-fields/{field['id']}"
    customer(owner, level="gold")
    assert code_of(owner.patch(address, {"type": "text"})) == "customer_field.in_use"
    gone = owner.patch(address, {"options": [LEVELS[0]]})
    assert (code_of(gone), body(gone)["params"]) == (
        "customer_field.in_use",
        {"changed": ["options"], "options": ["gold"]},
    )
    renamed = owner.patch(address, {"options": [{"key": "gold", "name": "Gold"}]})
    assert body(renamed)["options"] == [{"key": "gold", "name": "Gold"}]
    Customer.objects.all().delete()
    assert body(owner.patch(address, {"type": "text"}))["type"] == "text"


def test_an_archived_field_is_out_of_sight_and_comes_back_with_its_values(owner: Caller) -> None:
    field = define(owner, "level", "choice", options=LEVELS)
    file = customer(owner, level="gold")
    owner.post(f"/customer-fields/{field['id']}/archive")
    assert body(owner.get(f"/customers/{file['id']}"))["fields"] == {}
    assert owner.patch(f"/customers/{file['id']}", {"fields": {"level": "silver"}}).status_code == 422
    assert code_of(owner.post("/customer-fields", {"key": "level", "name": "L", "type": "text"})) == (
        "customer_field.key_taken"
    )
    assert body(owner.get("/customer-fields")) == []
    (listed,) = body(owner.get("/customer-fields?counted=true"))
    assert (listed["key"], listed["customers"]) == ("level", 1)
    owner.post(f"/customer-fields/{field['id']}/restore")
    assert body(owner.get(f"/customers/{file['id']}"))["fields"] == {"level": "gold"}


def test_fields_stand_in_the_order_the_operator_gives(owner: Caller) -> None:
    ids = [define(owner, key, "text")["id"] for key in ("a", "b", "c")]
    ordered = body(owner.post("/customer-fields/order", {"ids": [ids[2], ids[0]]}))
    assert [field["key"] for field in ordered] == ["c", "a", "b"]
    assert owner.post("/customer-fields/order", {"ids": [10**9]}).status_code == 404


def test_the_list_is_narrowed_by_own_fields(owner: Caller) -> None:
    define(owner, "level", "choice", options=LEVELS)
    define(owner, "visits", "number")
    define(owner, "budget", "money")
    define(owner, "seen_on", "date")
    customer(owner, "甲", level="gold", visits=2.5, seen_on="2026-01-02")
    customer(owner, "乙", level="silver", visits=10, budget={"amount_minor": 100, "currency": "CNY"})
    customer(owner, "丙")
    assert names(owner, "where=level:eq:gold") == ["甲"]
    assert names(owner, "where=visits:gte:2.5") == ["乙", "甲"]
    assert names(owner, "where=visits:gte:2.5&where=level:eq:silver") == ["乙"]
    assert names(owner, "where=budget:lte:100") == ["乙"]
    assert names(owner, "where=seen_on:lte:2026-01-02") == ["甲"]
    assert names(owner, "where=level:is_not_set") == ["丙"]
    for wrong in ("level", "level:eq:bronze", "level:gt:gold", "shoe:eq:1", "visits:eq:x", "seen_on:eq:2026-13-01"):
        refused = owner.get(f"/customers?where={wrong}")
        assert (refused.status_code, code_of(refused)) == (422, "customer.filter_invalid"), wrong


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_the_list_is_sorted_by_an_own_field_with_the_unknown_last(owner: Caller, limit: int) -> None:
    define(owner, "visits", "number")
    for name, visits in (("甲", 2), ("乙", 10), ("丙", None), ("丁", 2), ("戊", None)):
        customer(owner, name, visits=visits)
    for order, expected in (("field:visits", "甲丁乙戊丙"), ("-field:visits", "乙丁甲戊丙")):
        seen, cursor = "", ""
        while True:
            page = body(owner.get(f"/customers?order={order}&limit={limit}{cursor}"))
            seen += "".join(row["name"] for row in page["items"])
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == expected
    assert owner.get("/customers?order=field:nothing").status_code == 422


def test_nobody_sees_or_sorts_customers_of_other_stores_by_own_fields(owner: Caller) -> None:
    define(owner, "visits", "number")
    mine, other = (Store.objects.create(code=code, name=code) for code in ("S1", "S2"))
    here, there = customer(owner, "甲", visits=1), customer(owner, "乙", visits=2)
    Customer.objects.filter(pk=here["id"]).update(home_store_id=mine.pk)
    Customer.objects.filter(pk=there["id"]).update(home_store_id=other.pk)
    sales = signed_in(Role.SALES, store_ids=[mine.pk])
    assert names(sales, "order=field:visits") == ["甲"]
    assert names(sales, "where=visits:gte:0") == ["甲"]
    assert sales.patch(f"/customers/{there['id']}", {"fields": {"visits": 5}}).status_code == 404
    assert body(owner.get(f"/customers/{there['id']}"))["fields"] == {"visits": 2}


def test_a_reference_is_refused_when_nothing_is_there(owner: Caller) -> None:
    define(owner, "friend", "reference", target="customer")
    file = customer(owner, "甲")
    unknown = owner.patch(f"/customers/{file['id']}", {"fields": {"friend": 10**9}})
    assert body(unknown)["errors"][0]["code"] == "customer_field.reference_unknown"
    herself = owner.patch(f"/customers/{file['id']}", {"fields": {"friend": file["id"]}})
    assert body(herself)["errors"][0]["code"] == "customer_field.reference_to_self"


def test_what_references_offer_is_limited_to_the_scope(owner: Caller) -> None:
    field = define(owner, "friend", "reference", target="customer")
    mine = Store.objects.create(code="S1", name="S1")
    customer(owner, "甲一")
    Customer.objects.create(name="甲二", home_store_id=mine.pk)
    address = f"/customer-fields/{field['id']}/references?q=甲"
    assert [row["name"] for row in body(owner.get(address))] == ["甲二", "甲一"]
    assert [row["name"] for row in body(signed_in(Role.SALES, store_ids=[mine.pk]).get(address))] == ["甲二"]


def test_definitions_are_not_for_clerks(owner: Caller) -> None:
    clerk = signed_in(Role.CLERK)
    assert clerk.post("/customer-fields", {"key": "x", "name": "X", "type": "text"}).status_code == 403
    assert not CustomField.objects.exists()


def test_two_fields_of_one_key_are_one_when_made_at_once(db: None) -> None:
    services.define(services.Definition(key="level", name="L", type="text"), actor=SYSTEM)
    with pytest.raises(services.CustomFieldKeyTaken):
        services.define(services.Definition(key="level", name="L", type="number"), actor=SYSTEM)
