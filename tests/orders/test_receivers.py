"""Shops tell their orders: signed, kept, understood; in any order and however often."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from huike.customers.models import Customer, Identity
from huike.orders.models import Line, Order, Payment, Receiver, ShopDelivery
from huike.orders.receivers import deliveries
from huike.orders.receivers.platforms import PLATFORMS
from huike.orders.rules import Kind
from huike.staff.rules import Role
from tests.orders.shops import (
    DAYS,
    Message,
    shop,
    shopify,
    shopify_order,
    shopify_refund,
    signature,
    woo_order,
    woocommerce,
    youzan,
    youzan_order,
)
from tests.people import Caller, api_key, code_of, signed_in
from tests.thoroughness import examples
from tests.tills import NOW, store

pytestmark = pytest.mark.django_db


def send(message: Message, receiver: Receiver, **changed: Any) -> Any:
    address = f"/in/{receiver.platform}/{receiver.source.key}"
    return Client().post(
        address,
        changed.pop("body", message.body),
        content_type="application/json",
        headers={**message.headers, **changed},
    )


def take_all() -> None:
    """What the worker would do now."""
    for delivery in ShopDelivery.objects.filter(state="waiting").order_by("pk"):
        deliveries.take(delivery.pk, now=NOW)


def tell(receiver: Receiver, *messages: Message) -> None:
    for message in messages:
        kept = deliveries.keep(receiver, message.headers, message.body, now=NOW)
        if kept is not None:
            deliveries.take(kept.pk, now=NOW)


def books() -> dict[str, Any]:
    """Everything a shop's day leaves behind, without the numbers of rows."""
    people = {
        pk: sorted(Identity.objects.filter(customer_id=pk).values_list("kind", "value"))
        for pk in Customer.objects.values_list("pk", flat=True)
    }
    orders = Order.objects.order_by("external_id")
    return {
        "orders": [
            (
                o.external_id, o.revision, o.content_sha256, o.kind, o.state, o.return_of_external_id,
                o.return_of and o.return_of.external_id, o.placed_at, o.currency, o.gross_minor, o.discount_minor,
                o.net_minor, people.get(o.customer_id or 0),
            )
            for o in orders
        ],
        "lines": list(
            Line.objects.order_by("order__external_id", "line_number").values_list(
                "order__external_id", "product__sku", "quantity", "gross_minor", "discount_minor"
            )
        ),
        "payments": list(
            Payment.objects.order_by("order__external_id").values_list("order__external_id", "tender", "amount_minor")
        ),
        "figures": sorted(
            (people[c.pk], c.orders_count, c.returns_count, c.spent_minor, c.first_order_at, c.last_order_at)
            for c in Customer.objects.all()
        ),
    }  # fmt: skip


@pytest.mark.parametrize("platform", sorted(DAYS))
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_day_ends_in_the_same_books_when_it_is_shuffled_and_repeated(platform: str, data: st.DataObject) -> None:
    day = DAYS[platform]()
    repeated = data.draw(st.lists(st.sampled_from(range(len(day))), max_size=6))
    shuffled = data.draw(st.permutations([*range(len(day)), *repeated]))
    with transaction.atomic():
        tell(shop(platform), *day)
        straight = books()
        assert set(ShopDelivery.objects.values_list("state", flat=True)) <= {"taken", "skipped"}
        transaction.set_rollback(True)
    with transaction.atomic():
        tell(shop(platform), *(day[index] for index in shuffled))
        assert books() == straight
        transaction.set_rollback(True)


def test_a_shopify_day_comes_to_these_books() -> None:
    tell(shop("shopify"), *DAYS["shopify"]())
    assert [
        (o.external_id, o.state, o.net_minor, o.return_of and o.return_of.external_id)
        for o in Order.objects.exclude(external_id="5003").order_by("external_id")
    ] == [
        ("5001", "placed", 2_350, None),
        ("5002", "cancelled", 2_350, None),
        ("refund-901", "placed", -925, "5001"),
        ("refund-902", "placed", -1_425, "5001"),
        ("refund-903", "cancelled", -2_350, "5002"),
    ]
    first = Customer.objects.get(pk=Order.objects.get(external_id="5001").customer_id or 0)
    assert (first.name, first.orders_count, first.returns_count, first.spent_minor) == ("Mei Lin", 1, 2, 0)
    gone = Customer.objects.get(pk=Order.objects.get(external_id="5002").customer_id or 0)
    assert (gone.orders_count, gone.returns_count, gone.spent_minor) == (0, 0, 0)
    back = Line.objects.filter(order__external_id="refund-902").values_list("product__sku", "quantity", "net_minor")
    assert [(sku, int(quantity), net) for sku, quantity, net in back] == [("TEA-1", -1, -925), ("refund", -1, -500)]


