"""Bodies of the endpoints about offers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from huike.platform.schema import MoneyBody, Schema
from huike.promotions.models import Application, Offer, OfferTerms
from huike.promotions.offers.selectors import BudgetStanding, OfferView
from huike.promotions.terms.document import Applies, OfferDocument
from huike.promotions.terms.limits import BudgetPeriod

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
    uses: Annotated[int, Field(description="Orders that stand with it, in your stores")]
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
            uses=figures.uses,
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


class BudgetStandingOut(Schema):
    """A budget of the offer as a whole, with what was drawn on it in the period that is now."""

    period: BudgetPeriod
    uses: int
    most_uses: int | None
    amount: MoneyBody | None
    most: MoneyBody | None

    @classmethod
    def of(cls, standing: BudgetStanding, currency: str | None) -> BudgetStandingOut:
        budget = standing.budget
        return cls(
            period=budget.period,
            uses=standing.uses,
            most_uses=budget.uses,
            amount=MoneyBody(amount_minor=standing.amount_minor, currency=currency) if currency else None,
            most=MoneyBody(amount_minor=budget.amount_minor, currency=currency)
            if budget.amount_minor is not None and currency
            else None,
        )


class OfferUse(Schema):
    """One order that stands with an offer."""

    id: int
    order_id: int
    order_external_id: str
    version: int
    by_coupon: bool
    discount: MoneyBody
    given: str | None
    applied_at: datetime

    @classmethod
    def of(cls, application: Application) -> OfferUse:
        return cls(
            id=application.pk,
            order_id=application.order_id,
            order_external_id=application.order.external_id,
            version=application.terms.version,
            by_coupon=application.coupon_id is not None,
            discount=MoneyBody(amount_minor=application.discount_minor, currency=application.currency),
            given=application.given["kind"] if application.given else None,
            applied_at=application.applied_at,
        )
