"""What a member sees of her value on her own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huike.customers.models import Customer
from huike.loyalty.own import rewards, value
from huike.loyalty.own.sections import Visit
from huike.platform import pictures
from tests.loyalty.members import buy, hers, member, programme
from tests.loyalty.rewards import reward
from tests.platform.test_pictures import drawn
from tests.tills import NOW, line, order, taken_back

pytestmark = pytest.mark.django_db

GOLD: dict[str, Any] = {
    "tiers": [
        {"key": "member", "name": "会员", "name_en": "Member"},
        {
            "key": "gold",
            "name": "金卡",
            "name_en": "Gold",
            "qualify": {"thresholds": [{"metric": "net", "at_least": 50_000}]},
            "benefits": {"services": ["生日赠饮"]},
        },
    ],
}


def visit(customer_id: int, language: str = "zh") -> Visit:
    return Visit(customer_id=customer_id, language=language, now=NOW)


def sold(name: str, yuan: int, days_ago: int = 1) -> Any:
    placed_at = NOW - timedelta(days=days_ago)
    return order(name, lines=(line(price_micros=yuan * 1_000_000),), placed_at=placed_at, **hers())


def test_her_balance_says_what_ends_when_and_what_is_to_come() -> None:
    who = member(programme())
    buy(sold("A-1", 270))
    (told,) = value.read_balances(visit(who))["balances"]
    assert told == {"name": "积分", "amount": "270", "facts": "270 有效期至 2027-11-21"}


def test_her_tier_says_what_is_missing_to_the_next() -> None:
    who = member(programme(tiers=GOLD))
    buy(sold("A-1", 270))
    told = value.read_tier(visit(who))
    assert (told["name"], told["until"]) == ("会员", "")
    assert told["next"].startswith("再消费 230 元升级到金卡")
    assert value.read_tier(visit(who, "en"))["next"].startswith("CNY 230 more spent to Gold by ")


def test_at_the_top_there_is_nothing_to_reach_and_much_to_have() -> None:
    who = member(programme(tiers=GOLD))
    buy(sold("A-1", 600))
    told = value.read_tier(visit(who))
    assert (told["name"], told["next"], told["benefits"]) == ("金卡", "", ["生日赠饮"])
    assert told["until"].startswith("保级至 2027-")


def test_her_history_tells_what_moved_the_newest_first() -> None:
    who = member(programme())
    buy(sold("A-1", 270, days_ago=2), taken_back(return_of="A-1", lines=(line(price_micros=70_000_000),)))
    told = value.read_history(visit(who))["lines"]
    assert [(one["what"], one["about"], one["amount"]) for one in told] == [
        ("退货扣回", "A-1", "-70"),
        ("获得", "A-1", "+270"),
    ]


def test_who_is_no_member_of_a_programme_without_tiers_sees_no_tier() -> None:
    who = member(programme())
    assert value.read_tier(visit(who)) is None


def test_she_reads_what_her_points_may_be_exchanged_for_and_what_is_missing() -> None:
    of = programme(tiers=GOLD)
    who = member(of)
    assert rewards.read(visit(who)) is None
    buy(sold("A-1", 270))
    kept = pictures.keep_content(drawn())
    for told in (
        {"points": 300, "about_zh": "手工缝制", "picture_id": kept.key, "stock": 3},
        {"points": 100, "name_zh": "茶匙", "stock": 0},
        {"points": 90, "name_zh": "茶席", "tiers": ["gold"]},
        {"points": 80, "name_zh": "茶巾", "stock": 3},
        {"points": 70, "name_zh": "未开始", "starts_at": NOW + timedelta(days=1)},
    ):
        reward(**told)

    told = rewards.read(visit(who))

    assert told is not None
    seen = [(one["name"], one["points"], one["state"]) for one in told["rewards"]]
    assert seen == [
        ("茶巾", "80 积分", "剩 3 件"),
        ("茶席", "90 积分", "你的等级暂不能兑换"),
        ("茶匙", "100 积分", "已兑完"),
        ("帆布袋", "300 积分", "还差 30 积分"),
    ]
    assert (told["rewards"][-1]["picture"], told["rewards"][-1]["about"]) == (f"/pictures/{kept.key}", "手工缝制")
    assert rewards.read(visit(who, "en"))["rewards"][-1]["state"] == "30 points to go"
    assert rewards.read(visit(Customer.objects.create(name="路人").pk)) is None  # no member: not hers to have
