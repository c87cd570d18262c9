"""What each kind of offer takes off which line: the examples of `docs/algorithms/evaluating-a-cart.md`, and edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.promotions.evaluation.budgets import Spent
from huike.promotions.evaluation.cart import Buyer, Cart, CartLine, Reason
from huike.promotions.evaluation.effects import Given, split
from huike.promotions.evaluation.evaluate import Evaluation, evaluate
from huike.promotions.rules import Terms
from huike.promotions.terms.document import OfferDocument
from tests.tills import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEA, CUP, WINE = {"product_ids": [1]}, {"product_ids": [2]}, {"product_ids": [3]}


def line(base_minor: int, units: float = 1, product_id: int | None = 1, **told: Any) -> CartLine:
    return CartLine(base_minor=base_minor, quantity_milli=round(units * 1_000), product_id=product_id, **told)


def cart(*lines: CartLine, **told: Any) -> Cart:
    return Cart(
        **{
            "at": NOW,
            "currency": "CNY",
            "lines": lines,
            "store_id": 3,
            "order_key": "till-1:A-1",
            "buyer": None,
            **told,
        }
    )


def offer(effect: dict[str, Any], id: int = 1, state: str = "active", **terms: Any) -> Terms:
    document = OfferDocument.model_validate({"applies": "automatic", "currency": "CNY", "effect": effect, **terms})
    return Terms(offer_id=id, offer_name=f"O{id}", offer_state=state, terms_id=id, document=document)


def percent(bp: int, id: int = 1, **terms: Any) -> Terms:
    return offer({"kind": "percent", "percent_bp": bp}, id, **terms)


def amount(minor: int, id: int = 1, **terms: Any) -> Terms:
    return offer({"kind": "amount", "amount_minor": minor}, id, **terms)


def judge(held: Cart, *offers: Terms, spent: dict[str, Spent] | None = None) -> Evaluation:
    return evaluate(held, offers=offers, spent=spent or {}, zone=SHANGHAI)


def off(held: Cart, *offers: Terms) -> list[int]:
    return list(judge(held, *offers).line_discounts_minor)


def why(held: Cart, one: Terms, **told: Any) -> Reason | None:
    (verdict,) = judge(held, one, **told).verdicts
    return verdict.reason


@pytest.mark.parametrize(
    ("effect", "lines", "expected"),
    [
        ({"kind": "percent", "percent_bp": 1_000}, [line(333)] * 3, [34, 33, 33]),
        ({"kind": "percent", "percent_bp": 1_000, "most_minor": 50}, [line(333)] * 3, [17, 17, 16]),
        ({"kind": "amount", "amount_minor": 1_000}, [line(2_000), line(500), line(500)], [667, 167, 166]),
        ({"kind": "amount", "amount_minor": 1_000}, [line(300), line(200)], [300, 200]),
        ({"kind": "amount", "amount_minor": 1_500, "every_minor": 10_000}, [line(25_000)], [3_000]),
        ({"kind": "amount", "amount_minor": 1_500, "every_minor": 10_000, "most_times": 1}, [line(25_000)], [1_500]),
        ({"kind": "fixed_price", "price_minor": 990}, [line(3_750, 3), line(900)], [780, 0]),
        ({"kind": "fixed_price", "price_minor": 990, "most_units": 2}, [line(3_750, 3), line(1_300)], [260, 310]),
        ({"kind": "fixed_price", "price_minor": 1_000}, [line(3_001, 2.5)], [501]),
        ({"kind": "buy_get", "buy_quantity": 2}, [line(6_000, 2), line(1_200)], [0, 1_200]),
        ({"kind": "buy_get", "buy_quantity": 2}, [line(7_000, 7)], [2_000]),
        ({"kind": "buy_get", "percent_bp": 5_000}, [line(1_001), line(1_001)], [0, 500]),
        ({"kind": "buy_get", "buy": TEA, "get": CUP}, [line(5_000, 3), line(4_000, 2, 2)], [0, 4_000]),
        ({"kind": "buy_get", "buy": TEA, "get": CUP, "most_times": 1}, [line(5_000, 3), line(4_000, 2, 2)], [0, 2_000]),
        ({"kind": "buy_get", "buy": {}, "buy_quantity": 2, "get": CUP}, [line(5_000), line(4_000, 2, 2)], [0, 2_000]),
        ({"kind": "buy_get", "get_quantity": 2}, [line(2_000, 2)], [1_000]),
        (
            {"kind": "bundle", "parts": [{"goods": TEA}, {"goods": CUP}], "price_minor": 5_000},
            [line(7_600, 2), line(2_500, 1, 2)],
            [784, 516],
        ),
        (
            {"kind": "bundle", "parts": [{"goods": TEA, "quantity": 2}], "price_minor": 5_000},
            [line(3_000), line(2_900), line(2_800), line(2_700), line(9_000, 1, 2)],
            [368, 356, 344, 332, 0],
        ),
        ({"kind": "bundle", "parts": [{"goods": TEA}], "price_minor": 5_000}, [line(3_000)], None),
        ({"kind": "gift", "product_id": 2, "quantity": 2}, [line(5_000), line(3_000, 3, 2)], [0, 2_000]),
        ({"kind": "free_delivery", "fee_product_ids": [9]}, [line(5_000), line(800, 1, 9)], [0, 800]),
        ({"kind": "free_delivery", "fee_product_ids": [9], "most_minor": 500}, [line(800, 1, 9)], [500]),
    ],
)
def test_what_each_kind_takes_off(effect: dict[str, Any], lines: list[CartLine], expected: list[int] | None) -> None:
    result = judge(cart(*lines), offer(effect))
    assert list(result.line_discounts_minor) == (expected or [0] * len(lines))
    (verdict,) = result.verdicts
    assert verdict.reason == (Reason("offer.nothing_left") if expected is None else None)


@pytest.mark.parametrize(
    ("effect", "lines", "expected"),
    [
        (
            {"kind": "sample", "product_id": 2, "quantity": 2},
            [line(900), line(0, 1, 2)],
            Given("sample", product_id=2, quantity=2, to_add=1),
        ),
        (
            {"kind": "points", "factor_bp": 20_000, "goods": CUP},
            [line(900), line(500, 1, 2)],
            Given("points", factor_bp=20_000, line_numbers=(2,)),
        ),
        ({"kind": "free_delivery", "most_minor": 800}, [line(900)], Given("free_delivery", most_minor=800)),
    ],
)
def test_what_is_given_besides_money(effect: dict[str, Any], lines: list[CartLine], expected: Given) -> None:
    (verdict,) = judge(cart(*lines), offer(effect)).verdicts
    assert (verdict.reason, verdict.given, verdict.discount_minor) == (None, expected, 0)


def test_goods_are_named_by_any_of_their_kinds_and_excepted_by_any() -> None:
    goods = {"product_ids": [1], "category_ids": [7], "brand_ids": [5], "except_product_ids": [4], "on_reduced": False}
    lines = [
        line(100, product_id=1),
        line(100, product_id=2, category_ids=frozenset({7, 70})),
        line(100, product_id=3, brand_id=5),
        line(100, product_id=4, brand_id=5),
        line(100, product_id=1, is_reduced=True),
        line(100, product_id=None),
    ]
    assert off(cart(*lines), offer({"kind": "percent", "percent_bp": 5_000, "goods": goods})) == [50, 50, 50, 0, 0, 0]


MONDAY_NIGHT = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # Tuesday 02:30 in Shanghai
NIGHT = {"from_minute": 1_320, "until_minute": 180}  # 22:00 to 3:00


@pytest.mark.parametrize(
    ("terms", "told", "reason"),
    [
        ({}, {}, None),
        ({"when": {"starts_at": NOW + timedelta(seconds=1)}}, {}, "offer.not_started"),
        ({"when": {"starts_at": NOW, "ends_at": NOW + timedelta(seconds=1)}}, {}, None),
        ({"when": {"ends_at": NOW}}, {}, "offer.over"),
        ({"when": {"weekdays": [1], "hours": NIGHT}}, {"at": MONDAY_NIGHT}, None),
        ({"when": {"weekdays": [2], "hours": NIGHT}}, {"at": MONDAY_NIGHT}, "offer.wrong_day"),
        ({"when": {"hours": NIGHT}}, {"at": MONDAY_NIGHT + timedelta(minutes=30)}, "offer.wrong_hour"),
        ({"where": {"store_ids": [3]}}, {}, None),
        ({"where": {"store_ids": [4]}}, {}, "offer.wrong_store"),
        ({"where": {"store_ids": [4]}}, {"store_id": None}, "offer.wrong_store"),
        ({"where": {"channels": ["web"]}}, {}, "offer.wrong_channel"),
        ({}, {"currency": "USD"}, "offer.wrong_currency"),
        ({"customer": {"known": True}}, {}, "offer.needs_customer"),
        ({"customer": {"known": True}}, {"buyer": Buyer(customer_id=7)}, None),
        ({"customer": {"is_new": True}}, {"buyer": Buyer(customer_id=7)}, "offer.new_customers_only"),
        ({"customer": {"is_new": True}}, {"buyer": Buyer(customer_id=7, is_new=True)}, None),
        ({"customer": {"is_member": True}}, {"buyer": Buyer(customer_id=7)}, "offer.members_only"),
        ({"customer": {"tiers": ["gold"]}}, {"buyer": Buyer(customer_id=7, tier="silver")}, "offer.wrong_tier"),
        ({"customer": {"tiers": ["gold"]}}, {"buyer": Buyer(customer_id=7, tier="gold")}, None),
        ({"customer": {"segment_ids": [1, 2]}}, {"buyer": Buyer(customer_id=7)}, "offer.wrong_segment"),
        (
            {"customer": {"segment_ids": [1, 2], "not_segment_ids": [3]}},
            {"buyer": Buyer(customer_id=7, segment_ids=frozenset({2, 3}))},
            "offer.wrong_segment",
        ),
        ({"customer": {"segment_ids": [1, 2]}}, {"buyer": Buyer(customer_id=7, segment_ids=frozenset({2}))}, None),
        ({"cart": {"without": CUP}}, {}, "offer.without_goods"),
        ({"cart": {"without": WINE}}, {}, None),
        ({"budgets": [{"of": "customer", "uses": 1}]}, {}, "offer.needs_customer"),
        ({"budgets": [{"of": "store", "uses": 1}]}, {"store_id": None}, "offer.needs_store"),
    ],
)
def test_an_offer_holds_or_says_why_not(terms: dict[str, Any], told: dict[str, Any], reason: str | None) -> None:
    found = why(cart(line(1_000), line(500, 1, 2), **told), percent(1_000, **terms))
    assert (found.code if found else None) == reason


@pytest.mark.parametrize(
    ("effect", "terms", "reason"),
    [
        ({}, {"cart": {"spend": {"amount_minor": 1_501}}}, ("offer.min_spend", {"missing_minor": 1})),
        ({}, {"cart": {"spend": {"amount_minor": 600, "goods": CUP}}}, ("offer.min_spend", {"missing_minor": 100})),
        ({}, {"cart": {"quantity": {"quantity": 5}}}, ("offer.min_quantity", {"missing": 2})),
        (
            {},
            {"cart": {"contains": [{"goods": TEA}, {"goods": CUP, "quantity": 3}]}},
            ("offer.missing_goods", {"part": 1, "missing": 2}),
        ),
        (
            {"kind": "amount", "amount_minor": 1, "every_minor": 2_700},
            {},
            ("offer.min_spend", {"missing_minor": 1_200}),
        ),
        ({"kind": "percent", "percent_bp": 1, "goods": WINE}, {}, ("offer.no_goods", {})),
        ({"kind": "points", "factor_bp": 20_000, "goods": WINE}, {}, ("offer.no_goods", {})),
        ({"kind": "buy_get", "buy_quantity": 4}, {}, ("offer.buy_more", {"missing": 2, "lacks": "bought"})),
        ({"kind": "buy_get", "buy": TEA, "get": WINE}, {}, ("offer.buy_more", {"missing": 1, "lacks": "gotten"})),
        (
            {"kind": "bundle", "parts": [{"goods": TEA}, {"goods": WINE, "quantity": 2}], "price_minor": 1},
            {},
            ("offer.missing_goods", {"part": 1, "missing": 2}),
        ),
    ],
)
def test_what_is_missing_is_told(
    effect: dict[str, Any], terms: dict[str, Any], reason: tuple[str, dict[str, Any]]
) -> None:
    found = why(cart(line(1_000, 2), line(500, 1, 2)), offer(effect or {"kind": "percent", "percent_bp": 1}, **terms))
    assert found is not None
    assert found.code == reason[0]
    assert reason[1].items() <= found.params.items()


@pytest.mark.parametrize(
    ("total", "offers", "standing"),
    [
        (6_000, [percent(2_000, 1, stacking={"group": "A"}), amount(1_500, 2, stacking={"group": "A"})], {2: 1_500}),
        (
            8_000,
            [
                percent(1_000, 1, stacking={"priority": 1}),
                percent(2_000, 2, stacking={"group": "A"}),
                amount(1_500, 3, stacking={"group": "A"}),
            ],
            {1: 800, 3: 1_500},
        ),
        (
            10_000,
            [percent(3_000, 1, stacking={"exclusive": True}), percent(1_000, 2), amount(2_500, 3)],
            {2: 1_000, 3: 2_500},
        ),
        (10_000, [percent(3_000, 1, stacking={"exclusive": True}), percent(1_000, 2), amount(2_000, 3)], {1: 3_000}),
        (
            10_000,
            [
                percent(3_000, 1, stacking={"exclusive": True}),
                percent(1_000, 2, stacking={"priority": 1}),
                amount(2_000, 3),
            ],
            {2: 1_000, 3: 2_000},
        ),
    ],
)
def test_the_combination_that_saves_most_stands(total: int, offers: list[Terms], standing: dict[int, int]) -> None:
    result = judge(cart(line(total)), *offers)
    assert {v.terms.offer_id: v.discount_minor for v in result.standing if v.terms} == standing
    outdone = [v.reason for v in result.verdicts if v.reason]
    assert {reason.code for reason in outdone} == {"offer.outdone"}
    assert all({named["id"] for named in reason.params["by"]} <= set(standing) for reason in outdone)


def test_a_gift_competes_at_its_worth_and_what_takes_nothing_off_does_not_stand() -> None:
    gift = offer({"kind": "gift", "product_id": 9, "worth_minor": 1_200}, 1, stacking={"group": "A"})
    ten = percent(1_000, 2, stacking={"group": "A"})
    assert [v.terms.offer_id for v in judge(cart(line(10_000)), gift, ten).standing if v.terms] == [1]
    assert [v.terms.offer_id for v in judge(cart(line(20_000)), gift, ten).standing if v.terms] == [2]
    all_free = percent(10_000, 1)
    result = judge(cart(line(100)), all_free, ten)
    assert [v.reason.code if v.reason else None for v in result.verdicts] == [None, "offer.nothing_left"]


def test_what_is_left_of_a_budget_limits_what_is_taken_off() -> None:
    limited = percent(5_000, 1, budgets=[{"amount_minor": 1_000}, {"period": "day", "uses": 3}])
    ever, day = "1:offer:0:ever:", "1:offer:0:day:2026-11-22"
    assert off(cart(line(5_000)), limited) == [1_000]
    left = {ever: Spent(9, 900), day: Spent(2, 0)}
    result = judge(cart(line(300), line(300)), limited, spent=left)
    assert result.line_discounts_minor == (50, 50)
    for spent in ({ever: Spent(1, 1_000)}, {day: Spent(3, 0)}):
        reason = why(cart(line(5_000)), limited, spent=spent)
        assert reason is not None
        assert reason.code == "offer.budget_used_up"


def test_what_an_earlier_revision_stood_with_is_not_asked_about_time_and_person() -> None:
    over = percent(
        1_000,
        state="ended",
        when={"ends_at": NOW},
        customer={"is_new": True},
        cart={"spend": {"amount_minor": 500}},
    )
    pinned = Terms(offer_id=1, offer_name="O1", offer_state="ended", terms_id=1, document=over.document, is_pinned=True)
    assert judge(cart(line(1_000)), pinned).line_discounts_minor == (100,)
    reason = why(cart(line(499)), pinned)
    assert reason == Reason("offer.min_spend", {"needed_minor": 500, "missing_minor": 1, "currency": "CNY"})


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**4)), min_size=1, max_size=20),
    st.none() | st.integers(0, 10**8),
)
def test_parts_are_exact_amounts_rounded_and_sum_to_the_whole(
    amounts: list[tuple[int, int]], most_minor: int | None
) -> None:
    exact = [Fraction(numerator, denominator) for numerator, denominator in amounts]
    whole = sum(exact, Fraction(0))
    parts = split([(place, n, d) for place, (n, d) in enumerate(amounts)], len(amounts), most_minor=most_minor)
    assert sum(parts) == round(whole if most_minor is None else min(whole, Fraction(most_minor)))
    share = Fraction(1) if most_minor is None or whole <= most_minor else most_minor / whole
    for part, told in zip(parts, exact, strict=True):
        assert told * share - 1 < part < told * share + 1
        assert 0 <= part <= -(-told.numerator // told.denominator)
