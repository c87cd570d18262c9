"""A write repeated under one key happens once, whatever breaks in between."""

from __future__ import annotations

import json
from threading import Event, Thread

import pytest
from django.db import connections
from django.test import RequestFactory

from huike.platform import idempotency
from huike.platform.audit import SYSTEM, record
from huike.platform.idempotency import Answer, KeyMissing, KeyReused, StillRunning, Told, once
from huike.platform.models import AuditEntry, IdempotencyKey


def write(body: Told = None, *, key: str = "k1", principal: str = "api_key:1", route: str = "orders") -> Answer:
    """The write of these tests leaves one audit entry each time it really happens."""

    def action() -> tuple[int, dict[str, object]]:
        record(SYSTEM, "write", subject_kind="test")
        return 201, {"number": AuditEntry.objects.count()}

    return once(principal=principal, route=route, key=key, body=body, action=action)


@pytest.mark.django_db
def test_the_same_write_again_gives_the_first_answer_and_changes_nothing() -> None:
    first = write({"a": 1, "b": [2]})
    again = write({"b": [2], "a": 1})
    assert (first.status, first.body, first.replayed) == (201, {"number": 1}, False)
    assert (again.status, again.body, again.replayed) == (201, {"number": 1}, True)
    assert AuditEntry.objects.count() == 1
    assert "Idempotent-Replayed" not in idempotency.respond(first)
    answered = idempotency.respond(again)
    assert (answered.status_code, answered["Idempotent-Replayed"]) == (201, "true")
    assert json.loads(answered.content) == {"number": 1}


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_refused_and_changes_nothing() -> None:
    write({"a": 1})
    with pytest.raises(KeyReused):
        write({"a": 2})
    assert KeyReused.status == 422
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_its_principals_and_its_routes_own() -> None:
    write({"a": 1})
    write({"a": 2}, principal="api_key:2")
    write({"a": 3}, route="campaigns")
    write({"a": 4}, key="k2")
    assert AuditEntry.objects.count() == 4


@pytest.mark.django_db
def test_a_write_that_fails_leaves_nothing_and_may_be_tried_again_with_its_key() -> None:
    def fail() -> tuple[int, dict[str, object]]:
        record(SYSTEM, "write", subject_kind="test")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        once(principal="p", route="r", key="k1", body=None, action=fail)
    assert not AuditEntry.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert write(principal="p", route="r").replayed is False


@pytest.mark.django_db(transaction=True)
def test_a_repetition_is_told_to_wait_while_the_first_is_still_running() -> None:
    started, finish = Event(), Event()

    def slow() -> tuple[int, dict[str, object]]:
        started.set()
        assert finish.wait(30)
        return 201, {"who": "first"}

    def first() -> None:
        try:
            once(principal="p", route="r", key="k1", body=None, action=slow)
        finally:
            connections.close_all()

    thread = Thread(target=first)
    thread.start()
    assert started.wait(30)
    with pytest.raises(StillRunning) as refused:
        write(principal="p", route="r")
    assert refused.value.status == 409
    finish.set()
    thread.join()
    again = write(principal="p", route="r")
    assert (again.status, again.body, again.replayed) == (201, {"who": "first"}, True)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_effect() -> None:
    outcomes: list[object] = []

    def attempt() -> None:
        try:
            outcomes.append(write().replayed)
        except StillRunning:
            outcomes.append("wait")
        finally:
            connections.close_all()

    threads = [Thread(target=attempt) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(False) == 1
    assert len(outcomes) == 10
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("key", [None, "", "   ", "x" * 256, "a\x00b"])
def test_a_request_without_a_usable_key_is_refused(key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    with pytest.raises(KeyMissing):
        idempotency.key_of(RequestFactory().post("/orders", headers=headers))


def test_a_key_is_taken_without_the_white_space_around_it() -> None:
    assert idempotency.key_of(RequestFactory().post("/", headers={"Idempotency-Key": " abc "})) == "abc"
