"""A file over HTTP: brought, checked by the worker, started once, its refused rows fetched."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from procrastinate.contrib.django.models import ProcrastinateJob

from huike.catalog.models import Store
from huike.imports import tasks, workbench
from huike.imports.models import Import
from huike.orders.models import Order
from huike.platform.models import Job
from huike.staff.rules import Role
from tests.imports.files import RETAIL, text_of
from tests.people import Caller, code_of, person, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = ("1001", "A1", "Mug", "2", "2011-07-01 12:00:00", "2.50", "17850.0", "France")
BAD = ("1002", "=cmd|' /C calc'!A0", "Mug", "-2", "2011-07-01 12:00:00", "2.50", "", "France")
IN_FILE = text_of(RETAIL, [GOOD, BAD])


def upload(caller: Caller, content: bytes = IN_FILE, *, kind: str = "orders", name: str = "shop.csv") -> HttpResponse:
    return caller.client.post(  # type: ignore[return-value]
        "/api/v1/imports", {"kind": kind, "file": SimpleUploadedFile(name, content)}, headers=caller.headers
    )


def told(response: HttpResponse) -> dict[str, Any]:
    assert response.status_code < 300, response.content
    body: dict[str, Any] = json.loads(response.content)
    return body


def answers_to(shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown["questions"], "mapping": shown["mapping_proposed"], "currency": "GBP", "timezone": "Europe/London"}


def work() -> None:
    """What the worker would do now."""
    by_name = {"imports.check_import": tasks.check_import, "imports.run_import": tasks.run_import}
    for queued in ProcrastinateJob.objects.filter(task_name__in=by_name).order_by("id"):
        if Job.objects.filter(pk=queued.args["job_id"], state="queued").exists():
            by_name[queued.task_name](**queued.args)


def test_a_file_goes_the_whole_way_when_the_screens_take_it_there() -> None:
    caller = signed_in(Role.MARKETING)

    shown = told(upload(caller))
    assert (shown["state"], shown["columns"][0]) == (
        "proposed",
        {"name": "InvoiceNo", "sample": ["1001", "1002"], "type": "number"},
    )
    address = f"/imports/{shown['id']}"
    job = told(caller.post(f"{address}/check", answers_to(shown)))
    assert (job["kind"], job["state"]) == ("check_import", "queued")
    assert told(caller.get(address))["state"] == "checking"
    work()
    check = told(caller.get(address))["check"]
    assert (check["rows"], check["ok_rows"], check["refused_rows"]) == (2, 1, 1)
    assert check["reasons"][0]["code"] == "line.negative_quantity"
    assert not Order.objects.exists()

    key = {"Idempotency-Key": "once"}
    started = caller.post(f"{address}/start", {"refused": "keep_good"}, **key)
    again = caller.post(f"{address}/start", {"refused": "keep_good"}, **key)
    assert started.status_code == again.status_code == 202
    assert again["Idempotent-Replayed"] == "true"
    work()

    done = told(caller.get(address))
    assert (done["state"], done["result"]["created"], done["result"]["refused"]) == ("done", 1, 1)
    assert told(caller.get("/imports"))["items"][0]["id"] == shown["id"]
    assert told(caller.get(f"/jobs/{job['id']}"))["state"] == "succeeded"
    assert Order.objects.get().net_minor == 500


@pytest.mark.parametrize(("language", "words"), [("zh-CN,zh;q=0.9", "数量为负"), ("en-GB", "The quantity is negative")])
def test_refused_rows_are_harmless_and_worded_when_they_are_fetched(language: str, words: str) -> None:
    caller = signed_in()
    shown = told(upload(caller))
    caller.post(f"/imports/{shown['id']}/check", answers_to(shown))
    work()

    response = caller.get(f"/imports/{shown['id']}/refused", **{"Accept-Language": language})

    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    header, row = csv.reader(io.StringIO(text))
    assert header == ["row", "reason_code", "reason", *RETAIL]
    assert row[:2] == ["3", "line.negative_quantity"]
    assert row[2].startswith(words)
    # The formula is text now; the plain negative number stays a number.
    assert row[4] == "'=cmd|' /C calc'!A0"
    assert row[6] == "-2"


def written(caller: Caller, **changed: Any) -> dict[str, Any]:
    """A file that went the whole way under these answers."""
    shown = told(upload(caller, name="june.csv"))
    answers = {**answers_to(shown), **changed}
    told(caller.post(f"/imports/{shown['id']}/check", answers))
    work()
    told(caller.post(f"/imports/{shown['id']}/start", {"refused": "keep_good"}, **{"Idempotency-Key": "w"}))
    work()
    return answers


def test_a_file_with_the_same_columns_is_proposed_as_the_last_one_was_confirmed() -> None:
    caller = signed_in()
    source = {"key": "meituan", "name": "美团", "channel": "group_buy"}
    shown = told(upload(caller))
    mapping = {**shown["mapping_proposed"], "description": None}
    confirmed = written(caller, source=source, mapping=mapping, decimal=".", cancellation_prefix="X")

    again = told(upload(caller, name="july.csv"))
    assert (again["mapping_proposed"], again["questions"]["source"]) == (confirmed["mapping"], source)
    assert again["questions"]["cancellation_prefix"] == "X"
    assert (again["questions"]["currency"], again["questions"]["timezone"]) == ("GBP", "Europe/London")
    assert set(again["questions"]) == set(shown["questions"])

    other = told(upload(caller, text_of(("Till", *RETAIL), [("1", *GOOD)]), name="july.csv"))
    assert other["questions"]["source"]["key"] == "july"


def test_answers_that_were_never_written_are_not_proposed_again() -> None:
    caller = signed_in()
    shown = told(upload(caller))
    told(caller.post(f"/imports/{shown['id']}/check", {**answers_to(shown), "cancellation_prefix": "X"}))
    work()
    assert told(upload(caller))["questions"]["cancellation_prefix"] == "C"


def test_every_fault_is_named_when_the_mapping_does_not_fit() -> None:
    caller = signed_in()
    shown = told(upload(caller))
    answers = answers_to(shown)
    answers["mapping"] = {"order_id": "Nothing", "sku": "StockCode", "shoe_size": "Country"}

    response = caller.post(f"/imports/{shown['id']}/check", {**answers, "timezone": "Mars/Olympus"})

    problem = json.loads(response.content)
    assert (response.status_code, problem["code"]) == (422, "import.mapping_invalid")
    assert {(error["where"], error["code"]) for error in problem["errors"]} == {
        ("mapping.order_id", "mapping.unknown_column"),
        ("mapping.placed_at", "mapping.required"),
        ("mapping.shoe_size", "mapping.unknown_field"),
        ("mapping.unit_price", "mapping.needs_one_of"),
        ("timezone", "timezone.unknown"),
    }
    assert Import.objects.get().state == "proposed"


def test_the_proposal_is_made_anew_when_encoding_and_header_are_corrected() -> None:
    caller = signed_in()
    shown = told(upload(caller, "1001;茶;2.50;2024-01-01\n".encode("gb18030")))
    assert not shown["format"]["has_header"]

    response = caller.post(f"/imports/{shown['id']}/reread", {"encoding": "gb18030", "has_header": False})

    corrected = told(response)
    assert corrected["columns"][1]["sample"] == ["茶"]
    assert corrected["mapping_proposed"]["placed_at"] == "#4"


def test_nothing_is_kept_when_the_file_is_not_one() -> None:
    response = upload(signed_in(), b"%PDF-1.7")

    assert (response.status_code, code_of(response)) == (422, "file.unreadable")
    assert not Import.objects.exists()


def test_a_file_is_forgotten_when_she_removes_it() -> None:
    caller = signed_in()
    shown = told(upload(caller))

    assert caller.delete(f"/imports/{shown['id']}").status_code == 204

    assert not workbench.folder(shown["id"]).exists()
    assert code_of(caller.get(f"/imports/{shown['id']}")) == "import.not_found"


def test_an_import_cannot_be_started_or_removed_when_its_state_forbids_it() -> None:
    caller = signed_in()
    shown = told(upload(caller))

    unchecked = caller.post(f"/imports/{shown['id']}/start", {"refused": "keep_good"}, **{"Idempotency-Key": "1"})
    assert code_of(unchecked) == "import.not_now"
    caller.post(f"/imports/{shown['id']}/check", answers_to(shown))
    assert code_of(caller.delete(f"/imports/{shown['id']}")) == "import.not_now"


def test_files_are_refused_when_somebody_sees_only_some_stores() -> None:
    store = Store.objects.create(code="SH01", name="Shanghai")
    shown = told(upload(signed_in()))
    limited = Caller(user=person(Role.MARKETING, store_ids=[store.pk]))

    assert code_of(upload(limited)) == "import.needs_all_stores"
    assert code_of(limited.get("/imports")) == "import.needs_all_stores"
    assert code_of(limited.get(f"/imports/{shown['id']}")) == "import.needs_all_stores"
    assert Import.objects.count() == 1


def test_files_are_refused_when_a_clerk_brings_one() -> None:
    assert upload(signed_in(Role.CLERK)).status_code == 403
    assert not Import.objects.exists()
