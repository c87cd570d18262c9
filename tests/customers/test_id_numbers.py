"""Numbers of identity documents (docs/algorithms/id-numbers.md)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection

from huike.customers.errors import IdNumberInvalid, IdNumberUnreadable
from huike.customers.id_numbers import rules, services
from huike.customers.lake import CUSTOMERS
from huike.customers.models import Customer, IdDocument, SealingKey
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.people import code_of, signed_in

NUMBER = "11010519491231002X"


def body(response: Any) -> Any:
    return json.loads(response.content)


def keep(number: str = NUMBER, kind: str = "id_card", name: str = "王芳") -> Customer:
    customer = Customer.objects.create(name=name)
    services.set_number(customer.pk, kind=kind, number=number, actor=SYSTEM, scope=EVERYTHING)
    return customer


@pytest.mark.parametrize(
    ("kind", "told", "normal", "shown"),
    [
        ("id_card", "110105 19491231 002x", NUMBER, "1*************002X"),
        ("passport", "e1234 5678", "E12345678", "******678"),
        ("hk_macau_permit", "H1234567801", "H1234567801", "H******7801"),
        ("taiwan_permit", "12345678", "12345678", "*****678"),
    ],
)
def test_a_number_is_kept_in_its_normal_form_and_shown_masked(kind: str, told: str, normal: str, shown: str) -> None:
    assert (rules.normalise(kind, told), rules.mask(rules.normalise(kind, told))) == (normal, shown)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("id_card", "110105194912310021"),  # wrong check character
        ("id_card", "11010519491331002X"),  # no thirteenth month
        ("id_card", "１１０１０５１９４９１２３１００２Ｘ"),
        ("passport", "ABCDEFG"),
        ("hk_macau_permit", "X12345678"),
        ("taiwan_permit", "1234567"),
    ],
)
def test_a_number_no_such_document_has_is_refused(kind: str, told: str) -> None:
    with pytest.raises(IdNumberInvalid) as refused:
        rules.normalise(kind, told)
    assert told not in str(refused.value) + str(refused.value.params)


@pytest.mark.django_db
def test_a_number_is_unmasked_with_a_reason_and_is_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    owner = signed_in(Role.OWNER)
    customer = Customer.objects.create(name="王芳")
    kept = owner.call("PUT", f"/customers/{customer.pk}/id-number", {"kind": "id_card", "number": NUMBER})
    assert body(kept) == {"kind": "id_card", "shown": "1*************002X"}
    file = owner.get(f"/customers/{customer.pk}")
    assert body(file)["id_document"] == body(kept)
    assert NUMBER not in file.content.decode()
    shown = owner.post(f"/customers/{customer.pk}/unmask", {"reason": "contract"})
    assert body(shown)["id_number"] == {"kind": "id_card", "number": NUMBER}
    assert AuditEntry.objects.get(action="unmask_customer").details == {"reason": "contract"}
    told = [str(entry.details) for entry in AuditEntry.objects.all()] + caplog.messages
    assert not [line for line in told if NUMBER in line]
    assert not [column for column in CUSTOMERS.columns if "number" in column]
    with connection.cursor() as cursor:
        cursor.execute("SELECT d::text || encode(d.sealed, 'escape') FROM customers_id_document d")
        assert NUMBER not in cursor.fetchone()[0]
    clerk = signed_in(Role.CLERK)
    assert clerk.post(f"/customers/{customer.pk}/unmask", {"reason": "contract"}).status_code == 403


@pytest.mark.django_db
def test_the_exact_number_finds_its_customer_and_nothing_else_does() -> None:
    customer = keep()
    keep("E12345678", "passport", "李雷")
    owner = signed_in(Role.OWNER)

    def find(number: str) -> Any:
        return owner.post("/customers/find-by-id-number", {"number": number})

    assert body(find("110105 1949 1231 002x"))["id"] == customer.pk
    assert body(find("e12345678"))["name"] == "李雷"
    assert find("110105194912310").status_code in {404, 422}
    assert find("E12345679").status_code == 404
    outside = signed_in(Role.SALES, store_ids=[])
    assert outside.post("/customers/find-by-id-number", {"number": NUMBER}).status_code == 404
    assert AuditEntry.objects.filter(action="find_by_id_number").exists()


@pytest.mark.django_db
def test_one_document_belongs_to_one_customer() -> None:
    keep()
    other = Customer.objects.create(name="李雷")
    owner = signed_in(Role.OWNER)
    refused = owner.call("PUT", f"/customers/{other.pk}/id-number", {"kind": "id_card", "number": NUMBER})
    assert (refused.status_code, code_of(refused)) == (409, "customer.id_number_taken")
    assert IdDocument.objects.count() == 1
    wrong = owner.call("PUT", f"/customers/{other.pk}/id-number", {"kind": "id_card", "number": "110105194912310021"})
    assert (wrong.status_code, code_of(wrong)) == (422, "customer.id_number_invalid")
    assert NUMBER[:14] not in wrong.content.decode()


@pytest.mark.django_db
def test_a_number_moved_to_another_row_or_changed_by_a_bit_does_not_open() -> None:
    one, other = keep(), keep("E12345678", "passport", "李雷")
    here, there = (IdDocument.objects.get(customer=customer) for customer in (one, other))
    IdDocument.objects.filter(pk=there.pk).update(sealed=here.sealed)
    with pytest.raises(IdNumberUnreadable):
        services.in_clear(other.pk)
    flipped = bytes(here.sealed)[:-1] + bytes([bytes(here.sealed)[-1] ^ 1])
    IdDocument.objects.filter(pk=here.pk).update(sealed=flipped)
    with pytest.raises(IdNumberUnreadable):
        services.in_clear(one.pk)


@pytest.mark.django_db
def test_after_a_rotation_every_number_opens_under_a_new_key_and_the_old_one_is_gone() -> None:
    people = [keep(f"E1234567{n}", "passport", f"P{n}") for n in range(3)]
    before = {row.customer_id: bytes(row.sealed) for row in IdDocument.objects.all()}
    (old,) = SealingKey.objects.filter(purpose="number").values_list("pk", flat=True)
    assert services.rotate(actor=SYSTEM) == 3
    (new,) = SealingKey.objects.filter(purpose="number").values_list("pk", flat=True)
    assert new != old
    for n, person in enumerate(people):
        told = services.in_clear(person.pk)
        assert told is not None
        assert told.number == f"E1234567{n}"
        assert bytes(IdDocument.objects.get(customer=person).sealed) != before[person.pk]
    assert services.find_by_number("E12345671", actor=SYSTEM, scope=EVERYTHING) == people[1]


@pytest.mark.django_db
def test_a_rotation_killed_in_the_middle_opens_every_number_and_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [keep(f"E1234567{n}", "passport", f"P{n}") for n in range(3)]
    monkeypatch.setattr(services, "_BATCH", 1)

    def killed(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.rotate(actor=SYSTEM, report=killed)
    assert SealingKey.objects.filter(purpose="number").count() == 2
    assert [services.in_clear(person.pk).number for person in people] == [  # type: ignore[union-attr]
        "E12345670", "E12345671", "E12345672",
    ]  # fmt: skip
    assert services.rotate(actor=SYSTEM) == 1
    assert SealingKey.objects.filter(purpose="number").count() == 1
    assert services.in_clear(people[2].pk) == services.InClear("passport", "E12345672")
