"""What a colleague would have left behind: segments, an offer and a template to open on the first day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huike.demo.programme import make_programme
from huike.messaging.services import create_template
from huike.messaging.starters import STARTERS
from huike.platform.audit import SYSTEM
from huike.promotions.offers.services import activate_offer, create_offer
from huike.promotions.terms.conditions import When
from huike.promotions.terms.coupons import CouponTerms
from huike.promotions.terms.document import OfferDocument
from huike.promotions.terms.effects import Percent
from huike.segments.services import create_segment

_LAST_90_DAYS = {"last": {"n": 90, "unit": "days"}}
_LAST_YEAR = {"last": {"n": 1, "unit": "years"}}


def _bought(measure: str, op: str, value: int, window: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"bought": {"measure": measure, "op": op, "value": value, "window": window, **more}}


def _rule(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "as_of": None, "root": {"all": list(conditions)}}


_EVER = {"ever": True}


def segments(*, leaf_tea_category_id: int) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Name, description, rule of each."""
    return (
        (
            "快要流失的老客",
            "买过两次以上、共消费满 500 元,但近 90 天没来",
            _rule(
                _bought("orders", "gte", 2, _EVER),
                _bought("orders", "eq", 0, _LAST_90_DAYS),
                _bought("net", "gt", 50_000, _EVER, currency="CNY"),
            ),
        ),
        (
            "团购来的一次客",
            "从团购来、只买过一次的人:最值得请回来的一批",
            _rule(
                {"field": "source_channel", "op": "eq", "value": "group_buy"},
                _bought("orders", "eq", 1, _EVER),
            ),
        ),
        (
            "近一年高价值会员",
            "近一年消费满 1,000 元的会员",
            _rule(
                {"field": "member_since_at", "op": "is_set"},
                _bought("net", "gte", 100_000, _LAST_YEAR, currency="CNY"),
            ),
        ),
        (
            "上海杭州的爱茶人",
            "近一年买过茶叶的上海、杭州客户",
            _rule(
                {"field": "city", "op": "in", "value": ["上海", "杭州"]},
                _bought(
                    "orders",
                    "gte",
                    1,
                    _LAST_YEAR,
                    where=[{"field": "category", "op": "in", "value": [leaf_tea_category_id]}],
                ),
            ),
        ),
    )


def make_showcase(*, now: datetime, since: datetime, leaf_tea_category_id: int) -> None:
    """Write them in the caller's transaction; their counts follow once the lake has its copy, and members' points,
    earned `since` the first sale, once the worker settled what was bought."""
    for name, description, rule in segments(leaf_tea_category_id=leaf_tea_category_id):
        create_segment(name=name, description=description, rule=rule, actor=SYSTEM)
    offer = create_offer(
        name="老友九折券",
        terms=OfferDocument(
            effect=Percent(percent_bp=1_000), when=When(starts_at=now), coupon=CouponTerms(valid_days=30)
        ),
        actor=SYSTEM,
    )
    activate_offer(offer.pk, actor=SYSTEM)
    make_programme(since=since, offer_id=offer.pk)
    starter = STARTERS[0]
    create_template(
        SYSTEM,
        name=starter["names"]["zh-CN"],
        channel="email",
        purpose=starter["purpose"],
        layout=starter["layout"],
        contents=starter["contents"],
        user_id=None,
    )
