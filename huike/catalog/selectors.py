"""Reads: stores, the tree of regions, and what pickers offer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from huike.catalog.errors import StoreNotFound
from huike.catalog.models import Brand, Category, Product, Region, Store, Supplier
from huike.kernel.scope import Scope
from huike.platform import sql

PICKED_AT_MOST = 50


def stores_of_regions(region_ids: Iterable[int]) -> set[int]:
    """The stores of these regions and of all regions below them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE below (id) AS (
                SELECT id FROM catalog_region WHERE id = ANY(%s)
                 UNION
                SELECT r.id FROM catalog_region r JOIN below ON r.parent_id = below.id
            )
            SELECT s.id FROM catalog_store s JOIN below ON s.region_id = below.id
            """,
            [list(region_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def regions_with_stores() -> dict[int, frozenset[int]]:
    """Each region with the stores in it and in all regions below it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE below (region_id, id) AS (
                SELECT id, id FROM catalog_region
                 UNION
                SELECT below.region_id, r.id FROM catalog_region r JOIN below ON r.parent_id = below.id
            )
            SELECT below.region_id, array_agg(s.id) FILTER (WHERE s.id IS NOT NULL)
              FROM below LEFT JOIN catalog_store s ON s.region_id = below.id GROUP BY below.region_id
            """
        )
        return {region_id: frozenset(store_ids or ()) for region_id, store_ids in cursor.fetchall()}


def region_names(region_ids: Iterable[int]) -> dict[int, str]:
    return dict(Region.objects.filter(pk__in=list(region_ids)).values_list("pk", "name"))


def visible_stores(scope: Scope) -> QuerySet[Store]:
    stores = Store.objects.all()
    return stores if scope.all_stores else stores.filter(pk__in=sorted(scope.store_ids))


def list_stores(*, scope: Scope, q: str = "") -> QuerySet[Store]:
    """The stores `scope` may see whose name, code or city holds `q`."""
    stores = visible_stores(scope).select_related("region")
    return stores.filter(Q(name__icontains=q) | Q(code__icontains=q) | Q(city__icontains=q)) if q else stores


def find_store(store_id: int, *, scope: Scope) -> Store:
    """Raises StoreNotFound."""
    store = visible_stores(scope).select_related("region").filter(pk=store_id).first()
    if store is None:
        raise StoreNotFound
    return store


def store_names(store_ids: Iterable[int]) -> dict[int, str]:
    return dict(Store.objects.filter(pk__in=list(store_ids)).values_list("pk", "name"))


def brand_names(brand_ids: Iterable[int]) -> dict[int, str]:
    return dict(Brand.objects.filter(pk__in=list(brand_ids)).values_list("pk", "name"))


def supplier_names(supplier_ids: Iterable[int]) -> dict[int, str]:
    return dict(Supplier.objects.filter(pk__in=list(supplier_ids)).values_list("pk", "name"))


def store_id_by_code(code: str, *, scope: Scope) -> int | None:
    """The store with this code, if `scope` may see it."""
    return visible_stores(scope).filter(code=code).values_list("pk", flat=True).first()


def store_ids_by_code(codes: Iterable[str]) -> dict[str, int]:
    """The stores that have one of these codes."""
    return dict(Store.objects.filter(code__in=list(codes)).values_list("code", "pk"))


def product_ids_by_sku(skus: Iterable[str]) -> dict[str, int]:
    """The products that have one of these SKUs."""
    return dict(Product.objects.filter(sku__in=list(skus)).values_list("sku", "pk"))


@dataclass(frozen=True, slots=True)
class KindOfGoods:
    """What a product is, as far as rules about goods ask."""

    product_id: int
    category_id: int | None
    brand_id: int | None


def kinds_of_skus(skus: Iterable[str]) -> dict[str, KindOfGoods]:
    """What these SKUs are; unknown ones are absent."""
    found = sql.rows(
        "SELECT sku, id, category_id, brand_id FROM catalog_product WHERE sku = ANY(%s::text[])", [sorted(set(skus))]
    )
    return {sku: KindOfGoods(*rest) for sku, *rest in found}


def paths_of_categories() -> dict[int, frozenset[int]]:
    """Each category with itself and all above it."""
    found = sql.rows(
        """
        WITH RECURSIVE up AS (
            SELECT id, id AS above FROM catalog_category
             UNION ALL
            SELECT up.id, c.parent_id FROM up JOIN catalog_category c ON c.id = up.above WHERE c.parent_id IS NOT NULL
        )
        SELECT id, array_agg(above) FROM up GROUP BY id
        """
    )
    return {id_: frozenset(above) for id_, above in found}


def store_places() -> list[tuple[int, float, float]]:
    """(id, latitude, longitude in degrees) of every physical store whose place on the map is known."""
    placed = Store.objects.filter(is_online=False, latitude_degrees__isnull=False, longitude_degrees__isnull=False)
    return [
        (store_id, float(latitude or 0), float(longitude or 0))
        for store_id, latitude, longitude in placed.values_list("pk", "latitude_degrees", "longitude_degrees")
    ]


def places_of_stores(store_ids: Iterable[int]) -> dict[int, tuple[float, float]]:
    """Latitude and longitude in degrees, by id, of those stores whose place on the map is known."""
    placed = Store.objects.filter(
        pk__in=set(store_ids), latitude_degrees__isnull=False, longitude_degrees__isnull=False
    )
    return {
        store_id: (float(latitude or 0), float(longitude or 0))
        for store_id, latitude, longitude in placed.values_list("pk", "latitude_degrees", "longitude_degrees")
    }


def category_and_brand_names() -> list[str]:
    """The names of all categories and brands, once each, in alphabetical order."""
    names = {*Category.objects.values_list("name", flat=True), *Brand.objects.values_list("name", flat=True)}
    return sorted(names)


def all_regions() -> list[Region]:
    return list(Region.objects.order_by("name", "pk"))


@dataclass(frozen=True, slots=True)
class Picked:
    """One thing of a tree, with the names above it, outermost first."""

    id: int
    name: str
    path: tuple[str, ...]


def categories(q: str = "") -> list[Picked]:
    """Categories whose own name holds `q`, with their path, in the order of the tree."""
    by_id = {row.pk: row for row in Category.objects.all()}

    def path(category: Category) -> tuple[str, ...]:
        names: list[str] = []
        above = category.parent_id
        while above is not None:
            names.append(by_id[above].name)
            above = by_id[above].parent_id
        return tuple(reversed(names))

    found = [Picked(row.pk, row.name, path(row)) for row in by_id.values() if q.lower() in row.name.lower()]
    return sorted(found, key=lambda picked: (*picked.path, picked.name))


def categories_above(category_id: int) -> frozenset[int]:
    """The category and all above it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE above (id, parent_id) AS (
                SELECT id, parent_id FROM catalog_category WHERE id = %s
                 UNION
                SELECT c.id, c.parent_id FROM catalog_category c JOIN above ON c.id = above.parent_id
            )
            SELECT id FROM above
            """,
            [category_id],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def brands(q: str = "", *, ids: Iterable[int] | None = None) -> list[Brand]:
    """The first brands whose name holds `q`; or those with these ids."""
    found = Brand.objects.order_by("name")
    return list(found.filter(name__icontains=q)[:PICKED_AT_MOST] if ids is None else found.filter(pk__in=list(ids)))


def products(q: str = "", *, ids: Iterable[int] | None = None) -> QuerySet[Product]:
    """Products whose SKU begins with `q` or whose name holds it; or those with these ids."""
    found = Product.objects.select_related("category", "brand", "sample_of")
    if ids is not None:
        found = found.filter(pk__in=list(ids))
    return found.filter(Q(sku__istartswith=q) | Q(name__icontains=q)) if q else found


def category_id(name: str) -> int:
    """The category of this name, the oldest where several have it. Raises Category.DoesNotExist."""
    return int(Category.objects.filter(name=name).order_by("pk").values_list("pk", flat=True)[:1].get())
