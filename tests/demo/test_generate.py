"""The demo brand's generator: repeatable, whole, and shaped like a business."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from huike.demo.generate import GROUP_BUY, TILL, WECHAT, DemoData, generate

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def brand() -> DemoData:
    return generate(seed=7, as_of=AS_OF, customers_count=4_000, zone=ZONE)


def test_the_same_seed_gives_the_same_brand(brand: DemoData) -> None:
    assert generate(seed=7, as_of=AS_OF, customers_count=4_000, zone=ZONE) == brand


def test_another_seed_gives_another_brand(brand: DemoData) -> None:
    assert generate(seed=8, as_of=AS_OF, customers_count=4_000, zone=ZONE).orders[:50] != brand.orders[:50]


def test_nothing_happens_after_the_instant_asked_for(brand: DemoData) -> None:
    assert max(order.placed_at for order in brand.orders) <= AS_OF
    assert max(person.joined_at for person in brand.customers) <= AS_OF
    assert max(consent.given_at for consent in brand.consents) <= AS_OF


def test_everyone_joined_with_their_first_order(brand: DemoData) -> None:
    first: dict[int, datetime] = {}
    for order in brand.orders:
        if order.customer is not None and order.returned is None:
            first[order.customer] = min(order.placed_at, first.get(order.customer, order.placed_at))
    assert len(first) == len(brand.customers)
    assert all(brand.customers[i].joined_at == placed_at for i, placed_at in first.items())


def test_order_numbers_are_unique(brand: DemoData) -> None:
    numbers = [(order.source, order.external_id) for order in brand.orders]
    assert len(set(numbers)) == len(numbers)


def test_a_return_takes_back_exactly_what_its_order_sold(brand: DemoData) -> None:
    returns = [order for order in brand.orders if order.returned is not None]
    assert returns
    for taken_back in returns:
        sale = brand.orders[taken_back.returned or 0]
        assert taken_back.customer == sale.customer
        assert taken_back.placed_at > sale.placed_at
        assert [
            (line.product, -line.quantity, -line.gross_minor, -line.discount_minor) for line in taken_back.lines
        ] == [(line.product, line.quantity, line.gross_minor, line.discount_minor) for line in sale.lines]


def test_group_buy_brings_more_people_who_never_return_than_wechat(brand: DemoData) -> None:
    orders = Counter(o.customer for o in brand.orders if o.customer is not None and o.returned is None)

    def once_share(source: int) -> float:
        people = [i for i, person in enumerate(brand.customers) if person.source == source]
        return sum(orders[i] == 1 for i in people) / len(people)

    assert once_share(GROUP_BUY) > once_share(TILL) > once_share(WECHAT)


def test_mid_autumn_sells_more_than_the_weeks_after_it(brand: DemoData) -> None:
    def orders_between(start: datetime, end: datetime) -> int:
        return sum(start <= order.placed_at < end for order in brand.orders)

    # Mid-Autumn fell on 2025-10-06
    before = orders_between(datetime(2025, 9, 26, tzinfo=UTC), datetime(2025, 10, 6, tzinfo=UTC))
    after = orders_between(datetime(2025, 10, 16, tzinfo=UTC), datetime(2025, 10, 26, tzinfo=UTC))
    assert before > after * 1.2


def test_nobody_who_said_no_is_recorded_as_agreeing_later(brand: DemoData) -> None:
    said_no = {(c.customer, c.channel) for c in brand.consents if c.state == "denied"}
    said_yes = {(c.customer, c.channel) for c in brand.consents if c.state == "granted"}
    assert not said_no & said_yes
