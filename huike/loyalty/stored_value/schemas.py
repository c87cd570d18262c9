"""Bodies of the endpoints about stored value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.kernel.scope import Scope
from huike.ledger.selectors import StatementLine
from huike.loyalty.models import TopUp, ValueFreeze, ValueRefund
from huike.loyalty.points.reading import RunningProgramme, Version
from huike.loyalty.stored_value.rules import Paid, RefundPart, TopUpLeft, by_tender
from huike.loyalty.stored_value.selectors import DayRow, Statement, StoreDay, ValueView
from huike.loyalty.stored_value.services import TopUpDraft
from huike.loyalty.terms.stored_value import Plan, Spends
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
AmountMinor = Annotated[int, Field(ge=1, le=10**12)]
Tender = Literal["cash", "card", "wallet", "transfer", "other"]
Words = Annotated[str, Field(min_length=1, max_length=300)]
Figure = Literal[
    "topped_up",
    "bonus_given",
    "spent",
    "given_back",
    "paid_out",
    "kept",
    "forfeited",
    "expired",
    "adjusted",
    "other",
]


class FindIn(Schema):
    """What stands before the clerk: a phone number, a card number, or what the code on a phone says."""

    text: Annotated[str, Field(min_length=1, max_length=200)]


class FoundAtDeskOut(Schema):
    customer_id: int
    name: str


class TenderAmount(Schema):
    tender: Tender
    amount_minor: AmountMinor


class TopUpIn(Schema):
    """What is paid in and by what; by a plan, or any amount where the terms allow it. Each tender is told once."""

    tenders: Annotated[list[TenderAmount], Field(min_length=1, max_length=5)]
    plan_key: Annotated[str, Field(max_length=40)] = ""
    store_id: Id | None = None

    @model_validator(mode="after")
    def _tells_each_tender_once(self) -> TopUpIn:
        if len({each.tender for each in self.tenders}) < len(self.tenders):
            raise PydanticCustomError("stored_value.tender_told_twice", "A tender is told twice")
        return self

    def draft(self) -> TopUpDraft:
        return TopUpDraft(
            tenders=[Paid(each.tender, each.amount_minor) for each in self.tenders],
            store_id=self.store_id,
            plan_key=self.plan_key,
        )


class RefundIn(Schema):
    """`expected` is what is paid out by each tender, as the desk was shown it."""

    amount_minor: AmountMinor
    expected: Annotated[list[TenderAmount], Field(max_length=5)]
    store_id: Id | None = None


class FreezeIn(Schema):
    reason: Words


class PlansOut(Schema):
    """What may be topped up now."""

    currency: str
    plans: list[Plan]
    any_amount: bool
    least_minor: int
    most_minor: int | None
    spends: Spends

    @classmethod
    def of(cls, programme: RunningProgramme, version: Version) -> PlansOut:
        terms = version.document.stored_value
        return cls(
            currency=programme.currency,
            plans=terms.plans,
            any_amount=terms.any_amount,
            least_minor=terms.least_minor,
            most_minor=terms.most_minor,
            spends=terms.spends,
        )


class TopUpOut(Schema):
    """A top-up and what is left of it. What was paid at a store the reader may not see says no store."""

    id: int
    at: datetime
    store_id: int | None
    plan_name: str
    paid_minor: int
    bonus_minor: int
    tenders: list[TenderAmount]
    actor: str
    paid_left_minor: int
    bonus_left_minor: int
    refunded_minor: int

    @classmethod
    def of(cls, made: TopUp, left: TopUpLeft, *, scope: Scope) -> TopUpOut:
        return cls(
            id=made.pk,
            at=made.at,
            store_id=made.store_id if scope.allows_store(made.store_id) else None,
            plan_name=made.plan_name,
            paid_minor=made.paid_minor,
            bonus_minor=made.bonus_minor,
            tenders=[TenderAmount(tender=tender, amount_minor=amount) for tender, amount in made.tenders],
            actor=made.actor,
            paid_left_minor=left.paid_left_minor,
            bonus_left_minor=left.bonus_left_minor,
            refunded_minor=left.refunded_minor,
        )


class FrozenOut(Schema):
    at: datetime
    reason: str
    actor: str

    @classmethod
    def of(cls, freeze: ValueFreeze) -> FrozenOut:
        return cls(at=freeze.at, reason=freeze.reason, actor=freeze.actor)


class ValueExpiringOut(Schema):
    at: datetime
    amount_minor: int


class ValueOut(Schema):
    """What a customer has. `balance` may be spent, below zero is owed; `room` is what may still be topped up."""

    customer_id: int
    currency: str
    balance_minor: int
    paid_minor: int
    bonus_minor: int
    held_minor: int
    refundable_minor: int
    is_named: bool
    most_minor: int | None
    room_minor: int | None
    frozen: FrozenOut | None
    expiring: list[ValueExpiringOut]
    top_ups: list[TopUpOut]

    @classmethod
    def of(cls, customer_id: int, view: ValueView, *, scope: Scope) -> ValueOut:
        return cls(
            customer_id=customer_id,
            currency=view.currency,
            balance_minor=view.balance_minor,
            paid_minor=view.paid_minor,
            bonus_minor=view.bonus_minor,
            held_minor=view.held_minor,
            refundable_minor=view.refundable_minor,
            is_named=view.is_named,
            most_minor=view.most_minor,
            room_minor=view.room_minor,
            frozen=None if view.frozen is None else FrozenOut.of(view.frozen),
            expiring=[ValueExpiringOut(at=at, amount_minor=amount) for at, amount in view.expiring],
            top_ups=[TopUpOut.of(made, left, scope=scope) for made, left in view.top_ups],
        )


class ToppedUpOut(Schema):
    """What was done, and what she has now."""

    top_up_id: int
    value: ValueOut


class RefundPartOut(Schema):
    top_up_id: int
    taken_minor: int
    forfeited_minor: int
    kept_minor: int
    paid_out: list[TenderAmount]


class RefundQuoteOut(Schema):
    """How so much would be paid out: `taken` is `paid_out` and what is `kept` for a bonus that was spent."""

    taken_minor: int
    paid_out_minor: int
    kept_minor: int
    forfeited_minor: int
    by_tender: list[TenderAmount]
    parts: list[RefundPartOut]

    @classmethod
    def of(cls, parts: Sequence[RefundPart]) -> RefundQuoteOut:
        return cls(
            taken_minor=sum(part.taken_minor for part in parts),
            paid_out_minor=sum(part.paid_out_minor for part in parts),
            kept_minor=sum(part.kept_minor for part in parts),
            forfeited_minor=sum(part.forfeited_minor for part in parts),
            by_tender=_amounts(by_tender(parts)),
            parts=[
                RefundPartOut(
                    top_up_id=part.top_up.id,
                    taken_minor=part.taken_minor,
                    forfeited_minor=part.forfeited_minor,
                    kept_minor=part.kept_minor,
                    paid_out=[TenderAmount(tender=out.by, amount_minor=out.amount_minor) for out in part.paid_out],
                )
                for part in parts
            ],
        )


def _amounts(sums: dict[str, int]) -> list[TenderAmount]:
    return [TenderAmount(tender=tender, amount_minor=amount) for tender, amount in sums.items()]


class RefundedOut(Schema):
    refund_id: int
    paid_out_minor: int
    value: ValueOut

    @classmethod
    def after(cls, made: ValueRefund, value: ValueOut) -> RefundedOut:
        return cls(refund_id=made.pk, paid_out_minor=made.paid_out_minor, value=value)


class ValueLineOut(Schema):
    """One line: `what` says what happened, `balance` what she might spend after it."""

    transaction_id: int
    posted_at: datetime
    occurred_at: datetime
    what: str
    amount_minor: int
    held_minor: int
    balance_minor: int
    order_id: int | None
    actor: str
    expires_at: datetime | None

    @classmethod
    def of(cls, line: StatementLine) -> ValueLineOut:
        return cls(
            transaction_id=line.transaction_id,
            posted_at=line.posted_at,
            occurred_at=line.occurred_at,
            what=line.reason.get("what", line.kind) if line.kind not in {"hold", "release"} else line.kind,
            amount_minor=line.amount,
            held_minor=line.held,
            balance_minor=line.balance,
            order_id=line.reason.get("order"),
            actor=line.actor,
            expires_at=line.expires_at,
        )


class ValueStatementOut(Schema):
    currency: str
    from_on: date
    to_on: date
    opening_minor: int
    closing_minor: int
    lines: list[ValueLineOut]

    @classmethod
    def of(cls, statement: Statement, *, from_on: date, to_on: date) -> ValueStatementOut:
        return cls(
            currency=statement.currency,
            from_on=from_on,
            to_on=to_on,
            opening_minor=statement.opening_minor,
            closing_minor=statement.closing_minor,
            lines=[ValueLineOut.of(line) for line in statement.lines],
        )


class FigureOut(Schema):
    figure: Figure
    amount_minor: int


class StoreDayOut(Schema):
    """One store's day; what went out is below zero. `store_id` null is what happened at none."""

    store_id: int | None
    store_name: str | None
    opening_minor: int
    closing_minor: int
    figures: list[FigureOut]
    topped_up_by: list[TenderAmount]
    paid_out_by: list[TenderAmount]

    @classmethod
    def of(cls, day: StoreDay, order: Sequence[str]) -> StoreDayOut:
        return cls(
            store_id=day.store_id,
            store_name=day.store_name,
            opening_minor=day.opening_minor,
            closing_minor=day.closing_minor,
            figures=[
                FigureOut(figure=figure, amount_minor=day.figures[figure]) for figure in order if figure in day.figures
            ],
            topped_up_by=_amounts(day.topped_up_by),
            paid_out_by=_amounts(day.paid_out_by),
        )


class ValueDayOut(Schema):
    on: date
    currency: str
    stores: list[StoreDayOut]


class DayRowOut(Schema):
    transaction_id: int
    posted_at: datetime
    amount_minor: int
    customer_id: int
    customer_name: str
    order_id: int | None
    actor: str

    @classmethod
    def of(cls, row: DayRow) -> DayRowOut:
        kind, _, number = row.reference.partition(":")
        return cls(
            transaction_id=row.transaction_id,
            posted_at=row.posted_at,
            amount_minor=row.amount_minor,
            customer_id=row.customer_id,
            customer_name=row.customer_name,
            order_id=int(number) if kind == "order" else None,
            actor=row.actor,
        )


class DayRowsOut(Schema):
    items: list[DayRowOut]
    next_before: int | None
