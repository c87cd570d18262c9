"""A hundred members and ten bags: the race first without its guard, then as it is."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import IntegrityError

from huike.ledger import selectors as ledger
from huike.loyalty.models import Programme, Redemption, RedemptionChange, Reward
from huike.loyalty.rewards import services
from huike.loyalty.rewards.errors import RedemptionStateRefused, RewardLimit, RewardSoldOut
from huike.platform.audit import SYSTEM
from tests.loyalty.members import points, programme
from tests.loyalty.rewards import BENEFIT, history, redeem, reward, rich, taken
from tests.tills import NOW, all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

# The update without what it asks of the stock: look, then act.
UNGUARDED = services._TAKE_ONE.replace("AND (stock IS NULL OR taken < stock)", "")


@pytest.fixture
def club() -> Programme:
    return programme()


def rush(what: Reward, people: list[int]) -> Counter[str]:
    """Each redeems once, twenty at a time."""
    outcomes: Counter[str] = Counter()
    for begin in range(0, len(people), 20):
        said = all_at_once([lambda her=her: redeem(what, her) for her in people[begin : begin + 20]])  # type: ignore[misc]
        outcomes.update("had" if isinstance(one, Redemption) else type(one).__name__ for one in said)
    return outcomes


def test_without_the_guard_more_are_promised_than_there_are_but_for_the_database(
    club: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race: nobody is told that nothing is left; the database alone refuses the eleventh."""
    assert services._TAKE_ONE != UNGUARDED
    monkeypatch.setattr(services, "_TAKE_ONE", UNGUARDED)
    what = reward(stock=10)
    outcomes = rush(what, [rich(club) for _ in range(20)])
    assert outcomes[IntegrityError.__name__] > 0
    assert outcomes["had"] == taken(what) == 10


def test_of_a_hundred_members_ten_get_the_last_ten(club: Programme) -> None:
    what = reward(stock=10)
    people = [rich(club) for _ in range(100)]
    assert rush(what, people) == {"had": 10, RewardSoldOut.__name__: 90}
    assert (taken(what), Redemption.objects.count(), RedemptionChange.objects.count()) == (10, 10, 10)
    held = [points(club, her).held for her in people]
    assert (sum(held), max(held)) == (1_200, 120)
    assert ledger.verify() == []


def test_every_code_goes_to_one(club: Programme) -> None:
    what = reward(**BENEFIT)
    services.add_codes(what.pk, [f"C-{n}" for n in range(5)], actor=SYSTEM)
    assert rush(what, [rich(club) for _ in range(20)]) == {"had": 5, RewardSoldOut.__name__: 15}
    texts = list(what.codes.exclude(redemption=None).values_list("text", flat=True))
    assert sorted(texts) == [f"C-{n}" for n in range(5)]


def test_one_member_at_many_desks_has_it_as_often_as_she_may(club: Programme) -> None:
    what, her = reward(limit_count=2, limit_period="day"), rich(club, 10_000)
    assert rush(what, [her] * 10) == {"had": 2, RewardLimit.__name__: 8}
    assert points(club, her).held == 240


def test_one_key_at_many_desks_is_one_redemption(club: Programme) -> None:
    what, her = reward(stock=5), rich(club)
    said = all_at_once([lambda: redeem(what, her, key="same").pk] * 8)
    assert len(set(said)) == 1
    assert (taken(what), points(club, her).held) == (1, 120)


def test_of_handing_out_and_cancelling_at_once_the_books_know_one_order(club: Programme) -> None:
    what, her = reward(stock=1), rich(club)
    redemption = redeem(what, her)
    handed, cancelled = all_at_once(
        [
            lambda: services.fulfil(redemption.pk, now=NOW, actor=SYSTEM),
            lambda: services.cancel(redemption.pk, note="n", now=NOW, actor=SYSTEM),
        ]
    )
    # Cancelling holds in either order; handing out does not after it.
    assert isinstance(cancelled, Redemption)
    assert isinstance(handed, RedemptionStateRefused) == (len(history(redemption)) == 2)
    assert (points(club, her).balance, points(club, her).held, taken(what)) == (1_000, 0, 0)
    assert ledger.verify() == []
