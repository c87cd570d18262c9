"""Bodies of the endpoints about groups and who takes part in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.customers.models.consent import Channel, Purpose
from huike.groupbuy.deals.terms import MOST_PIECES, MOST_SIZE
from huike.groupbuy.groups.joining import Joined
from huike.groupbuy.models import Group, GroupChange, Participation
from huike.groupbuy.schemas import CustomerRef, DealRef
from huike.payments.providers.base import Instruction
from huike.platform.schema import MoneyBody, Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Url = Annotated[str, Field(pattern=r"^https?://", max_length=2_000)]
Provider = Annotated[str, Field(min_length=1, max_length=40)]


class GroupRow(Schema):
    """A group in a list. `missing` people fill it; `forms_at` of them are enough at its deadline. `seconds_left` is
    None once it has ended."""

    id: int
    token: str
    deal: DealRef
    merchant: str
    state: Group.State
    reason: Group.Reason | Literal[""]
    size: int
    forms_at: int
    seats: int
    missing: int
    price: MoneyBody
    opened_at: datetime
    deadline_at: datetime
    seconds_left: int | None
    ended_at: datetime | None

    @classmethod
    def of(cls, group: Group, *, now: datetime) -> GroupRow:
        return cls(**_row(group, now))


def _row(group: Group, now: datetime) -> dict[str, object]:
    forming = group.state == Group.State.FORMING
    return {
        "id": group.pk,
        "token": group.token,
        "deal": DealRef.model_validate(group.deal),
        "merchant": group.deal.merchant.name,
        "state": group.state,
        "reason": group.reason,
        "size": group.size,
        "forms_at": group.forms_at,
        "seats": group.seats,
        "missing": max(group.size - group.seats, 0) if forming else 0,
        "price": MoneyBody(amount_minor=group.price_minor, currency=group.currency),
        "opened_at": group.opened_at,
        "deadline_at": group.deadline_at,
        "seconds_left": max(int((group.deadline_at - now).total_seconds()), 0) if forming else None,
        "ended_at": group.ended_at,
    }


class ParticipationRow(Schema):
    """One person's part. `reason` says why it lapsed, or why the money goes back."""

    id: int
    group_id: int
    deal: DealRef
    customer: CustomerRef
    is_leader: bool
    quantity: int
    amount: MoneyBody
    state: Participation.State
    reason: str
    joined_at: datetime
    pay_until: datetime
    seated_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Participation) -> ParticipationRow:
        return cls(
            id=one.pk,
            group_id=one.group_id,
            deal=DealRef.model_validate(one.deal),
            customer=CustomerRef.model_validate(one.customer),
            is_leader=one.group.leader_id == one.pk,
            quantity=one.quantity,
            amount=MoneyBody(amount_minor=one.amount_minor, currency=one.group.currency),
            state=Participation.State(one.state),
            reason=one.reason,
            joined_at=one.joined_at,
            pay_until=one.pay_until,
            seated_at=one.seated_at,
            ended_at=one.ended_at,
        )


class GroupMoment(Schema):
    at: datetime
    kind: GroupChange.Kind
    participation_id: int | None
    seats: int


class GroupOut(GroupRow):
    """A group with those of its people whom the reader may see, and what happened to it."""

    participations: list[ParticipationRow]
    history: list[GroupMoment]

    @classmethod
    def whole(
        cls, group: Group, people: Sequence[Participation], history: Sequence[GroupChange], *, now: datetime
    ) -> GroupOut:
        return cls(
            **_row(group, now),
            participations=[ParticipationRow.of(one) for one in people],
            history=[GroupMoment.model_validate(change) for change in history],
        )


class TickedIn(Schema):
    """One box she ticked."""

    channel: Channel
    purpose: Purpose
    wording_version: Annotated[str, Field(min_length=1, max_length=60)]


class DealBuyerIn(Schema):
    """Who buys: a file that is known, or somebody named by phone or e-mail. `payer` is who pays as the provider must
    know her (WeChat's openid)."""

    customer_id: Id | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    payer: Annotated[str, Field(max_length=128)] = ""
    consents: Annotated[list[TickedIn], Field(max_length=20)] = []


class JoinIn(Schema):
    """Join `group_id`, or open a group of `size` people."""

    group_id: Id | None = None
    size: Annotated[int, Field(ge=1, le=MOST_SIZE)] | None = None
    buyer: DealBuyerIn
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)] = 1
    provider: Provider | None = None
    return_url: Url

    @model_validator(mode="after")
    def _joins_or_opens(self) -> JoinIn:
        if (self.group_id is None) == (self.size is None):
            raise PydanticCustomError("group.join_or_open", "Name a group to join, or the size of one to open")
        return self


class PayIn(Schema):
    provider: Provider | None = None
    payer: Annotated[str, Field(max_length=128)] = ""
    return_url: Url


class InstructionOut(Schema):
    """What her page does now: go to `url`, show `text` as a QR code, hand `params` to WeChat's browser; nothing where
    it is paid (`done`), or the provider does not answer for now (`wait`: ask again under the same key)."""

    kind: Literal["redirect", "qr", "jsapi", "done", "wait"]
    url: str = ""
    text: str = ""
    params: dict[str, str] = {}

    @classmethod
    def of(cls, instruction: Instruction | None) -> InstructionOut:
        if instruction is None:
            return cls(kind="wait")
        return cls(kind=instruction.kind, url=instruction.url, text=instruction.text, params=dict(instruction.params))


class ParticipationJoinedOut(Schema):
    """`token` opens her own page, `group_token` is what she shares."""

    participation_id: int
    token: str
    group_id: int
    group_token: str
    customer_id: int
    state: Participation.State
    pay_until: datetime
    amount: MoneyBody
    payment_id: int
    pay: InstructionOut

    @classmethod
    def of(cls, joined: Joined, instruction: Instruction | None) -> ParticipationJoinedOut:
        amount = joined.payment.amount
        return cls(
            participation_id=joined.participation_id,
            token=joined.token,
            group_id=joined.group_id,
            group_token=joined.group_token,
            customer_id=joined.customer_id,
            state=Participation.State(joined.state),
            pay_until=joined.pay_until,
            amount=MoneyBody(amount_minor=amount.amount_minor, currency=amount.currency),
            payment_id=joined.payment.id,
            pay=InstructionOut.of(instruction),
        )
