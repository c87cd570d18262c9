"""Saved mappings: kept, proposed, changed, shared; and the files that come by themselves with one."""

from __future__ import annotations

import json
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from huike.imports import inbox, inbox_places, mappings
from huike.imports.models import Import, SavedMapping
from huike.orders.models import Order
from huike.platform import clock, housekeeping
from huike.platform.config import get_config
from huike.staff.rules import Role
from tests.imports.files import CALLER, RETAIL, answers_of, bring, text_of
from tests.imports.test_api import answers_to, told, upload, work
from tests.people import Caller, code_of, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = ("1001", "A1", "Mug", "2", "2011-07-01 12:00:00", "2.50", "17850.0", "France")
BAD = ("1002", "A1", "Mug", "-2", "2011-07-01 12:00:00", "2.50", "", "France")
FILE = text_of(RETAIL, [GOOD, BAD])


def saved(name: str = "Till one", **corrections: Any) -> SavedMapping:
    record = bring(FILE)
    try:
        return _saved_of(record, name, **corrections)
    finally:
        Import.objects.filter(pk=record.pk).delete()


def _saved_of(record: Import, name: str, **corrections: Any) -> SavedMapping:
    return mappings.save(
        name=name,
        kind="orders",
        answers=answers_of(record, source_key="till-1", source_name="Till one", **corrections),
        columns=[column["name"] for column in record.columns],
        form=record.format,
        caller=CALLER,
    )


def send(caller: Caller, method: str, path: str, body: dict[str, Any] | None = None) -> HttpResponse:
    call = getattr(caller.client, method)
    return call(path, json.dumps(body), content_type="application/json", headers=caller.headers)  # type: ignore[no-any-return]


def test_a_file_is_proposed_the_mapping_that_was_saved_when_it_has_its_columns() -> None:
    caller = signed_in(Role.MARKETING)
    first = told(upload(caller))
    answers = answers_to(first) | {"source": {"key": "till-7", "name": "Till seven", "channel": "pos"}}
    body = {"name": "Till seven", "import_id": first["id"], "answers": answers}
    made = told(send(caller, "post", "/api/v1/imports/mappings", body))
    assert (made["version"], made["answers"]["source"]["key"], made["folder"]) == (1, "till-7", "inbox/Till seven")

    second = told(upload(caller))

    assert second["mapping"] == {"id": made["id"], "name": "Till seven", "version": 1}
    assert (second["questions"]["source"]["key"], second["questions"]["currency"]) == ("till-7", "GBP")
    assert [item["name"] for item in second["fitting"]] == ["Till seven"]
    refused = send(caller, "post", "/api/v1/imports/mappings", body)
    assert (refused.status_code, code_of(refused)) == (409, "mapping.name_taken")


def test_an_import_keeps_what_it_was_made_with_when_the_mapping_is_changed_and_deleted() -> None:
    caller = signed_in(Role.MARKETING)
    mapping = saved()
    shown = told(upload(caller))
    told(send(caller, "post", f"/api/v1/imports/{shown['id']}/check", answers_to(shown)))

    path = f"/api/v1/imports/mappings/{mapping.pk}"
    changed = told(send(caller, "patch", path, {"answers": answers_to(shown) | {"currency": "USD"}}))
    renamed = told(send(caller, "patch", path, {"name": "Counter"}))
    assert (changed["version"], renamed["version"], renamed["name"]) == (2, 2, "Counter")
    assert send(caller, "delete", path).status_code == 204

    kept = Import.objects.get(pk=shown["id"])
    assert (kept.mapping_name, kept.mapping_version, kept.answers["currency"]) == ("Till one", 1, "GBP")


