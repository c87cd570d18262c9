"""What becomes of points when their person is erased: the books stay balanced, and are nobody's she could be."""

from __future__ import annotations

import pytest
from django.db import connection

from huike.customers.privacy import holdings
from huike.ledger import selectors as ledger
from huike.ledger.models import Account
from huike.loyalty.models import OrderPoints, Redemption
from huike.loyalty.rewards import services
from huike.platform.audit import SYSTEM
from huike.staff.rules import Role
from tests.loyalty.members import buy, hers, member, programme
from tests.loyalty.rewards import BENEFIT, give, redeem, reward, rich
from tests.people import signed_in
from tests.privacy.world import erase
from tests.tills import order

pytestmark = pytest.mark.django_db(transaction=True)


def test_she_is_shown_every_movement_and_what_she_redeemed() -> None:
    club = programme()
    her = rich(club, 300)
    what = reward(**BENEFIT)
    services.add_codes(what.pk, ["CINE-1"], actor=SYSTEM)
    redeem(what, her)
    shown = {one.name: list(holdings.rows(one, [her])) for one in holdings.holdings()}
    assert [(row["kind"], row["entries"]) for row in shown["value_movements"]] == [
        ("earn", [{"pocket": "available", "amount": 300}]),
        ("burn", [{"pocket": "available", "amount": -200}]),
    ]
    (account,) = shown["value_accounts"]
    assert account == {"asset": f"points:{club.pk}", "pending": 0, "available": 100, "held": 0, "owed": 0}
    (redeemed,) = shown["redemptions"]
    assert (redeemed["reward"], redeemed["points"], redeemed["benefit_code"]) == ("影院兑换码", 200, "CINE-1")


def test_an_erased_persons_points_are_a_pseudonyms_and_the_books_stand() -> None:
    club = programme()
    her, other = member(club), rich(club, 50)
    give(club, her, 500)
    buy(order(**hers()))
    held = redeem(reward(), her)
    assert erase(signed_in(Role.OWNER), her)["state"] == "done"
    assert not Account.objects.filter(customer_id=her).exists()
    assert not Account.objects.filter(opened_for_id=her).exists()
    assert not OrderPoints.objects.filter(customer_id=her).exists()
    assert Account.objects.filter(customer_id=other).count() == 1
    assert ledger.verify() == []
    # What was promised to nobody goes back by itself.
    kept = Redemption.objects.get()
    assert kept.code == f"-{held.pk}"
    assert kept.until_at is not None
    assert services.expire_overdue(now=kept.until_at) == 1
    assert ledger.verify() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_hold WHERE customer_id = %s", [her])
        assert cursor.fetchone() == (0,)
