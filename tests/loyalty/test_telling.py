"""Who is told of points, once, and of what nobody is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from huike.customers.merging.services import merge_customers
from huike.kernel.scope import EVERYTHING
from huike.ledger import services as holds
from huike.ledger.books import open_books
from huike.loyalty.models import Programme
from huike.loyalty.telling import services
from huike.platform.audit import SYSTEM
from huike.platform.models import OutboxEvent
from tests.loyalty.members import buy, hers, member, programme
from tests.loyalty.rewards import give, redeem, reward, rich
from tests.tills import NOW, order

# What is told is what other transactions committed.
pytestmark = pytest.mark.django_db(transaction=True)

WARNED_AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # nine in Shanghai


@pytest.fixture
def club() -> Programme:
    return programme()


def told(name: str) -> list[tuple[int | None, dict[str, Any]]]:
    events = OutboxEvent.objects.filter(name=f"loyalty.{name}").order_by("pk")
    return [(event.customer_id, event.payload) for event in events]


def tell(now: datetime = NOW, *, most: int = services.BATCH_SIZE) -> None:
    while services.tell_new(now=now, most=most):
        pass


def in_shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize("most", [1, 1_000])
def test_points_earned_and_expired_are_told_once_each(club: Programme, most: int) -> None:
    her = member(club)
    buy(order(**hers()))
    tell(most=most)
    tell(most=most)
    ((customer_id, payload),) = told("points_earned")
    assert (customer_id, payload["points"]) == (her, 10)
    assert payload["reference"].startswith("order:")
    after = NOW + timedelta(days=400)
    holds.expire_due(now=after)
    tell(after, most=most)
    tell(after, most=most)
    ((customer_id, payload),) = told("points_expired")
    assert (customer_id, payload["points"]) == (her, 10)
    assert len(told("points_earned")) == 1


def test_a_debt_that_is_settled_at_once_does_not_make_the_earning_smaller(club: Programme) -> None:
    her = rich(club, 0)
    with transaction.atomic(), open_books(f"points:{club.pk}", [her]) as books:
        books.burn(her, 30, key="far away", at=NOW, overdraw=True)
    give(club, her, 100)
    tell()
    assert [payload["points"] for _, payload in told("points_earned")] == [100]


def test_what_is_long_ago_is_no_news(club: Programme) -> None:
    her = rich(club, 0)
    give(club, her, 5, at=NOW - timedelta(days=31))
    give(club, her, 7, at=NOW - timedelta(days=29))
    tell()
    assert [payload["points"] for _, payload in told("points_earned")] == [7]


def test_holds_and_redemptions_are_not_earnings(club: Programme) -> None:
    her = rich(club, 500)
    redeem(reward(), her)
    tell()
    assert [payload["points"] for _, payload in told("points_earned")] == [500]


def test_a_database_from_a_dump_tells_nothing_twice(club: Programme) -> None:
    give(club, rich(club, 0), 7)
    tell()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_told_position SET xid = 9000000000000000")
    tell()
    assert len(told("points_earned")) == 1
    give(club, rich(club, 0), 8)
    tell()
    assert [payload["points"] for _, payload in told("points_earned")] == [7, 8]


EXPIRIES = [
    ("2026-12-23T00:00", "2026-12-22"),
    ("2026-12-24T00:00", None),
    ("2026-11-22T12:00", "2026-11-22"),
    ("2026-11-22T09:00", None),
]


@pytest.mark.parametrize(("over_at", "on"), EXPIRIES)
def test_she_is_warned_from_thirty_days_before_the_last_day(club: Programme, over_at: str, on: str | None) -> None:
    give(club, rich(club, 0), 40, at=NOW - timedelta(days=60), expires_at=in_shanghai(over_at))
    while services.warn_of_expiry(now=WARNED_AT):
        pass
    assert [payload["expires_on"] for _, payload in told("points_expiring")] == ([on] if on else [])


def test_she_is_warned_once_of_each_day_however_often_it_runs(club: Programme) -> None:
    her, other = rich(club, 0), rich(club, 0)
    day, next_day = in_shanghai("2026-12-01T00:00"), in_shanghai("2026-12-02T00:00")
    give(club, her, 40, expires_at=day)
    give(club, her, 2, expires_at=day)
    give(club, her, 5, expires_at=next_day)
    give(club, other, 7, expires_at=day)
    give(club, other, 99)
    assert [services.warn_of_expiry(now=WARNED_AT, most=2) for _ in range(3)] == [2, 1, 0]
    give(club, her, 1_000, expires_at=day)
    assert services.warn_of_expiry(now=WARNED_AT + timedelta(days=1)) == 0
    said = sorted(
        (customer_id, payload["expires_on"], payload["points"]) for customer_id, payload in told("points_expiring")
    )
    assert said == sorted([(her, "2026-11-30", 42), (her, "2026-12-01", 5), (other, "2026-11-30", 7)])


def test_who_is_warned_on_both_files_is_not_warned_again_when_they_become_one(club: Programme) -> None:
    day = in_shanghai("2026-12-01T00:00")
    one, two = rich(club, 40, expires_at=day), rich(club, 2, expires_at=day)
    assert services.warn_of_expiry(now=WARNED_AT) == 2
    merge_customers(one, two, survivor_id=one, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert services.warn_of_expiry(now=WARNED_AT) == 0


def test_without_a_warning_in_the_terms_nobody_is_told() -> None:
    quiet = programme(lapse={"warn_days": 0})
    rich(quiet, 40, expires_at=in_shanghai("2026-12-01T00:00"))
    assert services.warn_of_expiry(now=WARNED_AT) == 0
    assert told("points_expiring") == []
