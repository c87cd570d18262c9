"""Stores, the tree of regions, and products that orders bring."""

from __future__ import annotations

import json

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


@pytest.mark.django_db
def test_pickers_name_what_was_chosen_before() -> None:
    tea, cup, _ = (Product.objects.create(sku=sku, name=sku) for sku in ("TEA", "CUP", "BAG"))
    first, _ = (Brand.objects.create(name=name) for name in ("青禾", "山房"))
    clerk = signed_in(Role.CLERK)
    named = json.loads(clerk.get(f"/products?ids={tea.pk}&ids={cup.pk}&ids=999999").content)["items"]
    assert [row["sku"] for row in named] == ["CUP", "TEA"]
    assert json.loads(clerk.get(f"/brands?ids={first.pk}").content) == [{"id": first.pk, "name": "青禾"}]
