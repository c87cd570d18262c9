"""Which tier from when until when and why: the examples of docs/algorithms/tiers.md, and what holds of every life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from huike.loyalty.terms.tiers import Ladder
from huike.loyalty.tiers.discount import CartLine, discounts
from huike.loyalty.tiers.rules import (
    Decision,
    Grant,
    Life,
    Return,
    Sale,
    Version,
    Why,
    decide,
    in_effect,
    progress,
    standing,
    to_tell,
)
from tests.thoroughness import examples

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """An instant as clocks in Shanghai show it; of a date alone, the midnight it begins with."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def net(amount: int) -> dict[str, Any]:
    return {"thresholds": [{"metric": "net", "at_least": amount * 100}]}


def ladder(**told: Any) -> Ladder:
    tiers = [
        {"key": "member", "name": "普卡"},
        {"key": "silver", "name": "银卡", "qualify": net(1_000), "keep": net(500)},
        {"key": "gold", "name": "金卡", "qualify": net(5_000), "keep": net(3_000), "benefits": {"discount_bp": 500}},
    ]
    return Ladder.model_validate({"tiers": tiers, "memberships": MEMBERSHIPS, **told})


MEMBERSHIPS = [{"sku": "GOLD-6", "tier": "gold", "months": 6}]
JOINED = at("2025-01-10 12:00")
BEGAN = at("2024-01-01")
A = Version(number=1, effective_at=BEGAN, ladder=ladder())
CALENDAR = {"counted": "calendar_year"}
MARCH = Sale(id=1, at=at("2025-03-10 12:00"), net_minor=120_000)
JUNE = Sale(id=2, at=at("2025-06-01 12:00"), net_minor=380_000)


def life(*sales: Sale, returns: tuple[Return, ...] = (), grants: tuple[Grant, ...] = ()) -> Life:
    return Life(joined_at=JOINED, sales=sales, returns=returns, grants=grants)


def decided(lived: Life, until: str = "2028-01-01", *versions: Version) -> Decision:
    return decide(lived, versions or (A,), until=at(until), zone=SHANGHAI)


def told(decision: Decision) -> list[tuple[str | None, datetime, datetime | None, str]]:
    return [(step.tier, step.effective_at, step.until_at, step.why.value) for step in decision.steps]


JOINS = ("member", JOINED, None, "joined")
SILVER = ("silver", MARCH.at, at("2026-03-11"), "qualified")
GOLD = ("gold", JUNE.at, at("2026-06-02"), "qualified")


def test_a_member_joins_in_the_entry_tier_and_rises_with_the_purchase_that_reaches_a_threshold() -> None:
    assert told(decided(life(MARCH, JUNE), "2026-01-01")) == [JOINS, SILVER, GOLD]


def test_a_fen_less_than_the_threshold_does_not_rise() -> None:
    less = Sale(id=2, at=JUNE.at, net_minor=379_999)
    assert told(decided(life(MARCH, less), "2026-01-01")) == [JOINS, SILVER]


def test_who_buys_nothing_more_falls_one_step_a_term() -> None:
    assert told(decided(life(MARCH, JUNE))) == [
        JOINS,
        SILVER,
        GOLD,
        ("silver", at("2026-06-02"), at("2027-06-02"), "downgraded"),
        ("member", at("2027-06-02"), None, "downgraded"),
    ]


def test_who_meets_the_keep_condition_keeps_the_tier_for_another_term() -> None:
    again = Sale(id=3, at=at("2026-05-20 10:00"), net_minor=300_000)
    assert told(decided(life(MARCH, JUNE, again), "2027-06-01"))[2:] == [
        GOLD,
        ("gold", at("2026-06-02"), at("2027-06-02"), "kept"),
    ]


def test_what_qualified_her_is_not_counted_again_for_keeping() -> None:
    again = Sale(id=3, at=at("2026-05-20 10:00"), net_minor=299_999)
    assert told(decided(life(MARCH, JUNE, again), "2026-07-01"))[-1][0] == "silver"


