"""A till sells: over HTTP, with coupons, twice, and when something is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from huike.customers.models import Customer
from huike.orders.models import Order
from huike.platform.audit import SYSTEM
from huike.platform.models import IdempotencyKey, OutboxEvent
from huike.promotions import services as promotions
from huike.promotions.models import Coupon
from huike.promotions.offers.services import end_offer
from tests.people import Caller, api_key, code_of
from tests.promotions.test_coupons import active_offer
from tests.tills import NOW, all_at_once, figures, order, phone, place, store, till

PHONE = {"phone": "138 1234 5678", "name": "王小明"}


def body(external_id: str = "A-1", **told: Any) -> dict[str, Any]:
    """Three teas at 3.33 for a customer known by her phone."""
    return {
        "source": "till-1",
        "external_id": external_id,
        "placed_at": NOW.isoformat(),
        "channel": "pos",
        "currency": "CNY",
        "customer": PHONE,
        "lines": [{"sku": f"TEA-{n}", "name": "茶", "quantity": "1", "unit_price": "3.33"} for n in range(3)],
        **told,
    }


def till_caller(store_id: int | None = None) -> Caller:
    till()
    return Caller(key=api_key({"orders.write", "offers.read"}, store_id=store_id))


def sell(caller: Caller, told: dict[str, Any], key: str = "k1") -> Any:
    return caller.call("POST", "/orders", told, **{"Idempotency-Key": key})


def answer(response: Any) -> Any:
    return json.loads(response.content)


def her_coupon(**terms: Any) -> Coupon:
    """A coupon of ten percent for the customer with the phone above."""
    customer_id = place(order("A-0", buyer=phone())).customer_id
    offer = active_offer(**terms)
    promotions.issue(offer.pk, [customer_id or 0], reason="campaign:1", now=NOW)
    return Coupon.objects.get(offer=offer)


@pytest.mark.django_db
def test_a_sale_answers_with_customer_order_and_coupons() -> None:
    caller, coupon = till_caller(), her_coupon()
    response = sell(caller, body(coupons=[coupon.code.lower()], payments=[{"tender": "wallet", "amount_minor": 899}]))
    assert response.status_code == 201, response.content
    got = answer(response)
    assert got["order"]["net"] == {"amount_minor": 899, "currency": "CNY"}
    assert [line["discount_minor"] for line in got["order"]["lines"]] == [34, 33, 33]
    assert got["coupons"] == [
        {"code": coupon.code, "offer_name": "回来喝茶", "discount_minor": 100, "state": "redeemed"}
    ]
    assert (got["customer_id"], got["customer_created"], got["result"]) == (coupon.customer_id, False, "create")
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_id, coupon.discount_minor) == ("redeemed", got["order"]["id"], 100)
    assert figures(coupon.customer_id) == (2, 0, 1_899, "CNY")
    names = list(OutboxEvent.objects.order_by("pk").values_list("name", flat=True))
    assert names[-3:] == ["orders.order_placed", "promotions.coupon_redeemed", "promotions.offer_applied"]


@pytest.mark.django_db
def test_the_same_request_again_gets_the_first_answer() -> None:
    caller, coupon = till_caller(), her_coupon()
    told = body(coupons=[coupon.code])
    first, again = sell(caller, told), sell(caller, told)
    assert (again.status_code, answer(again)) == (201, answer(first))
    assert again["Idempotent-Replayed"] == "true"
    assert code_of(sell(caller, body("A-2"))) == "idempotency.key_reused"
    assert Order.objects.count() == 2


@pytest.mark.django_db
def test_the_same_order_under_another_key_changes_nothing_and_says_so() -> None:
    caller, coupon = till_caller(), her_coupon()
    first = answer(sell(caller, body(coupons=[coupon.code])))
    again = answer(sell(caller, body(coupons=[coupon.code]), "k2"))
    assert (again["result"], again["order"], again["coupons"]) == ("keep", first["order"], first["coupons"])
    assert figures(coupon.customer_id) == (2, 0, 1_899, "CNY")


@pytest.mark.django_db
def test_a_sale_without_a_buyer_belongs_to_the_owner_of_its_coupon() -> None:
    caller, coupon = till_caller(), her_coupon()
    got = answer(sell(caller, body(customer=None, coupons=[coupon.code])))
    assert (got["customer_id"], got["order"]["net"]["amount_minor"]) == (coupon.customer_id, 899)


@pytest.mark.django_db
def test_a_newer_revision_without_the_coupon_gives_it_back_and_with_it_keeps_it() -> None:
    caller, coupon = till_caller(), her_coupon()
    sell(caller, body(coupons=[coupon.code]))
    end_offer(coupon.offer_id, actor=SYSTEM)
    fewer = body(coupons=[coupon.code], revision=1, lines=body()["lines"][:1])
    got = answer(sell(caller, fewer, "k2"))
    assert (got["result"], got["replaced"], got["order"]["net"]["amount_minor"]) == ("replace", True, 300)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.discount_minor) == ("redeemed", 33)
    got = answer(sell(caller, body(revision=2), "k3"))
    assert got["coupons"] == []
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_id, coupon.discount_minor) == ("issued", None, None)
    assert figures(coupon.customer_id) == (2, 0, 1_999, "CNY")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("terms", "told", "code", "status"),
    [
        ({}, {"coupons": ["NOSUCHCODE"]}, "coupon.not_found", 404),
        ({}, {"customer": {"phone": "13912345678"}}, "coupon.not_yours", 409),
        ({"least_spend_minor": 1_000}, {}, "offer.min_spend", 409),
        ({"least_spend_minor": 1_000}, {"currency": "USD"}, "offer.wrong_currency", 409),
        ({"store_ids": ["elsewhere"]}, {}, "offer.wrong_store", 409),
        ({"starts_at": NOW.replace(year=2027)}, {}, "offer.not_started", 409),
        ({"valid_days": 0}, {"placed_at": NOW.replace(hour=16).isoformat()}, "coupon.expired", 409),
        ({}, {"payments": [{"tender": "cash", "amount_minor": 999}]}, "order.payments_do_not_add_up", 422),
        ({}, {"store_code": "nowhere"}, "order.store_unknown", 422),
        ({}, {"source": "nowhere"}, "order.source_unknown", 422),
        ({}, {"customer": {"id": 10**9}}, "customer.not_found", 404),
        ({}, {"customer": {"phone": "12"}}, "customer.phone_invalid", 422),
        ({}, {"placed_at": "1911-10-10T00:00:00Z"}, "order.invalid", 422),
    ],
)
def test_a_refused_sale_leaves_nothing_behind(
    terms: dict[str, Any], told: dict[str, Any], code: str, status: int
) -> None:
    if "store_ids" in terms:
        terms = {"store_ids": (store("SH99").pk,)}
    caller, coupon = till_caller(), her_coupon(**terms)
    events, people = OutboxEvent.objects.count(), Customer.objects.count()
    response = sell(caller, body(**{"coupons": [coupon.code], **told}))
    assert (response.status_code, code_of(response)) == (status, code), response.content
    coupon.refresh_from_db()
    assert coupon.state == "issued"
    assert list(Order.objects.values_list("external_id", flat=True)) == ["A-0"]
    assert (OutboxEvent.objects.count(), Customer.objects.count()) == (events, people)
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "told",
    [
        {"lines": []},
        {"lines": [{"sku": "A", "quantity": "-1", "unit_price": "1"}]},
        {"lines": [{"sku": "A", "quantity": "1.0001", "unit_price": "1"}]},
        {"lines": [{"sku": "A", "quantity": "1", "unit_price": "-0.01"}]},
        {"lines": [{"sku": "A", "quantity": "NaN", "unit_price": "1"}]},
        {"lines": [{"sku": "A", "quantity": "1", "unit_price": "1e400"}]},
        {"lines": [{"sku": "A", "quantity": "1", "unit_price": "1", "discount_minor": 101}]},
        {"placed_at": "2026-11-22T00:00:00"},
        {"placed_at": "0001-01-01T00:00:00+14:00"},
        {"currency": "cny"},
        {"kind": "gift"},
        {"unheard": 1},
        {"revision": -1},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(told: dict[str, Any]) -> None:
    caller = till_caller()
    response = sell(caller, body(**told))
    assert response.status_code == 422, response.content
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_a_quote_says_what_each_line_comes_to_and_stores_nothing() -> None:
    caller, coupon = till_caller(), her_coupon()
    dear = active_offer(least_spend_minor=5_000)
    promotions.issue(dear.pk, [coupon.customer_id or 0], reason="campaign:1", now=NOW)
    too_dear = Coupon.objects.get(offer=dear)
    events = OutboxEvent.objects.count()
    asked = body("A-9", coupons=[coupon.code, too_dear.code, "NOPE"], customer={"phone": "13812345678"})
    response = caller.post("/checkout/quote", asked)
    assert response.status_code == 200, response.content
    got = answer(response)
    assert [(line["gross_minor"], line["discount_minor"], line["net_minor"]) for line in got["lines"]] == [
        (333, 34, 299),
        (333, 33, 300),
        (333, 33, 300),
    ]
    assert got["totals"]["net"] == {"amount_minor": 899, "currency": "CNY"}
    assert [(o["applied"], o["reason_code"], o["discount_minor"]) for o in got["offers"]] == [
        (True, None, 100),
        (False, "offer.min_spend", 0),
        (False, "coupon.not_found", 0),
    ]
    assert got["offers"][1]["params"] == {"needed_minor": 5_000, "missing_minor": 4_001, "currency": "CNY"}
    assert OutboxEvent.objects.count() == events
    nobody = answer(caller.post("/checkout/quote", body("A-9", customer={"email": "new@example.com"})))
    assert nobody["customer_id"] is None
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_a_return_over_http_takes_back_what_was_spent() -> None:
    caller = till_caller()
    sold = answer(sell(caller, body()))
    back = answer(
        sell(caller, body("R-1", kind="return", customer=None, return_of={"external_id": "A-1"}), "k2"),
    )
    assert back["order"]["net"] == {"amount_minor": -999, "currency": "CNY"}
    assert back["customer_id"] == sold["customer_id"]
    assert figures(sold["customer_id"]) == (1, 1, 0, "CNY")


@pytest.mark.django_db
def test_a_key_of_one_store_sells_only_there() -> None:
    own, _ = store("SH01"), store("BJ01", "王府井店")
    caller = till_caller(own.pk)
    assert sell(caller, body()).status_code == 201
    assert Order.objects.get().store_id == own.pk
    assert code_of(sell(caller, body("A-2", store_code="BJ01"), "k2")) == "order.store_unknown"


@pytest.mark.django_db(transaction=True)
def test_one_coupon_at_twenty_tills_at_once_is_one_sale_with_it_and_nineteen_refusals() -> None:
    coupon = her_coupon()
    callers = [(till_caller(), n) for n in range(20)]
    results = all_at_once(
        [lambda c=c, n=n: sell(c, body(f"B-{n}", coupons=[coupon.code]), f"k{n}") for c, n in callers]
    )
    codes = [201 if result.status_code == 201 else code_of(result) for result in results]
    assert sorted(codes, key=str) == [201, *["coupon.already_redeemed"] * 19]
    assert figures(coupon.customer_id) == (2, 0, 1_899, "CNY")
    assert Order.objects.count() == 2
