"""Tiers over HTTP: the ladder and who is on it, what another one would do, one member's standing, tiers by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from huike.ledger.books import open_books
from huike.loyalty.models import TierGrant
from huike.loyalty.points.reading import asset_of
from huike.loyalty.terms.tiers import Ladder
from huike.loyalty.tiers import lives, services
from huike.loyalty.tiers.preview import preview
from huike.loyalty.tiers.rules import Version, decide
from huike.platform import clock
from huike.staff.rules import Role
from tests.loyalty.ladders import BEGAN, JOINED, TIERS, buys, member, net, returns, running
from tests.people import outsider, signed_in
from tests.tills import store

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def test_a_member_sees_her_tier_since_when_until_when_and_what_is_missing() -> None:
    running()
    li = member()
    buys(li, 4_770, days_ago(20))
    services.evaluate([li.pk], now=NOW)
    told = signed_in(Role.CLERK).get(f"/customers/{li.pk}/tier").json()["standing"]
    assert told["tier"] == {"key": "silver", "name": "银卡", "name_en": "", "color": "#8c8c8c", "is_gone": False}
    assert (told["since_at"], told["until_at"]) == ("2026-10-31T04:00:00Z", "2027-10-31T16:00:00Z")
    assert told["rise"]["tier"]["key"] == "gold"
    assert told["rise"]["needs"] == [{"metric": "net", "at_least": 500_000, "have": 477_000, "missing": 23_000}]
    assert told["rise"]["by"] == "2027-10-31T16:00:00Z"
    assert told["keep"]["needs"][0]["missing"] == 50_000
    assert [(step["tier"]["key"], step["reason"]) for step in told["history"]] == [
        ("silver", "qualified"),
        ("member", "joined"),
    ]


def test_who_is_no_member_has_no_standing() -> None:
    guest = member("过客", joined_at=None)
    caller = signed_in(Role.OWNER)
    assert caller.get(f"/customers/{guest.pk}/tier").json() == {"standing": None}
    running()
    assert caller.get(f"/customers/{guest.pk}/tier").json() == {"standing": None}
    assert caller.get("/customers/999999/tier").status_code == 404


def test_a_tier_is_given_once_and_taken_back() -> None:
    running()
    li = member()
    caller = signed_in(Role.SERVICE)
    body = {"tier": "gold", "ends_at": "2026-12-31T16:00:00Z", "reason": "开业嘉宾"}
    first = caller.once(f"/customers/{li.pk}/tier-grants", body, key="k-1")
    again = caller.once(f"/customers/{li.pk}/tier-grants", body, key="k-1")
    assert (first.status_code, again.json()) == (201, first.json())
    assert TierGrant.objects.count() == 1
    told = caller.get(f"/customers/{li.pk}/tier").json()["standing"]
    assert (told["tier"]["key"], told["is_granted"], told["until_at"]) == ("gold", True, "2026-12-31T16:00:00Z")
    assert told["benefits"]["discount_bp"] == 500
    revoked = caller.post(f"/loyalty/tier-grants/{first.json()['id']}/revoke")
    assert (revoked.status_code, revoked.json()["is_running"]) == (200, False)
    assert caller.get(f"/customers/{li.pk}/tier").json()["standing"]["tier"]["key"] == "member"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"tier": "platinum"}, 422, "tier.unknown"),
        ({"ends_at": "2026-11-20T03:59:59Z"}, 422, "tier_grant.in_the_past"),
        ({"reason": ""}, 422, "invalid"),
    ],
)
def test_a_grant_that_cannot_be_is_refused_and_leaves_nothing(change: dict[str, Any], status: int, code: str) -> None:
    running()
    li = member()
    answer = signed_in(Role.OWNER).once(f"/customers/{li.pk}/tier-grants", {"tier": "gold", "reason": "x", **change})
    assert answer.status_code == status
    assert code in answer.json()["code"]
    assert not TierGrant.objects.exists()


def test_a_clerk_may_not_give_tiers_and_another_store_does_not_find_the_member() -> None:
    running()
    li = member(home_store_id=store("SH01").pk)
    body = {"tier": "gold", "reason": "x"}
    assert signed_in(Role.CLERK).once(f"/customers/{li.pk}/tier-grants", body).status_code == 403
    elsewhere = signed_in(Role.SERVICE, store_ids=[store("BJ01", "王府井店").pk])
    assert elsewhere.once(f"/customers/{li.pk}/tier-grants", body).status_code == 404
    assert elsewhere.get(f"/customers/{li.pk}/tier").status_code == 404
    given = signed_in(Role.OWNER).once(f"/customers/{li.pk}/tier-grants", body).json()
    assert elsewhere.post(f"/loyalty/tier-grants/{given['id']}/revoke").status_code == 404
    assert TierGrant.objects.get().revoked_at is None


def test_the_ladder_shows_who_is_on_it_and_who_moved() -> None:
    running()
    people = [member(f"会员{n}") for n in range(4)]
    buys(people[0], 5_000, days_ago(5))
    buys(people[1], 1_000, days_ago(40))
    services.evaluate([person.pk for person in people], now=NOW)
    told = signed_in(Role.OWNER).get("/loyalty/tiers").json()
    assert [(count["tier"]["key"], count["count"]) for count in told["counts"]] == [
        ("gold", 1),
        ("silver", 1),
        ("member", 2),
    ]
    assert [
        (move["before"]["key"], move["tier"]["key"], move["reason"], move["count"]) for move in told["movements"]
    ] == [("member", "gold", "qualified", 1)]
    assert told["ladder"]["tiers"][2]["benefits"]["discount_bp"] == 500


def test_members_of_a_tier_are_listed_within_ones_stores() -> None:
    running()
    here, there = store("SH01"), store("BJ01", "王府井店")
    li, wang = member(home_store_id=here.pk), member("王芳", home_store_id=there.pk)
    buys(li, 1_000, days_ago(5))
    services.evaluate([li.pk, wang.pk], now=NOW)
    owner = signed_in(Role.OWNER)
    assert [row["name"] for row in owner.get("/loyalty/members").json()["items"]] == ["王芳", "李娜"]
    assert [row["name"] for row in owner.get("/loyalty/members?tier=silver").json()["items"]] == ["李娜"]
    limited = signed_in(Role.SERVICE, store_ids=[there.pk])
    assert [row["name"] for row in limited.get("/loyalty/members").json()["items"]] == ["王芳"]
    assert limited.get("/loyalty/members?tier=silver").json()["items"] == []


def test_a_list_of_customers_shows_points_and_tier_of_the_members_among_them() -> None:
    running()
    here, there = store("SH01"), store("BJ01", "王府井店")
    li, wang = member(home_store_id=here.pk), member("王芳", home_store_id=there.pk)
    guest = member("过客", joined_at=None, home_store_id=there.pk)
    buys(li, 1_000, days_ago(5))
    services.evaluate([li.pk, wang.pk], now=NOW)
    laddered = lives.running()
    assert laddered is not None
    with transaction.atomic(), open_books(asset_of(laddered.programme_id), [li.pk]) as books:
        books.earn(li.pk, 120, key="a", at=NOW)
        books.burn(li.pk, 150, key="b", at=NOW, overdraw=True)
    asked = "/loyalty/figures?" + "&".join(f"customer_id={one.pk}" for one in (guest, wang, li))

    told = signed_in(Role.OWNER).get(asked).json()
    assert [(row["customer_id"], row["points"], row["tier"]["key"]) for row in told] == [
        (li.pk, -30, "silver"),
        (wang.pk, 0, "member"),
    ]
    limited = signed_in(Role.SERVICE, store_ids=[there.pk])
    assert [row["customer_id"] for row in limited.get(asked).json()] == [wang.pk]
    assert outsider().get(asked).status_code == 401
    assert signed_in(Role.OWNER).get("/loyalty/figures?" + "customer_id=1&" * 201).status_code == 422


def test_figures_of_all_members_are_closed_to_who_sees_one_store() -> None:
    running()
    limited = signed_in(Role.OWNER, store_ids=[store().pk])
    body = {"ladder": Ladder.model_validate({"tiers": TIERS}).model_dump(mode="json")}
    assert limited.get("/loyalty/tiers").status_code == 403
    assert limited.post("/loyalty/tiers/preview", body).status_code == 403


def test_a_preview_says_who_would_rise_and_who_would_fall_and_stores_nothing() -> None:
    running()
    people = [member(f"会员{n}") for n in range(5)]
    buys(people[0], 900, days_ago(5))  # would rise to silver
    buys(people[1], 1_500, days_ago(5))  # silver under either, and would fall below what keeping asks
    buys(people[2], 5_000, days_ago(5))  # gold, would be silver
    services.evaluate([person.pk for person in people], now=NOW)
    tiers = [
        TIERS[0],
        {**TIERS[1], "qualify": net(800), "keep": net(800)},
        {**TIERS[2], "qualify": net(6_000), "keep": net(6_000)},
    ]
    body = {"ladder": Ladder.model_validate({"tiers": tiers}).model_dump(mode="json")}
    told = signed_in(Role.OWNER).post("/loyalty/tiers/preview", body).json()
    assert (told["members"], told["rises"], told["falls"], told["gone"]) == (5, 1, 1, 0)
    assert [(tier["key"], tier["now"], tier["then"], tier["rises"], tier["falls"]) for tier in told["tiers"]] == [
        ("gold", 1, 1, 0, 1),
        ("silver", 1, 2, 1, 0),
        ("member", 3, 2, 0, 0),
    ]
    body = {"ladder": Ladder.model_validate({"tiers": tiers[:2]}).model_dump(mode="json")}
    told = signed_in(Role.OWNER).post("/loyalty/tiers/preview", body).json()
    assert (told["rises"], told["falls"], told["gone"]) == (1, 0, 1)


def test_a_preview_of_a_ladder_that_does_not_hold_together_names_the_place() -> None:
    running()
    body = {"ladder": {"tiers": [TIERS[0], {**TIERS[1], "qualify": {"thresholds": []}}]}}
    answer = signed_in(Role.OWNER).post("/loyalty/tiers/preview", body)
    assert answer.status_code == 422
    assert "ladder.entry_not_lowest" in answer.content.decode()


@pytest.mark.parametrize("seed", range(6))
def test_a_preview_counts_what_judging_everybody_anew_would_find(seed: int) -> None:
    """Against the rules themselves: a life of each member under the ladder alone, judged at this moment."""
    programme = running()
    draw = Random(seed)
    people = [member(f"会员{n}", joined_at=JOINED + timedelta(days=draw.randrange(600))) for n in range(12)]
    for person in people:
        for number in range(draw.randrange(5)):
            sold_at = days_ago(draw.randrange(1, 700))
            amount = draw.choice([300, 800, 1_000, 2_500, 5_000])
            sale = buys(person, amount, sold_at, number=f"S-{person.pk}-{number}")
            if draw.random() < 0.4:
                returns(person, draw.choice([100, amount]) if amount > 100 else amount, days_ago(0), of=sale)
    services.evaluate([person.pk for person in people], now=NOW)
    window = draw.choice(["calendar_year", "rolling_months", "since_joining"])
    match = draw.choice(["any", "all"])
    both = [{"metric": "net", "at_least": 90_000}, {"metric": "orders", "at_least": 2}]
    tiers = [TIERS[0], {"key": "silver", "name": "银卡", "qualify": {"match": match, "thresholds": both}}]
    ladder = Ladder.model_validate({"tiers": tiers, "qualify_window": {"counted": window, "months": 12}})
    laddered = lives.running()
    assert laddered is not None
    found = preview(ladder, laddered, now=NOW, zone=SHANGHAI)
    # A version that begins this moment looks at everybody as the preview does.
    begins = Version(number=2, effective_at=NOW, ladder=ladder)
    before = Version(number=1, effective_at=BEGAN, ladder=Ladder.model_validate({"tiers": [TIERS[0]]}))
    expected = {"member": 0, "silver": 0}
    for told in lives.lives([person.pk for person in people], laddered, now=NOW):
        decision = decide(told.life, [before, begins], until=NOW, zone=SHANGHAI)
        reached = decision.term.tier
        held = told.tier if ladder.rank(told.tier) > ladder.rank(reached) else reached
        expected[str(held)] += 1
    assert {key: count for key, count in found.then.items() if count} == {
        key: count for key, count in expected.items() if count
    }
    assert programme.pk == laddered.programme_id
