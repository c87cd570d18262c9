"""Bodies of the endpoints about what a member has."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.loyalty.accounts.selectors import AssetView, Line, reason_of
from huike.loyalty.models import Member
from huike.orders.models import Order
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
AssetKey = Annotated[str, Field(pattern=r"^[a-z]+:[A-Za-z0-9_]{1,40}$")]
AssetKind = Literal["points", "money", "uses"]


class ExpiringOut(Schema):
    """`amount` can be spent until `expires_at`, excluding that instant."""

    expires_at: datetime
    amount: int


class AssetOut(Schema):
    """What a member has of one asset: points of a programme, stored value in a currency, uses of a count card.

    `balance` is what she is told: what she may spend, below zero where she owes. `earned_this_year`,
    `spent_this_year` and `expired_this_year` are net of what was taken or given back in the calendar year.
    """

    asset: str
    kind: AssetKind
    name: str
    currency: str | None
    balance: int
    pending: int
    held: int
    owed: int
    frozen_at: datetime | None
    expiring: list[ExpiringOut]
    earned_this_year: int
    spent_this_year: int
    expired_this_year: int

    @classmethod
    def of(cls, view: AssetView) -> AssetOut:
        kind, _, named = view.asset.partition(":")
        return cls.model_validate(
            {
                "asset": view.asset,
                "kind": kind,
                "name": view.name,
                "currency": named if kind == "money" else view.currency,
                "balance": view.standing.balance,
                "pending": view.standing.pending,
                "held": view.standing.held,
                "owed": -view.standing.owed,
                "frozen_at": view.frozen_at,
                "expiring": [{"expires_at": at, "amount": amount} for at, amount in view.expiring],
                "earned_this_year": view.year.get("issued", 0) + view.year.get("given", 0),
                "spent_this_year": -view.year.get("spent", 0),
                "expired_this_year": -view.year.get("expired", 0),
            }
        )


class MemberValueOut(Schema):
    """`member_since_at` is null for who is in no running programme."""

    customer_id: int
    member_since_at: datetime | None
    tier: str | None
    assets: list[AssetOut]

    @classmethod
    def whole(cls, customer_id: int, member: Member | None, views: list[AssetView]) -> MemberValueOut:
        return cls(
            customer_id=customer_id,
            member_since_at=member.joined_at if member else None,
            tier=member.tier if member else None,
            assets=[AssetOut.of(view) for view in views],
        )


class OrderNamed(Schema):
    id: int
    external_id: str
    store_name: str | None
    placed_at: datetime

    @classmethod
    def of(cls, order: Order | None) -> OrderNamed | None:
        if order is None:
            return None
        return cls(
            id=order.pk,
            external_id=order.external_id,
            store_name=order.store.name if order.store else None,
            placed_at=order.placed_at,
        )


class RedemptionNamed(Schema):
    id: int
    name_zh: str
    name_en: str


class OrderPointsOut(Schema):
    """Where a sale stands in points, net of what came back, and why: `explanation` as `POST /loyalty/earning/example`
    tells it, or `{"why": …}` where the sale earned nothing as a whole. Null `version`: no terms were in effect."""

    order_id: int
    customer_id: int
    earned: int
    burned: int
    tier: str | None
    programme_id: int | None
    version: int | None
    explanation: dict[str, Any]


LineKind = Literal["earn", "mature", "burn", "hold", "settle", "release", "expire", "adjust", "reverse", "transfer"]


class LedgerLineOut(Schema):
    """What one transaction did: `amount` to what she may spend, `pending` to what is to come, `held` to what is set
    apart; `balance` is what she may spend after it. `order` is what it was for, or what the points came with that
    matured or expired; `came_back` are the returns that changed it. `version` is the one of the terms it follows,
    `programme_id` whose terms those are; `reason` says the rest: rules that applied, words of a person."""

    id: int
    kind: LineKind
    occurred_at: datetime
    posted_at: datetime
    amount: int
    pending: int
    held: int
    balance: int
    expires_at: datetime | None
    order: OrderNamed | None
    came_back: list[OrderNamed]
    redemption: RedemptionNamed | None
    programme_id: int | None
    version: int | None
    reason: dict[str, Any]
    actor: str

    @classmethod
    def of(cls, one: Line) -> LedgerLineOut:
        line = one.line
        redeemed = one.redemption
        return cls.model_validate(
            {
                "id": line.transaction_id,
                "kind": line.kind,
                "occurred_at": line.occurred_at,
                "posted_at": line.posted_at,
                "amount": line.amount,
                "pending": line.pending,
                "held": line.held,
                "balance": line.balance,
                "expires_at": line.expires_at,
                "order": OrderNamed.of(one.order),
                "came_back": [OrderNamed.of(order) for order in one.came_back],
                "redemption": {
                    "id": redeemed.pk,
                    "name_zh": redeemed.reward.name_zh,
                    "name_en": redeemed.reward.name_en,
                }
                if redeemed
                else None,
                "programme_id": line.reason.get("programme"),
                "version": line.reason.get("version"),
                "reason": reason_of(line),
                "actor": line.actor,
            }
        )