def test_a_mapping_is_the_same_elsewhere_when_it_is_carried_there_as_a_file() -> None:
    caller = signed_in(Role.MARKETING)
    mapping = saved(duplicate_lines="drop", status_words={"ok": "paid"})
    file = told(caller.client.get(f"/api/v1/imports/mappings/{mapping.pk}/file", headers=caller.headers))  # type: ignore[arg-type]
    SavedMapping.objects.all().delete()

    made = told(send(caller, "post", "/api/v1/imports/mappings/file", file))

    again = SavedMapping.objects.get(pk=made["id"])
    assert (again.name, again.mapping, again.rules, again.columns) == (
        mapping.name,
        mapping.mapping,
        mapping.rules,
        mapping.columns,
    )
    for broken in ({**file, "kind": "other"}, {**file, "rules": {}}, {**file, "mapping": {"sku": "nowhere"}}):
        assert send(caller, "post", "/api/v1/imports/mappings/file", broken | {"name": "x"}).status_code == 422
    assert SavedMapping.objects.count() == 1


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a\\b", "x" * 61])
def test_a_name_that_could_leave_the_inbox_is_refused(name: str) -> None:
    caller = signed_in(Role.MARKETING)
    mapping = saved()

    refused = send(caller, "post", f"/api/v1/imports/mappings/{mapping.pk}/copy", {"name": name})

    assert refused.status_code == 422
    assert SavedMapping.objects.count() == 1


def run_call(caller: Caller, key: str, content: bytes = FILE, mapping: str = "Till one") -> HttpResponse:
    return caller.client.post(  # type: ignore[return-value]
        "/api/v1/imports/run",
        {"mapping": mapping, "file": SimpleUploadedFile("day.csv", content)},
        headers={**caller.headers, "Idempotency-Key": key},
    )


def test_a_file_is_in_the_books_after_one_call_and_once_however_often_it_is_called() -> None:
    caller = signed_in(Role.MARKETING)
    saved()

    first, second = told(run_call(caller, "monday")), told(run_call(caller, "monday"))
    work()
    work()

    assert first["id"] == second["id"]
    record = Import.objects.get(pk=first["id"])
    assert (record.state, record.origin, record.result["created"], record.result["refused"]) == ("done", "call", 1, 1)
    other = run_call(caller, "monday", FILE + b"\n")
    assert (other.status_code, code_of(other)) == (422, "import.arrival_differs")
    assert run_call(caller, "tuesday", mapping="nobody's").status_code == 404
    unfit = run_call(caller, "tuesday", text_of(("A", "B"), [("1", "2")]))
    assert (unfit.status_code, code_of(unfit)) == (422, "import.mapping_invalid")
    assert Order.objects.count() == 1


def drop(place: Path, name: str, content: bytes = FILE, *, seconds_ago: float = 60) -> Path:
    path = place / name
    path.write_bytes(content)
    at = time.time() - seconds_ago
    os.utime(path, (at, at))
    return path


def turn(watch: inbox.Watch) -> None:
    watch.turn(now_seconds=time.time())
    work()
    work()


def turn_thrice(watch: inbox.Watch) -> None:
    for _ in range(3):
        turn(watch)


@pytest.fixture(autouse=True)
def empty_inbox() -> None:
    # The folders of a data folder outlive a test's database.
    shutil.rmtree(inbox_places.inbox(), ignore_errors=True)


def in_folder(name: str = "Till one") -> Path:
    mapping = saved(name)
    mappings.change(mapping.pk, from_folder=True, caller=CALLER)
    return inbox_places.prepare(name)


