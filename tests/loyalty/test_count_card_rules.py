"""What a sale of count cards gives, what a return takes back, what unused uses are paid out for:
docs/algorithms/count-cards.md."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st
from pydantic import ValidationError

from huike.loyalty.count_cards.rules import Sold, asset_of, brought, given
from huike.loyalty.terms.count_cards import CountCards

SHANGHAI = ZoneInfo("Asia/Shanghai")
COFFEE = {"key": "coffee", "name": "十杯咖啡", "sku": "CUPS-10", "uses": 10, "valid_days": 30}


def test_a_sale_gives_the_uses_of_its_units_until_the_end_of_the_last_day() -> None:
    cards = CountCards.model_validate({"cards": [COFFEE, {"key": "cut", "name": "剪发", "sku": "CUTS-5", "uses": 5}]})
    sold_at = datetime(2026, 3, 10, 20, 0, tzinfo=SHANGHAI)
    lots = given(cards, {"CUPS-10": 2, "CUTS-5": 1, "TEA": 9}, sold_at=sold_at, zone=SHANGHAI)
    assert [(asset_of(lot.card.key), lot.uses, lot.expires_at) for lot in lots] == [
        ("uses:coffee", 20, datetime(2026, 4, 9, 16, 0, tzinfo=UTC)),
        ("uses:cut", 5, None),
    ]


@pytest.mark.parametrize(
    ("sold", "used", "left_over", "taken"), [(1, 0, 0, 10), (1, 3, 0, 7), (2, 3, 1, 10), (2, 15, 1, 5), (1, 10, 0, 0)]
)
def test_a_return_takes_away_what_is_unused_of_the_units_that_came_back(
    sold: int, used: int, left_over: int, taken: int
) -> None:
    stands = sold * 10
    assert stands - brought(due=left_over * 10, stands=stands, unused=stands - used) == taken


@examples(st.integers(0, 50), st.lists(st.integers(0, 50), max_size=6), st.data())
def test_where_a_sale_ends_does_not_depend_on_the_steps_that_led_there(
    first: int, steps: list[int], data: st.DataObject
) -> None:
    """Units come and go while uses are used; told twice is told once, and what was used is never taken."""
    stands, used = first, data.draw(st.integers(0, first))
    for due in [*steps, steps[-1] if steps else first]:
        stands = brought(due=due, stands=stands, unused=stands - used)
        assert stands == max(due, used)
        assert brought(due=due, stands=stands, unused=stands - used) == stands


@pytest.mark.parametrize(
    ("net_minor", "due", "refunded", "uses", "amount"),
    [
        (9_000, 10, 0, 7, 6_300),
        (10_000, 3, 0, 1, 3_333),
        (10_000, 3, 1, 1, 3_333),
        (10_000, 3, 2, 1, 3_334),
        (0, 5, 0, 5, 0),
    ],
)
def test_unused_uses_are_paid_out_at_their_share(
    net_minor: int, due: int, refunded: int, uses: int, amount: int
) -> None:
    assert Sold(net_minor=net_minor, due=due, refunded=refunded, unused=due - refunded).worth_minor(uses) == amount


@examples(st.integers(0, 10**9), st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_paid_out_in_parts_is_paid_out_at_once(net_minor: int, parts: list[int]) -> None:
    due = sum(parts)
    paid = sum(
        Sold(net_minor=net_minor, due=due, refunded=sum(parts[:at]), unused=due - sum(parts[:at])).worth_minor(part)
        for at, part in enumerate(parts)
    )
    assert paid == net_minor


def test_no_more_is_paid_out_than_is_unused_or_was_bought_and_not_paid_out_yet() -> None:
    told = [(10, 0, 7), (10, 4, 7), (10, 10, 3), (10, 12, 3)]
    found = [Sold(net_minor=1, due=due, refunded=refunded, unused=unused).refundable for due, refunded, unused in told]
    assert found == [7, 6, 0, 0]


def test_two_cards_of_one_name_or_of_the_same_goods_are_refused() -> None:
    for twice in ({**COFFEE, "sku": "OTHER"}, {**COFFEE, "key": "other"}):
        with pytest.raises(ValidationError, match=r"cards\.1\."):
            CountCards.model_validate({"cards": [COFFEE, twice]})
