"""Offers over HTTP: written as a document, narrowed, their versions, uses and budgets."""

from __future__ import annotations

import pytest

from huike.promotions.models import Offer
from tests.checkout.test_till import answer, body, sell, till_caller
from tests.people import Caller, api_key
from tests.tills import store

TERMS = {
    "applies": "automatic",
    "currency": "CNY",
    "effect": {"kind": "amount", "amount_minor": 100},
    "budgets": [{"uses": 5, "amount_minor": 900}, {"of": "store", "uses": 9}],
}


@pytest.mark.django_db
def test_an_offer_is_written_narrowed_changed_and_shows_what_came_of_it() -> None:
    caller = Caller(key=api_key({"offers.read", "offers.write"}))
    made = caller.post("/offers", {"name": "立减", "terms": TERMS})
    assert made.status_code == 201, made.content
    told = answer(made)
    assert (told["kind"], told["applies"], told["state"], told["uses"]) == ("amount", "automatic", "draft", 0)
    assert told["terms"]["effect"]["amount_minor"] == 100
    id = told["id"]
    assert caller.post(f"/offers/{id}/activate", {}).status_code == 200
    for narrowing, found in (("kind=amount", 1), ("kind=percent", 0), ("applies=coupon", 0), ("applies=automatic", 1)):
        assert answer(caller.get(f"/offers?{narrowing}"))["total"] == found
    here = store()
    sold = sell(till_caller(), body(offers=True, store_code=here.code))
    assert answer(sold)["order"]["net"]["amount_minor"] == 899
    seen = answer(caller.get(f"/offers/{id}"))
    assert (seen["uses"], seen["discount_given"]) == (1, [{"amount_minor": 100, "currency": "CNY"}])
    assert answer(caller.get(f"/offers/{id}/budgets")) == [
        {
            "period": "ever",
            "uses": 1,
            "most_uses": 5,
            "amount": {"amount_minor": 100, "currency": "CNY"},
            "most": {"amount_minor": 900, "currency": "CNY"},
        }
    ]
    (use,) = answer(caller.get(f"/offers/{id}/uses"))["items"]
    assert (use["order_external_id"], use["version"], use["by_coupon"], use["given"]) == ("A-1", 1, False, None)
    elsewhere = Caller(key=api_key({"offers.read"}, store_id=store("SH02").pk))
    assert answer(elsewhere.get(f"/offers/{id}/uses"))["items"] == []
    assert answer(elsewhere.get(f"/offers/{id}"))["uses"] == 0
    changed = caller.call("PATCH", f"/offers/{id}", {"terms": {**TERMS, "budgets": []}})
    assert answer(changed)["version"] == 2
    assert [one["version"] for one in answer(caller.get(f"/offers/{id}/versions"))] == [2, 1]


@pytest.mark.django_db
def test_terms_that_cannot_be_are_refused_by_place_and_nothing_is_made() -> None:
    caller = Caller(key=api_key({"offers.read", "offers.write"}))
    contradicting = caller.post("/offers", {"name": "x", "terms": {**TERMS, "currency": None}})
    assert contradicting.status_code == 422
    missing = caller.post("/offers", {"name": "x", "terms": {**TERMS, "where": {"store_ids": [404]}}})
    assert (missing.status_code, answer(missing)["code"]) == (422, "offer.terms_invalid")
    assert answer(missing)["errors"] == [
        {"where": "terms", "code": "offer.reference_unknown", "params": {"kind": "store", "id": 404}}
    ]
    reader = Caller(key=api_key({"offers.read"}))
    assert reader.post("/offers", {"name": "x", "terms": TERMS}).status_code == 403
    assert not Offer.objects.exists()
