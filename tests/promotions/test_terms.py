"""What may be promised: terms that contradict themselves or name what is not there are refused, and leave nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from huike.catalog.models import Product
from huike.platform.audit import SYSTEM
from huike.promotions.errors import OfferTermsInvalid
from huike.promotions.models import Offer, OfferTerms
from huike.promotions.offers import services
from huike.promotions.offers.selectors import versions_of
from huike.promotions.terms.document import OfferDocument
from tests.promotions.offers import active, percent_off

HALF = {"kind": "percent", "percent_bp": 5_000}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"effect": {"kind": "percent", "percent_bp": 0}}, "greater_than_equal"),
        ({"effect": {"kind": "percent", "percent_bp": 10_001}}, "less_than_equal"),
        ({"effect": {"kind": "amount", "amount_minor": 500}}, "offer.currency_missing"),
        ({"effect": {"kind": "bundle", "parts": [{}], "price_minor": 0}}, "offer.currency_missing"),
        ({"effect": {"kind": "bundle", "parts": [], "price_minor": 0}, "currency": "CNY"}, "too_short"),
        ({"effect": HALF | {"most_minor": 1}}, "offer.currency_missing"),
        ({"effect": HALF, "cart": {"spend": {"amount_minor": 1}}}, "offer.currency_missing"),
        ({"effect": HALF, "budgets": [{"amount_minor": 1}]}, "offer.currency_missing"),
        ({"effect": HALF, "budgets": [{}]}, "offer.budget_without_limit"),
        ({"effect": HALF, "budgets": [{"uses": 1}, {"uses": 2}]}, "offer.budget_named_twice"),
        ({"effect": HALF, "cart": {"without": {}}}, "offer.without_everything"),
        ({"effect": HALF, "when": {"hours": {"from_minute": 5, "until_minute": 5}}}, "offer.hours_empty"),
        (
            {"effect": HALF, "when": {"starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-11-01T08:00:00+08:00"}},
            "offer.ends_before_it_starts",
        ),
        ({"effect": HALF, "where": {"store_ids": [1, 1]}}, "offer.named_twice"),
        ({"effect": {"kind": "points", "factor_bp": 10_000}}, "greater_than"),
        ({"effect": {"kind": "lottery"}}, "union_tag_invalid"),
        ({"effect": HALF, "surprise": 1}, "extra_forbidden"),
    ],
)
def test_terms_that_contradict_themselves_are_no_terms(document: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        OfferDocument.model_validate(document)
    assert {fault["type"] for fault in refused.value.errors()} == {code}


@pytest.mark.django_db
def test_terms_that_name_what_is_not_there_are_refused_and_leave_nothing() -> None:
    product = Product.objects.create(sku="TEA", name="茶")
    document = {
        "effect": {"kind": "sample", "product_id": product.pk},
        "where": {"store_ids": [404]},
        "customer": {"segment_ids": [405]},
        "cart": {"without": {"category_ids": [406], "except_brand_ids": [407]}},
    }
    with pytest.raises(OfferTermsInvalid) as refused:
        services.create_offer(name="x", terms=OfferDocument.model_validate(document), actor=SYSTEM)
    assert [(fault.code, fault.params) for fault in refused.value.errors] == [
        ("offer.reference_unknown", {"kind": "category", "id": 406}),
        ("offer.reference_unknown", {"kind": "brand", "id": 407}),
        ("offer.reference_unknown", {"kind": "store", "id": 404}),
        ("offer.reference_unknown", {"kind": "segment", "id": 405}),
        ("offer.not_a_sample", {"id": product.pk}),
    ]
    assert not Offer.objects.exists()
    assert not OfferTerms.objects.exists()


@pytest.mark.django_db
def test_new_terms_are_a_new_version_and_the_offer_shows_what_they_say() -> None:
    offer = active(percent_off())
    amount = OfferDocument.model_validate(
        {"applies": "automatic", "currency": "CNY", "effect": {"kind": "amount", "amount_minor": 500}}
    )
    services.update_offer(offer.pk, name=None, terms=amount, actor=SYSTEM)
    offer.refresh_from_db()
    assert (offer.version, offer.kind, offer.applies) == (2, "amount", "automatic")
    assert [(version.version, version.terms) for version in versions_of(offer.pk)] == [(2, amount), (1, percent_off())]
