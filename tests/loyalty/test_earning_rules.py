"""What a purchase earns: the examples of docs/algorithms/earning.md, and what always holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from huike.customers.birthdays import LunarDay
from huike.loyalty.earning.rules import Already, Buyer, Purchase, PurchaseLine, combined, points_of, rounded, span_of
from huike.loyalty.terms.earning import Combination, Earning, Rounding
from tests.loyalty.purchases import CHANNELS, SHANGHAI, TIERS, TUESDAY, earned, earnings, line, purchase

GOLD = {"name": "Gold", "factor_bp": 15_000, "tiers": ["gold"]}
BIRTHDAY = {"name": "Birthday week", "factor_bp": 20_000, "birthday": "week"}
# Sunday of the week of Tuesday 3 March 2026.
GOLD_BUYER = Buyer(tier="gold", born_on=date(1990, 3, 8))
LATE_FRIDAYS = {
    "name": "Late",
    "factor_bp": 20_000,
    "weekdays": [5],
    "hours": {"from_minute": 22 * 60, "until_minute": 2 * 60},
}


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    """In March 2026, by the clock of Shanghai."""
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("bought", "told", "terms", "points", "parts"),
    [
        pytest.param(purchase(3_330, 3_330, 3_340), {}, {}, 100, [33, 33, 34], id="a"),
        pytest.param(purchase(12_800), {"buyer": GOLD_BUYER}, {"multipliers": [GOLD, BIRTHDAY]}, 384, [384], id="b"),
        pytest.param(
            purchase(12_800),
            {"buyer": GOLD_BUYER},
            {"multipliers": [GOLD, BIRTHDAY], "combination": "add"},
            320,
            [320],
            id="c",
        ),
        pytest.param(
            purchase(12_800),
            {"buyer": GOLD_BUYER},
            {"multipliers": [GOLD, BIRTHDAY], "combination": "highest"},
            256,
            [256],
            id="d",
        ),
        pytest.param(purchase(6_000, 4_000, tenders={"points": 2_500, "cash": 7_500}), {}, {}, 75, [45, 30], id="e"),
        pytest.param(
            purchase(6_000, 4_000, tenders={"points": 2_500, "cash": 7_500}),
            {},
            {"exclusions": {"product_ids": [2]}},
            45,
            [45, 0],
            id="f",
        ),
        pytest.param(purchase(50, 150, 250), {}, {"rounding": "half_even"}, 4, [1, 1, 2], id="g"),
        pytest.param(
            purchase(50, 150, 250), {}, {"rounding": "half_even", "rounded_per": "line"}, 4, [0, 2, 2], id="h"
        ),
        pytest.param(purchase(50, 150, 250), {}, {"rounded_per": "line"}, 3, [0, 1, 2], id="i"),
        pytest.param(purchase(50, 150, 250), {}, {"rounding": "up", "rounded_per": "line"}, 6, [1, 2, 3], id="j"),
        pytest.param(purchase(30_000, 10_000), {}, {"caps": {"per_order": 100}}, 100, [75, 25], id="k"),
        pytest.param(
            purchase(30_000),
            {"already": Already(day_points=60, month_points=950)},
            {"caps": {"per_day": 200, "per_month": 1_000}},
            50,
            [50],
            id="l",
        ),
        pytest.param(purchase(4_999), {}, {"least_spend_minor": 5_000}, 0, [0], id="m"),
        pytest.param(
            purchase(10_000, placed_at=_at(7, 1, 30)), {}, {"multipliers": [LATE_FRIDAYS]}, 200, [200], id="n"
        ),
    ],
)
def test_the_examples_of_the_specification(
    bought: Purchase, told: dict[str, Any], terms: dict[str, Any], points: int, parts: list[int]
) -> None:
    found = earned(bought, **told, **terms)

    assert (found.points, list(found.line_points.values())) == (points, parts)


def test_what_is_kept_of_nothing_earns_nothing() -> None:
    assert earned(purchase()).points == 0
    assert earned(purchase(0, 0)).line_points == {1: 0, 2: 0}


@pytest.mark.parametrize(
    ("at", "points"),
    [
        (_at(6, 21, 59), 100),
        (_at(6, 22), 200),
        (_at(7, 1, 59), 200),
        (_at(7, 2), 100),
        (_at(7, 22), 100),  # Saturday's own window
        (_at(6, 1), 100),  # Thursday's window
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_it_began_on(at: datetime, points: int) -> None:
    assert earned(purchase(10_000, placed_at=at.astimezone(UTC)), multipliers=[LATE_FRIDAYS]).points == points


@pytest.mark.parametrize(("minute", "points"), [(839, 100), (840, 200), (1_019, 200), (1_020, 100)])
def test_a_window_within_a_day_is_half_open(minute: int, points: int) -> None:
    off_peak = {"name": "14 to 17", "factor_bp": 20_000, "hours": {"from_minute": 840, "until_minute": 1_020}}

    at = _at(3, 0) + timedelta(minutes=minute)

    assert earned(purchase(10_000, placed_at=at), multipliers=[off_peak]).points == points


@pytest.mark.parametrize(("day", "points"), [(8, 100), (9, 200), (11, 200), (12, 100)])
def test_days_of_a_campaign_are_both_included_by_the_operators_calendar(day: int, points: int) -> None:
    days = {"name": "Double", "factor_bp": 20_000, "first_on": "2026-03-09", "last_on": "2026-03-11"}

    assert earned(purchase(10_000, placed_at=_at(day, 0, 30)), multipliers=[days]).points == points


@pytest.mark.parametrize(("span", "first_day", "last_day"), [("day", 8, 8), ("week", 2, 8), ("month", 1, 31)])
def test_a_birthday_holds_for_its_day_its_week_or_its_month(span: str, first_day: int, last_day: int) -> None:
    multiplier = {"name": "Birthday", "factor_bp": 20_000, "birthday": span}

    holding = [
        day
        for day in range(1, 32)
        if earned(
            purchase(100, placed_at=_at(day, 23, 59)), buyer=Buyer(born_on=date(1990, 3, 8)), multipliers=[multiplier]
        ).points
        == 2
    ]

    assert holding == list(range(first_day, last_day + 1))


def test_a_lunar_birthday_is_the_one_that_counts_where_it_was_told() -> None:
    # The fifteenth of the first month fell on 3 March 2026; born on 11 February 1990 by the sun.
    multiplier = {"name": "Birthday", "factor_bp": 20_000, "birthday": "day"}
    lunar = Buyer(born_on=date(1990, 2, 10), lunar=LunarDay(month=1, day=15, year=1990))

    assert earned(purchase(100), buyer=lunar, multipliers=[multiplier]).points == 2
    assert earned(purchase(100), buyer=replace(lunar, lunar=None), multipliers=[multiplier]).points == 1
    assert earned(purchase(100), buyer=Buyer(), multipliers=[multiplier]).points == 1


def test_a_week_may_lie_in_two_years_and_a_month_may_be_short() -> None:
    new_year = earned(
        purchase(100, placed_at=datetime(2025, 12, 31, 12, tzinfo=SHANGHAI)),
        buyer=Buyer(born_on=date(1990, 1, 2)),
        multipliers=[BIRTHDAY],
    )

    assert new_year.points == 2
    assert [span_of(date(2028, 2, 29), span)[1] for span in ("day", "month")] == [date(2028, 2, 29), date(2028, 2, 29)]


@pytest.mark.parametrize(
    ("multiplier", "parts"),
    [
        ({"category_ids": [10]}, [2, 2, 1]),
        ({"category_ids": [11]}, [1, 2, 1]),
        ({"brand_ids": [5, 6]}, [1, 1, 2]),
        ({"product_ids": [1, 3]}, [2, 1, 2]),
        ({"category_ids": [10], "product_ids": [2, 3]}, [1, 2, 1]),
        ({"store_ids": [3]}, [2, 2, 2]),
        ({"store_ids": [4]}, [1, 1, 1]),
        ({"channels": ["pos", "web"]}, [2, 2, 2]),
        ({"channels": ["web"]}, [1, 1, 1]),
        ({"tiers": ["silver", "gold"]}, [2, 2, 2]),
        ({"tiers": ["silver"]}, [1, 1, 1]),
    ],
)
def test_a_multiplier_holds_for_the_lines_it_asks_for(multiplier: dict[str, Any], parts: list[int]) -> None:
    bought = purchase(
        line(1, 100, category_ids=frozenset({10})),
        line(2, 100, category_ids=frozenset({10, 11})),
        line(3, 100, brand_id=6),
    )

    found = earned(bought, buyer=Buyer(tier="gold"), multipliers=[{"name": "Twice", "factor_bp": 20_000, **multiplier}])

    assert list(found.line_points.values()) == parts


@pytest.mark.parametrize(
    ("exclusions", "reasons"),
    [
        ({"product_ids": [1]}, ["product", None]),
        ({"category_ids": [10]}, [None, "category"]),
        ({"brand_ids": [5]}, [None, "brand"]),
        ({"discounted_lines": True}, ["discounted", None]),
        ({"channels": ["pos"], "product_ids": [1]}, ["channel", "channel"]),
        ({"store_ids": [3]}, ["store", "store"]),
    ],
)
def test_what_is_excluded_earns_nothing_and_says_why(exclusions: dict[str, Any], reasons: list[str | None]) -> None:
    bought = purchase(line(1, 100, is_discounted=True), line(2, 100, category_ids=frozenset({10, 11}), brand_id=5))

    found = earned(bought, exclusions=exclusions)

    assert [told["excluded"] for told in found.explanation["lines"]] == reasons
    assert list(found.line_points.values()) == [0 if reason else 1 for reason in reasons]


def test_tenders_count_unless_they_are_excluded() -> None:
    paid = purchase(10_000, tenders={"stored_value": 6_000, "points": 1_000, "cash": 3_000})

    assert earned(paid).points == 90
    assert earned(paid, exclusions={"tenders": []}).points == 100
    assert earned(paid, exclusions={"tenders": ["points", "stored_value"]}).points == 30
    assert earned(purchase(10_000, tenders={"points": 99_999})).points == 0
    assert earned(purchase(10_000, tenders={"points": -500})).points == 100


def test_least_spend_is_of_what_counts() -> None:
    assert earned(purchase(6_000, tenders={"points": 1_000}), least_spend_minor=5_000).points == 50
    too_little = earned(purchase(6_000, tenders={"points": 1_001}), least_spend_minor=5_000)
    assert (too_little.points, too_little.explanation["least_spend_minor"]) == (0, 5_000)


def test_factors_are_exact() -> None:
    # 1.15³ = 1.520875: of 10,000.00 that is 15,208.75.
    thrice = [{"name": "x", "factor_bp": 11_500, "store_ids": [3]}] * 3

    assert earned(purchase(1_000_000), multipliers=thrice).points == 15_208
    assert earned(purchase(1_000_000), multipliers=thrice).explanation["lines"][0]["factor"] == "1.520875"
    assert combined([11_500] * 3, Combination.MULTIPLY) == Fraction(1_520_875, 1_000_000)


@pytest.mark.parametrize(
    ("rounding", "points"),
    [(Rounding.DOWN, [0, 1, 2]), (Rounding.HALF_EVEN, [0, 2, 2]), (Rounding.UP, [1, 2, 3])],
)
def test_halves_are_rounded_as_stated(rounding: Rounding, points: list[int]) -> None:
    assert [rounded(Fraction(half, 2), rounding) for half in (1, 3, 5)] == points


@pytest.mark.parametrize(
    ("pending", "at"),
    [
        ({}, TUESDAY),
        ({"pending_days": 7}, datetime(2026, 3, 11, tzinfo=SHANGHAI)),
        ({"pending_days": 7, "matures": "exact"}, datetime(2026, 3, 10, 15, 20, tzinfo=SHANGHAI)),
    ],
)
def test_points_wait_as_long_as_stated(pending: dict[str, Any], at: datetime) -> None:
    assert earned(purchase(100), **pending).matures_at == at


def test_the_explanation_says_which_rules_counted_what_was_outdone_and_what_the_caps_took() -> None:
    found = earned(
        purchase(line(1, 12_800), line(2, 1_000, is_discounted=True), tenders={"points": 1_380}),
        buyer=GOLD_BUYER,
        already=Already(day_points=950),
        multipliers=[GOLD, {"name": "Web", "factor_bp": 30_000, "channels": ["web"]}, BIRTHDAY],
        combination="highest",
        caps={"per_order": 220, "per_day": 1_000},
        exclusions={"tenders": ["points"], "discounted_lines": True},
    )

    assert found.explanation == {
        "points": 50,
        "points_per_unit": 1,
        "unit_minor": 100,
        "rounding": "down",
        "rounded_per": "order",
        "combination": "highest",
        "counted_minor": 11_520,
        "not_counted": {"points": 1_380},
        "least_spend_minor": None,
        "rules": [
            {"rule": 0, "name": "Gold", "factor_bp": 15_000},
            {"rule": 2, "name": "Birthday week", "factor_bp": 20_000},
        ],
        "lines": [
            {
                "line": 1,
                "net_minor": 12_800,
                "excluded": None,
                "rules": [2],
                "outdone": [0],
                "factor": "2",
                "factor_limited": False,
                "points": 50,
            },
            {
                "line": 2,
                "net_minor": 1_000,
                "excluded": "discounted",
                "rules": [],
                "outdone": [],
                "factor": "1",
                "factor_limited": False,
                "points": 0,
            },
        ],
        "before_caps": 230,
        "cuts": [
            {"cap": "order", "limit": 220, "already": 0, "points": 10},
            {"cap": "day", "limit": 1_000, "already": 950, "points": 170},
        ],
    }


@pytest.mark.parametrize(
    ("terms", "where", "code"),
    [
        ({"multipliers": [GOLD, {"name": "x", "factor_bp": 1}]}, (1,), "earning.multiplier_without_condition"),
        (
            {"multipliers": [{**GOLD, "first_on": "2026-03-02", "last_on": "2026-03-01"}]},
            (0,),
            "earning.days_reversed",
        ),
        (
            {"multipliers": [{**GOLD, "hours": {"from_minute": 60, "until_minute": 60}}]},
            (0, "hours"),
            "earning.hours_empty",
        ),
        ({"multipliers": [{**GOLD, "store_ids": [3, 3]}]}, (0, "store_ids"), "earning.named_twice"),
        ({"multipliers": [{**GOLD, "factor_bp": 1.5}]}, (0, "factor_bp"), "int_from_float"),
    ],
)
def test_a_fault_names_its_place(terms: dict[str, Any], where: tuple[int | str, ...], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Earning.model_validate(terms)

    assert [(fault["loc"], fault["type"]) for fault in refused.value.errors()] == [(("multipliers", *where), code)]


def test_a_referral_gives_points_to_somebody() -> None:
    with pytest.raises(ValidationError, match="one side at least"):
        Earning.model_validate({"bonuses": {"referral": {"referrer_points": 0, "friend_points": 0}}})


_LINES = st.lists(
    st.builds(
        PurchaseLine,
        line_number=st.integers(1, 40),
        product_id=st.integers(1, 6),
        net_minor=st.integers(0, 50_000),
        category_ids=st.frozensets(st.integers(1, 6), max_size=3),
        brand_id=st.none() | st.integers(1, 6),
        is_discounted=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda each: each.line_number,
)
_PURCHASES = st.builds(
    Purchase,
    placed_at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    store_id=st.none() | st.integers(1, 6),
    channel=st.sampled_from(CHANNELS),
    lines=_LINES,
    tenders=st.dictionaries(st.sampled_from(["points", "stored_value", "coupon", "cash"]), st.integers(0, 60_000)),
)
_BUYERS = st.builds(
    Buyer,
    tier=st.sampled_from(TIERS),
    born_on=st.none() | st.dates(date(1950, 1, 1), date(2010, 12, 31)),
    lunar=st.none() | st.builds(LunarDay, month=st.integers(1, 12), day=st.integers(1, 30), leap=st.booleans()),
)
_ALREADY = st.builds(Already, day_points=st.integers(0, 400), month_points=st.integers(0, 400))


@given(bought=_PURCHASES, buyer=_BUYERS, terms=earnings(), already=_ALREADY)
def test_points_are_within_the_caps_and_the_parts_sum_to_them(
    bought: Purchase, buyer: Buyer, terms: Earning, already: Already
) -> None:
    found = points_of(bought, buyer=buyer, terms=terms, zone=SHANGHAI, already=already)

    caps = terms.caps
    assert 0 <= found.points <= (10**9 if caps.per_order is None else caps.per_order)
    assert caps.per_day is None or found.points <= max(0, caps.per_day - already.day_points)
    assert caps.per_month is None or found.points <= max(0, caps.per_month - already.month_points)
    assert sum(found.line_points.values()) == found.points
    assert min(found.line_points.values(), default=0) >= 0
    assert found.explanation["before_caps"] - sum(cut["points"] for cut in found.explanation["cuts"]) == found.points
    assert all(told["points"] == 0 for told in found.explanation["lines"] if told["excluded"])
    assert json.loads(json.dumps(found.explanation)) == found.explanation


@given(bought=_PURCHASES, buyer=_BUYERS, terms=earnings(), already=_ALREADY, data=st.data())
def test_more_kept_never_earns_less(
    bought: Purchase, buyer: Buyer, terms: Earning, already: Already, data: st.DataObject
) -> None:
    less = replace(
        bought,
        lines=[replace(each, net_minor=data.draw(st.integers(0, each.net_minor))) for each in bought.lines],
    )

    kept, all_of_it = (
        points_of(of, buyer=buyer, terms=terms, zone=SHANGHAI, already=already).points for of in (less, bought)
    )

    assert kept <= all_of_it


@given(bought=_PURCHASES, buyer=_BUYERS, terms=earnings(), already=_ALREADY, more=st.integers(0, 200))
def test_more_earned_before_never_earns_more(
    bought: Purchase, buyer: Buyer, terms: Earning, already: Already, more: int
) -> None:
    later = Already(day_points=already.day_points + more, month_points=already.month_points + more)

    first, second = (
        points_of(bought, buyer=buyer, terms=terms, zone=SHANGHAI, already=at).points for at in (already, later)
    )

    assert second <= first <= second + more


def test_a_line_paid_with_points_may_take_the_place_of_one_that_earns_twice() -> None:
    """The honest limit of the promise above: with the excluded money growing along, more kept may earn less."""
    twice = [{"name": "Tea", "factor_bp": 20_000, "product_ids": [1]}]

    assert earned(purchase(10_000), multipliers=twice).points == 200
    assert earned(purchase(10_000, 10_000, tenders={"points": 10_000}), multipliers=twice).points == 150
