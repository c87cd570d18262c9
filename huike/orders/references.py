"""Stores and products as what a customer's own fields may point to."""

from __future__ import annotations

from collections.abc import Iterable

from huike.catalog import selectors as catalog
from huike.customers.fields.references import Named, Target
from huike.kernel.scope import Scope

_PICKED_AT_MOST = 20


def _search_stores(q: str, scope: Scope) -> list[Named]:
    return [Named(row.pk, row.name) for row in catalog.list_stores(scope=scope, q=q).order_by("name")[:_PICKED_AT_MOST]]


def _store_names(store_ids: Iterable[int], _: Scope) -> dict[int, str]:
    return catalog.store_names(store_ids)


def _product_names(product_ids: Iterable[int], _: Scope) -> dict[int, str]:
    return {row.pk: row.name or row.sku for row in catalog.products(ids=product_ids)}


def _search_products(q: str, scope: Scope) -> list[Named]:
    return [Named(row.pk, row.name or row.sku) for row in catalog.products(q).order_by("sku")[:_PICKED_AT_MOST]]


STORES = Target(names_of=_store_names, search=_search_stores, ids_of_codes=catalog.store_ids_by_code)
PRODUCTS = Target(names_of=_product_names, search=_search_products, ids_of_codes=catalog.product_ids_by_sku)