def test_a_woocommerce_day_comes_to_these_books() -> None:
    tell(shop("woocommerce"), *DAYS["woocommerce"]())
    assert list(Order.objects.order_by("external_id").values_list("external_id", "state", "net_minor")) == [
        ("301", "placed", 2_514),
        ("302", "cancelled", 1_454),
        ("303", "cancelled", 2_514),
        ("refund-801", "placed", -1_060),
        ("refund-802", "placed", -1_454),
    ]
    assert list(Order.objects.get(external_id="301").payments.values_list("tender", "amount_minor")) == [
        ("cash", 2_514)
    ]
    # "call me" is no telephone number, and loses no order.
    assert set(Identity.objects.values_list("kind", flat=True)) == {"external", "email"}


def test_a_youzan_day_comes_to_these_books() -> None:
    tell(shop("youzan"), *DAYS["youzan"]())
    assert list(Order.objects.order_by("external_id").values_list("external_id", "state", "net_minor")) == [
        ("E1", "placed", 2_300),
        ("E2", "cancelled", 2_300),
        ("E3", "placed", 2_300),
        ("refund-r1", "placed", -300),
        ("refund-r2", "cancelled", -2_300),
    ]
    assert Order.objects.get(external_id="E1").placed_at.hour == 18  # 02:00 the next day in Shanghai
    assert Identity.objects.filter(kind="phone", value="+8613900139001").exists()


@pytest.mark.parametrize("platform", sorted(DAYS))
def test_a_signed_message_is_kept_whole_and_taken_by_the_worker(platform: str) -> None:
    receiver, message = shop(platform), DAYS[platform]()[1]
    response = send(message, receiver)
    assert (response.status_code, response.content) == (200, PLATFORMS[platform].acknowledgement)
    assert send(message, receiver).status_code == 200
    kept = ShopDelivery.objects.get()
    assert (bytes(kept.body), kept.state) == (message.body, "waiting")
    assert not any("sign" in name or "hmac" in name for name in kept.headers)
    assert list(ProcrastinateJob.objects.values_list("task_name", "args")) == [
        ("orders.take_delivery", {"delivery_id": kept.pk})
    ]
    assert not Order.objects.exists()
    take_all()
    kept.refresh_from_db()
    assert (kept.state, kept.customer_id) == ("taken", Order.objects.get().customer_id)


@pytest.mark.parametrize("platform", sorted(DAYS))
def test_a_wrong_signature_is_refused_and_leaves_nothing(platform: str) -> None:
    receiver, message = shop(platform), DAYS[platform]()[1]
    unsigned = {name: value for name, value in message.headers.items() if "Topic" in name or "Type" in name}
    changed = send(message, receiver, body=message.body.replace(b"TEA-1", b"TEA-2"))
    assert (changed.status_code, code_of(changed)) == (401, "receiver.not_signed")
    assert send(Message(unsigned, message.body), receiver).status_code == 401
    other = Client().post(f"/in/{platform}/nobody", message.body, "application/json", headers=message.headers)
    assert (other.status_code, other.content) == (401, changed.content)
    assert not ShopDelivery.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_what_cannot_be_understood_is_kept_with_its_reason_and_taken_after_a_mend() -> None:
    receiver = shop("shopify")
    wrong = shopify_order(1, total_price="99.00")
    tell(receiver, shopify("orders/create", wrong, "a"), shopify("orders/create", {"id": 1}, "b"))
    failed = {d.delivery_id: (d.state, d.reason, d.reason_params) for d in ShopDelivery.objects.all()}
    assert failed["a"] == (
        "failed",
        "receiver.amounts_do_not_add_up",
        {"told_minor": 9_900, "counted_minor": 2_350, "currency": "CNY"},
    )
    assert failed["b"] == ("failed", "receiver.unmappable", {"where": "updated_at", "expected": "instant"})
    assert not Order.objects.exists()
    # The mend: here the body as it would be read by a mended mapping.
    ShopDelivery.objects.filter(delivery_id="a").update(body=shopify("", shopify_order(1), "").body)
    caller = signed_in(Role.OWNER)
    address = f"/sources/{receiver.pk}/deliveries"
    assert caller.get(f"{address}?state=failed").json()["total"] == 2
    answer = caller.post(f"{address}/replay", {"delivery_ids": None}, **{"Idempotency-Key": "1"})
    assert answer.json() == {"deliveries": 2}
    take_all()
    shown = caller.get(address).json()["items"]
    assert [(row["state"], row["object_key"]) for row in shown] == [("failed", ""), ("taken", "5001")]
    assert Order.objects.get().net_minor == 2_350


@pytest.mark.parametrize(
    ("currency", "price", "net_minor"), [("JPY", "1980", 1_980), ("KWD", "1.250", 1_250), ("CNY", "0.10", 10)]
)
def test_amounts_are_exact_in_every_currency(currency: str, price: str, net_minor: int) -> None:
    item = {"id": 1, "sku": "X", "title": "X", "price": price, "quantity": 1}
    told = shopify_order(1, currency=currency, total_price=price, line_items=[item], shipping_lines=[])
    tell(shop("shopify"), shopify("orders/create", told, "a"))
    order = Order.objects.get()
    assert (order.currency, order.net_minor) == (currency, net_minor)


