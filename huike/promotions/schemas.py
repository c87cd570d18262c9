"""Bodies of the endpoints about offers and coupons."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from huike.kernel.scope import Scope
from huike.platform.schema import MoneyBody, Schema
from huike.promotions.models import Coupon, CouponEvent, Offer
from huike.promotions.rules import LONGEST_LOCK_SECONDS
from huike.promotions.selectors import OfferView
from huike.promotions.services import TermsDraft

Id = Annotated[int, Field(ge=1, lt=2**63)]
Percent = Annotated[int, Field(ge=1, le=10_000, description="Hundredths of a percent: 1000 is 10 %")]
Days = Annotated[int, Field(ge=0, le=3_650)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class LeastSpend(MoneyBody):
    amount_minor: Annotated[int, Field(ge=0, le=10**15)]


class TermsIn(Schema):
    """What the offer promises; `store_ids` empty means every store."""

    percent_bp: Percent
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    valid_days: Days | None = None
    min_spend: LeastSpend | None = None
    store_ids: Annotated[list[Id], Field(max_length=10_000)] = []

    def draft(self) -> TermsDraft:
        return TermsDraft(
            percent_bp=self.percent_bp,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            valid_days=self.valid_days,
            min_spend_minor=self.min_spend.amount_minor if self.min_spend else None,
            min_spend_currency=self.min_spend.currency if self.min_spend else None,
            store_ids=self.store_ids,
        )


class OfferIn(TermsIn):
    name: Name
    kind: Literal["percent"] = "percent"
    coupon_mode: Literal["one_each"] = "one_each"


class OfferChange(Schema):
    """Members that are sent change. New terms hold for coupons issued from now on."""

    name: Name | None = None
    percent_bp: Percent | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    valid_days: Days | None = None
    min_spend: LeastSpend | None = None
    store_ids: Annotated[list[Id], Field(max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _terms_keep_what_they_need(self) -> OfferChange:
        for required in ("percent_bp", "store_ids", "name"):
            if required in self.model_fields_set and getattr(self, required) is None:
                raise ValueError(f"{required} cannot be null")
        return self

    def draft(self, current: OfferView) -> TermsDraft | None:
        """The current terms with the sent ones in their place; None where no term was sent."""
        if not self.model_fields_set - {"name"}:
            return None
        before = OfferOut.of(current).model_dump(include=set(TermsIn.model_fields))
        return TermsIn(**{**before, **self.model_dump(include=self.model_fields_set - {"name"})}).draft()


class OfferOut(Schema):
    id: int
    name: str
    kind: Offer.Kind
    state: Offer.State
    coupon_mode: Offer.CouponMode
    version: int
    percent_bp: int
    starts_at: datetime | None
    ends_at: datetime | None
    valid_days: int | None
    min_spend: MoneyBody | None
    store_ids: list[int]
    issued: int
    redeemed: int
    discount_given: list[MoneyBody]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: OfferView) -> OfferOut:
        offer, terms = view.offer, view.terms
        return cls(
            id=offer.pk,
            name=offer.name,
            kind=Offer.Kind(offer.kind),
            state=Offer.State(offer.state),
            coupon_mode=Offer.CouponMode(offer.coupon_mode),
            version=offer.version,
            percent_bp=terms.percent_bp,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            valid_days=terms.valid_days,
            min_spend=MoneyBody(amount_minor=terms.min_spend_minor, currency=terms.min_spend_currency)
            if terms.min_spend_minor is not None and terms.min_spend_currency is not None
            else None,
            store_ids=terms.store_ids,
            issued=view.figures.issued,
            redeemed=view.figures.redeemed,
            discount_given=[MoneyBody.model_validate(money) for money in view.figures.discount_given],
            created_at=offer.created_at,
            updated_at=offer.updated_at,
        )


class NamedRef(Schema):
    id: int
    name: str


class OrderRef(Schema):
    id: int
    external_id: str


class CouponRow(Schema):
    id: int
    code: str
    state: Coupon.State
    customer: NamedRef | None
    reason: str
    issued_at: datetime
    expires_at: datetime | None
    locked_until: datetime | None
    redeemed_at: datetime | None
    order: OrderRef | None
    discount: MoneyBody | None

    @classmethod
    def of(cls, coupon: Coupon, *, scope: Scope) -> CouponRow:
        return cls(**_coupon(coupon, scope))


def _coupon(coupon: Coupon, scope: Scope) -> dict[str, Any]:
    # Any store takes a coupon, whosever it is: who that is, and where it was taken, is told to those who may see it.
    customer = coupon.customer if coupon.customer and scope.allows_store(coupon.customer.home_store_id) else None
    order = coupon.order if coupon.order and scope.allows_store(coupon.order.store_id) else None
    return {
        "id": coupon.pk,
        "code": coupon.code,
        "state": Coupon.State(coupon.state),
        "customer": NamedRef(id=customer.pk, name=customer.name) if customer else None,
        "reason": coupon.reason,
        "issued_at": coupon.issued_at,
        "expires_at": coupon.expires_at,
        "locked_until": coupon.locked_until,
        "redeemed_at": coupon.redeemed_at,
        "order": OrderRef.model_validate(order) if order else None,
        "discount": MoneyBody(amount_minor=coupon.discount_minor, currency=coupon.discount_currency)
        if coupon.discount_minor is not None and coupon.discount_currency is not None
        else None,
    }


class CouponEventOut(Schema):
    at: datetime
    from_state: Coupon.State | None
    to_state: Coupon.State
    order_id: int | None
    actor: str
    note: str

    @classmethod
    def of(cls, event: CouponEvent, coupon: Coupon, scope: Scope) -> CouponEventOut:
        order = coupon.order
        sees_order = scope.all_stores or (
            order is not None and order.pk == event.order_id and scope.allows_store(order.store_id)
        )
        return cls(
            at=event.at,
            from_state=Coupon.State(event.from_state) if event.from_state else None,
            to_state=Coupon.State(event.to_state),
            order_id=event.order_id if sees_order else None,
            actor=event.actor,
            note=event.note,
        )


class CouponOut(CouponRow):
    """A coupon with the terms it was issued under and everything that happened to it."""

    offer: NamedRef
    percent_bp: int
    min_spend: MoneyBody | None
    events: list[CouponEventOut]

    @classmethod
    def with_events(cls, coupon: Coupon, events: list[CouponEvent], *, scope: Scope) -> CouponOut:
        terms = coupon.terms
        return cls(
            **_coupon(coupon, scope),
            offer=NamedRef(id=coupon.offer.pk, name=coupon.offer.name),
            percent_bp=terms.percent_bp,
            min_spend=MoneyBody(amount_minor=terms.min_spend_minor, currency=terms.min_spend_currency)
            if terms.min_spend_minor is not None and terms.min_spend_currency is not None
            else None,
            events=[CouponEventOut.of(event, coupon, scope) for event in events],
        )


class LockIn(Schema):
    """The order the coupon is held for, and for how long."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    order_external_id: Annotated[str, Field(min_length=1, max_length=120)]
    seconds: Annotated[int, Field(ge=1, le=LONGEST_LOCK_SECONDS)] = 300


class ReleaseIn(Schema):
    source: Annotated[str, Field(min_length=1, max_length=60)]
    order_external_id: Annotated[str, Field(min_length=1, max_length=120)]


class VoidIn(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=300)]
