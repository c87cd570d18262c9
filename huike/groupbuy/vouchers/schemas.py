"""Bodies of the endpoints about vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from huike.groupbuy.deals.rules import Refusal
from huike.groupbuy.deals.terms import MOST_USES, DealDocument, Item
from huike.groupbuy.models import Redemption, Voucher, VoucherChange
from huike.groupbuy.schemas import CustomerRef, DealRef
from huike.groupbuy.vouchers.services import Told
from huike.platform.schema import MoneyBody, Problem, Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
Uses = Annotated[int, Field(ge=1, le=MOST_USES)]


class VoucherRow(Schema):
    """A voucher in a list; its code as its last four characters, for whoever reads lists does not redeem."""

    id: int
    code_end: str
    deal: DealRef
    customer: CustomerRef
    participation_id: int
    number: int
    state: Voucher.State
    uses: int
    used: int
    price: MoneyBody
    left: MoneyBody
    valid_from: datetime
    valid_until: datetime
    issued_at: datetime

    @classmethod
    def of(cls, voucher: Voucher) -> VoucherRow:
        return cls(**_row(voucher))


def _row(voucher: Voucher) -> dict[str, Any]:
    currency = voucher.participation.group.currency
    return {
        "id": voucher.pk,
        "code_end": voucher.code[-4:],
        "deal": DealRef.model_validate(voucher.deal),
        "customer": CustomerRef.model_validate(voucher.participation.customer),
        "participation_id": voucher.participation_id,
        "number": voucher.number,
        "state": Voucher.State(voucher.state),
        "uses": voucher.uses,
        "used": voucher.used,
        "price": MoneyBody(amount_minor=voucher.price_minor, currency=currency),
        "left": MoneyBody(amount_minor=voucher.left_minor, currency=currency),
        "valid_from": voucher.valid_from,
        "valid_until": voucher.valid_until,
        "issued_at": voucher.issued_at,
    }


class StoreRef(Schema):
    id: int
    name: str


class VoucherRedemptionOut(Schema):
    id: int
    voucher_id: int
    deal: DealRef
    store: StoreRef
    uses: int
    amount: MoneyBody
    commission_minor: int
    occurred_at: datetime
    recorded_at: datetime
    clerk: str
    undone_at: datetime | None
    undone_by: str
    undo_reason: str

    @classmethod
    def of(cls, one: Redemption) -> VoucherRedemptionOut:
        return cls(
            id=one.pk,
            voucher_id=one.voucher_id,
            deal=DealRef.model_validate(one.voucher.deal),
            store=StoreRef.model_validate(one.store),
            uses=one.uses,
            amount=MoneyBody(amount_minor=one.amount_minor, currency=one.voucher.participation.group.currency),
            commission_minor=one.commission_minor,
            occurred_at=one.occurred_at,
            recorded_at=one.recorded_at,
            clerk=one.clerk,
            undone_at=one.undone_at,
            undone_by=one.undone_by,
            undo_reason=one.undo_reason,
        )


class VoucherMoment(Schema):
    """`uses` below zero were given back. `amount_minor` is what they are worth, or what was left at the end."""

    at: datetime
    from_state: Voucher.State | None
    to_state: Voucher.State
    uses: int
    amount_minor: int
    actor: str
    note: str


class VoucherOut(VoucherRow):
    """A voucher with its redemptions, at stores the reader may see, and what happened to it."""

    redemptions: list[VoucherRedemptionOut]
    history: list[VoucherMoment]

    @classmethod
    def whole(cls, voucher: Voucher, redemptions: Sequence[Redemption], history: Sequence[VoucherChange]) -> VoucherOut:
        return cls(
            **_row(voucher),
            redemptions=[VoucherRedemptionOut.of(one) for one in redemptions],
            history=[VoucherMoment.model_validate(change) for change in history],
        )


class AtCounterOut(Schema):
    """What a clerk sees of a voucher that is shown to her: what it is for, what is left, and whether it holds here and
    now. Nothing of whose it is."""

    code: str
    title_zh: str
    title_en: str
    package: list[Item]
    state: Voucher.State
    uses: int
    left: int
    valid_from: datetime
    valid_until: datetime
    refusal: str | None
    refusal_params: dict[str, Any]

    @classmethod
    def of(cls, voucher: Voucher, terms: DealDocument, refusal: Refusal | None) -> AtCounterOut:
        return cls(
            code=voucher.code,
            title_zh=terms.title_zh,
            title_en=terms.title_en,
            package=terms.package,
            state=Voucher.State(voucher.state),
            uses=voucher.uses,
            left=voucher.uses - voucher.used if voucher.state in {"issued", "partly_used"} else 0,
            valid_from=voucher.valid_from,
            valid_until=voucher.valid_until,
            refusal=refusal.code if refusal else None,
            refusal_params=refusal.params if refusal else {},
        )


class VoucherRedeemIn(Schema):
    code: Code
    store_id: Id
    uses: Uses = 1


class QueuedRedemption(VoucherRedeemIn):
    """One redemption of a phone that was offline: `key` is made by the phone, `occurred_at` by its clock."""

    key: Key
    occurred_at: AwareDatetime

    def told(self, principal: str) -> Told:
        return Told(
            code=self.code,
            store_id=self.store_id,
            uses=self.uses,
            key=f"{principal}:{self.key}",
            occurred_at=self.occurred_at,
        )


class RedemptionQueueIn(Schema):
    items: Annotated[list[QueuedRedemption], Field(min_length=1, max_length=200)]


class HeardRedemption(Schema):
    """What became of one line: `redemption` where it was taken, now or before; else why not."""

    key: str
    redemption: VoucherRedemptionOut | None
    problem: Problem | None


class RedemptionQueueOut(Schema):
    items: list[HeardRedemption]


class RedemptionUndoIn(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class VoucherRefundIn(Schema):
    """`regardless` of the terms, where staff decide so."""

    regardless: bool = False
