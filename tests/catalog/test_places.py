"""Stores, the tree of regions, and products that orders bring."""

from __future__ import annotations

import json
from typing import Any

import pytest

from huike.catalog import selectors, services
from huike.catalog.errors import RegionLoop, RegionNameTaken, StoreCodeTaken
from huike.catalog.models import Brand, Category, Product
from huike.kernel.scope import Scope
from huike.platform.audit import SYSTEM
from huike.staff.rules import Role
from tests.people import signed_in


@pytest.mark.django_db
def test_a_region_gives_the_stores_of_everything_below_it() -> None:
    east = services.create_region(name="华东", parent_id=None, actor=SYSTEM)
    city = services.create_region(name="上海", parent_id=east.pk, actor=SYSTEM)
    in_city = services.create_store(
        code="SH01", name="A", is_online=False, region_id=city.pk, city="上海", actor=SYSTEM
    )
    services.create_store(code="BJ01", name="B", is_online=False, region_id=None, city="北京", actor=SYSTEM)
    assert selectors.stores_of_regions([east.pk]) == {in_city.pk}
    with pytest.raises(RegionLoop):
        services.move_region(east.pk, parent_id=city.pk, actor=SYSTEM)
    with pytest.raises(RegionNameTaken):
        services.create_region(name="华东", parent_id=None, actor=SYSTEM)
    with pytest.raises(StoreCodeTaken):
        services.create_store(code="SH01", name="C", is_online=False, region_id=None, city="", actor=SYSTEM)


@pytest.mark.django_db
def test_a_sku_that_arrives_unknown_is_kept_as_incomplete_and_known_ones_are_left_alone() -> None:
    known = Product.objects.create(sku="TEA", name="龙井")
    found = services.products_by_sku({"TEA": "other name", "CUP": "杯 \n子"})
    assert found["TEA"] == known.pk
    assert services.products_by_sku({"CUP": ""}) == {"CUP": found["CUP"]}
    rows = list(Product.objects.order_by("sku").values_list("sku", "name", "is_complete"))
    assert rows == [("CUP", "杯 子", False), ("TEA", "龙井", True)]


@pytest.mark.django_db
def test_pickers_give_what_the_caller_may_see() -> None:
    own, _ = (
        services.create_store(code=code, name=code, is_online=False, region_id=None, city="", actor=SYSTEM)
        for code in ("SH01", "BJ01")
    )
    assert [s.pk for s in selectors.list_stores(scope=Scope(all_stores=False, store_ids=frozenset({own.pk})))] == [
        own.pk
    ]
    clerk = signed_in(Role.CLERK, store_ids=[own.pk])
    assert [row["code"] for row in json.loads(clerk.get("/stores").content)["items"]] == ["SH01"]
    drinks = Category.objects.create(name="饮品")
    Category.objects.create(name="茶", parent=drinks)
    assert json.loads(clerk.get("/categories?q=茶").content)[0]["path"] == ["饮品"]


def patch(client: Any, product: Product, body: dict[str, Any]) -> Any:
    return client.patch(f"/products/{product.pk}", body)


@pytest.mark.django_db
def test_a_product_is_told_how_long_it_lasts_and_what_it_is_a_sample_of() -> None:
    owner, analyst = signed_in(Role.OWNER), signed_in(Role.ANALYST)
    skin = Category.objects.create(name="护肤")
    whole = Product.objects.create(sku="SERUM", name="精华")
    sample = Product.objects.create(sku="SERUM-S", is_complete=False)
    body = {
        "name": "精华小样", "category_id": skin.pk, "usage_days": 7, "sample_of_id": whole.pk,
        "list_price": {"amount_minor": 0, "currency": "CNY"},
    }  # fmt: skip

    assert patch(analyst, sample, body).status_code == 403
    told = json.loads(patch(owner, sample, body).content)

    assert told["sample_of"] == {"id": whole.pk, "sku": "SERUM", "name": "精华"}
    assert (told["name"], told["category"]["name"], told["usage_days"], told["list_price"], told["is_complete"]) == (
        "精华小样", "护肤", 7, {"amount_minor": 0, "currency": "CNY"}, True,
    )  # fmt: skip
    assert patch(owner, sample, {"usage_days": None}).json()["usage_days"] is None
    sample.refresh_from_db()
    assert (sample.sample_of_id, sample.list_price_minor, sample.usage_days) == (whole.pk, 0, None)


@pytest.mark.django_db
def test_what_a_product_cannot_be_is_refused_and_leaves_it_as_it_was() -> None:
    owner = signed_in(Role.OWNER)
    whole = Product.objects.create(sku="SERUM")
    sample = Product.objects.create(sku="SERUM-S", sample_of=whole)
    for product, body, status, code in (
        (whole, {"sample_of_id": whole.pk}, 422, "product.sample_of_sample"),
        (whole, {"sample_of_id": sample.pk}, 422, "product.sample_of_sample"),
        (Product.objects.create(sku="CUP"), {"sample_of_id": sample.pk}, 422, "product.sample_of_sample"),
        (whole, {"sample_of_id": 10**9}, 404, "product.not_found"),
        (whole, {"category_id": 10**9, "usage_days": 3}, 404, "category.not_found"),
        (whole, {"usage_days": 0}, 422, "invalid"),
        (whole, {"list_price": {"amount_minor": -1, "currency": "CNY"}}, 422, "invalid"),
    ):
        answer = patch(owner, product, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert owner.patch(f"/products/{10**9}", {"name": "x"}).json()["code"] == "product.not_found"
    whole.refresh_from_db()
    assert (whole.sample_of_id, whole.usage_days, whole.category_id) == (None, None, None)


@pytest.mark.django_db
def test_pickers_name_what_was_chosen_before() -> None:
    tea, cup, _ = (Product.objects.create(sku=sku, name=sku) for sku in ("TEA", "CUP", "BAG"))
    first, _ = (Brand.objects.create(name=name) for name in ("青禾", "山房"))
    clerk = signed_in(Role.CLERK)
    named = json.loads(clerk.get(f"/products?ids={tea.pk}&ids={cup.pk}&ids=999999").content)["items"]
    assert [row["sku"] for row in named] == ["CUP", "TEA"]
    assert json.loads(clerk.get(f"/brands?ids={first.pk}").content) == [{"id": first.pk, "name": "青禾"}]
