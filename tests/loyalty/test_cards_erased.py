"""What becomes of a card when its person is erased."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from huike.customers.models import Customer
from huike.customers.privacy import holdings
from huike.customers.privacy.holdings import Erased
from huike.customers.privacy.rules import Values
from huike.loyalty.models import Card
from huike.staff.rules import Role
from tests.loyalty.cards import FIRST, SECOND, bind, box, customer, history
from tests.people import signed_in
from tests.privacy.world import erase

pytestmark = pytest.mark.django_db


def cards() -> holdings.Holding:
    (holding,) = [one for one in holdings.holdings() if one.table == "loyalty_card"]
    return holding


def test_she_is_shown_her_cards() -> None:
    box()
    her = customer()
    card = bind(FIRST, her)
    assert list(holdings.rows(cards(), [her])) == [
        {"number": FIRST, "state": "active", "bound_at": card.bound_at, "replaces": None}
    ]


def test_number_and_person_go_and_the_row_stays_out_of_use() -> None:
    box()
    her, other, pseudonym = customer(), customer("李雷"), customer("")
    card, _ = bind(FIRST, her, note="for 王小明"), bind(SECOND, other)
    erased = Erased([her], [pseudonym], Values())
    assert holdings.erase(cards(), erased) == 1
    assert holdings.erase(cards(), erased) == 0
    closed = Card.objects.get(pk=card.pk)
    assert (closed.number, closed.state, closed.customer_id) == (f"-{card.pk}", "closed", pseudonym)
    assert history(f"-{card.pk}")[-1] == ("active", "closed", "erased")
    assert Card.objects.get(number=SECOND).customer_id == other
    # Whoever picks the plastic up finds nobody with it.
    assert not Card.objects.filter(number=FIRST).exists()


@pytest.mark.django_db(transaction=True)
def test_an_erased_person_is_nowhere_in_what_happened_to_her_card() -> None:
    box()
    her = customer("王小明", phone="13812345678")
    bind(FIRST, her, note="王小明 came herself, 13812345678")
    answered = erase(signed_in(Role.OWNER), her)
    assert answered["state"] == "done"
    card = Card.objects.get(state="closed")
    assert card.customer_id != her
    assert not Customer.objects.filter(pk=her).exists()
    told = [*history(card.number), card.number]
    assert "王小明" not in str(told)
    assert "13812345678" not in str(told)
    assert FIRST not in everything_kept()


def everything_kept() -> str:
    """Every row of every table that could hold a number of hers, as text."""
    with connection.cursor() as cursor:
        found: list[Any] = []
        for table in ("loyalty_card", "loyalty_card_change", "customers_identity", "platform_audit_entry"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            found += cursor.fetchall()
    return str(found)
