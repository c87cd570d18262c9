"""What is outstanding, what of it will be used, and a month that adds up exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from huike.ledger import proofs
from huike.ledger import services as holds
from huike.ledger.books import open_books
from huike.loyalty.liability import selectors
from huike.loyalty.liability.rules import (
    Age,
    Expected,
    Left,
    ages_of,
    expected_by_end,
    expected_of,
    month_number,
    month_text,
)
from huike.loyalty.models import Programme
from huike.loyalty.rewards import services
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.staff.rules import Role
from tests.loyalty.members import programme
from tests.loyalty.purchases import SHANGHAI
from tests.loyalty.rewards import give, redeem, reward, rich
from tests.people import code_of, signed_in
from tests.tills import NOW

NOV = month_number(2026, 11)


# The method


def worked_example() -> list[Age]:
    """Four cohorts of 1,000, issued from July on; in November those of October completed age 0 only."""
    issued = dict.fromkeys(range(NOV - 4, NOV + 1), 1_000)
    by_age = [[100] * 4, [200] * 3, [50] * 2]
    used = {(NOV - 4 + n, age): amount for age, amounts in enumerate(by_age) for n, amount in enumerate(amounts)}
    return ages_of(issued, used, now=NOV)


def test_an_age_is_what_cohorts_that_completed_it_used_then() -> None:
    told = [(one.age, one.cohorts, one.issued, one.used, one.is_known) for one in worked_example()]
    assert told == [
        (0, 4, 4_000, 400, True),
        (1, 3, 3_000, 600, True),
        (2, 2, 2_000, 100, False),
        (3, 1, 1_000, 0, False),
    ]


@pytest.mark.parametrize(
    ("ends", "left", "expected"),
    [
        (NOV + 1, 950, Expected(300, 650, 0)),
        (NOV, 950, Expected(100, 850, 0)),
        (NOV + 2, 950, Expected(950, 0, 950)),  # age 2 is not known
        (None, 950, Expected(950, 0, 950)),
        (NOV + 1, 120, Expected(120, 0, 0)),  # not more than is left
    ],
)
def test_what_will_be_used_is_told_by_ages_still_ahead(ends: int | None, left: int, expected: Expected) -> None:
    ages = {one.age: one for one in worked_example()}
    assert expected_of(Left(NOV, ends, 1_000, left), ages, now=NOV) == expected


def test_an_older_cohort_has_fewer_ages_ahead() -> None:
    ages = {one.age: one for one in worked_example()}
    assert expected_of(Left(NOV - 1, NOV, 1_000, 800), ages, now=NOV) == Expected(200, 600, 0)


months = st.integers(NOV - 30, NOV)
lots = st.builds(
    lambda came, life, issued, share: Left(came, None if life is None else came + life, issued, issued * share // 100),
    months,
    st.none() | st.integers(0, 40),
    st.integers(1, 100_000),
    st.integers(0, 100),
)


@given(st.lists(lots, max_size=20), st.dictionaries(st.tuples(months, st.integers(0, 12)), st.integers(-500, 5_000)))
def test_use_and_breakage_are_what_is_left_whatever_happened(
    told: list[Left], used: dict[tuple[int, int], int]
) -> None:
    issued: dict[int, int] = {}
    for one in told:
        issued[one.came] = issued.get(one.came, 0) + one.issued
    found = expected_by_end(told, ages_of(issued, used, now=NOV), now=NOV)
    for left, expected in found.values():
        assert expected.use + expected.breakage == left
        assert min(expected.use, expected.breakage, expected.untold) >= 0
        assert expected.untold <= expected.use
    assert sum(left for left, _ in found.values()) == sum(one.left for one in told)


@given(st.integers(2000 * 12, 2100 * 12))
def test_a_month_is_told_as_it_is_numbered(month: int) -> None:
    year, number = map(int, month_text(month).split("-"))
    assert month_number(year, number) == month


# The books


@pytest.fixture
def club(db: None, monkeypatch: pytest.MonkeyPatch) -> Programme:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return programme(spending={"points": 100, "worth_minor": 90})


def month_of_posting(later: int = 0) -> str:
    """The calendar month in which this test posts, or one so many months later."""
    today = datetime.now(SHANGHAI)
    return month_text(month_number(today.year, today.month) + later)


def told(asset: str = "", month: str = "") -> dict[str, Any]:
    query = f"?month={month}" if month else ""
    answer = signed_in(Role.LOYALTY).get(f"/loyalty/liability{query}")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_outstanding_is_told_by_the_month_it_ends_with_and_what_it_is_worth(club: Programme) -> None:
    her, other = rich(club, 0), rich(club, 0)
    # Over at the first instant of the year: its last day is in December.
    give(club, her, 300, expires_at=datetime(2026, 12, 31, 16, tzinfo=UTC))
    give(club, other, 205, expires_at=datetime(2026, 12, 31, 16, 0, 1, tzinfo=UTC))
    give(club, other, 50)
    give(club, other, 20, matures_at=datetime(2026, 12, 1, tzinfo=UTC))
    redeem(reward(points=100), her)
    with transaction.atomic(), open_books(f"points:{club.pk}", [other]) as books:
        books.burn(other, 255 + 30, key="far away", at=NOW, overdraw=True)
    seen = told()
    assert seen["outstanding"] == {
        "asset": f"points:{club.pk}",
        "name": "",
        "pending": 20,
        "available": 200,
        "held": 100,
        "owed": 30,
        "total": 290,
        "members": 2,
    }
    assert [(one["month"], one["left"]) for one in seen["endings"]] == [("2026-12", 300), (None, 20)]
    # 290 points at 0.90 for a hundred: 2.61.
    assert seen["full"] == {"amount_minor": 261, "currency": "CNY"}
    assert seen["expected"] == {"use": 320, "breakage": 0, "untold": 320}
    assert seen["enough_data"] is False


def test_what_the_past_says_about_use_is_told_in_points_and_money(club: Programme) -> None:
    # Of 1,000 a month 100 are used in the month they come and 200 in the next.
    for n in range(7, 12):
        her = rich(club, 0)
        give(club, her, 1_000, at=datetime(2026, n, 2, tzinfo=UTC), expires_at=datetime(2027, 1, 1, tzinfo=UTC))
        for age, amount in ((0, 100), (1, 200)):
            if n + age < 11:
                with transaction.atomic(), open_books(f"points:{club.pk}", [her]) as books:
                    books.burn(her, amount, key=f"b{n}:{age}", at=datetime(2026, n + age, 20, tzinfo=UTC))
    seen = told()
    assert [(one["age"], one["rate"], one["known"]) for one in seen["ages"][:3]] == [
        (0, 0.1, True),
        (1, 0.2, True),
        (2, 0.0, False),
    ]
    # 1 Jan 00:00 UTC is 08:00 in Shanghai: the last month is January, ages up to two and more are not known.
    assert seen["expected"]["untold"] == seen["outstanding"]["total"] == 5_000 - 400 - 600


def test_a_month_adds_up_exactly_line_by_line(club: Programme) -> None:
    her = rich(club, 500, expires_at=datetime(2026, 11, 1, tzinfo=UTC), at=datetime(2026, 10, 1, tzinfo=UTC))
    holds.expire_due(now=NOW)
    give(club, her, 70)
    redemption = redeem(reward(points=30), her)
    services.fulfil(redemption.pk, now=NOW, actor=SYSTEM)
    redeem(reward(points=10), her)
    before, now, after = (told(month=month_of_posting(later)) for later in (-1, 0, 1))
    assert before["movement"] == {"month": month_of_posting(-1), "opening": 0, "moved": [], "closing": 0}
    assert {one["account"]: one["amount"] for one in now["movement"]["moved"]} == {
        "issued": 570,
        "expired": -500,
        "spent": -30,
    }
    assert (now["movement"]["opening"], now["movement"]["closing"]) == (0, 40)
    assert after["movement"] == {"month": month_of_posting(1), "opening": 40, "moved": [], "closing": 40}
    assert now["movement"]["closing"] == now["outstanding"]["total"]
    assert sum(line["balance"] for line in now["trial"]) == 0


def test_figures_open_into_rows(club: Programme) -> None:
    one, two = rich(club, 0), rich(club, 0)
    end = datetime(2026, 12, 15, tzinfo=UTC)
    give(club, one, 10, expires_at=end)
    give(club, one, 5, expires_at=end)
    give(club, two, 7, expires_at=end)
    give(club, two, 3)
    reader = signed_in(Role.LOYALTY)
    first = reader.get("/loyalty/liability/members?month=2026-12&limit=1").json()
    rest = reader.get(f"/loyalty/liability/members?month=2026-12&limit=1&cursor={first['next_cursor']}").json()
    assert [(row["customer_id"], row["left"]) for row in [*first["items"], *rest["items"]]] == [(one, 15), (two, 7)]
    assert rest["next_cursor"] is None
    (never,) = reader.get("/loyalty/liability/members?month=never").json()["items"]
    assert (never["customer_id"], never["left"]) == (two, 3)
    month = month_of_posting()
    rows = reader.get(f"/loyalty/liability/movements?month={month}&account=issued&limit=3").json()
    more = reader.get(f"/loyalty/liability/movements?month={month}&account=issued&cursor={rows['next_cursor']}").json()
    assert [(row["customer_id"], row["amount"]) for row in [*rows["items"], *more["items"]]] == [
        (two, 3),
        (two, 7),
        (one, 5),
        (one, 10),
    ]


def test_the_last_proof_stands_beside(club: Programme) -> None:
    rich(club, 5)
    assert told()["proof"] is None
    proofs.prove(now=NOW)
    assert told()["proof"]["faults"] == 0
    assert [one["asset"] for one in told()["assets"]] == [f"points:{club.pk}"]


def test_whoever_does_not_see_all_stores_sees_none_of_it(club: Programme) -> None:
    limited = signed_in(Role.LOYALTY, store_ids=[])
    for address in ("", "/members?month=2026-12", "/movements?month=2026-12&account=issued"):
        refused = limited.get(f"/loyalty/liability{address}")
        assert (refused.status_code, code_of(refused)) == (403, "loyalty.needs_all_stores")


@pytest.mark.django_db
def test_without_a_programme_there_is_nothing_to_owe() -> None:
    assert code_of(signed_in(Role.LOYALTY).get("/loyalty/liability")) == "programme.not_found"
    assert selectors.assets() == []
