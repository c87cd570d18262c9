"""Supplies follow orders and products, whatever is told when; days are told once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from huike.catalog.models import Brand, Category, Product
from huike.customers import timeline
from huike.customers.models import Customer, Source
from huike.lake.engines.postgres import about_customer
from huike.orders.models import Line, Order
from huike.platform.models import OutboxEvent
from huike.predictions.loop import catch_up
from huike.predictions.models import Supply, UsedUp
from huike.predictions.services import refresh, tell_used_up
from huike.segments import expression
from huike.segments.meaning.moment import Moment
from huike.segments.selectors import read_rule
from tests.segments.test_meaning import ZONE

NOVEMBER = datetime(2026, 11, 1, 4, tzinfo=UTC)  # noon in Shanghai
DAY = timedelta(days=1)


def till() -> Source:
    source, _ = Source.objects.get_or_create(
        key="till", defaults={"name": "Till", "timezone": "Asia/Shanghai", "currency": "CNY"}
    )
    return source


def order(customer: Customer | None, product: Product, quantity: str = "1", *, at: datetime = NOVEMBER,
          of: Order | None = None, **more: Any) -> Order:  # fmt: skip
    kind = "sale" if not quantity.startswith("-") else "return"
    made = Order.objects.create(
        source=till(), external_id=str(Order.objects.count()), content_sha256="", kind=kind, channel="pos",
        customer=customer, placed_at=at, currency="CNY", gross_minor=0, net_minor=0, return_of=of, **more,
    )  # fmt: skip
    Line.objects.create(
        order=made, line_number=1, product=product, quantity=Decimal(quantity), gross_minor=0, net_minor=0
    )
    return made


def days(customer: Customer) -> list[str]:
    return [row.used_up_on.isoformat() for row in Supply.objects.filter(customer=customer).order_by("used_up_on", "pk")]


@pytest.fixture
def cream(db: None) -> Product:
    return Product.objects.create(sku="CREAM", name="面霜", usage_days=30)


@pytest.fixture
def her(db: None) -> Customer:
    return Customer.objects.create(name="王芳")


def test_supplies_say_what_the_orders_say(her: Customer, cream: Product) -> None:
    other = Product.objects.create(sku="CUP")
    sale = order(her, cream, "3")
    order(her, other)
    refresh([her.pk])
    assert days(her) == ["2027-01-30"]

    order(her, cream, "-2", at=NOVEMBER + DAY, of=sale)
    order(her, cream, at=NOVEMBER + 19 * DAY)
    order(her, cream, at=NOVEMBER + 5 * DAY, state="cancelled")
    refresh([her.pk])
    assert days(her) == ["2026-12-31"]

    order(her, cream, at=datetime(2026, 9, 30, 23, 30, tzinfo=UTC))
    order(None, cream)
    refresh([her.pk])
    # 1 October in Shanghai; a purchase told late is judged by its day.
    assert days(her) == ["2026-10-31", "2026-12-31"]
    first = Supply.objects.filter(customer=her).earliest("used_up_on")
    assert first.used_up_at == datetime(2026, 10, 30, 16, tzinfo=UTC)
    assert first.bought_at == NOVEMBER
    assert refresh([her.pk]) == 0


def test_a_sample_is_followed_by_what_it_is_a_sample_of(her: Customer) -> None:
    whole = Product.objects.create(sku="SERUM")
    sample = Product.objects.create(sku="SERUM-S", usage_days=7, sample_of=whole)
    order(her, whole, at=NOVEMBER - 9 * DAY)
    order(her, sample)
    refresh([her.pk])
    (supply,) = Supply.objects.filter(customer=her)
    assert (supply.used_up_on, supply.bought_at) == (date(2026, 11, 8), None)

    order(her, whole, at=NOVEMBER + 10 * DAY)
    refresh([her.pk])
    supply.refresh_from_db()
    assert supply.bought_at == NOVEMBER + 10 * DAY


def test_each_day_is_told_once_whatever_moves(her: Customer, cream: Product) -> None:
    whole = Product.objects.create(sku="SERUM")
    sample = Product.objects.create(sku="SERUM-S", usage_days=30, sample_of=whole)
    sale = order(her, cream)
    order(her, sample)
    order(her, cream, at=NOVEMBER - 60 * DAY)  # used up long ago: no news
    refresh([her.pk])
    assert tell_used_up(now=datetime(2026, 11, 30, 15, 59, tzinfo=UTC)) == 0

    now = datetime(2026, 11, 30, 16, tzinfo=UTC)  # 1 December begins in Shanghai
    assert (tell_used_up(now=now), tell_used_up(now=now)) == (2, 0)
    told = {row.name: (row.customer_id, row.payload) for row in OutboxEvent.objects.order_by("pk")}
    assert told == {
        "predictions.replenishment_due": (her.pk, {"product_id": cream.pk, "used_up_on": "2026-12-01"}),
        "predictions.sample_used_up": (
            her.pk,
            {"product_id": sample.pk, "sample_of_id": whole.pk, "used_up_on": "2026-12-01", "has_bought": False},
        ),
    }
    shown = timeline.page(her.pk, kinds=["used_up"], cursor=None, limit=10).items
    assert {(entry.title_code, entry.params["product"]) for entry in shown} == {
        ("timeline.used_up.product", "面霜"), ("timeline.used_up.sample", "SERUM-S"),
    }  # fmt: skip

    Order.objects.filter(pk=sale.pk).update(state="cancelled")
    refresh([her.pk])
    Order.objects.filter(pk=sale.pk).update(state="placed")
    refresh([her.pk])
    assert "2026-12-01" in days(her)
    assert tell_used_up(now=now + DAY) == 0
    assert UsedUp.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_loop_follows_orders_their_owners_and_products() -> None:
    cream = Product.objects.create(sku="CREAM")
    her, him = (Customer.objects.create(name=name) for name in ("her", "him"))
    sale = order(her, cream)

    def caught_up() -> None:
        while catch_up():
            pass

    caught_up()
    assert days(her) == []
    Product.objects.filter(pk=cream.pk).update(usage_days=30)
    caught_up()
    assert days(her) == ["2026-12-01"]
    Order.objects.filter(pk=sale.pk).update(customer=him)
    caught_up()
    assert (days(her), days(him)) == ([], ["2026-12-01"])
    with transaction.atomic():
        Line.objects.filter(order=sale).update(quantity=2)
        Order.objects.filter(pk=sale.pk).update(revision=1)
    caught_up()
    assert days(him) == ["2026-12-31"]
    Product.objects.filter(pk=cream.pk).update(usage_days=None)
    caught_up()
    assert days(him) == []


def asked(customer: Customer, window: dict[str, Any], *where: dict[str, Any], at: datetime) -> bool:
    node = {"verb": "used_up", "measure": "count", "op": "gte", "value": 1, "where": list(where), "window": window}
    rule = read_rule({"version": 1, "as_of": None, "root": {"supply": node}})
    with about_customer(customer.pk) as reading:
        return reading.count(expression.matching_among(rule, Moment(at, ZONE), [customer.pk])) == 1


def test_rules_ask_by_product_sample_category_and_brand(her: Customer) -> None:
    skin = Category.objects.create(name="Skin")
    serums = Category.objects.create(name="Serums", parent=skin)
    brand = Brand.objects.create(name="B")
    whole = Product.objects.create(sku="SERUM", category=serums, brand=brand)
    sample = Product.objects.create(sku="SERUM-S", usage_days=30, sample_of=whole)
    order(her, sample)
    refresh([her.pk])
    before, after = NOVEMBER + 25 * DAY, NOVEMBER + 31 * DAY  # used up on 1 December
    soon, late = {"next": {"n": 5, "unit": "days"}}, {"last": {"n": 2, "unit": "days"}}

    assert asked(her, soon, at=before)
    assert not asked(her, soon, at=before - DAY)
    assert not asked(her, late, at=before)
    assert asked(her, late, at=after)
    for where, holds in (
        ({"field": "product", "op": "eq", "value": sample.pk}, True),
        ({"field": "product", "op": "eq", "value": whole.pk}, False),
        ({"field": "sample_of", "op": "eq", "value": whole.pk}, True),
        ({"field": "sample_of", "op": "is_not_set"}, False),
        ({"field": "category", "op": "contains", "value": skin.pk}, True),
        ({"field": "brand", "op": "in", "value": [brand.pk]}, True),
        ({"field": "bought", "op": "eq", "value": False}, True),
    ):
        assert asked(her, soon, where, at=before) == holds, where
    order(her, whole, at=before - DAY)
    refresh([her.pk])
    bought = {"field": "bought", "op": "eq", "value": True}
    assert asked(her, soon, bought, at=before)
    assert not asked(her, late, {**bought, "value": False}, at=after)
