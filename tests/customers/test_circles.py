"""The rest of the file: birthdays and ownership, notes, tags, households, companies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from procrastinate.contrib.django.models import ProcrastinateJob

from huike.catalog.models import Store
from huike.customers import tasks
from huike.customers.models import AutomaticTag, Company, Customer, Household, Note, Tag
from huike.customers.tags import services as tags
from huike.platform.models import Job
from huike.staff.models import User
from huike.staff.rules import Role
from tests.people import Caller, code_of, signed_in

pytestmark = pytest.mark.django_db

CODE = "91110000600037341L"


def body(response: Any) -> Any:
    return json.loads(response.content)


@pytest.fixture
def owner() -> Caller:
    return signed_in(Role.OWNER)


def customer(name: str, **more: Any) -> int:
    return int(Customer.objects.create(name=name, **more).pk)


def test_a_file_says_everything_that_was_told(owner: Caller) -> None:
    friend, user = customer("李雷"), User.objects.get()
    told = {
        "name": "王芳",
        "birth_lunar": {"year": 1990, "month": 8, "day": 15, "leap": False},
        "latitude": 31.230416,
        "longitude": 121.473701,
        "income": "10k_20k",
        "education": "bachelor",
        "declared_interests": ["茶", "徒步"],
        "stage": "regular",
        "source_campaign": "2026 春茶",
        "referrer_id": friend,
        "owner_id": user.pk,
    }
    file = body(owner.post("/customers", told))
    assert file["birth_on"] == "1990-10-03"
    assert file["birth_lunar"] == {"year": 1990, "month": 8, "day": 15, "leap": False}
    assert (float(file["latitude"]), float(file["longitude"])) == (31.230416, 121.473701)
    assert (file["income"], file["education"], file["stage"]) == ("10k_20k", "bachelor", "regular")
    assert (file["declared_interests"], file["source_campaign"]) == (["徒步", "茶"], "2026 春茶")
    assert (file["referrer"], file["owner"]) == (
        {"id": friend, "name": "李雷"},
        {"id": user.pk, "name": user.name},
    )
    solar = body(owner.patch(f"/customers/{file['id']}", {"birth_on": "1991-02-03"}))
    assert (solar["birth_on"], solar["birth_lunar"]) == ("1991-02-03", None)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"birth_lunar": {"year": 2024, "month": 2, "day": 1, "leap": True}}, "customer.birthday_invalid"),
        ({"birth_lunar": {"month": 2, "day": 1}, "birth_on": "1990-01-01"}, "customer.birthday_invalid"),
        ({"owner_id": 10**9}, "customer.owner_unknown"),
        ({"referrer_id": 10**9}, "customer.referrer_invalid"),
        ({"latitude": 91}, "invalid"),
    ],
)
def test_what_cannot_be_is_refused(owner: Caller, told: dict[str, Any], code: str) -> None:
    refused = owner.post("/customers", {"name": "王芳", **told})
    assert (refused.status_code, code_of(refused)) == (422, code)
    assert not Customer.objects.exists()


def test_nobody_refers_herself(owner: Caller) -> None:
    one = customer("王芳")
    assert code_of(owner.patch(f"/customers/{one}", {"referrer_id": one})) == "customer.referrer_invalid"


def test_the_list_is_narrowed_by_owner_and_stage(owner: Caller) -> None:
    user = User.objects.get()
    customer("甲", owner_id=user.pk, stage="lost")
    customer("乙", stage="lost")
    assert [row["name"] for row in body(owner.get(f"/customers?owner_id={user.pk}"))["items"]] == ["甲"]
    assert [row["name"] for row in body(owner.get("/customers?stage=lost"))["items"]] == ["乙", "甲"]


def test_a_note_has_author_and_moment_and_only_its_author_takes_it_back(owner: Caller) -> None:
    one, store = customer("王芳"), Store.objects.create(code="S1", name="S1")
    written = body(owner.post(f"/customers/{one}/notes", {"text": "喜欢乌龙\n下午来"}))
    assert (written["text"], written["author_name"]) == ("喜欢乌龙\n下午来", User.objects.get().name)
    other = signed_in(Role.SERVICE)
    address = f"/customers/{one}/notes/{written['id']}"
    assert code_of(other.delete(address)) == "customer.note_not_found"
    assert [note["id"] for note in body(other.get(f"/customers/{one}/notes"))["items"]] == [written["id"]]
    outsider = signed_in(Role.SALES, store_ids=[store.pk])
    assert outsider.get(f"/customers/{one}/notes").status_code == 404
    assert outsider.post(f"/customers/{one}/notes", {"text": "x"}).status_code == 404
    assert owner.delete(address).status_code == 204
    assert not Note.objects.exists()


def replaced(response: HttpResponse) -> dict[str, Any]:
    """What the job of a renamed or deleted tag says after it ran."""
    assert response.status_code == 202, response.content
    task = ProcrastinateJob.objects.filter(task_name="customers.replace_tag").latest("id")
    tasks.replace_tag(**task.args)
    job = Job.objects.get(pk=json.loads(response.content)["id"])
    assert job.state == "succeeded"
    return dict(job.result)


def test_tags_are_described_renamed_merged_and_deleted_on_every_file(owner: Caller) -> None:
    both, one = customer("甲", tags=["vip", "茶友"]), customer("乙", tags=["VIP客"])
    owner.call("PUT", "/tags", {"name": "vip", "colour": "gold", "description": "常来的人"})
    listed = {tag["name"]: (tag["colour"], tag["customers"]) for tag in body(owner.get("/tags"))}
    assert listed == {"vip": ("gold", 1), "茶友": ("grey", 1), "VIP客": ("grey", 1)}
    assert replaced(owner.post("/tags/rename", {"name": "VIP客", "to": "vip"})) == {"changed": 1}
    assert Customer.objects.get(pk=one).tags == ["vip"]
    assert replaced(owner.post("/tags/rename", {"name": "vip", "to": "贵客"})) == {"changed": 2}
    assert Customer.objects.get(pk=both).tags == ["茶友", "贵客"]
    assert [(tag.name, tag.colour) for tag in Tag.objects.all()] == [("贵客", "gold")]
    assert replaced(owner.post("/tags/delete", {"name": "茶友"})) == {"changed": 1}
    assert Customer.objects.get(pk=both).tags == ["贵客"]
    assert owner.post("/tags/delete", {"name": "茶友"}).status_code == 404


def test_whoever_sees_some_stores_does_not_change_tags_of_all(owner: Caller) -> None:
    customer("甲", tags=["vip"])
    limited = signed_in(Role.MARKETING, store_ids=[])
    refused = limited.post("/tags/delete", {"name": "vip"})
    assert (refused.status_code, code_of(refused)) == (403, "tag.needs_all_stores")
    assert [tag["customers"] for tag in body(limited.get("/tags"))] == []
    assert Customer.objects.get().tags == ["vip"]


def test_a_rule_takes_off_only_what_it_put_on(owner: Caller) -> None:
    by_hand, by_rule = customer("甲", tags=["vip"]), customer("乙")
    assert tags.put_by_rule("vip", [by_hand, by_rule]) == 1
    assert body(owner.get(f"/customers/{by_rule}"))["automatic_tags"] == ["vip"]
    assert body(owner.get(f"/customers/{by_hand}"))["automatic_tags"] == []
    assert tags.take_by_rule("vip", [by_hand, by_rule]) == 1
    assert [row.tags for row in Customer.objects.order_by("pk")] == [["vip"], []]


def test_a_tag_put_on_by_hand_stays_when_the_rule_ends(owner: Caller) -> None:
    one = customer("甲")
    tags.put_by_rule("vip", [one])
    owner.post("/customers/tags", {"ids": [one], "add": ["vip"]})
    assert not AutomaticTag.objects.exists()
    assert tags.take_by_rule("vip", [one]) == 0
    assert Customer.objects.get().tags == ["vip"]


def test_a_household_lives_while_two_are_in_it(owner: Caller) -> None:
    wang, li, kid = customer("王芳", phone="+8613812345678"), customer("李雷"), customer("李小雷")
    made = owner.post(
        "/households",
        {
            "members": [{"customer_id": li, "role": "partner"}, {"customer_id": wang, "role": "head"}],
            "address": "外滩 1 号",
        },
    )
    household = body(made)
    assert (household["name"], household["address"]) == ("王芳", "外滩 1 号")
    assert [(m["name"], m["role"], m["phone"]) for m in household["members"]] == [
        ("王芳", "head", "+86 138****5678"),
        ("李雷", "partner", None),
    ]
    address = f"/households/{household['id']}"
    owner.call("PUT", f"{address}/members", {"customer_id": kid, "role": "child"})
    headed = body(owner.call("PUT", f"{address}/members", {"customer_id": li, "role": "head"}))
    assert [(m["name"], m["role"]) for m in headed["members"]] == [
        ("李雷", "head"),
        ("王芳", "other"),
        ("李小雷", "child"),
    ]
    assert owner.delete(f"{address}/members/{li}").status_code == 204
    left = body(owner.get(f"/customers/{kid}/household"))["household"]
    assert [(m["name"], m["role"]) for m in left["members"]] == [("王芳", "head"), ("李小雷", "child")]
    owner.delete(f"{address}/members/{kid}")
    assert not Household.objects.exists()
    assert body(owner.get(f"/customers/{wang}/household")) == {"household": None}


def test_a_person_is_in_one_household_and_moves_when_she_joins_another(owner: Caller) -> None:
    a, b, c, d = (customer(name) for name in "甲乙丙丁")

    def make(head: int, other: int) -> Any:
        return owner.post("/households", {"members": [{"customer_id": head, "role": "head"}, {"customer_id": other}]})

    first, second = body(make(a, b)), body(make(c, d))
    again = make(a, c)
    assert (again.status_code, code_of(again)) == (409, "household.taken")
    moved = body(owner.call("PUT", f"/households/{second['id']}/members", {"customer_id": a}))
    assert [m["name"] for m in moved["members"]] == ["丙", "丁", "甲"]
    assert not Household.objects.filter(pk=first["id"]).exists()
    headless = owner.post("/households", {"members": [{"customer_id": b}, {"customer_id": customer("戊")}]})
    assert code_of(headless) == "household.invalid"
    demoted = owner.call("PUT", f"/households/{second['id']}/members", {"customer_id": c, "role": "child"})
    assert code_of(demoted) == "household.invalid"


def test_a_household_shows_only_people_of_her_stores(owner: Caller) -> None:
    store = Store.objects.create(code="S1", name="S1")
    mine, other = customer("甲", home_store_id=store.pk), customer("乙")
    household = body(
        owner.post("/households", {"members": [{"customer_id": mine, "role": "head"}, {"customer_id": other}]})
    )
    sales = signed_in(Role.SALES, store_ids=[store.pk])
    seen = body(sales.get(f"/customers/{mine}/household"))["household"]
    assert ([m["name"] for m in seen["members"]], seen["hidden"]) == (["甲"], 1)
    assert sales.delete(f"/households/{household['id']}/members/{other}").status_code == 404
    nobody = signed_in(Role.SALES, store_ids=[])
    assert nobody.patch(f"/households/{household['id']}", {"name": "x"}).status_code == 404
    assert Household.objects.get().name == "甲"


def test_a_company_has_contacts_and_what_they_bought(owner: Caller) -> None:
    buyer = customer("王芳", orders_count=2, spent_minor=5000, spent_currency="CNY")
    other = customer("李雷", orders_count=1, spent_minor=100, spent_currency="JPY")
    made = owner.post("/companies", {"name": " 回客  科技 ", "credit_code": CODE.lower(), "industry": "茶"})
    company = body(made)
    assert (made.status_code, company["name"], company["credit_code"]) == (201, "回客 科技", CODE)
    for contact, role in ((buyer, "采购"), (other, "")):
        owner.post(f"/companies/{company['id']}/contacts", {"customer_id": contact, "role": role})
    twice = owner.post(f"/companies/{company['id']}/contacts", {"customer_id": buyer})
    assert (twice.status_code, code_of(twice)) == (409, "company.contact_taken")
    assert body(owner.get(f"/companies/{company['id']}"))["totals"] == [
        {"currency": "CNY", "orders_count": 2, "spent_minor": 5000},
        {"currency": "JPY", "orders_count": 1, "spent_minor": 100},
    ]
    contacts = body(owner.get(f"/companies/{company['id']}/contacts"))
    assert [(row["customer"]["name"], row["role"]) for row in contacts] == [("王芳", "采购"), ("李雷", "")]
    assert body(owner.get(f"/customers/{buyer}/companies")) == [
        {"id": company["id"], "name": "回客 科技", "role": "采购"}
    ]
    (listed,) = body(owner.get("/companies?q=huike"))["items"]
    assert (listed["name"], listed["contacts_count"]) == ("回客 科技", 2)
    assert owner.delete(f"/companies/{company['id']}/contacts/{other}").status_code == 204
    assert owner.delete(f"/companies/{company['id']}").status_code == 204
    assert Customer.objects.count() == 2


def test_a_credit_code_is_sound_and_of_one_company(owner: Caller) -> None:
    owner.post("/companies", {"name": "甲", "credit_code": CODE})
    assert code_of(owner.post("/companies", {"name": "乙", "credit_code": CODE})) == "company.credit_code_taken"
    assert code_of(owner.post("/companies", {"name": "乙", "credit_code": CODE[:-1] + "A"})) == (
        "company.credit_code_invalid"
    )
    assert [company.name for company in Company.objects.all()] == ["甲"]


def test_companies_of_other_stores_are_not_there(owner: Caller) -> None:
    store = Store.objects.create(code="S1", name="S1")
    there = body(owner.post("/companies", {"name": "甲"}))["id"]
    sales = signed_in(Role.SALES, store_ids=[store.pk])
    mine = body(sales.post("/companies", {"name": "乙"}))
    assert mine["store"] == {"id": store.pk, "name": "S1"}
    assert [row["name"] for row in body(sales.get("/companies"))["items"]] == ["乙"]
    for refused in (
        sales.get(f"/companies/{there}"),
        sales.patch(f"/companies/{there}", {"name": "x"}),
        sales.delete(f"/companies/{there}"),
        sales.get(f"/companies/{there}/contacts"),
        sales.post(f"/companies/{mine['id']}/contacts", {"customer_id": customer("丙")}),
    ):
        assert refused.status_code == 404
    assert Company.objects.get(pk=there).name == "甲"
