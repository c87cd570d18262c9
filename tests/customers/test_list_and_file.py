"""The list, the file and the timeline, as people and their scopes see them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from huike.customers import selectors, services, tasks, timeline
from huike.customers.errors import CustomerNotFound, IdentityTaken
from huike.customers.models import Customer, Identity
from huike.customers.selectors import CustomerFilter
from huike.customers.services import CustomerDraft
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry, Job
from huike.staff.rules import Role
from tests.people import Caller, api_key, code_of, signed_in
from tests.tills import NOW, member, order, phone, place, store, taken_back


def customer(name: str = "", **told: Any) -> Customer:
    return services.create_customer(CustomerDraft(name=name, **told), actor=SYSTEM, scope=EVERYTHING)


def names(**narrowing: Any) -> list[str]:
    page = selectors.list_customers(CustomerFilter(**narrowing), scope=EVERYTHING, order="name")
    assert page.total == len(page.items)
    return [row.name for row in page.items]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("王", ["王小明"]),
        ("wangx", ["王小明"]),
        ("Wang Xiao", ["王小明"]),
        ("wxm", ["王小明"]),
        ("5678", ["王小明"]),
        ("138 1234 5678", ["王小明"]),
        ("+8613812345678", ["王小明"]),
        ("13812", ["王小明"]),
        ("LI@ex", ["李雷"]),
        ("vip-0042", ["李雷"]),
        ("1234", []),
        ("%", []),
        ("'; DROP TABLE customers_customer; --", []),
    ],
)
def test_a_person_is_found_by_what_a_clerk_has_at_hand(q: str, found: list[str]) -> None:
    customer("王小明", phone="13812345678")
    customer("李雷", email="Li@Example.com", card_number="VIP 0042", phone="13900000000")
    assert names(q=q) == found


@pytest.mark.django_db
def test_the_list_is_narrowed_by_every_filter_at_once() -> None:
    customer("A", city="上海", email="a@x.cn", tags=["茶友"])
    customer("B", city="上海")
    customer("C", city="杭州", member_since_at=NOW)
    assert names(city="上海") == ["A", "B"]
    assert names(city="上海", has_email=True) == ["A"]
    assert names(has_email=False, member=True) == ["C"]
    assert names(tag="茶友") == ["A"]
    assert names(min_orders=1) == []


@pytest.mark.django_db
@pytest.mark.parametrize("order_by", sorted(selectors.ORDERS))
def test_walking_the_pages_meets_everybody_once(order_by: str) -> None:
    for n in range(7):
        customer(f"P{n % 3}")
    place(order("A-1", buyer=phone()), order("A-2", buyer=member()))
    met: list[int] = []
    cursor = None
    while True:
        page = selectors.list_customers(CustomerFilter(), scope=EVERYTHING, order=order_by, cursor=cursor, limit=2)
        met += [row.pk for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(met) == sorted(Customer.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_nobody_sees_customers_of_other_stores() -> None:
    own, other = store("SH01"), store("BJ01", "王府井店")
    mine, hers = customer("mine", home_store_id=own.pk), customer("hers", home_store_id=other.pk)
    clerk = signed_in(Role.SERVICE, store_ids=[own.pk])
    listed = json.loads(clerk.get("/customers").content)
    assert [row["id"] for row in listed["items"]] == [mine.pk]
    assert listed["items"][0]["home_store"] == {"id": own.pk, "name": "南京西路店"}
    for path in ("", "/timeline", "/consent-events", "/orders"):
        assert clerk.get(f"/customers/{hers.pk}{path}").status_code == 404
    assert clerk.post(f"/customers/{hers.pk}/unmask", {"reason": "curious"}).status_code == 404
    assert clerk.patch(f"/customers/{hers.pk}", {"name": "x"}).status_code == 404
    assert clerk.patch(f"/customers/{mine.pk}", {"home_store_id": other.pk}).status_code == 404
    tagged = clerk.post("/customers/tags", {"ids": [mine.pk, hers.pk], "add": ["x"]})
    assert json.loads(tagged.content) == {"changed": 1}
    hers.refresh_from_db()
    assert (hers.tags, hers.name) == ([], "hers")
    made = json.loads(clerk.post("/customers", {"name": "new"}).content)
    assert made["home_store"]["id"] == own.pk


@pytest.mark.django_db
def test_the_file_is_masked_until_somebody_says_why_and_that_is_written_down() -> None:
    person = customer("王小明", phone="13812345678", email="wang@example.com", card_number="VIP88001234")
    place(order("A-1", buyer=phone()), taken_back("R-1", return_of="A-1", placed_at=NOW + timedelta(hours=1)))
    agent = signed_in(Role.SERVICE)
    seen = agent.get(f"/customers/{person.pk}").content.decode()
    assert "12345678" not in seen
    assert "wang@" not in seen
    file = json.loads(seen)
    assert (file["phone"], file["email"], file["card_number"]) == ("+86 138****5678", "w***@example.com", "****1234")
    assert [(t["currency"], t["orders_count"], t["returns_count"], t["net_minor"]) for t in file["totals"]] == [
        ("CNY", 1, 1, 0)
    ]
    clear = json.loads(agent.post(f"/customers/{person.pk}/unmask", {"reason": "calls back"}).content)
    assert (clear["phone"], clear["email"]) == ("+8613812345678", "wang@example.com")
    entry = AuditEntry.objects.get(action="unmask_customer")
    assert (entry.subject_id, entry.details) == (person.pk, {"reason": "calls back"})
    assert code_of(signed_in(Role.ANALYST).post(f"/customers/{person.pk}/unmask", {"reason": "no"})) == "forbidden"


@pytest.mark.django_db
def test_an_identity_of_somebody_else_is_refused_and_nothing_changes() -> None:
    customer("first", phone="13812345678")
    second = customer("second", phone="13900000000")
    with pytest.raises(IdentityTaken):
        services.update_customer(second.pk, {"phone": "13812345678", "name": "x"}, actor=SYSTEM, scope=EVERYTHING)
    assert Customer.objects.count() == 2
    second.refresh_from_db()
    assert (second.phone, second.name) == ("+8613900000000", "second")
    services.update_customer(second.pk, {"phone": None, "name": "改名"}, actor=SYSTEM, scope=EVERYTHING)
    second.refresh_from_db()
    assert (second.phone, second.name_pinyin) == (None, "gaiming")
    assert not Identity.objects.filter(customer=second, released_at=None).exists()
    with pytest.raises(CustomerNotFound):
        selectors.find_customer(second.pk, scope=Scope(all_stores=False))


@pytest.mark.django_db
def test_the_timeline_merges_all_kinds_and_pages_through_them_once() -> None:
    person = place(order("A-0", buyer=phone())).customer_id
    assert person is not None
    for n in range(1, 6):
        at = NOW - timedelta(hours=n // 2)  # some at the same instant
        place(
            order(f"A-{n}", buyer=phone(), placed_at=at),
            taken_back(f"R-{n}", buyer=phone(), placed_at=at),
        )
    everything = timeline.page(person, kinds=None, cursor=None, limit=100).items
    assert [entry.position for entry in everything] == sorted((e.position for e in everything), reverse=True)
    assert len(everything) == 12  # five sales and returns each, the first sale, the phone
    walked: list[Any] = []
    cursor = None
    while True:
        page = timeline.page(person, kinds=None, cursor=cursor, limit=3)
        walked += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert walked == everything
    assert {entry.kind for entry in timeline.page(person, kinds=["return"], cursor=None, limit=9).items} == {"return"}


def run_export(caller: Any, **told: Any) -> tuple[Job, Any]:
    response = caller.post("/customers/export", told)
    assert response.status_code == 202, response.content
    job = Job.objects.get(pk=json.loads(response.content)["id"])
    call_command("procrastinate", "worker", "--one-shot", "--concurrency=1")
    job.refresh_from_db()
    return job, caller.get(f"/jobs/{job.pk}/file")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_holds_what_was_asked_for_and_runs_no_formula(file_format: str) -> None:
    customer("=HYPERLINK(1)", phone="13812345678", city="上海")
    customer("@SUM(A1)", city="杭州")
    caller = signed_in(Role.MARKETING)
    job, response = run_export(
        caller, filter={"city": "上海"}, columns=["name", "phone", "orders_count"], format=file_format
    )
    assert (job.state, job.result["rows"], job.error_code) == ("succeeded", 1, "")
    content = b"".join(response.streaming_content)
    if file_format == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert rows == [["name", "phone", "orders_count"], ["'=HYPERLINK(1)", "'+8613812345678", "0"]]
    else:
        sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
        assert '<c t="inlineStr"><is><t xml:space="preserve">=HYPERLINK(1)</t></is></c>' in sheet
        assert "<f>" not in sheet
        assert "@SUM" not in sheet
    assert signed_in(Role.MARKETING).get(f"/jobs/{job.pk}/file").status_code == 404
    assert {e.action for e in AuditEntry.objects.all()} >= {"export_customers", "download_export"}
    assert tasks.write_customers.name == "customers.write_customers"


@pytest.mark.django_db(transaction=True)
def test_an_export_is_fetched_by_the_key_that_asked_for_it_and_by_no_other() -> None:
    customer("王小明", city="上海")
    key, other = (Caller(key=api_key({"customers.export", "jobs.read"})) for _ in range(2))
    job, response = run_export(key, filter={}, columns=["name"], format="csv")
    assert b"".join(response.streaming_content).decode("utf-8-sig").split() == ["name", "王小明"]
    assert key.get(f"/jobs/{job.pk}").json()["state"] == "succeeded"
    assert [caller.get(f"/jobs/{job.pk}/file").status_code for caller in (other, signed_in(Role.MARKETING))] == [
        404
    ] * 2
    assert other.get(f"/jobs/{job.pk}").status_code == 404
