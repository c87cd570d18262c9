"""A file saved by hand while a till learns who the person is: neither waits for the other in a ring."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from huike.customers import services
from huike.customers.errors import IdentityTaken
from huike.customers.models import Customer, Identity
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import SYSTEM
from tests.rivals import beside, let_in_after, let_in_before, until_it_waits
from tests.tills import NOW, all_at_once, phone, till

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = phone()[0].value
MAIL = "li@example.com"


def newcomer() -> int:
    with transaction.atomic():
        return services.find_or_create_by_identity([("phone", PHONE)], source_id=till().pk, now=NOW).id


def attach_mail(source_id: int) -> services.FoundCustomer:
    """What a till does that knows her by her phone and tells her address too."""
    with transaction.atomic():
        found = services.find_or_create_by_identity([("phone", PHONE), ("email", MAIL)], source_id=source_id, now=NOW)
        with connection.cursor() as cursor:  # the figures of the sale
            cursor.execute("SELECT FROM customers_customer WHERE id = %s FOR NO KEY UPDATE", [found.id])
        return found


def test_a_file_locked_before_its_identities_would_end_in_a_ring() -> None:
    """The order of locks that `update_customer` must not take, shown with the statements themselves."""
    customer_id, source_id = newcomer(), till().pk
    victims: list[Exception] = []
    with beside(lambda: attach_mail(source_id)) as start:
        try:
            with transaction.atomic():
                Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
                until_it_waits(start())
                services._take_identities(customer_id, [("email", MAIL)])
        except OperationalError as error:
            victims.append(error)
        rival = start().exception()
        victims += [rival] if isinstance(rival, OperationalError) else []
    assert ["deadlock detected" in str(victim) for victim in victims] == [True]


@pytest.mark.parametrize("moment", ["before its identities", "before its row"])
def test_a_file_is_saved_and_a_till_goes_on_when_both_tell_the_same_address_at_once(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_id, source_id = newcomer(), till().pk
    with beside(lambda: attach_mail(source_id)) as start, monkeypatch.context() as patch:

        def let_in() -> None:
            until_it_waits(start())

        let = let_in_before if moment == "before its identities" else let_in_after
        let(patch, services, "_take_identities", let_in)
        services.update_customer(customer_id, {"email": MAIL, "city": "上海"}, actor=SYSTEM, scope=EVERYTHING)
        assert start().result().id == customer_id
    customer = Customer.objects.get()
    assert (customer.email, customer.phone, customer.city) == (MAIL, PHONE, "上海")
    assert sorted(Identity.objects.values_list("customer_id", "kind", "value")) == [
        (customer_id, "email", MAIL),
        (customer_id, "phone", PHONE),
    ]


def test_an_address_is_given_to_one_only_when_two_files_ask_for_it_at_once() -> None:
    customers = [services.create_customer(services.CustomerDraft(name=n), actor=SYSTEM, scope=EVERYTHING) for n in "ab"]

    def ask(customer_id: int) -> Any:
        return services.update_customer(customer_id, {"phone": PHONE, "email": MAIL}, actor=SYSTEM, scope=EVERYTHING)

    results = all_at_once([lambda c=c: ask(c.pk) for c in customers])
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [IdentityTaken]
    owner = Customer.objects.get(email=MAIL)
    assert set(Identity.objects.values_list("customer_id", flat=True)) == {owner.pk}
    assert owner.phone == PHONE
    assert Customer.objects.exclude(pk=owner.pk).values_list("phone", "email").get() == (None, None)
