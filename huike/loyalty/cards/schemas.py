"""Bodies of the endpoints about cards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from huike.customers.rules import mask_card
from huike.kernel.scope import Scope
from huike.loyalty.cards.rules import LONGEST, LONGEST_PREFIX, MOST_IN_BATCH, SHORTEST, masked_name
from huike.loyalty.cards.selectors import BatchView
from huike.loyalty.cards.services import BatchDraft, Identified
from huike.loyalty.models import Card, CardBatch, CardChange, Member
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Number = Annotated[str, Field(min_length=1, max_length=40)]
Note = Annotated[str, Field(max_length=300)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class CardBatchIn(Schema):
    """`count` numbers of `length` digits that begin with `prefix` and end with a check digit."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    kind: CardBatch.Kind
    prefix: Annotated[str, Field(pattern=rf"^[0-9]{{0,{LONGEST_PREFIX}}}$")]
    length: Annotated[int, Field(ge=SHORTEST, le=LONGEST)]
    unguessable: bool = True
    count: Annotated[int, Field(ge=1, le=MOST_IN_BATCH)]

    def draft(self) -> BatchDraft:
        return BatchDraft(**self.model_dump())


class CardCounts(Schema):
    made: int = 0
    active: int = 0
    blocked: int = 0
    lost: int = 0
    replaced: int = 0
    closed: int = 0


class CardBatchOut(Schema):
    id: int
    name: str
    kind: CardBatch.Kind
    prefix: str
    length: int
    unguessable: bool
    count: int
    states: CardCounts
    created_at: datetime

    @classmethod
    def of(cls, view: BatchView) -> CardBatchOut:
        batch = view.batch
        return cls(
            id=batch.pk,
            name=batch.name,
            kind=CardBatch.Kind(batch.kind),
            prefix=batch.prefix,
            length=batch.length,
            unguessable=batch.unguessable,
            count=batch.count,
            states=CardCounts(**view.states),
            created_at=batch.created_at,
        )


class CardHolder(Schema):
    id: int
    name: str


class CardRow(Schema):
    number: str
    kind: CardBatch.Kind
    state: Card.State
    bound_at: datetime | None

    @classmethod
    def of(cls, card: Card) -> CardRow:
        return cls(
            number=card.number,
            kind=CardBatch.Kind(card.batch.kind),
            state=Card.State(card.state),
            bound_at=card.bound_at,
        )


class CardChangeOut(Schema):
    at: datetime
    from_state: Card.State
    to_state: Card.State
    actor: str
    note: str


class CardOut(CardRow):
    """A card, whose it is, what stands before and after it, and everything that happened to it."""

    batch_id: int
    batch_name: str
    customer: CardHolder | None
    replaces: str | None
    replaced_by: str | None
    changes: list[CardChangeOut]

    @classmethod
    def with_changes(cls, card: Card, changes: list[CardChange], *, replaced_by: str | None, scope: Scope) -> CardOut:
        holder = card.customer if card.customer and scope.allows_store(card.customer.home_store_id) else None
        return cls(
            **CardRow.of(card).model_dump(),
            batch_id=card.batch_id,
            batch_name=card.batch.name,
            customer=CardHolder(id=holder.pk, name=holder.name) if holder else None,
            replaces=card.replaces.number if card.replaces else None,
            replaced_by=replaced_by,
            changes=[CardChangeOut.model_validate(change) for change in changes],
        )


class BindIn(Schema):
    customer_id: Id
    note: Note = ""


class CardNoteIn(Schema):
    note: Reason


class ReplaceIn(Schema):
    """`by_number` is a card from the box; without it she gets a digital one."""

    by_number: Number | None = None
    note: Reason


class MemberCodeKeyOut(Schema):
    """What a till needs to take codes offline: `public_key` is Ed25519, 32 bytes in base64."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    step_seconds: int
    margin_steps: int


class IdentifyIn(Schema):
    """One of the three."""

    code: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    card_number: Number | None = None
    phone: Annotated[str, Field(min_length=1, max_length=40)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> IdentifyIn:
        if sum(told is not None for told in (self.code, self.card_number, self.phone)) != 1:
            raise ValueError("tell one of code, card_number and phone")
        return self


class IdentifiedCard(Schema):
    """The last digits of a card; `state` is `active`, or nobody would have been identified by it."""

    number_masked: str
    state: Card.State


class IdentifiedOut(Schema):
    """Who stands at the till. `tier` is the key of hers; None below the lowest and for who is in no programme."""

    customer_id: int
    name_masked: str
    tier: str | None
    member_since_at: datetime | None
    card: IdentifiedCard | None

    @classmethod
    def of(cls, found: Identified, *, name: str, member: Member | None) -> IdentifiedOut:
        card = found.card
        return cls(
            customer_id=found.customer_id,
            name_masked=masked_name(name),
            tier=member.tier if member else None,
            member_since_at=member.joined_at if member else None,
            card=IdentifiedCard(number_masked=mask_card(card.number) or "", state=Card.State(card.state))
            if card
            else None,
        )
