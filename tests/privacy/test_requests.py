"""Asking, deciding, exporting, correcting: over HTTP, as a colleague does it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.customers.models import Customer, PrivacyMoment, PrivacyRequest
from huike.customers.privacy import answers, rules
from huike.platform import clock
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.people import code_of, signed_in
from tests.privacy.world import ask, told, work
from tests.tills import store

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MEI = {"name": "林梅", "phone": "+8613812345678", "email": "mei@example.com", "city": "杭州", "notes": "=HYPERLINK(1)"}


def customer(**told_of_her: Any) -> int:
    return int(told(signed_in(Role.OWNER).post("/customers", {**MEI, **told_of_her}))["id"])


def unpacked(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def test_an_export_holds_everything_in_clear_as_json_and_as_csv_no_spreadsheet_runs() -> None:
    service = signed_in(Role.SERVICE)
    her = customer()
    told(service.post(f"/customers/{her}/notes", {"text": "+1 爱喝茶"}))
    told(service.call("PUT", f"/customers/{her}/id-number", {"kind": "id_card", "number": "11010519491231002X"}))
    request_id = ask(service, her, "export")

    told(service.post(f"/privacy/requests/{request_id}/accept"))
    work()

    shown = told(service.get(f"/privacy/requests/{request_id}"))
    assert shown["request"]["state"] == "done"
    assert [moment["what"] for moment in shown["moments"]] == ["asked", "accepted", "done"]
    answer = service.get(f"/privacy/requests/{request_id}/file")
    files = unpacked(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    whole = json.loads(files["data.json"])
    assert (whole["file"][0]["phone"], whole["file"][0]["notes"]) == ("+8613812345678", "=HYPERLINK(1)")
    assert whole["id_documents"] == [{"kind": "id_card", "number": "11010519491231002X"}]
    assert {row["value"] for row in whole["identities"]} == {"+8613812345678", "mei@example.com"}
    (row,) = csv.DictReader(io.StringIO(files["file.csv"]))
    assert (row["notes"], row["phone"]) == ("'=HYPERLINK(1)", "'+8613812345678")
    (note,) = csv.DictReader(io.StringIO(files["notes.csv"]))
    assert note["text"] == "'+1 爱喝茶"
    assert "notes.csv  跟进记录  1 条" in files["README.txt"]
    assert "notes.csv  Notes: 1" in files["README.txt"]
    assert AuditEntry.objects.filter(action="download_privacy_answer", subject_id=request_id).count() == 1


def test_an_answer_is_gone_after_a_week() -> None:
    answers.forget_old(clock.now() + 2 * answers.KEPT)
    service = signed_in(Role.SERVICE)
    request_id = ask(service, customer(), "export")
    told(service.post(f"/privacy/requests/{request_id}/accept"))
    work()
    done = PrivacyRequest.objects.get(pk=request_id)
    assert done.finished_at is not None
    PrivacyRequest.objects.filter(pk=request_id).update(finished_at=done.finished_at - answers.KEPT)

    assert code_of(service.get(f"/privacy/requests/{request_id}/file")) == "privacy.answer_gone"
    assert answers.forget_old(done.finished_at + answers.KEPT + timedelta(minutes=1)) == 1
    assert not (answers.answer_folder(request_id)).exists()


def test_a_correction_takes_effect_when_it_is_accepted_and_shows_old_and_new() -> None:
    service = signed_in(Role.SERVICE)
    her = customer()
    request_id = ask(service, her, "correct", changes={"city": "上海", "phone": "137 0000 0001", "name": "林梅"})

    shown = told(service.get(f"/privacy/requests/{request_id}"))["request"]
    assert shown["changes"] == [
        {"field": "phone", "old": "+86 138****5678", "new": "+86 137****0001"},
        {"field": "city", "old": "杭州", "new": "上海"},
    ]
    assert Customer.objects.get(pk=her).city == "杭州"
    told(service.post(f"/privacy/requests/{request_id}/accept"))

    corrected = Customer.objects.get(pk=her)
    assert (corrected.city, corrected.phone) == ("上海", "+8613700000001")
    assert code_of(service.post(f"/privacy/requests/{request_id}/accept")) == "privacy.request_ended"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"city": "杭州"},
        {"spent_minor": "1"},
        {"birth_on": "yesterday"},
        {"gender": "x"},
        {"name": ""},
        {"name": "n" * 201},
    ],
)
def test_a_correction_that_is_none_is_refused_and_leaves_nothing(changes: dict[str, str]) -> None:
    service = signed_in(Role.SERVICE)
    answer = service.post("/privacy/requests", {"customer_id": customer(), "kind": "correct", "changes": changes})

    assert (answer.status_code, code_of(answer)) == (422, "privacy.correction_invalid")
    assert (PrivacyRequest.objects.count(), PrivacyMoment.objects.count()) == (0, 0)


def test_a_correction_to_a_number_that_is_anothers_changes_nothing_and_can_be_refused() -> None:
    service = signed_in(Role.SERVICE)
    her = customer()
    customer(phone="+8613700000002", email="other@example.com")
    request_id = ask(service, her, "correct", changes={"phone": "13700000002"})

    assert code_of(service.post(f"/privacy/requests/{request_id}/accept")) == "customer.identity_taken"
    assert PrivacyRequest.objects.get(pk=request_id).state == "open"
    refused = told(service.post(f"/privacy/requests/{request_id}/refuse", {"answer": "号码属于别人"}))
    assert (refused["state"], refused["answer"], refused["days_left"]) == ("refused", "号码属于别人", None)
    assert Customer.objects.get(pk=her).phone == "+8613812345678"


def test_the_same_is_not_asked_twice_while_it_waits() -> None:
    service = signed_in(Role.SERVICE)
    her = customer()
    first = ask(service, her, "erase")

    again = service.post("/privacy/requests", {"customer_id": her, "kind": "erase"})
    assert (again.status_code, code_of(again)) == (409, "privacy.request_open")
    assert json.loads(again.content)["params"]["request_id"] == first
    told(service.post(f"/privacy/requests/{first}/withdraw"))
    assert ask(service, her, "erase") != first


def test_whoever_is_limited_to_a_store_sees_the_requests_of_its_people_only() -> None:
    here, there = store(), store("BJ01", "北京")
    mine, theirs = (
        customer(home_store_id=here.pk),
        customer(home_store_id=there.pk, phone="+8613700000003", email="b@example.com"),
    )
    owner = signed_in(Role.OWNER)
    seen, hidden = ask(owner, mine), ask(owner, theirs)
    limited = signed_in(Role.SERVICE, store_ids=[here.pk])

    assert [row["id"] for row in told(limited.get("/privacy/requests"))["items"]] == [seen]
    assert limited.get(f"/privacy/requests/{hidden}").status_code == 404
    assert limited.post(f"/privacy/requests/{hidden}/accept").status_code == 404
    assert limited.get(f"/customers/{theirs}/held").status_code == 404
    assert limited.post("/privacy/requests", {"customer_id": theirs, "kind": "export"}).status_code == 404
    assert PrivacyRequest.objects.get(pk=hidden).state == "open"


def test_requests_are_found_by_kind_state_and_what_is_late() -> None:
    owner = signed_in(Role.OWNER)
    her = customer()
    export, erasure = ask(owner, her, "export"), ask(owner, her, "erase")
    PrivacyRequest.objects.filter(pk=export).update(due_on=date(2026, 1, 5))

    def found(query: str) -> list[int]:
        return [row["id"] for row in told(owner.get(f"/privacy/requests?{query}"))["items"]]

    assert found("kind=export") == [export]
    assert found("state=unanswered") == [erasure, export]
    assert found("overdue=true") == [export]
    assert found(f"customer_id={her}&state=done") == []


def test_the_operators_days_count_for_what_is_asked_afterwards() -> None:
    owner = signed_in(Role.OWNER)
    chosen = {"answer_working_days": 1, "simple_corrections_at_once": False, "erasure_at_once": False}
    told(owner.call("PUT", "/privacy/rules", chosen))

    request = PrivacyRequest.objects.get(pk=ask(owner, customer(), "export"))
    assert request.due_on == rules.due_on(request.asked_at.date(), 1) or request.due_on > request.asked_at.date()
    refused = owner.call("PUT", "/privacy/rules", {**chosen, "answer_working_days": 0})
    assert refused.status_code == 422
    assert told(owner.get("/privacy/rules")) == chosen


def test_what_is_held_is_counted_by_kind_with_its_fate() -> None:
    owner = signed_in(Role.OWNER)
    held = {
        row["name"]: (row["count"], row["fate"]) for row in told(owner.get(f"/customers/{customer()}/held"))["items"]
    }
    assert held == {"file": (1, "gone"), "identities": (2, "gone")}


def test_a_person_who_may_not_answer_may_not_ask_either() -> None:
    her = customer()
    clerk = signed_in(Role.CLERK)
    assert clerk.post("/privacy/requests", {"customer_id": her, "kind": "erase"}).status_code == 403
    assert PrivacyRequest.objects.count() == 0


@given(asked=st.dates(date(2020, 1, 1), date(2040, 1, 1)), days=st.integers(1, 90))
def test_an_answer_is_due_on_a_working_day_after_that_many(asked: date, days: int) -> None:
    due = rules.due_on(asked, days)
    assert due.isoweekday() <= 5
    between = [asked + timedelta(days=n) for n in range(1, (due - asked).days + 1)]
    assert sum(day.isoweekday() <= 5 for day in between) == days


NAMES = st.text(st.characters(categories=["Lo", "Lu", "Ll"]), min_size=2, max_size=12)


@given(name=NAMES, phone=st.from_regex(r"\+861[3-9]\d{9}", fullmatch=True), around=st.text(max_size=40))
def test_masking_leaves_no_strong_value_and_is_done_after_once(name: str, phone: str, around: str) -> None:
    values = rules.values_of(phones=[phone], names=[name])
    pattern = rules.pattern_of(values, names=True)
    assert pattern is not None
    told_somewhere = {"a": [f"{around}{phone}{around}", int(phone[1:])], "b": {"c": f" {name} "}}

    masked = rules.masked(told_somewhere, pattern)

    text = json.dumps(masked, ensure_ascii=False)
    assert phone[3:] not in text
    assert rules.masked(masked, pattern) == masked
    assert list(masked) == ["a", "b"]


def test_a_short_name_is_no_part_of_a_word_and_a_short_number_nobodys() -> None:
    values = rules.values_of(names=["Li"], numbers=["1234"])
    pattern = rules.pattern_of(values, names=True)
    assert pattern is not None
    assert rules.masked({"delivery": "Li delivers 1234 to Li."}, pattern) == {
        "delivery": f"{rules.MASK} delivers 1234 to {rules.MASK}."
    }
    assert rules.pattern_of(values, names=False) is None


def test_a_cancelled_export_can_be_begun_again() -> None:
    service = signed_in(Role.SERVICE)
    request_id = ask(service, customer(), "export")
    begun = told(service.post(f"/privacy/requests/{request_id}/accept"))
    told(service.post(f"/jobs/{begun['job_id']}/cancel"))
    work()

    assert told(service.get(f"/privacy/requests/{request_id}"))["request"]["state"] == "failed"
    told(service.post(f"/privacy/requests/{request_id}/accept"))
    work()
    assert told(service.get(f"/privacy/requests/{request_id}"))["request"]["state"] == "done"


def test_a_request_follows_her_when_her_file_is_merged_and_erases_both() -> None:
    owner = signed_in(Role.OWNER)
    one, other = customer(), customer(name="林梅梅", phone="+8613700000004", email="old@example.com")
    request_id = ask(owner, other, "erase")
    told(owner.once(f"/customers/{one}/merge", {"other_id": other, "survivor_id": one}))
    assert PrivacyRequest.objects.get(pk=request_id).customer_id == one

    told(owner.post(f"/privacy/requests/{request_id}/accept"))
    work()

    assert sorted(Customer.objects.values_list("state", flat=True)) == ["erased", "merged"]
    assert not Customer.objects.exclude(name="").exists()
