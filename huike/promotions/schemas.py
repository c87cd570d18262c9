"""Bodies of the endpoints about coupons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.kernel.scope import Scope
from huike.platform.schema import MoneyBody, Schema
from huike.promotions.coupons.rules import LONGEST_LOCK_SECONDS, may_pass
from huike.promotions.models import Coupon, CouponEvent, CouponUse
from huike.promotions.selectors import CouponFilter, CouponStory
from huike.promotions.terms.coupons import Transfer
from huike.promotions.terms.document import OfferDocument

Id = Annotated[int, Field(ge=1, lt=2**63)]


class NamedRef(Schema):
    id: int
    name: str


class OrderRef(Schema):
    id: int
    external_id: str


class CouponUseOut(Schema):
    """One use; `order` is absent where it was in a store that is not told of."""

    order: OrderRef | None
    used_at: datetime
    discount: MoneyBody
    given_back_at: datetime | None
    given_back_why: CouponUse.GivenBack | None

    @classmethod
    def of(cls, use: CouponUse, scope: Scope) -> CouponUseOut:
        return cls(
            order=OrderRef.model_validate(use.order) if scope.allows_store(use.order.store_id) else None,
            used_at=use.used_at,
            discount=MoneyBody(amount_minor=use.discount_minor, currency=use.discount_currency),
            given_back_at=use.given_back_at,
            given_back_why=CouponUse.GivenBack(use.given_back_why) if use.given_back_why else None,
        )


class CouponRow(Schema):
    """`order` is the last that uses it now; `discount` what all uses took off, where that is of one currency."""

    id: int
    code: str
    state: Coupon.State
    customer: NamedRef | None
    batch: NamedRef | None
    reason: str
    uses_allowed: int
    uses_left: int
    issued_at: datetime
    expires_at: datetime | None
    redeemed_at: datetime | None
    order: OrderRef | None
    discount: MoneyBody | None

    @classmethod
    def of(cls, coupon: Coupon, uses: Sequence[CouponUse], *, scope: Scope) -> CouponRow:
        return cls(**_coupon(coupon, uses, scope))


def _coupon(coupon: Coupon, uses: Sequence[CouponUse], scope: Scope) -> dict[str, Any]:
    # Any store takes a coupon, whosever it is: who that is, and where it was taken, is told to those who may see it.
    customer = coupon.customer if coupon.customer and scope.allows_store(coupon.customer.home_store_id) else None
    living = [use for use in uses if use.given_back_at is None]
    order = living[-1].order if living and scope.allows_store(living[-1].order.store_id) else None
    currencies = {use.discount_currency for use in living}
    return {
        "id": coupon.pk,
        "code": coupon.code,
        "state": Coupon.State(coupon.state),
        "customer": NamedRef(id=customer.pk, name=customer.name) if customer else None,
        "batch": NamedRef(id=coupon.batch.pk, name=coupon.batch.name) if coupon.batch else None,
        "reason": coupon.reason,
        "uses_allowed": coupon.uses_allowed,
        "uses_left": coupon.uses_left,
        "issued_at": coupon.issued_at,
        "expires_at": coupon.expires_at,
        "redeemed_at": coupon.redeemed_at,
        "order": OrderRef.model_validate(order) if order else None,
        "discount": MoneyBody(amount_minor=sum(use.discount_minor for use in living), currency=currencies.pop())
        if len(currencies) == 1
        else None,
    }


class CouponEventOut(Schema):
    """One row of a coupon's history; orders and people of other stores are not told of."""

    at: datetime
    deed: CouponEvent.Deed
    from_state: Coupon.State | None
    to_state: Coupon.State
    uses_left: int
    order: OrderRef | None
    holder_before: NamedRef | None
    holder_after: NamedRef | None
    actor: str
    note: str


class CouponLockOut(Schema):
    order_key: str
    until_at: datetime


class CouponOut(CouponRow):
    """A coupon with the terms it was issued under, who holds it for what, and everything that happened to it."""

    offer: NamedRef
    terms: OfferDocument
    transfers: int
    can_restore: bool
    locks: list[CouponLockOut]
    uses: list[CouponUseOut]
    events: list[CouponEventOut]

    @classmethod
    def of_story(cls, story: CouponStory, *, scope: Scope) -> CouponOut:
        coupon = story.coupon
        return cls(
            **_coupon(coupon, story.uses, scope),
            offer=NamedRef(id=coupon.offer.pk, name=coupon.offer.name),
            terms=coupon.terms.terms,
            transfers=coupon.transfers,
            can_restore=coupon.state == Coupon.State.VOID and bool(coupon.void_ref),
            locks=[CouponLockOut.model_validate(lock) for lock in story.locks],
            uses=[CouponUseOut.of(use, scope) for use in story.uses],
            events=[_event(event, story) for event in story.events],
        )


def _event(event: CouponEvent, story: CouponStory) -> CouponEventOut:
    def named(holder_id: int | None) -> NamedRef | None:
        name = story.names.get(holder_id) if holder_id is not None else None
        return None if holder_id is None or name is None else NamedRef(id=holder_id, name=name)

    order = story.orders.get(event.order_id) if event.order_id is not None else None
    return CouponEventOut(
        at=event.at,
        deed=CouponEvent.Deed(event.deed),
        from_state=Coupon.State(event.from_state) if event.from_state else None,
        to_state=Coupon.State(event.to_state),
        uses_left=event.uses_left,
        order=OrderRef.model_validate(order) if order else None,
        holder_before=named(event.holder_before),
        holder_after=named(event.holder_after),
        actor=event.actor,
        note=event.note,
    )


class LockIn(Schema):
    """The order the coupon is held for, and for how long."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    order_external_id: Annotated[str, Field(min_length=1, max_length=120)]
    seconds: Annotated[int, Field(ge=1, le=LONGEST_LOCK_SECONDS)] = 300


class ReleaseIn(Schema):
    source: Annotated[str, Field(min_length=1, max_length=60)]
    order_external_id: Annotated[str, Field(min_length=1, max_length=120)]


class IssueIn(Schema):
    """To whom; each gets one."""

    customer_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]


class IssuedOut(Schema):
    issued: int
    codes: list[str]


class SegmentIssueIn(Schema):
    segment_id: Id


class VoidManyIn(Schema):
    """Which of the offer's coupons; without any of them, all that are not redeemed."""

    state: Literal["issued", "locked", "expired"] | None = None
    batch_id: Id | None = None
    issued_for: Annotated[str, Field(max_length=60)] | None = None
    held: bool | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]

    def narrowing(self) -> CouponFilter:
        return CouponFilter(state=self.state, batch_id=self.batch_id, reason=self.issued_for, held=self.held)


class RestoreManyIn(Schema):
    """`job_id` is the job that made them void."""

    job_id: Id
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class GiveIn(Schema):
    customer_id: Id


class OwnCouponOut(CouponRow):
    """A coupon as its customer's file shows it."""

    offer: NamedRef
    transfer: Transfer
    can_give: bool

    @classmethod
    def of_hers(cls, coupon: Coupon, uses: Sequence[CouponUse], *, scope: Scope) -> OwnCouponOut:
        rule = coupon.terms.terms.coupon.transfer
        is_whole = coupon.state == Coupon.State.ISSUED and coupon.uses_left == coupon.uses_allowed
        return cls(
            **_coupon(coupon, uses, scope),
            offer=NamedRef(id=coupon.offer.pk, name=coupon.offer.name),
            transfer=rule,
            can_give=is_whole and may_pass(rule, transfers=coupon.transfers),
        )


class NoteIn(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=300)]
