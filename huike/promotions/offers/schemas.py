"""Bodies of the endpoints about offers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from huike.platform.schema import MoneyBody, Schema
from huike.promotions.models import Offer, OfferTerms
from huike.promotions.offers.selectors import OfferView
from huike.promotions.terms.document import Applies, OfferDocument

Id = Annotated[int, Field(ge=1, lt=2**63)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class OfferIn(Schema):
    name: Name
    terms: OfferDocument


class OfferChange(Schema):
    """Members that are sent change. `terms` are the whole of a new version, for carts and coupons from now on."""

    name: Name | None = None
    terms: OfferDocument | None = None

    @model_validator(mode="after")
    def _nothing_becomes_null(self) -> OfferChange:
        for sent in self.model_fields_set:
            if getattr(self, sent) is None:
                raise ValueError(f"{sent} cannot be null")
        return self


class OfferOut(Schema):
    """An offer with its current terms. `kind` is that of their effect."""

    id: int
    name: str
    kind: Offer.Kind
    applies: Applies
    state: Offer.State
    version: int
    terms: OfferDocument
    issued: int
    redeemed: int
    discount_given: list[MoneyBody]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: OfferView) -> OfferOut:
        offer, figures = view.offer, view.figures
        return cls(
            id=offer.pk,
            name=offer.name,
            kind=Offer.Kind(offer.kind),
            applies=Applies(offer.applies),
            state=Offer.State(offer.state),
            version=offer.version,
            terms=view.document,
            issued=figures.issued,
            redeemed=figures.redeemed,
            discount_given=[MoneyBody.model_validate(money) for money in figures.discount_given],
            created_at=offer.created_at,
            updated_at=offer.updated_at,
        )


class OfferVersion(Schema):
    version: int
    terms: OfferDocument
    created_by_id: int | None
    created_at: datetime

    @classmethod
    def of(cls, terms: OfferTerms) -> OfferVersion:
        return cls(
            version=terms.version,
            terms=terms.terms,
            created_by_id=terms.created_by_id,
            created_at=terms.created_at,
        )
