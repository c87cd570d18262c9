"""Bodies of what tills and those who look after them send."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from huike.checkout.models import OfflineItem, Till
from huike.checkout.offline.rules import MOST_ITEMS
from huike.checkout.schemas import BuyerIn, Id, OrderIn, PaymentIn, PlacedOut
from huike.customers.rules import mask_card, mask_email, mask_phone
from huike.platform.schema import Problem, Schema

Points = Annotated[int, Field(ge=0, le=10**9)]


class TillIn(Schema):
    """`public_key` is what the till made at its first start: 32 bytes of Ed25519 in base64. Of a till that makes none,
    the house does, and tells the other half once."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    source: Annotated[str, Field(min_length=1, max_length=60)]
    store_id: Id | None = None
    public_key: Annotated[str, Field(min_length=44, max_length=44)] | None = None
    most_points_sale: Points = 1_000
    most_points_session: Points = 10_000


class TillLimits(Schema):
    most_points_sale: Points
    most_points_session: Points


class TillOut(Schema):
    """`last_heard_at` is when its queue was heard last; `refused` counts lines somebody has to look at."""

    id: int
    name: str
    source: str
    store_id: int | None
    store: str | None
    public_key: str
    most_points_sale: int
    most_points_session: int
    revoked_at: datetime | None
    created_at: datetime
    last_sequence: int
    last_heard_at: datetime | None
    missing: list[int]
    refused: int

    @classmethod
    def of(cls, till: Till, heard: dict[str, Any]) -> TillOut:
        return cls(
            id=till.pk,
            name=till.name,
            source=till.source.key,
            store_id=till.store_id,
            store=till.store.name if till.store else None,
            public_key=till.public_key,
            most_points_sale=till.most_points_sale,
            most_points_session=till.most_points_session,
            revoked_at=till.revoked_at,
            created_at=till.created_at,
            **heard,
        )


class TillMade(TillOut):
    """A till just registered. `private_key` (32 bytes in base64) is kept nowhere and told this once; None where the
    till has a key of its own."""

    private_key: str | None


class QueuedOrder(Schema):
    """The text a till signed, understood."""

    till: Annotated[str, Field(min_length=1, max_length=80)]
    sequence: Annotated[int, Field(ge=1, lt=2**63)]
    session: UUID
    previous: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    order: OrderIn


class QueuedItem(Schema):
    body: Annotated[str, Field(min_length=2, max_length=400_000)]
    signature: Annotated[str, Field(min_length=1, max_length=88)]


class QueueIn(Schema):
    """Lines of one till's queue, in any order."""

    till: Annotated[str, Field(min_length=1, max_length=80)]
    items: Annotated[list[QueuedItem], Field(min_length=1, max_length=MOST_ITEMS)]


class HeardItem(Schema):
    """What became of one line: `taken` (now or before), or `refused` with the problem. `kept`: the house has
    it now, and the till may forget it."""

    sequence: int | None
    state: Literal["taken", "refused"]
    kept: bool
    placed: PlacedOut | None
    problem: Problem | None


class QueueOut(Schema):
    """One for each line, in the order they were sent. `missing` are numbers that never came."""

    items: list[HeardItem]
    missing: list[int]


class WaitingLine(Schema):
    name: str
    quantity: Decimal


class RefusedItem(Schema):
    """A line that waits for somebody to decide: the sale it tells of, and why it was refused. The buyer is masked."""

    id: int
    till: str
    store: str | None
    sequence: int
    problem: str
    problem_params: dict[str, Any]
    points: int
    external_id: str
    kind: str
    placed_at: datetime
    currency: str
    lines: list[WaitingLine]
    payments: list[PaymentIn]
    buyer: str
    received_at: datetime

    @classmethod
    def of(cls, item: OfflineItem) -> RefusedItem:
        order = QueuedOrder.model_validate_json(item.body).order
        return cls(
            id=item.pk,
            till=item.till.name,
            store=item.till.store.name if item.till.store else None,
            sequence=item.sequence,
            problem=item.problem,
            problem_params=item.problem_params,
            points=item.points,
            external_id=order.external_id,
            kind=order.kind,
            placed_at=order.placed_at,
            currency=order.currency,
            lines=[WaitingLine(name=line.name or line.sku, quantity=line.quantity) for line in order.lines],
            payments=order.payments,
            buyer=_masked(order.customer),
            received_at=item.received_at,
        )


def _masked(buyer: BuyerIn | None) -> str:
    """What the till told of the buyer, so that her file can be guessed and not read off."""
    if buyer is None:
        return ""
    return mask_phone(buyer.phone) or mask_card(buyer.card_number) or mask_email(buyer.email) or buyer.name


class SetAside(Schema):
    """Why a line is let be, for whoever asks later."""

    note: Annotated[str, Field(max_length=300)] = ""
