"""Writes: products met in orders, stores, regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from huike.catalog.errors import (
    CategoryNotFound,
    ProductNotFound,
    RegionLoop,
    RegionNameTaken,
    RegionNotFound,
    SampleOfSample,
    StoreCodeTaken,
)
from huike.catalog.models import Category, Product, Region, Store
from huike.catalog.selectors import find_store, products
from huike.kernel.scope import EVERYTHING
from huike.kernel.text import clean_line
from huike.platform import audit, locks, sql
from huike.platform.audit import Actor


def products_by_sku(named: Mapping[str, str]) -> dict[str, int]:
    """The product of each SKU, by SKU; one that is unknown becomes a product marked incomplete, named as given.

    `named` maps a SKU to the name it was told with, which may be empty. Runs in the caller's transaction.
    """
    skus = sorted(named)
    found = _find(skus)
    missing = [sku for sku in skus if sku not in found]
    if missing:
        with connection.cursor() as cursor:
            # In the order of SKUs, so that two orders with the same unknown goods do not wait for each other in a ring.
            cursor.execute(
                """
                INSERT INTO catalog_product (sku, name, is_complete, created_at)
                SELECT sku, name, false, now() FROM unnest(%s::text[], %s::text[]) AS t (sku, name) ORDER BY sku
                    ON CONFLICT (sku) DO NOTHING
                """,
                [missing, [clean_line(named[sku])[:300] for sku in missing]],
            )
        found |= _find(missing)
    return found


def _find(skus: list[str]) -> dict[str, int]:
    return dict(sql.rows("SELECT sku, id FROM catalog_product WHERE sku = ANY(%s)", [skus]))


def create_store(
    *,
    code: str,
    name: str,
    is_online: bool,
    region_id: int | None,
    city: str,
    latitude_degrees: float | None = None,
    longitude_degrees: float | None = None,
    actor: Actor,
) -> Store:
    """Raises StoreCodeTaken, RegionNotFound."""
    with transaction.atomic():
        if region_id is not None and not Region.objects.filter(pk=region_id).exists():
            raise RegionNotFound
        store, made = Store.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "is_online": is_online,
                "region_id": region_id,
                "city": city,
                "latitude_degrees": latitude_degrees,
                "longitude_degrees": longitude_degrees,
            },
        )
        if not made:
            raise StoreCodeTaken(code=code)
        audit.record(actor, "create_store", subject_kind="store", subject_id=store.pk, details={"code": code})
        return store


def update_store(store_id: int, changes: dict[str, Any], *, actor: Actor) -> Store:
    """Change name, region, city, coordinates or whether it is online. Raises StoreNotFound, RegionNotFound."""
    with transaction.atomic():
        store = find_store(store_id, scope=EVERYTHING)
        region_id = changes.get("region_id")
        if region_id is not None and not Region.objects.filter(pk=region_id).exists():
            raise RegionNotFound
        for field, value in changes.items():
            setattr(store, field, value)
        store.save(update_fields=list(changes))
        audit.record(
            actor, "update_store", subject_kind="store", subject_id=store_id, details={"fields": sorted(changes)}
        )
        return find_store(store_id, scope=EVERYTHING)


def create_region(*, name: str, parent_id: int | None, actor: Actor) -> Region:
    """Raises RegionNotFound, RegionNameTaken."""
    with transaction.atomic():
        if parent_id is not None and not Region.objects.filter(pk=parent_id).exists():
            raise RegionNotFound
        region, made = Region.objects.get_or_create(parent_id=parent_id, name=name)
        if not made:
            raise RegionNameTaken(name=name)
        audit.record(actor, "create_region", subject_kind="region", subject_id=region.pk)
        return region


def move_region(region_id: int, *, parent_id: int | None, actor: Actor) -> Region:
    """Hang a region under another. Raises RegionNotFound, RegionLoop, RegionNameTaken.

    Moves wait for each other: two of them at once could close a ring that neither sees.
    """
    with transaction.atomic():
        locks.hold("catalog", "region tree")
        parents = dict(Region.objects.values_list("pk", "parent_id"))
        if region_id not in parents or (parent_id is not None and parent_id not in parents):
            raise RegionNotFound
        above = parent_id
        while above is not None:
            if above == region_id:
                raise RegionLoop
            above = parents[above]
        region = Region.objects.get(pk=region_id)
        if Region.objects.filter(parent_id=parent_id, name=region.name).exclude(pk=region_id).exists():
            raise RegionNameTaken(name=region.name)
        region.parent_id = parent_id
        region.save(update_fields=["parent"])
        audit.record(actor, "move_region", subject_kind="region", subject_id=region_id)
        return region


def update_product(product_id: int, changes: Mapping[str, Any], *, actor: Actor) -> Product:
    """Change name, category, list price (with `currency`), usage days, or what it is a sample of.

    A sample is of a product that is no sample itself, so who asks what it is a sample of is told at once. Raises
    ProductNotFound, CategoryNotFound, SampleOfSample.
    """
    with transaction.atomic():
        # One after the other: two changes at once could each make a sample of the other.
        locks.hold("catalog", "samples")
        product = Product.objects.filter(pk=product_id).first()
        if product is None:
            raise ProductNotFound
        category_id, whole_id = changes.get("category_id"), changes.get("sample_of_id")
        if category_id is not None and not Category.objects.filter(pk=category_id).exists():
            raise CategoryNotFound
        if whole_id is not None:
            whole = Product.objects.filter(pk=whole_id).first()
            if whole is None:
                raise ProductNotFound
            if whole_id == product_id or whole.sample_of_id is not None or product.samples.exists():
                raise SampleOfSample
        for field, value in changes.items():
            setattr(product, field, value)
        # Whoever edits it knows more of it than the orders told.
        product.is_complete = True
        product.save(update_fields=[*changes, "is_complete"])
        audit.record(
            actor, "update_product", subject_kind="product", subject_id=product_id, details={"fields": sorted(changes)}
        )
        return products(ids=[product_id]).get()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDraft:
    """What is known of a SKU. `category_path` goes from the top of the tree down."""

    sku: str
    name: str
    category_path: Sequence[str] = ()
    list_price_minor: int | None = None
    currency: str | None = None
    usage_days: int | None = None


def describe_product(draft: ProductDraft) -> int:
    """Make the product or complete the one with this SKU, its category with it; the product's id."""
    with transaction.atomic():
        category = None
        for name in draft.category_path:
            category, _ = Category.objects.get_or_create(parent=category, name=name)
        product, _ = Product.objects.update_or_create(
            sku=draft.sku,
            defaults={
                "name": draft.name,
                "category": category,
                "list_price_minor": draft.list_price_minor,
                "currency": draft.currency,
                "usage_days": draft.usage_days,
                "is_complete": True,
            },
        )
        return int(product.pk)