def test_to_balance_she_goes_where_the_figures_belong() -> None:
    to_balance = Version(number=1, effective_at=BEGAN, ladder=ladder(downgrade="to_balance"))
    fall = told(decided(life(MARCH, JUNE), "2028-01-01", to_balance))[3:]
    assert fall == [("member", at("2026-06-02"), None, "downgraded")]
    some = Sale(id=3, at=at("2026-01-01 10:00"), net_minor=50_000)
    fall = told(decided(life(MARCH, JUNE, some), "2027-01-01", to_balance))[3:]
    assert fall == [("silver", at("2026-06-02"), at("2027-06-02"), "downgraded")]


def test_grace_days_are_added_to_the_end_and_count_for_keeping() -> None:
    grace = Version(number=1, effective_at=BEGAN, ladder=ladder(grace_days=10))
    late = Sale(id=3, at=at("2026-06-10 10:00"), net_minor=300_000)
    assert told(decided(life(MARCH, JUNE, late), "2027-01-01", grace))[2:] == [
        ("gold", JUNE.at, at("2026-06-12"), "qualified"),
        ("gold", at("2026-06-12"), at("2027-06-12"), "kept"),
    ]
    too_late = Sale(id=3, at=at("2026-06-12 00:00"), net_minor=300_000)
    assert told(decided(life(MARCH, JUNE, too_late), "2027-01-01", grace))[3][:2] == ("silver", at("2026-06-12"))


def test_nobody_falls_where_the_ladder_says_so() -> None:
    never = Version(number=1, effective_at=BEGAN, ladder=ladder(falls=False))
    assert told(decided(life(MARCH, JUNE), "2040-01-01", never)) == [
        JOINS,
        ("silver", MARCH.at, None, "qualified"),
        ("gold", JUNE.at, None, "qualified"),
    ]


@pytest.mark.parametrize("came_back", [380_000, 10_000])
def test_what_qualified_her_comes_back_and_from_then_on_she_is_where_she_would_be(came_back: int) -> None:
    back = Return(id=3, at=at("2025-06-05 09:00"), sale_id=2, net_minor=came_back)
    assert told(decided(life(MARCH, JUNE, returns=(back,)), "2025-12-31")) == [
        JOINS,
        SILVER,
        GOLD,
        ("silver", back.at, at("2026-03-11"), "corrected"),
    ]


def test_a_return_that_leaves_enough_changes_nothing() -> None:
    more = Sale(id=2, at=JUNE.at, net_minor=400_000)
    back = Return(id=3, at=at("2025-06-05 09:00"), sale_id=2, net_minor=20_000)
    assert told(decided(life(MARCH, more, returns=(back,)), "2025-12-31")) == [JOINS, SILVER, GOLD]


def test_buying_and_returning_a_hundred_times_leaves_her_where_she_was() -> None:
    days = [at("2025-07-01") + timedelta(days=day) for day in range(100)]
    sales = [Sale(id=10 + n, at=day, net_minor=400_000) for n, day in enumerate(days)]
    backs = tuple(
        Return(id=1_000 + n, at=day + timedelta(hours=5), sale_id=10 + n, net_minor=400_000)
        for n, day in enumerate(days)
    )
    decision = decided(life(MARCH, *sales, returns=backs), "2025-12-31")
    assert decision.now is not None
    assert (decision.now.tier, decision.now.until_at) == ("silver", at("2026-03-11"))
    assert decision.qualify.net == 120_000
    assert decision.qualify.orders == 1


def test_a_return_without_a_known_sale_takes_its_amount_away_on_its_own_day() -> None:
    back = Return(id=3, at=at("2025-04-01 10:00"), sale_id=None, net_minor=10_000)
    assert told(decided(life(MARCH, JUNE, returns=(back,)), "2025-12-31")) == [JOINS, SILVER]


def test_a_return_of_a_sale_before_she_joined_takes_nothing() -> None:
    before = Sale(id=9, at=at("2024-12-01 10:00"), net_minor=900_000)
    back = Return(id=3, at=at("2025-04-01 10:00"), sale_id=9, net_minor=900_000)
    assert told(decided(life(before, MARCH, JUNE, returns=(back,)), "2025-12-31")) == [JOINS, SILVER, GOLD]


