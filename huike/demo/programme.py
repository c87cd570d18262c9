"""The brand's loyalty programme, as it has run since its first sale: tiers, what purchases earn, rewards, top-ups."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from huike.loyalty.programme import services as programmes
from huike.loyalty.rewards import services as rewards
from huike.loyalty.rewards.services import RewardDraft
from huike.platform.audit import SYSTEM

CURRENCY: Final = "CNY"


def _net(at_least_minor: int) -> dict[str, Any]:
    return {"thresholds": [{"metric": "net", "at_least": at_least_minor}]}


TERMS: Final[dict[str, Any]] = {
    "joining": {"every_buyer": False, "earns_back_days": 0},
    "earning": {
        "points_per_unit": 1,
        "unit_minor": 100,
        "multipliers": [
            {"name": "周三会员日", "factor_bp": 20_000, "weekdays": [3]},
            {"name": "生日月", "factor_bp": 20_000, "birthday": "month"},
            {"name": "金叶会员", "factor_bp": 15_000, "tiers": ["gold"]},
        ],
        "combination": "highest",
        "caps": {"per_order": 5_000},
        "bonuses": {"sign_up": {"points": 50}, "review": {"points": 20}},
    },
    "lapse": {"kind": "end_of_year", "years": 1, "warn_days": 30},
    "spending": {"points": 100, "worth_minor": 100, "least_points": 100, "most_share_bp": 5_000},
    "tiers": {
        "tiers": [
            {"key": "leaf", "name": "青叶", "name_en": "Leaf", "color": "#7a9a6b"},
            {
                "key": "silver",
                "name": "银叶",
                "name_en": "Silver leaf",
                "color": "#8c9aa6",
                "qualify": _net(50_000),
                "keep": _net(30_000),
                "benefits": {"discount_bp": 300, "services": ["生日当月赠饮一杯"]},
            },
            {
                "key": "gold",
                "name": "金叶",
                "name_en": "Gold leaf",
                "color": "#c79a3a",
                "qualify": _net(200_000),
                "keep": _net(120_000),
                "benefits": {
                    "discount_bp": 500,
                    "services": ["新品优先品鉴", "专属客服"],
                    "partners": ["合作书店 9 折"],
                },
            },
        ],
    },
    "stored_value": {
        "plans": [
            {"key": "p200", "name": "充 200 送 20", "pay_minor": 20_000, "bonus_minor": 2_000, "bonus_months": 12},
            {"key": "p500", "name": "充 500 送 80", "pay_minor": 50_000, "bonus_minor": 8_000, "bonus_months": 12},
        ],
    },
}


def make_programme(*, since: datetime, offer_id: int) -> None:
    """Write it in the caller's transaction; the worker then settles what was bought since."""
    programme = programmes.create_programme(name="青禾会员", points_name="青禾积分", currency=CURRENCY, actor=SYSTEM)
    draft = programmes.save_draft(programme.pk, document=TERMS, expected_version=0, actor=SYSTEM)
    programmes.publish(
        programme.pk,
        expected_version=0,
        draft_version=draft.version,
        effective_at=since,
        note="开业以来的会员条款",
        actor=SYSTEM,
    )
    for reward in (
        RewardDraft(
            kind="coupon",
            name_zh="九折券一张",
            name_en="A 10% off coupon",
            points=200,
            offer_id=offer_id,
            limit_count=2,
            limit_period="month",
        ),
        RewardDraft(
            kind="product",
            name_zh="青禾随行杯",
            name_en="Qinghe travel cup",
            points=1_500,
            stock=60,
            about_zh="350 毫升,双层隔热",
            about_en="350 ml, double wall",
            limit_count=1,
            limit_period="year",
        ),
    ):
        made = rewards.create_reward(reward, actor=SYSTEM)
        rewards.activate_reward(made.pk, actor=SYSTEM)
