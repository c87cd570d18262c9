"""A file is written while a till sells: both meet the same newcomer, the same order, the same goods, in one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from huike.customers import bulk as customers_bulk
from huike.customers import services as customers
from huike.customers.models import Customer, Identity
from huike.customers.services import find_or_create_by_identity
from tests.imports.files import bring, check, run, text_of
from tests.rivals import beside, let_in_after, let_in_before, until_it_waits
from tests.tills import till

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
PHONE, MAIL = "+8613812345678", "li@example.com"
PEOPLE = ("CustomerID", "Name", "Phone", "Email")


def people_file() -> Any:
    """A checked file of one newcomer, with an id at the source `shop`, a phone and an address."""
    content = text_of(PEOPLE, [("17850", "王小明", PHONE, MAIL)])
    return check(bring(content, kind="customers", filename="people.csv"), source_key="shop")


def meet(*known_by: tuple[str, str]) -> Callable[[], customers.FoundCustomer]:
    source_id = till().pk

    def act() -> customers.FoundCustomer:
        with transaction.atomic():
            return find_or_create_by_identity(list(known_by), source_id=source_id, now=NOW)

    return act


def held() -> set[tuple[int, str, str]]:
    return set(Identity.objects.values_list("customer_id", "kind", "value"))


@pytest.mark.parametrize("known_by", [[("phone", PHONE)], [("phone", PHONE), ("email", MAIL), ("card", "K1")]])
def test_a_newcomer_is_one_person_when_a_till_meets_her_while_her_file_is_not_committed(
    known_by: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The till finds nobody, waits for the file at the identity's index, and must then take the file's person."""
    record = people_file()
    with beside(meet(*known_by)) as start, monkeypatch.context() as patch:
        let_in_after(patch, customers_bulk, "_claim_for_newcomers", lambda: until_it_waits(start()))
        record = run(record)
        met = start().result()
    customer = Customer.objects.get()
    assert (met.id, met.created) == (customer.pk, False)
    expected = {("external", "17850"), ("phone", PHONE), ("email", MAIL), *known_by}
    assert held() == {(customer.pk, kind, value) for kind, value in expected}
    assert (customer.phone, customer.email) == (PHONE, MAIL)
    assert customer.card_number == dict(known_by).get("card")
    assert record.result["created"] == 1


@pytest.mark.parametrize("known_by", [[("phone", PHONE)], [("email", MAIL)], [("phone", PHONE), ("email", MAIL)]])
def test_a_newcomer_is_one_person_when_a_till_makes_her_while_the_file_looks_for_her(
    known_by: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file finds nobody; the till makes her; the file's other identities of hers are new all the same."""
    record = people_file()
    with beside(meet(*known_by)) as start, monkeypatch.context() as patch:
        let_in_before(patch, customers_bulk, "_claim_for_newcomers", lambda: start().result())
        record = run(record)
        met = start().result()
    customer = Customer.objects.get()
    assert (met.id, met.created) == (customer.pk, True)
    assert held() == {
        (customer.pk, "external", "17850"),
        (customer.pk, "phone", PHONE),
        (customer.pk, "email", MAIL),
    }
    assert (customer.name, customer.phone, customer.email) == ("王小明", PHONE, MAIL)
    assert record.result["created"] == 0