def test_a_file_in_a_folder_is_imported_when_it_is_whole_and_then_put_away_with_its_refused_rows() -> None:
    place = in_folder()
    drop(place, "day.csv")
    drop(place, "still.csv", seconds_ago=0)
    drop(place, "coming.csv.part")
    (place / "link.csv").symlink_to("/etc/hostname")
    watch = inbox.Watch()

    turn(watch)
    assert not Import.objects.exists()  # seen once is not enough
    turn(watch)
    turn(watch)

    record = Import.objects.get()
    assert (record.state, record.origin, record.filename, record.mapping_name) == (
        "done",
        "folder",
        "day.csv",
        "Till one",
    )
    assert sorted(path.name for path in (place / "done").iterdir()) == [
        f"{record.pk}-day.csv",
        f"{record.pk}-day.csv.refused.csv",
    ]
    assert "line.negative_quantity" in (place / "done" / f"{record.pk}-day.csv.refused.csv").read_text()
    assert sorted(path.name for path in place.glob("*.*")) == [".taken", "coming.csv.part", "link.csv", "still.csv"]
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "content", [b"%PDF-1.4 not a table", text_of(("A", "B"), [("1", "2")]), text_of(RETAIL, [BAD])]
)
def test_a_file_in_a_folder_fails_in_sight_when_it_cannot_be_brought(content: bytes) -> None:
    place = in_folder()
    drop(place, "bad.csv", content)
    watch = inbox.Watch()

    for _ in range(4):
        turn(watch)

    record = Import.objects.get()
    assert (record.state, record.origin) == ("failed", "folder")
    assert record.error_code in {"file.unreadable", "import.mapping_invalid", "import.nothing_to_import"}
    assert (place / "failed" / f"{record.pk}-bad.csv").read_bytes() == content
    assert not list((place / ".taken").iterdir())
    assert not Order.objects.exists()
    caller = signed_in(Role.MARKETING)
    assert told(caller.client.get(f"/api/v1/imports/{record.pk}", headers=caller.headers))["state"] == "failed"  # type: ignore[arg-type]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("where", ["taken", "brought", "done"])
def test_a_file_is_brought_once_when_the_worker_dies_between_two_steps(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = in_folder()
    drop(place, "day.csv")

    def die(*_: object, **__: object) -> None:
        raise Killed

    watch = inbox.Watch()
    watch.turn(now_seconds=time.time())
    with monkeypatch.context() as patched:
        if where == "taken":
            patched.setattr(inbox, "_bring", die)
        elif where == "brought":
            bring_it = inbox._bring

            def bring_and_die(*given: Any, **named: Any) -> None:
                bring_it(*given, **named)
                raise Killed

            patched.setattr(inbox, "_bring", bring_and_die)
        else:
            patched.setattr(inbox_places, "put_away", die)
        with pytest.raises(Killed):
            turn_thrice(watch)

    # Another worker, which remembers nothing.
    watch = inbox.Watch()
    work()
    work()
    turn_thrice(watch)

    record = Import.objects.get()
    assert (record.state, Order.objects.count()) == ("done", 1)
    assert (place / "done" / f"{record.pk}-day.csv").exists()
    assert not list((place / ".taken").iterdir())


def test_a_folder_follows_its_mapping_to_another_name() -> None:
    place = in_folder()
    drop(place, "day.csv")

    mappings.change(SavedMapping.objects.get().pk, name="收银一号", caller=CALLER)

    assert not place.exists()
    assert (get_config().data_dir.resolve() / "inbox" / "收银一号" / "day.csv").exists()


def test_files_that_were_put_away_are_removed_after_the_days_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    place = in_folder()
    put_away = [place / "done" / "1-day.csv", place / "done" / "1-day.csv.refused.csv", place / "failed" / "2-bad.csv"]
    waiting = [place / "waiting.csv", place / ".taken" / "token-day.csv"]
    for path in (*put_away, *waiting):
        path.write_bytes(b"x")
    (place / "done" / "kept by hand").mkdir()
    monkeypatch.setenv("HUIKE_INBOX_DAYS_KEPT", "7")
    get_config.cache_clear()

    # Old is what was put away long ago, whatever time the file itself bears.
    for path in (*put_away, *waiting):
        os.utime(path, (0, 0))
    assert inbox.forget_old(clock.now() + timedelta(days=7) - timedelta(minutes=5)) == 0
    assert all(path.exists() for path in put_away)

    assert housekeeping.tidy()["inbox_files"] == 0
    assert inbox.forget_old(clock.now() + timedelta(days=7, minutes=5)) == 3
    assert not any(path.exists() for path in put_away)
    assert all(path.exists() for path in (*waiting, place / "done" / "kept by hand"))
    monkeypatch.undo()
    get_config.cache_clear()
