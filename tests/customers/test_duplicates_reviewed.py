"""The search as a job, and what people say about the pairs it proposes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from django.db import connection

from huike.customers import services as customers
from huike.customers.duplicates import matching
from huike.customers.duplicates.matching import Pair
from huike.customers.duplicates.services import KIND, dismiss, keep, start
from huike.customers.merging.services import merge_customers, undo_merge
from huike.customers.models import Duplicate, DuplicateSearch
from huike.customers.services import CustomerDraft
from huike.customers.tasks import find_duplicates
from huike.kernel.scope import EVERYTHING
from huike.platform import jobs
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.models import AuditEntry, Job
from huike.staff.rules import Role
from tests.people import code_of, signed_in
from tests.tills import NOW, store

REASONS = ["name.equal", "birth.equal"]


def customer(name: str = "", **told: Any) -> int:
    return int(customers.create_customer(CustomerDraft(name=name, **told), actor=SYSTEM, scope=EVERYTHING).pk)


def pair(one: int, other: int, probability: float = 0.97) -> Pair:
    return Pair(low_id=min(one, other), high_id=max(one, other), probability=probability, reasons=REASONS)


def proposed() -> list[tuple[int, int]]:
    return list(Duplicate.objects.filter(dismissed_at=None).order_by("pk").values_list("low_id", "high_id"))


@pytest.mark.django_db(transaction=True)
def test_the_search_proposes_the_planted_pair_and_leaves_no_file_behind() -> None:
    born, home = date(1988, 3, 12), {"city": "上海", "district": "徐汇区", "address": "衡山路18号2栋301室"}
    one = customer("欧阳晴", birth_on=born, **home)
    other = customer("欧阳情", birth_on=born, **home)
    for n in range(30):
        customer(f"路人{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{'东西南'[n // 10]}", birth_on=date(1960 + n, 5, 1 + n % 28))
    job = start(actor=SYSTEM, requested_by_id=None)
    assert start(actor=SYSTEM, requested_by_id=None).pk == job.pk  # one search at a time
    find_duplicates(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.SUCCEEDED, {"pairs": 1, "files": 32})
    (found,) = Duplicate.objects.all()
    assert (found.low_id, found.high_id) == (one, other)
    assert found.reasons == ["name.sounds", "birth.equal", "address.equal"]
    assert list((get_config().data_dir / "scratch").glob("duplicates-*")) == []


def search(*, full: bool) -> dict[str, Any]:
    job = start(actor=SYSTEM, requested_by_id=None, full=full)
    find_duplicates(job_id=job.pk, full=full)
    job.refresh_from_db()
    return dict(job.result)


@pytest.mark.django_db(transaction=True)
def test_the_nightly_search_compares_what_changed_with_all_and_leaves_other_pairs_alone() -> None:
    born, home = date(1988, 3, 12), {"city": "上海", "district": "徐汇区", "address": "衡山路18号2栋301室"}
    old = customer("欧阳晴", birth_on=born, **home)
    twin = customer("欧阳情", birth_on=born, **home)
    for n in range(30):
        customer(f"路人{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{'东西南'[n // 10]}", birth_on=date(1960 + n, 5, 1 + n % 28))
    assert search(full=False) == {"pairs": 1, "files": 32}  # there was none before
    newcomer = customer("司徒雪", birth_on=date(1971, 1, 2), phone="13812345678", city="杭州", address="人民路77号")
    second = customer("司徒雪", birth_on=date(1971, 1, 2), email="xue@example.com", city="杭州", address="人民路77号")
    assert search(full=False) == {"pairs": 1, "files": 2}
    assert proposed() == [(old, twin), (newcomer, second)]
    customers.update_customer(
        second, {"name": "王大力", "birth_on": date(1950, 7, 9), "address": "北京路3号"}, actor=SYSTEM, scope=EVERYTHING
    )
    assert search(full=False) == {"pairs": 0, "files": 1}
    assert proposed() == [(old, twin)]
    assert search(full=False) == {"pairs": 0, "files": 0}
    assert search(full=True) == {"pairs": 1, "files": 34}
    DuplicateSearch.objects.update(ended_at=NOW - timedelta(days=3_000))
    assert search(full=False)["files"] == 34  # the last full one is too long ago


@pytest.mark.django_db(transaction=True)
def test_a_search_in_the_midst_of_comparing_stops_when_it_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    customer("欧阳晴", birth_on=date(1988, 3, 12))
    job = start(actor=SYSTEM, requested_by_id=None)

    def endless(database: duckdb.DuckDBPyConnection, **_: Any) -> list[Pair]:
        jobs.request_cancel(job.pk)
        database.execute("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 8")
        raise AssertionError("it was not broken off")

    monkeypatch.setattr(matching, "find_pairs", endless)
    find_duplicates(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert not Duplicate.objects.exists()
    assert not DuplicateSearch.objects.exists()
    assert list((get_config().data_dir / "scratch").glob("duplicates-*")) == []


@pytest.mark.django_db(transaction=True)
def test_a_search_that_was_cancelled_proposes_nothing() -> None:
    customer("欧阳晴", birth_on=date(1988, 3, 12))
    job = jobs.create(kind=KIND, title_params={}, requested_by_id=None)
    jobs.request_cancel(job.pk)
    with pytest.raises(jobs.JobFinished):
        find_duplicates(job_id=job.pk)
    assert not Duplicate.objects.exists()


@pytest.mark.django_db
def test_a_dismissed_pair_is_never_proposed_again_also_when_one_of_them_was_merged_since() -> None:
    one, other, third = customer("甲"), customer("乙"), customer("丙")
    keep([pair(one, other)])
    assert dismiss([Duplicate.objects.get().pk], actor=SYSTEM, scope=EVERYTHING, now=NOW) == 1
    keep([pair(one, other)])
    assert proposed() == []
    merge_customers(other, third, survivor_id=third, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    keep([pair(one, third)])
    assert proposed() == []
    assert AuditEntry.objects.filter(action="dismiss_duplicate").count() == 1


@pytest.mark.django_db
def test_a_pair_is_not_listed_while_it_is_merged_and_is_again_when_that_is_undone() -> None:
    caller = signed_in(Role.SERVICE)
    one, other = customer("甲"), customer("乙")
    keep([pair(one, other)])
    merge = merge_customers(one, other, survivor_id=None, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert caller.call("GET", "/duplicates").json()["total"] == 0
    keep([])  # a night passes
    undo_merge(merge.pk, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert caller.call("GET", "/duplicates").json()["total"] == 1
    keep([])
    assert proposed() == []


@pytest.mark.django_db
def test_two_files_with_different_documents_are_not_proposed() -> None:
    one, other = customer("甲"), customer("乙")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_sealing_key (purpose, wrapped, created_at) VALUES ('number', '', now()) RETURNING id"
        )
        (key,) = cursor.fetchone()
        for customer_id in (one, other):
            cursor.execute(
                "INSERT INTO customers_id_document (customer_id, kind, sealed, key_id, look_up, shown, updated_at)"
                " VALUES (%s, 'id_card', '', %s, %s, '', now())",
                [customer_id, key, f"look-up {customer_id}"],
            )
    keep([pair(one, other)])
    assert proposed() == []


@pytest.mark.django_db
def test_pairs_are_listed_dismissed_and_reopened_over_http() -> None:
    caller = signed_in(Role.SERVICE)
    a, b, c = customer("甲", phone="13812345678"), customer("乙"), customer("丙")
    keep([pair(a, b, 0.6), pair(b, c, 0.99), pair(a, c, 0.85)])
    page = caller.call("GET", "/duplicates?limit=2").json()
    assert [(item["score_permille"], item["band"]) for item in page["items"]] == [(990, "high"), (850, "medium")]
    assert page["total"] == 3
    rest = caller.call("GET", f"/duplicates?limit=2&cursor={page['next_cursor']}").json()
    (last,) = rest["items"]
    assert (last["one"]["id"], last["other"]["id"], last["reasons"]) == (a, b, REASONS)
    assert last["one"]["phone"] == "+86 138****5678"
    ids = [item["id"] for item in page["items"]]
    assert caller.call("POST", "/duplicates/dismiss", {"ids": ids}).json() == {"dismissed": 2}
    assert caller.call("POST", "/duplicates/dismiss", {"ids": ids}).json() == {"dismissed": 0}
    assert caller.call("GET", "/duplicates?dismissed=true").json()["total"] == 2
    assert caller.call("POST", f"/duplicates/{ids[0]}/reopen").json()["dismissed_at"] is None
    assert caller.call("GET", "/duplicates").json()["total"] == 2


@pytest.mark.django_db
def test_whoever_is_limited_to_a_store_neither_sees_nor_dismisses_a_pair_with_a_file_of_another() -> None:
    mine, theirs = store().pk, store("BJ01").pk
    one, other = customer("甲", home_store_id=mine), customer("乙", home_store_id=theirs)
    keep([pair(one, other)])
    outsider = signed_in(Role.SERVICE, store_ids=[mine])
    pair_id = Duplicate.objects.get().pk
    assert outsider.call("GET", "/duplicates").json()["total"] == 0
    refused = outsider.call("POST", "/duplicates/dismiss", {"ids": [pair_id]})
    assert (refused.status_code, code_of(refused)) == (404, "duplicate.not_found")
    assert outsider.call("POST", f"/duplicates/{pair_id}/reopen").status_code == 404
    assert proposed() == [(one, other)]
    assert not AuditEntry.objects.filter(action="dismiss_duplicate").exists()
