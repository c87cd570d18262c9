"""Carts told from events, abandoned, recovered."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from huike.behaviour import cart_upkeep, carts
from huike.behaviour.carts import CartEvent
from huike.behaviour.models import Cart
from huike.customers.models import Customer
from huike.platform.models import OutboxEvent
from tests.behaviour.world import NOW, cart_event, identify, known_as, send, shop


def told(*events: tuple[int, str, dict[str, Any]]) -> list[carts.Cart]:
    return carts.tell(
        [CartEvent(NOW + timedelta(minutes=at), n, name, said) for n, (at, name, said) in enumerate(events)],
        default_currency="CNY",
    )


def shown(cart: carts.Cart) -> dict[str, tuple[int, int | None]]:
    return {line.key: (line.quantity, line.price_minor) for line in cart.lines.values()}


def test_a_cart_adds_up_what_was_added_and_removed() -> None:
    (cart,) = told(
        (0, "Product Added", {"sku": "T1", "price": 12.5, "quantity": 2, "name": "乌龙茶"}),
        (1, "Product Added", {"product_id": "T2", "price": "8"}),
        (2, "Product Removed", {"sku": "T1"}),
        (3, "Product Added", {"sku": "T1", "quantity": "3"}),
        (4, "Product Removed", {"sku": "T1", "quantity": 1}),
        (5, "Product Removed", {"sku": "never there"}),
    )
    assert shown(cart) == {"T2": (1, 800), "T1": (2, None)}
    assert (cart.items_count, cart.value_minor, cart.currency) == (3, None, "CNY")


def test_a_stated_cart_replaces_and_the_currency_decides_the_minor_unit() -> None:
    (cart,) = told(
        (0, "Product Added", {"sku": "T1", "price": 5}),
        (1, "Checkout Started", {"currency": "jpy", "products": [{"sku": "T9", "price": 1200, "quantity": 2}, 5]}),
    )
    assert shown(cart) == {"T9": (2, 1200)}
    assert (cart.value_minor, cart.currency, cart.checkout_at) == (2400, "JPY", NOW + timedelta(minutes=1))


def test_an_order_ends_a_cart_and_the_next_event_begins_another() -> None:
    first, second = told(
        (0, "Product Added", {"sku": "T1"}),
        (1, "Order Completed", {}),
        (2, "Order Completed", {}),
        (3, "Product Added", {"sku": "T2"}),
    )
    assert (shown(first), first.ordered_at) == ({"T1": (1, None)}, NOW + timedelta(minutes=1))
    assert (shown(second), second.ordered_at) == ({"T2": (1, None)}, None)


@pytest.mark.parametrize(
    "odd", [{}, {"sku": None}, {"sku": "T", "quantity": "many"}, {"sku": True}, {"name": "\x00"}, {"products": "x"}]
)
def test_odd_products_do_no_harm(odd: dict[str, Any]) -> None:
    for name in carts.CART_EVENTS:
        told((0, name, odd), (1, name, {"products": [odd, None], "currency": 7, "price": float("inf"), **odd}))


moves = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(carts.CART_EVENTS),
        st.fixed_dictionaries({"sku": st.sampled_from(["A", "B"]), "quantity": st.integers(0, 3)}),
    ),
    max_size=12,
)


@given(moves=moves, data=st.data())
def test_carts_are_the_same_in_whatever_order_their_events_arrive(moves: list[Any], data: st.DataObject) -> None:
    events = [CartEvent(NOW + timedelta(minutes=at), n, name, said) for n, (at, name, said) in enumerate(moves)]
    shuffled = data.draw(st.permutations(events))
    assert carts.tell(events, default_currency="CNY") == carts.tell(shuffled, default_currency="CNY")


def announced(name: str) -> list[tuple[int | None, int]]:
    rows = OutboxEvent.objects.filter(name=f"behaviour.{name}").order_by("id")
    return [(row.customer_id, row.payload["cart_id"]) for row in rows]


def after(minutes: float) -> Any:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.django_db
def test_a_cart_is_abandoned_once_for_each_idle_stretch() -> None:
    shop(cart_idle_minutes=30)
    send(cart_event("Product Added", 0, sku="T1"), at=after(1))
    cart_upkeep.sweep(now=after(29))
    assert announced("cart_abandoned") == []
    for minutes in (30, 31, 90):
        cart_upkeep.sweep(now=after(minutes))
    cart = Cart.objects.get()
    assert announced("cart_abandoned") == [(None, cart.pk)]
    send(cart_event("Product Added", 100, sku="T1"), at=after(101))
    cart.refresh_from_db()
    assert (cart.abandoned_at, cart.items_count) == (None, 2)
    cart_upkeep.sweep(now=after(130))
    assert len(announced("cart_abandoned")) == 2


@pytest.mark.django_db
def test_a_late_word_about_the_time_before_begins_no_new_stretch() -> None:
    send(cart_event("Product Added", 0, sku="T1"), at=after(1))
    cart_upkeep.sweep(now=after(61))
    send(cart_event("Product Added", -5, sku="T2"), at=after(62))
    cart_upkeep.sweep(now=after(200))
    assert len(announced("cart_abandoned")) == 1
    assert Cart.objects.get().items_count == 2


@pytest.mark.django_db
def test_an_empty_cart_is_not_abandoned_and_an_old_one_is_not_told() -> None:
    send(cart_event("Product Added", 0, sku="T1"), cart_event("Product Removed", 1, sku="T1"), at=after(2))
    send(cart_event("Product Added", 0, who="a2", sku="T1"), at=after(3 * 24 * 60))
    assert cart_upkeep.sweep(now=after(3 * 24 * 60)) == 1
    assert announced("cart_abandoned") == []


@pytest.mark.django_db
def test_an_abandoned_cart_is_recovered_by_the_event_of_an_order() -> None:
    send(cart_event("Product Added", 0, sku="T1"), at=after(1))
    cart_upkeep.sweep(now=after(61))
    send(cart_event("Order Completed", 70), at=after(71))
    cart = Cart.objects.get()
    assert (cart.end, cart.recovered, cart.ended_at) == ("ordered", True, after(70))
    assert announced("cart_recovered") == [(None, cart.pk)]


@pytest.mark.django_db
def test_an_abandoned_cart_is_recovered_by_an_order_anywhere() -> None:
    li = known_as("u1", source=shop().source)
    send({**cart_event("Product Added", 0, sku="T1"), "userId": "u1"}, at=after(1))
    cart_upkeep.sweep(now=after(61))
    Customer.objects.filter(pk=li.pk).update(last_order_at=after(80))
    cart_upkeep.sweep(now=after(81))
    assert announced("cart_recovered") == [(li.pk, Cart.objects.get().pk)]
    send({**cart_event("Product Added", 90, sku="T2"), "userId": "u1"}, at=after(91))
    assert Cart.objects.filter(ended_at=None).get().lines[0]["sku"] == "T2"


@pytest.mark.django_db
def test_a_strangers_cart_becomes_part_of_hers_when_she_is_known() -> None:
    li = known_as("u1", source=shop().source)
    send({**cart_event("Product Added", 0, sku="T1"), "userId": "u1"}, at=after(1))
    send(cart_event("Product Added", 1, who="a9", sku="T2"), at=after(2))
    assert Cart.objects.count() == 2
    send({**identify("u1"), "anonymousId": "a9"}, at=after(3))
    cart = Cart.objects.get()
    assert cart.customer_id == li.pk
    assert {line["sku"] for line in cart.lines} == {"T1", "T2"}


@pytest.mark.django_db
def test_the_cart_ends_the_same_when_the_deliveries_are_shuffled() -> None:
    days = [
        cart_event("Product Added", 0, sku="A", price=3),
        cart_event("Product Added", 1, sku="B", price=4),
        cart_event("Product Removed", 2, sku="A"),
        cart_event("Checkout Started", 3),
    ]
    ends = []
    for number, order in enumerate(([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1])):
        for step in order:
            send({**days[step], "anonymousId": f"s{number}", "messageId": f"{number}-{step}"}, at=after(10))
        cart = Cart.objects.order_by("-id")[0]
        ends.append((cart.lines, cart.value_minor, cart.checkout_at, cart.last_activity_at, cart.began_at))
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.django_db
def test_the_indexes_of_cart_events_know_every_event_carts_are_told_from() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'cart_event_of_%'")
        found = dict(cursor.fetchall())
    assert set(found) == {"cart_event_of_customer", "cart_event_of_visitor"}
    for definition in found.values():
        assert set(re.findall(r"'([A-Z][A-Za-z ]+)'", definition)) == set(carts.CART_EVENTS)
