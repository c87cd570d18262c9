"""Bodies of the endpoints about coupons."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from huike.kernel.scope import Scope
from huike.platform.schema import MoneyBody, Schema
from huike.promotions.models import Coupon, CouponEvent
from huike.promotions.rules import LONGEST_LOCK_SECONDS
from huike.promotions.terms.document import OfferDocument

Id = Annotated[int, Field(ge=1, lt=2**63)]


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
    terms: OfferDocument
    events: list[CouponEventOut]

    @classmethod
    def with_events(cls, coupon: Coupon, events: list[CouponEvent], *, scope: Scope) -> CouponOut:
        return cls(
            **_coupon(coupon, scope),
            offer=NamedRef(id=coupon.offer.pk, name=coupon.offer.name),
            terms=coupon.terms.terms,
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
