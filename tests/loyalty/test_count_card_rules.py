"""What a sale of count cards gives and a return takes back: docs/algorithms/count-cards.md."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from huike.loyalty.count_cards.rules import given, void_on_return
from huike.loyalty.terms.count_cards import CountCards

SHANGHAI = ZoneInfo("Asia/Shanghai")
COFFEE = {"key": "coffee", "name": "十杯咖啡", "sku": "CUPS-10", "uses": 10, "valid_days": 30}


def test_a_sale_gives_the_uses_of_its_units_until_the_end_of_the_last_day() -> None:
    cards = CountCards.model_validate({"cards": [COFFEE, {"key": "cut", "name": "剪发", "sku": "CUTS-5", "uses": 5}]})
    sold_at = datetime(2026, 3, 10, 20, 0, tzinfo=SHANGHAI)
    lots = given(cards, {"CUPS-10": 2, "CUTS-5": 1, "TEA": 9}, sold_at=sold_at, zone=SHANGHAI)
    assert [(lot.card.asset, lot.uses, lot.expires_at) for lot in lots] == [
        ("uses:coffee", 20, datetime(2026, 4, 9, 16, 0, tzinfo=UTC)),
        ("uses:cut", 5, None),
    ]


@pytest.mark.parametrize(
    ("sold", "used", "left_over", "taken"), [(1, 0, 0, 10), (1, 3, 0, 7), (2, 3, 1, 10), (2, 15, 1, 5), (1, 10, 0, 0)]
)
def test_a_return_takes_away_what_is_unused_of_the_units_that_came_back(
    sold: int, used: int, left_over: int, taken: int
) -> None:
    unused = sold * 10 - used
    assert void_on_return(uses_per_unit=10, units_sold=sold, units_left=left_over, unused=unused) == taken


def test_two_cards_of_one_name_or_of_the_same_goods_are_refused() -> None:
    for twice in ({**COFFEE, "sku": "OTHER"}, {**COFFEE, "key": "other"}):
        with pytest.raises(ValidationError, match=r"cards\.1\."):
            CountCards.model_validate({"cards": [COFFEE, twice]})
