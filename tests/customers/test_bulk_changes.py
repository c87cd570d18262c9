"""Many files changed at once: fixed, resumable, within one's scope, and undone where nobody spoke since."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from huike.customers import services as customers
from huike.customers import tasks
from huike.customers.bulk_changes import selections, services
from huike.customers.models import AutomaticTag, BulkChange, BulkStep, Customer, Selection, SelectionBatch
from huike.customers.services import CustomerDraft
from huike.customers.tags import services as tags
from huike.kernel.scope import EVERYTHING
from huike.platform import clock, jobs
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry, Job
from huike.staff.models import User
from huike.staff.rules import Role
from tests.people import Caller, api_key, code_of, person, signed_in
from tests.tills import store

OF_STAFF = "/customers/bulk-changes"


def customer(name: str, **told: Any) -> int:
    return int(customers.create_customer(CustomerDraft(name=name, **told), actor=SYSTEM, scope=EVERYTHING).pk)


def select(caller: Caller, **whom: Any) -> dict[str, Any]:
    response = caller.post("/customers/selections", whom)
    assert response.status_code == 201, response.content
    return dict(json.loads(response.content))


_keys = iter(range(10**9))


def ask(caller: Caller, selection: dict[str, Any], kind: str, *, key: str = "", **told: Any) -> Any:
    body = {"selection_id": selection["id"], "kind": kind, **told}
    return caller.post(OF_STAFF, body, **{"Idempotency-Key": key or f"k{next(_keys)}"})


def run(response: Any) -> Job:
    """Do the work of the job that was answered."""
    assert response.status_code == 202, response.content
    job_id = json.loads(response.content)["id"]
    queued = ProcrastinateJob.objects.filter(task_name="customers.change_selection")
    tasks.change_selection(**next(task.args for task in queued if task.args["job_id"] == job_id))
    return Job.objects.get(pk=job_id)


def tags_of(*ids: int) -> list[list[str]]:
    by_id = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "tags"))
    return [by_id[pk] for pk in ids]


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner() -> Caller:
    return signed_in(Role.OWNER)


def test_exactly_those_are_tagged_who_were_there_when_it_was_confirmed(owner: Caller) -> None:
    one, two = customer("甲", city="上海"), customer("乙", city="上海", tags=["vip"])
    selection = select(owner, filter={"city": "上海"})
    assert selection["people"] == 2
    late = customer("丙", city="上海")
    job = run(ask(owner, selection, "add_tag", tag=" vip "))
    assert tags_of(one, two, late) == [["vip"], ["vip"], []]
    assert (job.state, job.result["changed"], job.result["unchanged"], job.done, job.total) == ("succeeded", 1, 1, 2, 2)
    entries = AuditEntry.objects.filter(subject_kind="job", subject_id=job.pk).order_by("pk")
    assert [(e.action, e.details.get("people", e.details.get("changed"))) for e in entries] == [
        ("bulk_add_tag", 2),
        ("finish_bulk_change", 1),
    ]


def test_a_change_is_undone_only_where_nobody_changed_it_since(owner: Caller) -> None:
    keeper, taker = person(Role.SALES), person(Role.SALES)
    ids = [customer("甲", owner_id=keeper.pk), customer("乙"), customer("丙"), customer("丁", owner_id=taker.pk)]
    job = run(ask(owner, select(owner, ids=ids), "assign_owner", owner_id=taker.pk))
    assert (job.result["changed"], job.result["unchanged"]) == (3, 1)
    customers.update_customer(ids[1], {"owner_id": keeper.pk}, actor=SYSTEM, scope=EVERYTHING)
    undone = run(owner.post(f"{OF_STAFF}/{job.result['change_id']}/undo"))
    assert list(Customer.objects.order_by("pk").values_list("owner_id", flat=True)) == [
        keeper.pk, keeper.pk, None, taker.pk,
    ]  # fmt: skip
    assert (undone.kind, undone.result["changed"], undone.result["unchanged"]) == ("customers.bulk_undo", 2, 1)
    job.refresh_from_db()
    assert undone.result["undo_until"] is job.result["undo_until"] is None
    again = owner.post(f"{OF_STAFF}/{job.result['change_id']}/undo")
    assert (again.status_code, code_of(again)) == (409, "bulk_change.not_undoable")


def test_undoing_a_tag_gives_a_rule_its_tag_back(owner: Caller) -> None:
    by_hand, by_rule, without = customer("甲", tags=["vip"]), customer("乙"), customer("丙")
    tags.put_by_rule("vip", [by_rule])
    selection = select(owner, ids=[by_hand, by_rule, without])
    added = run(ask(owner, selection, "add_tag", tag="vip"))
    assert not AutomaticTag.objects.exists()
    run(owner.post(f"{OF_STAFF}/{added.result['change_id']}/undo"))
    assert tags_of(by_hand, by_rule, without) == [["vip"], ["vip"], []]
    assert list(AutomaticTag.objects.values_list("customer_id", flat=True)) == [by_rule]
    removed = run(ask(owner, selection, "remove_tag", tag="vip"))
    assert tags_of(by_hand, by_rule, without) == [[], [], []]
    customers.update_customer(by_hand, {"tags": ["other"]}, actor=SYSTEM, scope=EVERYTHING)
    run(owner.post(f"{OF_STAFF}/{removed.result['change_id']}/undo"))
    assert tags_of(by_hand, by_rule, without) == [["other", "vip"], ["vip"], []]
    assert list(AutomaticTag.objects.values_list("customer_id", flat=True)) == [by_rule]


def test_after_a_day_nothing_is_undone(owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    one = customer("甲")
    job = run(ask(owner, select(owner, ids=[one]), "add_tag", tag="vip"))
    later = clock.now() + timedelta(hours=24, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    refused = owner.post(f"{OF_STAFF}/{job.result['change_id']}/undo")
    assert (refused.status_code, code_of(refused)) == (409, "bulk_change.not_undoable")
    assert tags_of(one) == [["vip"]]


def test_one_key_asks_once(owner: Caller) -> None:
    selection = select(owner, ids=[customer("甲")])
    first, second = (ask(owner, selection, "add_tag", tag="vip", key="once") for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second["Idempotent-Replayed"] == "true"
    assert code_of(ask(owner, selection, "add_tag", tag="other", key="once")) == "idempotency.key_reused"
    assert BulkChange.objects.count() == Job.objects.count() == 1


def test_who_sees_one_store_reaches_nobody_elses_customers_then_or_later() -> None:
    own, other = store("SH01"), store("BJ01", "王府井店")
    mine, moved, hers = (customer(name, home_store_id=own.pk) for name in ("甲", "乙", "丙"))
    Customer.objects.filter(pk=hers).update(home_store_id=other.pk)
    limited = signed_in(Role.SALES, store_ids=[own.pk])
    selection = select(limited, filter={})
    assert selection["people"] == 2
    assert select(limited, ids=[mine, hers])["people"] == 1
    assert code_of(limited.post("/customers/selections", {"ids": [hers]})) == "selection.empty"
    assert code_of(ask(limited, selection, "assign_store", store_id=other.pk)) == "bulk_change.store_unknown"
    assert code_of(ask(limited, selection, "assign_store")) == "bulk_change.store_unknown"
    outsider = signed_in(Role.SALES, store_ids=[other.pk])
    assert code_of(ask(outsider, selection, "add_tag", tag="x")) == "selection.not_found"
    response = ask(limited, selection, "add_tag", tag="seen")
    Customer.objects.filter(pk=moved).update(home_store_id=other.pk)
    job = run(response)
    assert tags_of(mine, moved, hers) == [["seen"], [], []]
    assert outsider.post(f"{OF_STAFF}/{job.result['change_id']}/undo").status_code == 404


def test_who_left_before_the_work_began_changes_nothing() -> None:
    leaver = person(Role.SALES, name="leaver")
    caller = Caller(user=leaver)
    one = customer("甲")
    response = ask(caller, select(caller, ids=[one]), "add_tag", tag="vip")
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    job = run(response)
    assert (job.state, job.error_code) == ("failed", "bulk_change.no_longer_allowed")
    assert tags_of(one) == [[]]
    assert not BulkStep.objects.exists()


def test_what_cannot_be_done_is_refused_before_anything_is_queued(owner: Caller) -> None:
    selection = select(owner, ids=[customer("甲")])
    assert code_of(ask(owner, selection, "add_tag", tag="  ")) == "tag.invalid"
    assert code_of(ask(owner, selection, "assign_owner", owner_id=10**9)) == "customer.owner_unknown"
    assert code_of(ask(owner, selection, "assign_store", store_id=10**9)) == "bulk_change.store_unknown"
    assert code_of(owner.post("/customers/selections", {"filter": {"city": "无人城"}})) == "selection.empty"
    assert owner.post(OF_STAFF, {"selection_id": selection["id"], "kind": "add_tag", "tag": "x"}).status_code == 400
    assert not Job.objects.exists()
    assert not BulkChange.objects.exists()
    reader = signed_in(Role.ANALYST)
    assert code_of(ask(reader, select(reader, filter={}), "add_tag", tag="x")) == "forbidden"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selections, "BATCH", 3)


def test_a_killed_change_goes_on_where_it_stopped(owner: Caller, small_batches: None) -> None:
    ids = [customer(f"客{n}") for n in range(8)]
    selection = select(owner, ids=ids)
    assert SelectionBatch.objects.count() == 3
    response = ask(owner, selection, "add_tag", tag="vip")
    change = BulkChange.objects.get()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.customers.interrupted_change", str(change.job_id), str(change.pk), "1"],
        stdout=subprocess.PIPE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "huike.platform.django_settings"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert tags_of(*ids) == [["vip"]] * 3 + [[]] * 5
    customers.update_customer(ids[0], {"tags": []}, actor=SYSTEM, scope=EVERYTHING)

    job = run(response)

    # The first step is not done again: what a person said since stands.
    assert tags_of(*ids) == [[]] + [["vip"]] * 7
    assert (job.state, job.result["changed"], job.done) == ("succeeded", 8, 8)
    assert list(BulkStep.objects.order_by("number").values_list("number", "changed_ids")) == [
        (0, ids[:3]),
        (1, ids[3:6]),
        (2, ids[6:]),
    ]


def test_a_step_is_done_once_however_many_workers_try(owner: Caller) -> None:
    one = customer("甲")
    ask(owner, select(owner, ids=[one]), "add_tag", tag="vip")
    change = BulkChange.objects.get()
    action = services._action(change)
    services._step(change, 0, [one], EVERYTHING, action)
    customers.update_customer(one, {"tags": []}, actor=SYSTEM, scope=EVERYTHING)
    services._step(change, 0, [one], EVERYTHING, action)
    assert tags_of(one) == [[]]


def test_a_cancelled_change_keeps_what_it_did_and_can_be_undone(owner: Caller, small_batches: None) -> None:
    ids = [customer(f"客{n}") for n in range(7)]
    response = ask(owner, select(owner, ids=ids), "add_tag", tag="vip")
    change = BulkChange.objects.get()
    refused = owner.post(f"{OF_STAFF}/{change.pk}/undo")
    assert (refused.status_code, code_of(refused)) == (409, "bulk_change.still_running")
    Job.objects.filter(pk=change.job_id).update(cancel_requested=True)
    job = run(response)
    assert (job.state, job.result["changed"]) == ("cancelled", 3)
    assert tags_of(*ids) == [["vip"]] * 3 + [[]] * 4
    assert run(owner.post(f"{OF_STAFF}/{change.pk}/undo")).result["changed"] == 3
    assert tags_of(*ids) == [[]] * 7


def test_files_that_were_merged_or_erased_meanwhile_are_passed_over(owner: Caller) -> None:
    stays, erased = customer("甲"), customer("乙")
    response = ask(owner, select(owner, ids=[stays, erased]), "add_tag", tag="vip")
    Customer.objects.filter(pk=erased).update(state="erased")
    job = run(response)
    assert (job.state, job.result["changed"]) == ("succeeded", 1)
    assert tags_of(stays, erased) == [["vip"], []]


def test_an_export_holds_the_selection_masked_for_who_may_not_unmask(owner: Caller) -> None:
    chosen = customer("王小明", phone="13812345678", email="wang@example.com", card_number="VIP88001234")
    customer("李雷")
    key = Caller(key=api_key({"customers.export", "customers.read", "jobs.read"}))
    for caller, phone in ((owner, "'+8613812345678"), (key, "'+86 138****5678")):
        selection = select(caller, ids=[chosen])
        asked = caller.post(
            "/customers/export",
            {"selection_id": selection["id"], "columns": ["name", "phone", "email", "card_number"], "format": "csv"},
        )
        job_id = asked.json()["id"]
        queued = ProcrastinateJob.objects.filter(task_name="customers.write_customers")
        tasks.write_customers(**next(task.args for task in queued if task.args["job_id"] == job_id))
        written = b"".join(caller.get(f"/jobs/{job_id}/file").streaming_content).decode("utf-8-sig")
        assert len(written.splitlines()) == 2
        assert written.splitlines()[1].split(",")[1] == phone
        assert ("wang@example.com" in written) is (caller is owner)
    in_clear = AuditEntry.objects.filter(action="export_customers").order_by("pk").values_list("details", flat=True)
    assert [(details["in_clear"], details["people"]) for details in in_clear] == [(True, 1), (False, 1)]


def test_a_killed_rename_goes_on_with_the_files_that_are_left(owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "_REPLACED_AT_ONCE", 2)
    ids = [customer(f"客{n}", tags=["old", "x"]) for n in range(5)]
    response = owner.post("/tags/rename", {"name": "old", "to": "new"})
    job_id = response.json()["id"]

    class Killed(BaseException):
        pass

    def report(*_: Any, **__: Any) -> None:
        raise Killed

    progress = jobs.Progress(job_id, None)  # type: ignore[arg-type]
    with monkeypatch.context() as patch:
        patch.setattr(jobs.Progress, "report", report)
        with pytest.raises(Killed):
            tags.replace_everywhere(progress, name="old", to="new", by="Ada")
    assert tags_of(*ids) == [["new", "x"]] * 2 + [["old", "x"]] * 3
    tasks.replace_tag(job_id=job_id, name="old", to="new", by="Ada")
    assert tags_of(*ids) == [["new", "x"]] * 5
    assert Job.objects.get(pk=job_id).state == "succeeded"


def test_what_served_its_time_is_forgotten(owner: Caller) -> None:
    one = customer("甲")
    job = run(ask(owner, select(owner, ids=[one]), "add_tag", tag="vip"))
    run(owner.post(f"{OF_STAFF}/{job.result['change_id']}/undo"))
    select(owner, ids=[one])
    assert selections.forget(clock.now()) == 0
    assert (Selection.objects.count(), BulkChange.objects.count()) == (2, 2)
    selections.forget(clock.now() + timedelta(days=8))
    assert not Selection.objects.exists()
    assert not BulkChange.objects.exists()
    assert not BulkStep.objects.exists()
