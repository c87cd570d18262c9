"""When a coupon holds, and why it does not; what several take off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.kernel.money import percent_of
from huike.promotions.coupons.rules import Life
from huike.promotions.evaluation.cart import Buyer, Cart, CartLine
from huike.promotions.evaluation.evaluate import Evaluation
from huike.promotions.evaluation.evaluate import evaluate as evaluated
from huike.promotions.rules import CouponFacts, Terms, expiry_of
from tests.promotions.offers import percent_off
from tests.tills import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")


def coupon(code: str = "C1", **told: Any) -> CouponFacts:
    offer = {"offer_id": 1, "offer_name": "九折", "offer_state": "active", "terms_id": 1}
    facts = {"id": 1, "customer_id": 7}
    life = {"state": "issued", "expires_at": None, "uses_left": 1, "locks": {}, "uses": {}}
    known = offer | facts | life
    return CouponFacts(
        **{**facts, **{k: v for k, v in told.items() if k in facts}},
        life=Life(code=code, **{**life, **{k: v for k, v in told.items() if k in life}}),
        terms=Terms(
            **{**offer, **{k: v for k, v in told.items() if k in offer}},
            document=percent_off(**{k: v for k, v in told.items() if k not in known}),
        ),
    )


def cart(*bases_minor: int, **told: Any) -> Cart:
    defaults: dict[str, Any] = {
        "at": NOW,
        "currency": "CNY",
        "lines": tuple(CartLine(base_minor=base) for base in bases_minor or (1_000,)),
        "store_id": 3,
        "buyer": Buyer(customer_id=7),
        "order_key": "till-1:A-1",
    }
    return Cart(**{**defaults, **told})


def evaluate(held: Cart, codes: list[str], coupons: dict[str, CouponFacts]) -> Evaluation:
    return evaluated(held, codes, coupons, zone=SHANGHAI)


def reason_of(held: CouponFacts, at: Cart | None = None) -> str | None:
    (verdict,) = evaluate(at or cart(), [held.code], {held.code: held}).verdicts
    return verdict.reason.code if verdict.reason else None


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=10), st.lists(st.integers(1, 10_000), max_size=5))
def test_several_coupons_work_on_what_the_former_left(bases: list[int], percents: list[int]) -> None:
    held = {f"C{n}": coupon(f"C{n}", id=n, offer_id=n, percent_bp=bp) for n, bp in enumerate(percents)}
    result = evaluate(cart(*bases), list(held), held)
    left = sum(bases)
    for verdict, percent_bp in zip(result.verdicts, percents, strict=True):
        off = percent_of(left, percent_bp=percent_bp)
        assert verdict.discount_minor == off
        assert (verdict.reason.code if verdict.reason else None) == (None if off else "offer.nothing_left")
        left -= off
    assert sum(result.line_discounts_minor) == sum(bases) - left
    assert all(0 <= taken <= base for taken, base in zip(result.line_discounts_minor, bases, strict=True))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, None),
        ({"customer_id": None}, None),
        ({"state": "void"}, "coupon.void"),
        ({"state": "redeemed", "uses_left": 0, "uses": {9: NOW}}, "coupon.already_redeemed"),
        ({"expires_at": NOW}, "coupon.expired"),
        ({"expires_at": NOW + timedelta(seconds=1), "state": "expired"}, None),
        ({"customer_id": 8}, "coupon.not_yours"),
        ({"state": "locked", "locks": {"till-2:B": NOW + timedelta(seconds=1)}}, "coupon.locked"),
        ({"state": "locked", "locks": {"till-2:B": NOW}}, None),
        ({"state": "locked", "locks": {"till-1:A-1": NOW + timedelta(seconds=1)}}, None),
        ({"offer_state": "paused"}, "offer.not_active"),
        ({"offer_state": "ended"}, "offer.not_active"),
        ({"starts_at": NOW + timedelta(seconds=1)}, "offer.not_started"),
        ({"starts_at": NOW}, None),
        ({"ends_at": NOW}, "offer.over"),
        ({"store_ids": (4,)}, "offer.wrong_store"),
        ({"store_ids": (3,)}, None),
        ({"least_spend_minor": 1_001}, "offer.min_spend"),
        ({"least_spend_minor": 1_000}, None),
        ({"least_spend_minor": 1, "currency": "GBP"}, "offer.wrong_currency"),
    ],
)
def test_a_coupon_holds_or_says_why_not(told: dict[str, Any], reason: str | None) -> None:
    assert reason_of(coupon(**told)) == reason


def test_an_unknown_code_and_a_second_one_of_the_same_offer_are_refused() -> None:
    held = {"A": coupon("A", id=1), "B": coupon("B", id=2)}
    verdicts = evaluate(cart(), ["X", "A", "B"], held).verdicts
    assert [v.reason.code if v.reason else None for v in verdicts] == [
        "coupon.not_found",
        None,
        "coupon.same_offer_twice",
    ]


def test_a_coupon_of_the_same_orders_earlier_revision_is_honoured_whatever_became_of_the_offer() -> None:
    used = coupon(state="redeemed", uses_left=0, uses={5: NOW}, offer_state="ended", ends_at=NOW)
    assert reason_of(used, cart(order_id=5)) is None
    assert reason_of(used, cart(order_id=6)) == "coupon.already_redeemed"


def test_a_coupon_expires_at_the_end_of_its_last_day_where_the_operator_is() -> None:
    late_evening = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    after_midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    expected = [datetime(2026, 11, 29, 16, 0, tzinfo=UTC), datetime(2026, 11, 30, 16, 0, tzinfo=UTC)]
    for issued_at, expires_at in zip((late_evening, after_midnight), expected, strict=True):
        assert expiry_of(issued_at=issued_at, valid_days=7, ends_at=None, zone=SHANGHAI) == expires_at
    ends_at = NOW + timedelta(days=2)
    assert expiry_of(issued_at=NOW, valid_days=7, ends_at=ends_at, zone=SHANGHAI) == ends_at
    assert expiry_of(issued_at=NOW, valid_days=None, ends_at=None, zone=SHANGHAI) is None
