"""Bodies of the endpoints about deals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from huike.groupbuy.deals.selectors import DealFigures
from huike.groupbuy.deals.terms import DealDocument
from huike.groupbuy.models import Deal, DealTerms, Merchant
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Stock = Annotated[int, Field(ge=0, le=10**9)]
Version = Annotated[int, Field(ge=1, lt=2**31)]


class DealIn(Schema):
    """`terms` is a whole document (`DealDocument`); what is wrong with it is told by place."""

    merchant_id: Id
    name: Name
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    stock: Stock
    product_id: Id | None = None
    terms: dict[str, Any]


class DealChange(Schema):
    """What is to be changed. `version` is that of the terms that were seen."""

    version: Version
    name: Name | None = None
    stock: Stock | None = None
    product_id: Id | None = None
    terms: dict[str, Any] | None = None


class PictureOut(Schema):
    """`picture` is what terms name it by; it is shown at `address`."""

    picture: str
    address: str
    width: int
    height: int


class MerchantRef(Schema):
    id: int
    name: str
    state: Merchant.State


class ProductRef(Schema):
    id: int
    sku: str
    name: str


class DealFiguresOut(Schema):
    """`paying` and `sold` are pieces, the others groups."""

    paying: int
    sold: int
    forming: int
    formed: int
    failed: int


class DealRow(Schema):
    """A deal in a list. `left` pieces may still be bought; prices are of the smallest and the biggest group."""

    id: int
    slug: str
    name: str
    title_zh: str
    title_en: str
    merchant: MerchantRef
    state: Deal.State
    currency: str
    list_price_minor: int
    first_price_minor: int
    best_price_minor: int
    best_size: int
    starts_at: datetime
    ends_at: datetime
    stock: int
    left: int
    version: int
    figures: DealFiguresOut

    @classmethod
    def of(cls, deal: Deal, terms: DealDocument, figures: DealFigures) -> DealRow:
        return cls(**_row(deal, terms, figures))


class DealOut(DealRow):
    """A deal with its newest terms."""

    product: ProductRef | None
    terms: DealDocument
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, deal: Deal, terms: DealDocument, figures: DealFigures) -> DealOut:
        return cls(
            **_row(deal, terms, figures),
            product=ProductRef.model_validate(deal.product) if deal.product else None,
            terms=terms,
            created_at=deal.created_at,
            updated_at=deal.updated_at,
        )


def _row(deal: Deal, terms: DealDocument, figures: DealFigures) -> dict[str, Any]:
    return {
        "id": deal.pk,
        "slug": deal.slug,
        "name": deal.name,
        "title_zh": terms.title_zh,
        "title_en": terms.title_en,
        "merchant": MerchantRef.model_validate(deal.merchant),
        "state": Deal.State(deal.state),
        "currency": deal.currency,
        "list_price_minor": terms.list_price_minor,
        "first_price_minor": terms.ladder[0].price_minor,
        "best_price_minor": terms.ladder[-1].price_minor,
        "best_size": terms.ladder[-1].size,
        "starts_at": deal.starts_at,
        "ends_at": deal.ends_at,
        "stock": deal.stock,
        "left": deal.stock - deal.taken,
        "version": deal.version,
        "figures": DealFiguresOut.model_validate(figures),
    }


class DealVersionOut(Schema):
    version: int
    created_at: datetime
    created_by: str
    terms: DealDocument

    @classmethod
    def of(cls, version: DealTerms, name: str) -> DealVersionOut:
        return cls(
            version=version.version,
            created_at=version.created_at,
            created_by=name,
            terms=DealDocument.model_validate(version.document),
        )