def test_a_deleted_order_is_believed_only_of_a_body_that_says_nothing_else() -> None:
    receiver = shop("woocommerce")
    tell(receiver, woocommerce("order.created", woo_order(1), "a"))
    tell(receiver, woocommerce("order.deleted", woo_order(1), "b"))
    assert Order.objects.get().state == "placed"
    tell(receiver, woocommerce("order.deleted", {"id": 301}, "c"))
    assert Order.objects.get().state == "cancelled"


def test_tests_and_unpaid_orders_are_skipped_with_their_reason() -> None:
    tell(shop("shopify"), shopify("orders/create", shopify_order(1, test=True), "a"))
    tell(shop("woocommerce"), woocommerce("order.created", woo_order(1, status="pending"), "a"))
    tell(shop("youzan"), youzan("trade_TradePaid", youzan_order(1), test=True), youzan("item_Update", {}))
    assert list(ShopDelivery.objects.order_by("pk").values_list("state", "reason")) == [
        ("skipped", "test"),
        ("skipped", "not_paid"),
        ("skipped", "test"),
        ("skipped", "other_topic"),
    ]
    assert not Order.objects.exists()


def test_a_refund_without_money_takes_the_goods_off_an_unpaid_order() -> None:
    removed = {**shopify_refund(1, 901, made=5, amount="0"), "transactions": []}
    tell(shop("shopify"), shopify("refunds/create", removed, "a"))
    back = Order.objects.get()
    assert (back.kind, back.net_minor, back.return_of_id, back.customer_id) == (Kind.RETURN, -925, None, None)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_NAMES = sorted({*shopify_order(), *woo_order(), *shopify_refund(1, 1, made=1, amount="1"), "msg", "type"})


@pytest.mark.parametrize("platform", sorted(DAYS))
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(_NAMES), value=_JSON, number=st.integers(0, 50), raw=st.binary(max_size=40))
def test_nonsense_with_a_right_signature_never_breaks_anything(
    platform: str, name: str, value: Any, number: int, raw: bytes
) -> None:
    with transaction.atomic():
        receiver = shop(platform)
        if platform == "shopify":
            topic = PLATFORMS[platform].topics[number % 4]
            base = shopify_refund(1, 1, made=1, amount="1") if "refund" in topic else shopify_order(1)
            odd = shopify(topic, {**base, name: value}, "a")
        elif platform == "woocommerce":
            odd = woocommerce(PLATFORMS[platform].topics[number % 3], {**woo_order(1), name: value}, "a")
        else:
            odd = youzan("trade_TradePaid", {**youzan_order(1), name: value}, **({name: value} if number % 2 else {}))
        tell(receiver, odd)
        signed = Message({**odd.headers, "X-Shopify-Hmac-Sha256": signature(raw)}, raw)
        assert send(signed, receiver).status_code in {200, 401}
        take_all()
        assert set(ShopDelivery.objects.values_list("state", flat=True)) <= {"taken", "skipped", "failed"}
        transaction.set_rollback(True)


def test_the_door_answers_odd_requests_without_a_breakdown() -> None:
    receiver = shop("woocommerce")
    address = f"/in/woocommerce/{receiver.source.key}"
    assert Client().post(address, b"webhook_id=7", "application/x-www-form-urlencoded").status_code == 200
    assert not ShopDelivery.objects.exists()
    assert Client().get(address).status_code == 405
    assert Client().post(address, b"x" * (2 * 1024 * 1024 + 1), "application/json").status_code == 413
    assert Client().post("/in/nothing/here", b"", "application/json").status_code == 401
    assert Client().post("/in/shopify/%00%ff", b"", "application/json").status_code in {400, 401, 404}


def test_only_who_sees_the_whole_house_connects_a_shop_and_no_answer_shows_its_secret() -> None:
    receiver = shop("youzan")
    address = f"/sources/{receiver.pk}/receiver"
    limited = Caller(key=api_key({"behaviour.manage"}, store_id=store().pk))
    for closed in (address, f"/sources/{receiver.pk}/deliveries"):
        assert code_of(limited.get(closed)) == "receiver.whole_house_only"
    owner = signed_in(Role.OWNER)
    shown = owner.get(address)
    assert shown.json()["address"].endswith(f"/in/youzan/{receiver.source.key}")
    assert b"shpss" not in shown.content
    assert "shpss" not in Receiver.objects.get().sealed_secret
    assert code_of(owner.call("PUT", address, {"platform": "youzan", "secret": "x"})) == "receiver.client_id_missing"
    kept = owner.call("PUT", address, {"platform": "youzan", "client_id": "c2"})
    assert kept.json()["client_id"] == "c2"
    assert code_of(owner.get("/sources/999/receiver")) == "receiver.not_found"
    assert owner.call("DELETE", address).status_code == 204
    assert not Receiver.objects.exists()
