"""Bodies of the endpoints about products and places."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from huike.catalog.costs import Told
from huike.catalog.models import Product, ProductCost, Store
from huike.catalog.selectors import Picked
from huike.kernel.money import Money
from huike.platform.schema import MoneyBody, Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


def _not_negative(price: MoneyBody | None) -> MoneyBody | None:
    if price is not None and price.amount_minor < 0:
        raise ValueError("neither a price nor a cost is negative")
    return price


class RegionOut(Schema):
    id: int
    name: str
    parent_id: int | None


class RegionIn(Schema):
    name: Name
    parent_id: Id | None = None


class RegionMove(Schema):
    parent_id: Id | None


class StoreOut(Schema):
    id: int
    code: str
    name: str
    is_online: bool
    city: str
    latitude_degrees: float | None
    longitude_degrees: float | None
    region: RegionOut | None

    @classmethod
    def of(cls, store: Store) -> StoreOut:
        return cls.model_validate(store)


class StoreIn(Schema):
    code: Annotated[str, Field(min_length=1, max_length=40)]
    name: Name
    is_online: bool = False
    region_id: Id | None = None
    city: Annotated[str, Field(max_length=80)] = ""
    latitude_degrees: Latitude | None = None
    longitude_degrees: Longitude | None = None


class StoreChange(Schema):
    """Only the members that are sent change."""

    name: Name = ""
    is_online: bool = False
    region_id: Id | None = None
    city: Annotated[str, Field(max_length=80)] = ""
    latitude_degrees: Latitude | None = None
    longitude_degrees: Longitude | None = None


class CategoryOut(Schema):
    """A category with the names above it, outermost first."""

    id: int
    name: str
    path: list[str]

    @classmethod
    def of(cls, picked: Picked) -> CategoryOut:
        return cls(id=picked.id, name=picked.name, path=list(picked.path))


class NamedOut(Schema):
    id: int
    name: str


class ProductNamed(Schema):
    id: int
    sku: str
    name: str


class ProductChange(Schema):
    """Only the members that are sent change; null empties."""

    name: Annotated[str, Field(max_length=300)] = ""
    category_id: Id | None = None
    list_price: Annotated[MoneyBody | None, AfterValidator(_not_negative)] = None
    usage_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    sample_of_id: Id | None = None

    def changes(self) -> dict[str, Any]:
        told = self.model_dump(exclude_unset=True, exclude={"list_price"})
        if "list_price" in self.model_fields_set:
            price = self.list_price
            told |= {"list_price_minor": price and price.amount_minor, "currency": price and price.currency}
        return told


class ProductOut(Schema):
    """`usage_days`: how long one unit lasts, where that is known."""

    id: int
    sku: str
    name: str
    category: NamedOut | None
    brand: NamedOut | None
    list_price: MoneyBody | None
    usage_days: int | None
    sample_of: ProductNamed | None
    is_complete: bool

    @classmethod
    def of(cls, product: Product) -> ProductOut:
        price_minor, currency = product.list_price_minor, product.currency
        return cls(
            id=product.pk,
            sku=product.sku,
            name=product.name,
            category=NamedOut.model_validate(product.category) if product.category else None,
            brand=NamedOut.model_validate(product.brand) if product.brand else None,
            list_price=MoneyBody(amount_minor=price_minor, currency=currency)
            if price_minor is not None and currency is not None
            else None,
            usage_days=product.usage_days,
            sample_of=ProductNamed.model_validate(product.sample_of) if product.sample_of else None,
            is_complete=product.is_complete,
        )


class ProductCostIn(Schema):
    """One piece of this SKU costs so much from this day on, until the next day told of."""

    sku: Annotated[str, Field(min_length=1, max_length=80)]
    cost: Annotated[MoneyBody, AfterValidator(_not_negative)]
    starts_on: date

    def told(self) -> Told:
        return Told(sku=self.sku, cost=Money(self.cost.amount_minor, self.cost.currency), starts_on=self.starts_on)


class ProductCostsIn(Schema):
    costs: Annotated[list[ProductCostIn], Field(min_length=1, max_length=2_000)]


class ProductCostsOut(Schema):
    """How many of them are new, or other than before."""

    changed: int


class ProductCostOut(Schema):
    id: int
    cost: MoneyBody
    starts_on: date
    told_by: str
    told_at: datetime

    @classmethod
    def of(cls, kept: ProductCost) -> ProductCostOut:
        return cls(
            id=kept.pk,
            cost=MoneyBody(amount_minor=kept.cost_minor, currency=kept.currency),
            starts_on=kept.starts_on,
            told_by=kept.told_by,
            told_at=kept.told_at,
        )
