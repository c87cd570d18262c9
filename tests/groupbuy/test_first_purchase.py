"""Whose first purchase was through a deal is told, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huike.customers.merging import services as merging
from huike.customers.models import Customer
from huike.groupbuy.events import FirstPurchase
from huike.groupbuy.models import Participation
from huike.groupbuy.orders import place_orders
from huike.kernel.scope import EVERYTHING
from huike.orders.models import Order
from huike.platform.audit import SYSTEM
from huike.platform.models import OutboxEvent
from tests.groupbuy.test_results import Shop
from tests.groupbuy.world import OPEN, deal, formed, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

LATER = OPEN + timedelta(hours=2)


def told() -> list[int | None]:
    events = OutboxEvent.objects.filter(name=FirstPurchase.name).order_by("pk")
    return list(events.values_list("customer_id", flat=True))


def test_it_names_deal_group_and_order_and_is_told_once() -> None:
    what = deal()
    group = formed(what, 1, 2)
    tell()
    tell()
    parts = list(Participation.objects.filter(group=group).order_by("customer_id"))
    assert told() == [part.customer_id for part in parts]
    event = OutboxEvent.objects.filter(name=FirstPurchase.name).earliest("pk")
    order = Order.objects.get(customer_id=parts[0].customer_id)
    assert event.payload == {
        "group_id": group.pk,
        "deal_id": what.pk,
        "participation_id": parts[0].pk,
        "order_id": order.pk,
    }
    assert event.occurred_at == group.ended_at
    formed(what, 1, 2, now=LATER)
    tell()
    assert len(told()) == 2


def test_whoever_bought_before_through_any_channel_is_not_new() -> None:
    what = deal()
    group = formed(what, 1, 2, 3)
    shop = Shop()
    by_till, cancelled, later = Participation.objects.filter(group=group).order_by("customer_id")
    shop.order(by_till.customer, OPEN - timedelta(days=1), 100)
    shop.order(cancelled.customer, OPEN - timedelta(days=1), 100, state="cancelled")
    shop.order(later.customer, OPEN + timedelta(microseconds=1), 100)
    tell()
    assert told() == [cancelled.customer_id, later.customer_id]


def test_an_order_that_is_cancelled_later_does_not_make_her_new_again() -> None:
    what = deal()
    formed(what, 1, 2)
    tell()
    Order.objects.update(state="cancelled")
    formed(what, 1, 2, now=LATER)
    tell()
    assert len(told()) == 2


def test_files_that_were_merged_are_one_customer() -> None:
    what = deal()
    formed(what, 1, 2)
    tell()
    Order.objects.update(state="cancelled")
    bought, other = Customer.objects.order_by("pk")[0], Customer.objects.create(name="B")
    merging.merge_customers(bought.pk, other.pk, survivor_id=other.pk, actor=SYSTEM, scope=EVERYTHING, now=OPEN)
    place_orders([formed(what, 1, 2, now=LATER).pk], now=LATER)
    assert len(told()) == 2
