"""What a member has, and her ledger: every line says what it was for and why."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huike.customers import timeline
from huike.ledger import services as holds
from huike.loyalty.models import Programme
from huike.loyalty.rewards import services
from huike.orders.models import Order
from huike.orders.rules import Kind
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.staff.rules import Role
from tests.loyalty.members import buy, hers, member, programme
from tests.loyalty.rewards import give, redeem, reward
from tests.people import Caller, signed_in
from tests.tills import NOW, line, order

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def club(monkeypatch: pytest.MonkeyPatch) -> Programme:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    gold = {"name": "周日双倍", "factor_bp": 20_000, "weekdays": [7]}
    return programme(earning={"multipliers": [gold]})


@pytest.fixture
def her(club: Programme) -> int:
    return member(club)


@pytest.fixture
def reader() -> Caller:
    return signed_in(Role.CLERK)


def ledger(reader: Caller, her: int, **asked: Any) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return list(reader.get(f"/loyalty/members/{her}/ledger?{query}").json()["items"])


def test_she_has_what_is_settled_minus_what_is_held_and_a_year_to_look_back_on(
    club: Programme, her: int, reader: Caller
) -> None:
    give(club, her, 500, at=datetime(2025, 12, 31, 15, 59, tzinfo=UTC), expires_at=NOW + timedelta(days=10))
    give(club, her, 300, at=datetime(2025, 12, 31, 16, 0, tzinfo=UTC))
    # 10.00 on a Sunday: twenty points.
    buy(order(**hers()))
    redeem(reward(), her)
    redeem(reward(kind="benefit", points=50), her)
    told = reader.get(f"/loyalty/members/{her}").json()
    assert (told["customer_id"], told["tier"]) == (her, None)
    (points,) = told["assets"]
    assert points == {
        "asset": f"points:{club.pk}",
        "kind": "points",
        "name": "积分",
        "currency": "CNY",
        "balance": 650,
        "pending": 0,
        "held": 120,
        "owed": 0,
        "frozen_at": None,
        "expiring": points["expiring"],
        # In Shanghai the year had begun for the second gift, and not for the first.
        "earned_this_year": 320,
        "spent_this_year": 50,
        "expired_this_year": 0,
    }
    assert [(one["amount"], one["expires_at"][:10]) for one in points["expiring"]] == [
        (330, "2026-12-02"),
        (20, "2027-11-22"),
    ]


def test_who_has_nothing_yet_is_told_so(her: int, reader: Caller) -> None:
    (points,) = reader.get(f"/loyalty/members/{her}").json()["assets"]
    assert (points["balance"], points["expiring"], points["earned_this_year"]) == (0, [], 0)


def test_an_earning_says_its_order_its_version_and_its_rules(club: Programme, her: int, reader: Caller) -> None:
    buy(order("A-1", **hers()))
    (earned,) = ledger(reader, her)
    assert (earned["kind"], earned["amount"], earned["balance"]) == ("earn", 20, 20)
    assert (earned["order"]["external_id"], earned["programme_id"], earned["version"]) == ("A-1", club.pk, 1)
    assert earned["reason"]["rules"] == [{"rule": 0, "name": "周日双倍", "factor_bp": 20_000}]
    assert earned["came_back"] == []
    told = reader.get(f"/orders/{earned['order']['id']}/points").json()
    assert (told["earned"], told["burned"], told["version"], told["tier"]) == (20, 0, 1, None)
    assert told["explanation"]["lines"][0]["factor"] == "2"


def test_what_came_back_is_named_where_points_are_taken_back(her: int, reader: Caller) -> None:
    buy(
        order("A-1", lines=(line(), line("CAKE-1")), **hers()),
        order("R-1", kind=Kind.RETURN, return_of="A-1", placed_at=NOW + timedelta(minutes=1)),
    )
    back, earned = ledger(reader, her)
    assert (earned["amount"], back["kind"], back["amount"], back["balance"]) == (40, "reverse", -20, 20)
    assert back["order"]["external_id"] == "A-1"
    assert [one["external_id"] for one in back["came_back"]] == ["R-1"]


def test_a_redemption_is_named_by_what_she_got(her: int, club: Programme, reader: Caller) -> None:
    give(club, her, 500)
    redemption = redeem(reward(), her)
    services.fulfil(redemption.pk, now=NOW, actor=SYSTEM)
    settled, held, _ = ledger(reader, her)
    named = {"id": redemption.pk, "name_zh": "帆布袋", "name_en": "Canvas bag"}
    assert (held["kind"], held["amount"], held["held"], held["redemption"]) == ("hold", -120, 120, named)
    assert (settled["kind"], settled["amount"], settled["held"], settled["balance"]) == ("settle", 0, -120, 380)
    assert settled["redemption"] == named


def test_what_expired_names_the_order_it_came_with(club: Programme, her: int, reader: Caller) -> None:
    buy(order("A-1", **hers()))
    after = NOW + timedelta(days=400)
    assert holds.expire_due(now=after) == 1
    expired, _ = ledger(reader, her)
    assert (expired["kind"], expired["amount"], expired["order"]["external_id"]) == ("expire", -20, "A-1")


def test_pages_go_on_where_the_last_ended_and_filters_keep_the_balance(
    club: Programme, her: int, reader: Caller
) -> None:
    for n in range(5):
        give(club, her, 100 + n)
    redeem(reward(kind="benefit", points=7), her)
    everything = ledger(reader, her)
    first = reader.get(f"/loyalty/members/{her}/ledger?limit=4").json()
    rest = reader.get(f"/loyalty/members/{her}/ledger?limit=4&cursor={first['next_cursor']}").json()
    assert [*first["items"], *rest["items"]] == everything
    assert rest["next_cursor"] is None
    (burned,) = ledger(reader, her, kinds="burn,settle")
    assert (burned["amount"], burned["balance"]) == (-7, 503)
    assert ledger(reader, her, kinds="nothing") == []
    assert ledger(reader, her, asset="money:CNY") == []
    assert ledger(reader, her, posted_before="2020-01-01T00:00:00Z") == []
    assert reader.get(f"/loyalty/members/{her}/ledger?cursor=nonsense").status_code == 422


def test_it_is_a_file_too(club: Programme, her: int, reader: Caller) -> None:
    buy(order("A-1", **hers()))
    redeem(reward(kind="benefit", points=7), her)
    answer = reader.get(f"/loyalty/members/{her}/ledger/file")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [(row["kind"], row["amount"], row["balance"], row["order"], row["reward"]) for row in rows] == [
        ("burn", "-7", "13", "", "帆布袋"),
        ("earn", "20", "20", "A-1", ""),
    ]
    assert rows[1]["rules"] == "周日双倍"


def test_a_sale_that_has_nothing_to_do_with_points_says_nothing(reader: Caller, her: int) -> None:
    settled = buy(order("A-9"))
    assert settled == {}
    answer = reader.get(f"/orders/{Order.objects.get().pk}/points")
    assert (answer.status_code, answer.json()) == (200, None)


def test_her_timeline_tells_each_movement_once_and_no_hold_that_came_to_nothing(club: Programme, her: int) -> None:
    buy(
        order("A-1", lines=(line(), line("CAKE-1")), **hers()),
        order("R-1", kind=Kind.RETURN, return_of="A-1", placed_at=NOW + timedelta(minutes=1)),
    )
    holds.hold(f"points:{club.pk}", her, 10, key="till", until=LATER, now=NOW)
    holds.release("till", now=NOW)
    give(club, her, 500)
    redeem(reward(), her)
    entries = timeline.page(her, kinds=["points"], cursor=None, limit=9).items
    assert [(entry.title_code, entry.params["points"]) for entry in entries] == [
        ("timeline.points.reverse_out", 20),
        ("timeline.points.earn", 500),
        ("timeline.points.earn", 40),
    ]
    assert entries[2].link is not None
    assert entries[2].link.startswith("/orders/")
