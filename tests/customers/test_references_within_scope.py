"""A file points to people, households, companies: whoever is limited to stores reads numbers for what is elsewhere."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest

from huike.catalog.models import Store
from huike.customers import tasks
from huike.customers.companies.services import company_names
from huike.customers.fields import services as fields
from huike.customers.fields.references import target
from huike.customers.fields.services import Definition
from huike.customers.households.services import household_names
from huike.customers.in_words import said_of
from huike.customers.models import Company, CompanyContact, Customer, Household, HouseholdMember, Source
from huike.customers.selectors import names_of_customers
from huike.kernel.scope import EVERYTHING, Scope
from huike.orders.models import Order
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.segments.labels import names_within
from huike.staff.rules import Role
from tests.people import Caller, signed_in

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Two:
    """Ann of my store points to Bob of another in every way there is."""

    mine: Store
    ann: Customer
    bob: Customer
    theirs: Company
    household: Household

    @property
    def scope(self) -> Scope:
        return Scope(all_stores=False, store_ids=frozenset({self.mine.pk}))

    def limited(self) -> Caller:
        return signed_in(Role.OWNER, store_ids=[self.mine.pk])


@pytest.fixture
def two() -> Two:
    mine, other = (Store.objects.create(code=code, name=code) for code in ("S1", "S2"))
    bob = Customer.objects.create(name="Bob", home_store_id=other.pk)
    ann = Customer.objects.create(name="Ann", home_store_id=mine.pk, referrer=bob)
    theirs = Company.objects.create(name="Bob Ltd", store_id=other.pk)
    CompanyContact.objects.create(company=theirs, customer=ann)
    household = Household.objects.create(name="Bob")
    HouseholdMember.objects.create(household=household, customer=bob, role="head")
    HouseholdMember.objects.create(household=household, customer=ann, role="partner")
    for key, target_kind, id in (("friend", "customer", bob.pk), ("employer", "company", theirs.pk)):
        fields.define(Definition(key=key, name=key, type="reference", target=target_kind), actor=SYSTEM)
        fields.set_values(ann.pk, {key: id})
    return Two(mine, ann, bob, theirs, household)


def body(response: Any) -> Any:
    assert response.status_code == 200, response.content
    return json.loads(response.content)


def named(row: dict[str, Any]) -> dict[str, Any]:
    companies = [company["name"] for company in row["companies"]]
    circles = {"household": row["household"]["name"], "size": row["household_size"], "companies": companies}
    return {"referrer": row["referrer"]["name"], **circles, **row["field_names"]}


def test_a_row_and_a_file_name_only_people_of_ones_own_stores(two: Two) -> None:
    bob, company = f"#{two.bob.pk}", f"#{two.theirs.pk}"
    hidden: dict[str, Any] = {"referrer": bob, "friend": bob, "employer": company}
    hidden |= {"household": f"#{two.household.pk}", "size": 2, "companies": [company]}
    seen: dict[str, Any] = {"referrer": "Bob", "friend": "Bob", "employer": "Bob Ltd"}
    seen |= {"household": "Bob", "size": 2, "companies": ["Bob Ltd"]}
    for caller, expected in ((two.limited(), hidden), (signed_in(Role.OWNER), seen)):
        (row,) = (row for row in body(caller.get("/customers"))["items"] if row["id"] == two.ann.pk)
        file = body(caller.get(f"/customers/{two.ann.pk}"))
        changed = body(caller.patch(f"/customers/{two.ann.pk}", {"city": "Hangzhou"}))
        assert [named(row), named(file), named(changed)] == [expected] * 3
        assert row["referrer"]["id"] == two.bob.pk


def test_a_household_that_bears_the_name_of_somebody_elsewhere_is_a_number(two: Two) -> None:
    address, owner = f"/customers/{two.ann.pk}/household", signed_in(Role.OWNER)
    shown = body(two.limited().get(address))["household"]
    assert (shown["name"], [member["name"] for member in shown["members"]], shown["hidden"]) == (
        f"#{two.household.pk}",
        ["Ann"],
        1,
    )
    assert body(owner.get(address))["household"]["name"] == "Bob"
    Household.objects.filter(pk=two.household.pk).update(name="The lake house")
    assert body(two.limited().get(address))["household"]["name"] == "The lake house"
    HouseholdMember.objects.filter(customer=two.ann).delete()
    assert household_names([two.household.pk], two.scope) == {two.household.pk: f"#{two.household.pk}"}


def test_an_order_of_ones_store_by_somebody_of_another_names_a_number(two: Two) -> None:
    source = Source.objects.create(key="till", name="Till", timezone="UTC", currency="CNY")
    for number, buyer in enumerate((two.ann, two.bob)):
        Order.objects.create(
            source=source, external_id=str(number), kind="sale", customer=buyer, store=two.mine, channel="pos",
            currency="CNY", placed_at=clock.now(), gross_minor=100, net_minor=100,
        )  # fmt: skip
    for caller, bob in ((two.limited(), f"#{two.bob.pk}"), (signed_in(Role.OWNER), "Bob")):
        rows = body(caller.get("/orders"))["items"]
        assert {row["customer"]["name"] for row in rows} == {"Ann", bob}
        shown = [body(caller.get(f"/orders/{row['id']}"))["customer"]["name"] for row in rows]
        assert sorted(shown) == sorted({"Ann", bob})


def test_an_undone_merge_names_the_file_of_another_store_by_its_number(two: Two) -> None:
    owner, limited = signed_in(Role.OWNER), two.limited()
    made = body(owner.once(f"/customers/{two.ann.pk}/merge", {"other_id": two.bob.pk, "survivor_id": two.ann.pk}))
    (standing,) = body(limited.get("/merges"))["items"]
    assert (standing["survivor"]["name"], standing["absorbed"]["name"]) == ("Ann", "Bob")
    body(owner.once(f"/merges/{made['id']}/undo", {"note": ""}))
    for caller, bob in ((limited, f"#{two.bob.pk}"), (owner, "Bob")):
        (undone,) = body(caller.get("/merges"))["items"]
        assert (undone["survivor"]["name"], undone["absorbed"]["name"]) == ("Ann", bob)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_names_only_people_of_ones_own_stores(two: Two, file_format: str) -> None:
    columns = ["name", "referrer", "fields.friend", "fields.employer", "household", "companies"]
    bob, company, household = f"#{two.bob.pk}", f"#{two.theirs.pk}", f"#{two.household.pk}"
    written = export(two.limited(), columns, file_format)
    assert cells(written, file_format) == [columns, ["Ann", bob, bob, company, household, company]]
    written = export(signed_in(Role.OWNER), columns, file_format)
    assert ["Ann", "Bob", "Bob", "Bob Ltd", "Bob", "Bob Ltd"] in cells(written, file_format)


def export(caller: Caller, columns: list[str], file_format: str) -> bytes:
    from procrastinate.contrib.django.models import ProcrastinateJob

    asked = caller.post("/customers/export", {"filter": {}, "columns": columns, "format": file_format})
    assert asked.status_code == 202, asked.content
    queued = ProcrastinateJob.objects.filter(task_name="customers.write_customers")
    tasks.write_customers(**next(one.args for one in queued if one.args["job_id"] == asked.json()["id"]))
    return b"".join(caller.get(f"/jobs/{asked.json()['id']}/file").streaming_content)


def cells(written: bytes, file_format: str) -> list[list[str]]:
    if file_format == "csv":
        return list(csv.reader(io.StringIO(written.decode("utf-8-sig"))))
    sheet = zipfile.ZipFile(io.BytesIO(written)).read("xl/worksheets/sheet1.xml").decode()
    rows = sheet.split("<row>")[1:]
    return [[cell.partition("</t>")[0] for cell in row.split('xml:space="preserve">')[1:]] for row in rows]


def test_a_letter_shown_to_a_clerk_names_nobody_else_while_she_is_told_everything(two: Two) -> None:
    people, languages = {two.ann.pk: two.ann}, {two.ann.pk: "en"}
    told, shown = (said_of(people, languages, scope=scope)[two.ann.pk] for scope in (EVERYTHING, two.scope))
    assert (told["referrer"], told["household"], told["companies"]) == ("Bob", "Bob", "Bob Ltd")
    assert (shown["referrer"], shown["household"], shown["companies"]) == (
        f"#{two.bob.pk}",
        f"#{two.household.pk}",
        f"#{two.theirs.pk}",
    )


def test_a_preview_of_a_letter_names_only_people_of_ones_own_stores(two: Two) -> None:
    words = {"en": {"subject": "Hello", "body": "{{ customer.referrer }}, {{ customer.fields.friend }}"}}
    asked = {"contents": words, "layout": "plain", "customer_id": two.ann.pk}
    limited = two.limited().post("/templates/preview", asked)
    everything = signed_in(Role.OWNER).post("/templates/preview", asked)
    assert f"#{two.bob.pk}, #{two.bob.pk}" in body(limited)["text"]
    assert "Bob" not in limited.content.decode()
    assert "Bob, Bob" in body(everything)["text"]


def test_names_are_told_by_scope_and_nobody_who_is_gone_has_one(two: Two) -> None:
    nameless = Customer.objects.create(name="", home_store_id=two.mine.pk)
    gone = Customer.objects.create(name="Gone", state="erased")
    ids = [two.ann.pk, two.bob.pk, nameless.pk, gone.pk, None]
    assert names_of_customers(ids, two.scope) == {
        two.ann.pk: "Ann",
        two.bob.pk: f"#{two.bob.pk}",
        nameless.pk: f"#{nameless.pk}",
    }
    assert names_of_customers(ids, EVERYTHING)[two.bob.pk] == "Bob"
    assert target("company").names_of([two.theirs.pk], two.scope) == {two.theirs.pk: f"#{two.theirs.pk}"}
    assert company_names([two.theirs.pk, 10**9], EVERYTHING) == {two.theirs.pk: "Bob Ltd"}
    for kind, id in (("customer", two.bob.pk), ("company", two.theirs.pk)):
        assert names_within(kind, {id}, scope=two.scope) == {}
