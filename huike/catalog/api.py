"""Products and places over HTTP: mostly what pickers offer."""

from __future__ import annotations

from typing import Annotated, Final

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.catalog import costs, selectors, services
from huike.catalog.schemas import (
    CategoryOut,
    Id,
    NamedOut,
    ProductChange,
    ProductCostOut,
    ProductCostsIn,
    ProductCostsOut,
    ProductOut,
    RegionIn,
    RegionMove,
    RegionOut,
    StoreChange,
    StoreIn,
    StoreOut,
)
from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["catalog"])

Limit = Query(50, ge=1, le=200)
Words = Annotated[str, Field(max_length=120)]
Ids = Annotated[list[Id], Query(max_length=200)]
NONE_NAMED: Final[list[Id]] = []


@router.get(
    "/stores",
    auth=Requires("catalog.read"),
    operation_id="list_stores",
    summary="Stores one may see, by name",
    response={200: PageOf[StoreOut], **problems()},
)
def list_stores(request: HttpRequest, q: Words = "", cursor: str | None = None, limit: int = Limit) -> PageOf[StoreOut]:
    stores = selectors.list_stores(scope=principal_of(request).scope, q=q)
    page = keyset_page(stores, order="name", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=[StoreOut.of(store) for store in page.items], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/stores",
    auth=Requires("catalog.write"),
    operation_id="create_store",
    summary="A new place of sale",
    response={201: StoreOut, **problems(404, 409)},
)
def create_store(request: HttpRequest, body: StoreIn) -> Status[StoreOut]:
    store = services.create_store(**body.model_dump(), actor=principal_of(request).actor)
    return Status(201, StoreOut.of(store))


@router.patch(
    "/stores/{id}",
    auth=Requires("catalog.write"),
    operation_id="update_store",
    summary="Change a store's name, region, city, coordinates, or whether it is online",
    response={200: StoreOut, **problems(404)},
)
def update_store(request: HttpRequest, id: Id, body: StoreChange) -> StoreOut:
    changes = body.model_dump(exclude_unset=True)
    return StoreOut.of(services.update_store(id, changes, actor=principal_of(request).actor))


@router.get(
    "/regions",
    auth=Requires("catalog.read"),
    operation_id="list_regions",
    summary="All regions; `parent_id` makes the tree",
    response={200: list[RegionOut], **problems()},
)
def list_regions(request: HttpRequest) -> list[RegionOut]:
    return [RegionOut.model_validate(region) for region in selectors.all_regions()]


@router.post(
    "/regions",
    auth=Requires("catalog.write"),
    operation_id="create_region",
    summary="A new region",
    response={201: RegionOut, **problems(404, 409)},
)
def create_region(request: HttpRequest, body: RegionIn) -> Status[RegionOut]:
    region = services.create_region(name=body.name, parent_id=body.parent_id, actor=principal_of(request).actor)
    return Status(201, RegionOut.model_validate(region))


@router.post(
    "/regions/{id}/move",
    auth=Requires("catalog.write"),
    operation_id="move_region",
    summary="Hang a region under another, or at the top",
    response={200: RegionOut, **problems(404, 409)},
)
def move_region(request: HttpRequest, id: Id, body: RegionMove) -> RegionOut:
    region = services.move_region(id, parent_id=body.parent_id, actor=principal_of(request).actor)
    return RegionOut.model_validate(region)


@router.get(
    "/categories",
    auth=Requires("catalog.read"),
    operation_id="list_categories",
    summary="Categories by name, with the path to each",
    response={200: list[CategoryOut], **problems()},
)
def list_categories(request: HttpRequest, q: Words = "") -> list[CategoryOut]:
    return [CategoryOut.of(picked) for picked in selectors.categories(q)]


@router.get(
    "/brands",
    auth=Requires("catalog.read"),
    operation_id="list_brands",
    summary="Brands by name; or those with these `ids`",
    response={200: list[NamedOut], **problems()},
)
def list_brands(request: HttpRequest, q: Words = "", ids: Ids = NONE_NAMED) -> list[NamedOut]:
    return [NamedOut.model_validate(brand) for brand in selectors.brands(q, ids=ids or None)]


@router.get(
    "/products",
    auth=Requires("catalog.read"),
    operation_id="list_products",
    summary="Products by SKU; `q` is the beginning of a SKU or part of a name; or those with these `ids`",
    response={200: PageOf[ProductOut], **problems()},
)
def list_products(
    request: HttpRequest,
    q: Words = "",
    ids: Ids = NONE_NAMED,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[ProductOut]:
    page = keyset_page(selectors.products(q, ids=ids or None), order="sku", cursor=cursor, limit=limit)
    return PageOf(items=[ProductOut.of(product) for product in page.items], next_cursor=page.next_cursor)


@router.put(
    "/products/costs",
    auth=Requires("catalog.write"),
    operation_id="set_product_costs",
    summary="What pieces of products cost the house from a day on; all of them or none",
    response={200: ProductCostsOut, **problems()},
)
def set_product_costs(request: HttpRequest, body: ProductCostsIn) -> ProductCostsOut:
    told = [one.told() for one in body.costs]
    return ProductCostsOut(changed=costs.set_costs(told, actor=principal_of(request).actor, now=clock.now()))


@router.delete(
    "/products/costs/{id}",
    auth=Requires("catalog.write"),
    operation_id="remove_product_cost",
    summary="Take a cost away: the one before it holds on",
    response={204: None, **problems(404)},
)
def remove_product_cost(request: HttpRequest, id: Id) -> Status[None]:
    costs.remove_cost(id, actor=principal_of(request).actor)
    return Status(204, None)


@router.get(
    "/products/{id}/costs",
    auth=Requires("catalog.write"),
    operation_id="list_product_costs",
    summary="What one piece of a product costs the house, the newest day first",
    response={200: list[ProductCostOut], **problems(404)},
)
def list_product_costs(request: HttpRequest, id: Id) -> list[ProductCostOut]:
    return [ProductCostOut.of(cost) for cost in costs.costs_of(id)]


@router.patch(
    "/products/{id}",
    auth=Requires("catalog.write"),
    operation_id="update_product",
    summary="Change a product's name, category, list price, usage days, or what it is a sample of",
    response={200: ProductOut, **problems(404)},
)
def update_product(request: HttpRequest, id: Id, body: ProductChange) -> ProductOut:
    return ProductOut.of(services.update_product(id, body.changes(), actor=principal_of(request).actor))
