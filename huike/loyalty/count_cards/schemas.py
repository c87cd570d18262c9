"""Bodies of the endpoints about count cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from huike.loyalty.count_cards.selectors import CardView, LotView
from huike.loyalty.count_cards.services import RefundDraft, Used
from huike.loyalty.models import UsesRefund
from huike.loyalty.terms.count_cards import CountCard
from huike.platform.schema import MoneyBody, Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
CardKey = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Uses = Annotated[int, Field(ge=1, le=10_000)]
Tender = Literal["cash", "card", "wallet", "transfer", "other"]


class CountCardsOut(Schema):
    """The count cards of the terms in effect; empty where none runs."""

    cards: list[CountCard]

    @classmethod
    def of(cls, cards: Sequence[CountCard]) -> CountCardsOut:
        return cls(cards=list(cards))


class UsesLotOut(Schema):
    """Uses that came together: with an order, or by hand (no order). `left` of `amount` can be used before
    `expires_at`; `refundable` of them can be paid out, which all together come to `worth`."""

    lot_id: int
    order_id: int | None
    order_external_id: str | None
    came_at: datetime
    expires_at: datetime | None
    amount: int
    left: int
    refundable: int
    worth: MoneyBody | None

    @classmethod
    def of(cls, lot: LotView) -> UsesLotOut:
        sold = lot.sold
        return cls(
            lot_id=lot.lot_id,
            order_id=lot.order_id,
            order_external_id=lot.order_external_id,
            came_at=lot.came_at,
            expires_at=lot.expires_at,
            amount=lot.amount,
            left=lot.left,
            refundable=sold.refundable if sold else 0,
            worth=MoneyBody(amount_minor=sold.worth_minor(sold.refundable), currency=lot.currency)
            if sold and lot.currency
            else None,
        )


class HeldCardOut(Schema):
    """What a customer has of one card: `balance` uses now. `lots` are those with anything left, what ends first on
    top. Her ledger of it is that of the asset `uses:<card_key>`."""

    card_key: str
    name: str
    balance: int
    lots: list[UsesLotOut]

    @classmethod
    def of(cls, view: CardView) -> HeldCardOut:
        return cls(
            card_key=view.key,
            name=view.name,
            balance=view.standing.balance,
            lots=[UsesLotOut.of(lot) for lot in view.lots],
        )


class HeldCardsOut(Schema):
    customer_id: int
    cards: list[HeldCardOut]

    @classmethod
    def of(cls, customer_id: int, views: Sequence[CardView]) -> HeldCardsOut:
        return cls(customer_id=customer_id, cards=[HeldCardOut.of(view) for view in views])


class UseIn(Schema):
    card_key: CardKey
    uses: Uses = 1
    store_id: Id | None = None


class UsedOut(Schema):
    """`left` is what she has of the card now."""

    transaction_id: int
    customer_id: int
    card_key: str
    uses: int
    left: int

    @classmethod
    def of(cls, customer_id: int, used: Used) -> UsedOut:
        return cls(
            transaction_id=used.transaction_id,
            customer_id=customer_id,
            card_key=used.card_key,
            uses=used.uses,
            left=used.left.balance,
        )


class UsesRefundQuoteOut(Schema):
    """What so many unused uses of one order's card come to; `refundable` is the most that can be paid out."""

    order_id: int
    card_key: str
    uses: int
    refundable: int
    amount: MoneyBody


class UsesRefundIn(Schema):
    """`expected_minor` is what it comes to as the desk was shown it."""

    order_id: Id
    card_key: CardKey
    uses: Uses
    expected_minor: Annotated[int, Field(ge=0, le=10**15)]
    tender: Tender
    store_id: Id | None = None

    def draft(self) -> RefundDraft:
        return RefundDraft(**self.model_dump())


class UsesRefundedOut(Schema):
    refund_id: int
    uses: int
    amount: MoneyBody
    tender: str

    @classmethod
    def of(cls, made: UsesRefund) -> UsesRefundedOut:
        return cls(
            refund_id=made.pk,
            uses=made.uses,
            amount=MoneyBody(amount_minor=made.amount_minor, currency=made.currency),
            tender=made.tender,
        )