def test_a_purchase_of_the_day_she_joined_counts_from_the_instant_she_did() -> None:
    first = Sale(id=1, at=at("2025-01-10 11:40"), net_minor=100_000)
    assert told(decided(life(first), "2025-02-01")) == [("silver", JOINED, at("2026-01-11"), "joined")]


GRANT = Grant(tier="gold", starts_at=at("2025-02-01"), ends_at=at("2025-05-01"))


def test_a_grant_lifts_her_and_when_it_ends_she_has_what_she_earned_under_it() -> None:
    assert told(decided(life(MARCH, grants=(GRANT,)), "2025-12-31")) == [
        JOINS,
        ("gold", at("2025-02-01"), at("2025-05-01"), "granted"),
        ("silver", at("2025-05-01"), at("2026-03-11"), "ended"),
    ]


def test_a_grant_of_a_tier_below_hers_lowers_nothing() -> None:
    low = Grant(tier="silver", starts_at=at("2025-07-01"), ends_at=None)
    assert told(decided(life(MARCH, JUNE, grants=(low,)), "2025-12-31")) == [JOINS, SILVER, GOLD]


def test_a_grant_taken_back_before_it_began_is_none() -> None:
    none = Grant(tier="gold", starts_at=at("2025-02-01"), ends_at=at("2025-02-01"))
    assert told(decided(life(grants=(none,)), "2025-12-31")) == [JOINS]


def bought(number: int, when: str, units: int = 1) -> Sale:
    return Sale(id=number, at=at(when), net_minor=19_900, units={"GOLD-6": units})


def test_a_membership_bought_again_lasts_longer_and_returned_takes_its_months_back() -> None:
    twice = life(bought(1, "2025-02-01 10:00"), bought(2, "2025-04-01 10:00"))
    assert told(decided(twice, "2025-04-02")) == [
        JOINS,
        ("gold", at("2025-02-01 10:00"), at("2025-08-02"), "granted"),
        ("gold", at("2025-04-01 10:00"), at("2026-02-02"), "granted"),
    ]
    back = Return(id=3, at=at("2025-04-03 10:00"), sale_id=2, net_minor=19_900, units={"GOLD-6": 1})
    assert told(decided(life(*twice.sales, returns=(back,)), "2026-01-01"))[3:] == [
        ("gold", back.at, at("2025-08-02"), "corrected"),
        ("member", at("2025-08-02"), None, "ended"),
    ]


def test_two_units_of_a_membership_last_twice_as_long() -> None:
    assert told(decided(life(bought(1, "2025-02-01 10:00", units=2)), "2025-04-02"))[1][2] == at("2026-02-02")


def test_a_calendar_year_is_not_asked_again_in_the_next() -> None:
    b = Version(
        number=1,
        effective_at=BEGAN,
        ladder=ladder(kept="end_of_next_year", qualify_window=CALENDAR, keep_window=CALENDAR),
    )
    sale = Sale(id=1, at=at("2025-11-11 20:00"), net_minor=500_000)
    gold = ("gold", sale.at, at("2027-01-01"), "qualified")
    assert told(decided(life(sale), "2027-06-01", b))[1:] == [
        gold,
        ("silver", at("2027-01-01"), at("2028-01-01"), "downgraded"),
    ]
    keeps = Sale(id=2, at=at("2026-12-31 23:59"), net_minor=300_000)
    assert told(decided(life(sale, keeps), "2027-06-01", b))[1:] == [
        gold,
        ("gold", at("2027-01-01"), at("2028-01-01"), "kept"),
    ]


def test_all_of_the_thresholds_or_any_one_of_them() -> None:
    both = [{"metric": "net", "at_least": 100_000}, {"metric": "orders", "at_least": 2}]

    def version(match: str) -> Version:
        tiers = [{"key": "vip", "name": "VIP", "qualify": {"match": match, "thresholds": both}}]
        return Version(number=1, effective_at=BEGAN, ladder=Ladder.model_validate({"tiers": tiers}))

    small = Sale(id=2, at=at("2025-03-20 10:00"), net_minor=100)
    assert told(decided(life(MARCH, small), "2025-12-01", version("any")))[1][:2] == ("vip", MARCH.at)
    assert told(decided(life(MARCH, small), "2025-12-01", version("all")))[1][:2] == ("vip", small.at)
    assert told(decided(life(small), "2025-12-01", version("any"))) == [(None, JOINED, None, "joined")]


