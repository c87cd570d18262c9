"""Many orders in one call: each is taken whole or refused alone."""

from __future__ import annotations

from typing import Any

import pytest

from huike.customers.models import Customer
from huike.orders.models import Order
from tests.checkout.test_till import answer, body, till_caller
from tests.people import Caller, code_of
from tests.tills import figures, store


def send(caller: Caller, *orders: Any, key: str = "b1", source: str = "till-1") -> Any:
    told = {"source": source, "orders": list(orders)}
    return caller.call("POST", "/orders/batch", told, **{"Idempotency-Key": key})


@pytest.mark.django_db
def test_each_order_is_taken_or_refused_and_the_answer_keeps_their_order() -> None:
    response = send(
        till_caller(),
        body("A-1"),
        body("A-2", coupons=["NOSUCHCODE"], customer={"phone": "13900001111"}),
        {"external_id": "A-3"},
        body("A-4", source="other"),
        body("A-5", customer={"phone": "12"}),
        body("R-1", kind="return", return_of={"external_id": "A-1"}, customer=None, lines=body()["lines"][:1]),
        body("A-1", revision=1, lines=body()["lines"][:2]),
    )
    assert response.status_code == 200, response.content
    got = answer(response)
    assert [item["problem"] and item["problem"]["code"] for item in got["items"]] == [
        None,
        "coupon.not_found",
        "order.malformed",
        "order.of_other_source",
        "customer.phone_invalid",
        None,
        None,
    ]
    assert [item["placed"] and item["placed"]["result"] for item in got["items"]][-2:] == ["create", "replace"]
    assert (got["placed"], got["refused"]) == (3, 4)
    assert "source" in {fault["where"] for fault in got["items"][2]["problem"]["errors"]}
    assert sorted(Order.objects.values_list("external_id", flat=True)) == ["A-1", "R-1"]
    assert Customer.objects.count() == 1
    assert figures(got["items"][0]["placed"]["customer_id"]) == (1, 1, 333, "CNY")


@pytest.mark.django_db
def test_the_same_batch_again_answers_the_same_and_takes_nothing_twice() -> None:
    caller = till_caller()
    first, again = send(caller, body("A-1"), {"no": "order"}), send(caller, body("A-1"), {"no": "order"})
    assert answer(again) == answer(first)
    assert again["Idempotent-Replayed"] == "true"
    assert code_of(send(caller, body("A-2"))) == "idempotency.key_reused"
    assert Order.objects.count() == 1


@pytest.mark.django_db
def test_a_batch_gives_what_its_orders_give_one_by_one() -> None:
    caller = till_caller()
    one_by_one = [
        answer(caller.call("POST", "/orders", body(f"A-{n}"), **{"Idempotency-Key": f"k{n}"})) for n in (1, 2)
    ]
    together = [item["placed"] for item in answer(send(caller, body("B-1"), body("B-2")))["items"]]
    for alone, beside in zip(one_by_one, together, strict=True):
        assert (beside["order"]["lines"], beside["order"]["net"]) == (alone["order"]["lines"], alone["order"]["net"])
        assert beside["customer_id"] == alone["customer_id"]


@pytest.mark.django_db
def test_a_batch_is_refused_whole_when_it_is_empty_or_too_long() -> None:
    caller = till_caller()
    assert send(caller).status_code == 422
    assert send(caller, *([{}] * 501)).status_code == 422
    assert code_of(caller.call("POST", "/orders/batch", {"source": "till-1", "orders": [body()]})) == (
        "idempotency.key_missing"
    )


@pytest.mark.django_db
def test_whoever_is_limited_to_a_store_sells_in_no_other_by_a_batch() -> None:
    here, elsewhere = store(), store("BJ01", "三里屯店")
    got = answer(send(till_caller(here.pk), body("A-1", store_code=elsewhere.code), body("A-2", store_code=here.code)))
    assert [item["problem"] and item["problem"]["code"] for item in got["items"]] == ["order.store_unknown", None]
    assert list(Order.objects.values_list("external_id", "store_id")) == [("A-2", here.pk)]
