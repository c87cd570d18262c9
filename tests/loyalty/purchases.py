"""Purchases and terms that tests of earning speak of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from huike.loyalty.earning.rules import Already, Buyer, Earned, Purchase, PurchaseLine, points_of
from huike.loyalty.terms.earning import Earning

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Tuesday, 15:20 in Shanghai.
TUESDAY = datetime(2026, 3, 3, 7, 20, tzinfo=UTC)

CHANNELS = ("pos", "web", "wechat")
TIERS = (None, "silver", "gold")


def line(line_number: int, net_minor: int, **told: Any) -> PurchaseLine:
    return PurchaseLine(**{"line_number": line_number, "product_id": line_number, "net_minor": net_minor, **told})


def purchase(*nets_minor: int | PurchaseLine, **told: Any) -> Purchase:
    lines = [net if isinstance(net, PurchaseLine) else line(at, net) for at, net in enumerate(nets_minor, 1)]
    return Purchase(**{"placed_at": TUESDAY, "store_id": 3, "channel": "pos", "lines": lines, **told})


def earned(bought: Purchase, *, buyer: Buyer = Buyer(), already: Already = Already(), **terms: Any) -> Earned:
    """Under the base rate, with these terms in place of their defaults."""
    return points_of(bought, buyer=buyer, terms=Earning.model_validate(terms), zone=SHANGHAI, already=already)


def multipliers() -> st.SearchStrategy[dict[str, Any]]:
    few = st.lists(st.integers(1, 6), max_size=2, unique=True)
    hours = st.none() | st.tuples(st.integers(0, 1_439), st.integers(0, 1_439)).filter(lambda at: at[0] != at[1]).map(
        lambda at: {"from_minute": at[0], "until_minute": at[1]}
    )
    return st.fixed_dictionaries(
        {
            "name": st.sampled_from(["Gold", "周三", "Tea"]),
            "factor_bp": st.sampled_from([0, 5_000, 10_000, 11_500, 12_345, 15_000, 20_000, 50_000]),
            "tiers": st.lists(st.sampled_from(["silver", "gold"]), max_size=2, unique=True),
            "store_ids": few,
            "channels": st.lists(st.sampled_from(CHANNELS), max_size=2, unique=True),
            "category_ids": few,
            "product_ids": few,
            "brand_ids": few,
            "weekdays": st.lists(st.integers(1, 7), max_size=4, unique=True),
            "hours": hours,
            "birthday": st.sampled_from([None, None, "day", "week", "month"]),
        }
    ).filter(lambda told: any(value for name, value in told.items() if name not in {"name", "factor_bp"}))


def earnings() -> st.SearchStrategy[Earning]:
    """Terms of every kind, small enough that caps and thresholds bite."""
    few = st.lists(st.integers(1, 6), max_size=1)
    cap = st.none() | st.integers(0, 300)
    return st.fixed_dictionaries(
        {
            "points_per_unit": st.integers(0, 5),
            "unit_minor": st.sampled_from([1, 7, 100, 1_000]),
            "rounding": st.sampled_from(["down", "half_even", "up"]),
            "rounded_per": st.sampled_from(["order", "line"]),
            "multipliers": st.lists(multipliers(), max_size=5),
            "combination": st.sampled_from(["multiply", "add", "highest"]),
            "most_factor_bp": st.sampled_from([10_000, 30_000, 1_000_000]),
            "least_spend_minor": st.sampled_from([0, 0, 500]),
            "caps": st.fixed_dictionaries({"per_order": cap, "per_day": cap, "per_month": cap}),
            "exclusions": st.fixed_dictionaries(
                {
                    "product_ids": few,
                    "category_ids": few,
                    "brand_ids": few,
                    "store_ids": few,
                    "channels": st.lists(st.sampled_from(CHANNELS), max_size=1),
                    "tenders": st.lists(st.sampled_from(["points", "stored_value", "coupon"]), max_size=2, unique=True),
                    "discounted_lines": st.booleans(),
                }
            ),
        }
    ).map(Earning.model_validate)