def test_a_new_ladder_lifts_at_once_and_lets_nobody_fall_before_her_time() -> None:
    easier = {"key": "silver", "name": "银卡", "qualify": net(1_000), "keep": net(500)}
    gold = {"key": "gold", "name": "金卡", "qualify": net(1_200), "keep": net(600)}
    lower = Version(
        number=2,
        effective_at=at("2025-05-01"),
        ladder=Ladder.model_validate({"tiers": [{"key": "member", "name": "普卡"}, easier, gold]}),
    )
    assert told(decided(life(MARCH), "2025-12-01", A, lower))[2:] == [
        ("gold", at("2025-05-01"), at("2026-05-02"), "terms")
    ]
    harder = Version(
        number=2,
        effective_at=at("2025-05-01"),
        ladder=Ladder.model_validate(
            {"tiers": [{"key": "member", "name": "普卡"}, {**easier, "qualify": net(9_000), "keep": net(4_000)}]}
        ),
    )
    assert told(decided(life(MARCH), "2026-04-01", A, harder))[1:] == [
        SILVER,
        ("member", at("2026-03-11"), None, "downgraded"),
    ]


def test_a_tier_that_is_gone_from_the_ladder_puts_her_where_her_figures_belong() -> None:
    other = Version(
        number=2,
        effective_at=at("2025-07-01"),
        ladder=Ladder.model_validate(
            {"tiers": [{"key": "member", "name": "普卡"}, {"key": "silver", "name": "银卡", "qualify": net(1_000)}]}
        ),
    )
    assert told(decided(life(MARCH, JUNE), "2025-12-01", A, other))[3:] == [
        ("silver", at("2025-07-01"), at("2026-07-02"), "terms")
    ]


def test_progress_says_what_is_missing_and_by_when() -> None:
    sale = Sale(id=1, at=MARCH.at, net_minor=477_000)
    shown = progress(decided(life(sale), "2025-06-20 09:00"))
    assert shown.rise is not None
    assert shown.keep is not None
    assert (shown.rise.tier, shown.rise.needs[0].missing, shown.rise.by) == ("gold", 23_000, at("2026-03-11"))
    assert (shown.keep.tier, shown.keep.needs[0].missing, shown.keep.by) == ("silver", 50_000, at("2026-03-11"))
    assert shown.keep.is_met is False


def test_at_the_top_only_keeping_is_shown_and_in_the_entry_tier_only_rising() -> None:
    top = progress(decided(life(MARCH, JUNE), "2025-06-20"))
    assert top.rise is None
    assert top.keep is not None
    entry = progress(decided(life(), "2025-06-20"))
    assert entry.keep is None
    assert entry.rise is not None
    assert (entry.rise.tier, entry.rise.needs[0].missing, entry.rise.by) == ("silver", 100_000, None)


def test_without_terms_a_member_is_in_no_tier() -> None:
    decision = decide(life(MARCH), (), until=at("2026-01-01"), zone=SHANGHAI)
    assert told(decision) == [(None, JOINED, None, "joined")]
    assert progress(decision).rise is None


# What holds of every life.

_DAYS = st.integers(0, 1_500)
_SKUS = st.sampled_from([None, {"GOLD-6": 1}])


@st.composite
def lives(draw: st.DrawFn) -> Life:
    sales = [
        Sale(
            id=number,
            at=JOINED + timedelta(days=draw(_DAYS), minutes=draw(st.integers(-300, 300))),
            net_minor=draw(st.integers(0, 6_000)) * 100,
            units=draw(_SKUS),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    returns = [
        Return(
            id=100 + sale.id,
            at=sale.at + timedelta(days=draw(st.integers(0, 500))),
            sale_id=sale.id,
            net_minor=draw(st.integers(0, sale.net_minor)),
            units=draw(st.sampled_from([None, sale.units])),
        )
        for sale in sales
        if draw(st.booleans())
    ]
    grants = [
        Grant(
            tier=draw(st.sampled_from(["silver", "gold"])),
            starts_at=JOINED + timedelta(days=start),
            ends_at=draw(st.sampled_from([None, JOINED + timedelta(days=start + draw(st.integers(0, 400)))])),
        )
        for start in draw(st.lists(_DAYS, max_size=2))
    ]
    return Life(joined_at=JOINED, sales=sales, returns=returns, grants=grants)


@st.composite
def versions(draw: st.DrawFn) -> tuple[Version, ...]:
    begins = [BEGAN, *(JOINED + timedelta(days=day) for day in draw(st.lists(_DAYS, max_size=2, unique=True)))]
    return tuple(
        Version(
            number=number,
            effective_at=begin,
            ladder=ladder(
                kept=draw(st.sampled_from(["months", "end_of_year", "end_of_next_year"])),
                kept_months=draw(st.sampled_from([4, 12])),
                grace_days=draw(st.sampled_from([0, 30, 90])),
                falls=draw(st.sampled_from([True, True, False])),
                downgrade=draw(st.sampled_from(["one_step", "to_balance"])),
                qualify_window={"counted": draw(_COUNTED)},
                keep_window={"counted": draw(_COUNTED)},
            ),
        )
        for number, begin in enumerate(sorted(begins))
    )


_COUNTED = st.sampled_from(["calendar_year", "rolling_months", "since_joining", "since_tier"])
_END = at("2031-01-01")


@settings(max_examples=examples(200), deadline=None)
@given(lives(), versions(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_become_known_does_not_matter(lived: Life, terms: Any, order: Any) -> None:
    """Told one by one in any order, and written down each time, the history comes to the same."""
    things: list[Any] = [*lived.sales, *lived.returns, *lived.grants]
    order.shuffle(things)
    written: list[Any] = []
    known: dict[str, list[Any]] = {"sales": [], "returns": [], "grants": []}
    kinds = {Sale: "sales", Return: "returns", Grant: "grants"}
    for thing in [None, *things]:
        if thing is not None:
            known[kinds[type(thing)]].append(thing)
        now = decide(Life(joined_at=JOINED, **known), terms, until=_END, zone=SHANGHAI)
        written += to_tell(written, now.steps)
    final = decide(lived, terms, until=_END, zone=SHANGHAI).steps
    assert [(step.effective_at, step.says) for step in standing(written)] == [
        (step.effective_at, step.says) for step in final
    ]
    assert to_tell(written, final) == ()
    for step in final:  # and read at any instant, the last word about it counts
        found = in_effect(written, step.effective_at)
        assert found is not None
        assert found.says == step.says


@settings(max_examples=examples(200), deadline=None)
@given(lives(), versions(), _DAYS)
def test_what_was_decided_stays_as_time_goes_by(lived: Life, terms: Any, days: int) -> None:
    early = decide(lived, terms, until=JOINED + timedelta(days=days), zone=SHANGHAI).steps
    late = decide(lived, terms, until=_END, zone=SHANGHAI).steps
    assert late[: len(early)] == early


@settings(max_examples=examples(200), deadline=None)
@given(lives(), versions())
def test_steps_go_forward_each_says_something_new_and_none_lasts_less_than_nothing(lived: Life, terms: Any) -> None:
    steps = decide(lived, terms, until=_END, zone=SHANGHAI).steps
    assert steps[0].why is Why.JOINED
    assert steps[0].effective_at == JOINED
    for before, after in pairwise(steps):
        assert before.effective_at < after.effective_at
        assert before.says != after.says
        assert before.until_at is None or after.effective_at <= before.until_at
    assert all(step.until_at is None or step.effective_at < step.until_at for step in steps)


@settings(max_examples=examples(200), deadline=None)
@given(lives(), versions())
def test_once_all_came_back_she_is_where_she_would_be_without_having_bought(lived: Life, terms: Any) -> None:
    backs = [
        Return(id=500 + sale.id, at=_END, sale_id=sale.id, net_minor=sale.net_minor, units=sale.units)
        for sale in lived.sales
    ]
    bought_and_returned = Life(joined_at=JOINED, sales=lived.sales, returns=backs, grants=lived.grants)
    never_bought = Life(joined_at=JOINED, grants=lived.grants)
    one, other = (decide(each, terms, until=_END, zone=SHANGHAI).now for each in (bought_and_returned, never_bought))
    assert one is not None
    assert other is not None
    assert one.says == other.says


# The terms.


def faults(**told: Any) -> tuple[str, str]:
    with pytest.raises(ValidationError) as refused:
        ladder(**told)
    (error,) = refused.value.errors()
    return error["ctx"]["where"], error["type"]


ENTRY = {"key": "member", "name": "普卡"}


@pytest.mark.parametrize(
    ("told", "where", "code"),
    [
        ({"tiers": [ENTRY, ENTRY]}, "tiers.1.key", "ladder.key_twice"),
        ({"tiers": [ENTRY, {"key": "b", "name": "B"}]}, "tiers.1.qualify", "ladder.entry_not_lowest"),
        (
            {"tiers": [{**ENTRY, "qualify": net(10)}, {"key": "b", "name": "B", "qualify": net(10)}]},
            "tiers.1.qualify",
            "ladder.not_rising",
        ),
        (
            {"tiers": [ENTRY, {"key": "b", "name": "B", "qualify": net(10), "keep": net(11)}]},
            "tiers.1.keep",
            "ladder.keep_above_qualify",
        ),
        (
            {
                "tiers": [
                    {"key": "a", "name": "A", "qualify": net(10), "keep": net(8)},
                    {"key": "b", "name": "B", "qualify": net(20), "keep": net(7)},
                ]
            },
            "tiers.1.keep",
            "ladder.keep_falls",
        ),
        (
            {"tiers": [{**ENTRY, "qualify": {"thresholds": net(1)["thresholds"] * 2}}]},
            "tiers.0.qualify",
            "ladder.metric_twice",
        ),
        ({"kept_months": 1, "grace_days": 28}, "grace_days", "ladder.grace_too_long"),
        ({"memberships": [{"sku": "P", "tier": "platinum", "months": 1}]}, "memberships.0.tier", "ladder.no_such_tier"),
        ({"memberships": MEMBERSHIPS * 2}, "memberships.1.sku", "ladder.sku_twice"),
    ],
)
def test_a_ladder_that_does_not_hold_together_is_refused_with_its_place(
    told: dict[str, Any], where: str, code: str
) -> None:
    if "tiers" in told:
        told = {"memberships": [], **told}
    assert faults(**told) == (where, code)


# At the till.


def test_the_discount_of_a_tier_line_by_line() -> None:
    scope = ladder(discount={"except_skus": ["CARD"]})
    lines = [
        CartLine(sku="TEA", gross_minor=333),
        CartLine(sku="CUP", gross_minor=10_000, till_discount_minor=2_000),
        CartLine(sku="CARD", gross_minor=5_000),
        CartLine(sku="GOLD-6", gross_minor=19_900),
    ]
    assert discounts(scope, "gold", lines) == [17, 400, 0, 0]
    assert discounts(scope, "silver", lines) == [0, 0, 0, 0]
    assert discounts(scope, None, lines) == [0, 0, 0, 0]


def test_categories_brands_and_reduced_lines_are_left_out_where_the_ladder_says_so() -> None:
    scope = ladder(discount={"except_category_ids": [4], "except_brand_ids": [9], "on_reduced": False})
    lines = [
        CartLine(sku="A", gross_minor=1_000, category_ids=frozenset({7, 4})),
        CartLine(sku="B", gross_minor=1_000, brand_id=9),
        CartLine(sku="C", gross_minor=1_000, till_discount_minor=1),
        CartLine(sku="D", gross_minor=1_000, category_ids=frozenset({7}), brand_id=8),
    ]
    assert discounts(scope, "gold", lines) == [0, 0, 0, 50]
