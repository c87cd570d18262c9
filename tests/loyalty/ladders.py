"""A programme with a ladder, and members of it, for the tests of tiers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from huike.customers.models import Customer
from huike.loyalty.models import Programme, Terms, TierChange
from huike.loyalty.terms.document import TermsDocument
from huike.orders import services as orders
from huike.orders.rules import BuyerIdentity
from tests.tills import line, order, taken_back, till

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
JOINED = datetime(2025, 1, 10, 4, 0, tzinfo=UTC)


def net(amount: int) -> dict[str, Any]:
    return {"thresholds": [{"metric": "net", "at_least": amount * 100}]}


TIERS: list[dict[str, Any]] = [
    {"key": "member", "name": "普卡"},
    {"key": "silver", "name": "银卡", "qualify": net(1_000), "keep": net(500)},
    {"key": "gold", "name": "金卡", "qualify": net(5_000), "keep": net(3_000), "benefits": {"discount_bp": 500}},
]
GOLD_CARD = {"sku": "GOLD-6", "tier": "gold", "months": 6}


def running(*, effective_at: datetime = BEGAN, document: Mapping[str, Any] | None = None, **ladder: Any) -> Programme:
    """A programme that runs, with tiers at 1,000 and 5,000 where nothing else is said."""
    programme = Programme.objects.create(name="回客会员", points_name="积分", currency="CNY", state="active")
    publish(programme, effective_at=effective_at, document=document, **ladder)
    return programme


def publish(
    programme: Programme, *, effective_at: datetime, document: Mapping[str, Any] | None = None, **ladder: Any
) -> Terms:
    """The next version of its terms; in effect from whenever, which only tests may say."""
    told = {**(document or {}), "tiers": {"tiers": TIERS, "memberships": [GOLD_CARD], **ladder}}
    programme.version += 1
    programme.save()
    return Terms.objects.create(
        programme=programme,
        version=programme.version,
        effective_at=effective_at,
        document=TermsDocument.model_validate(told).model_dump(mode="json"),
    )


def member(name: str = "李娜", *, joined_at: datetime | None = JOINED, **told: Any) -> Customer:
    return Customer.objects.create(name=name, member_since_at=joined_at, **told)


def buys(customer: Customer, amount: int, at: datetime, *, number: str = "", sku: str = "TEA-1", units: int = 1) -> str:
    """A sale of so many whole units of money; its number."""
    till()
    number = number or f"S-{customer.pk}-{int(at.timestamp())}"
    lines = (line(sku, units * 1_000, amount * 1_000_000 // units),)
    told = order(number, placed_at=at, lines=lines, buyer=_known(customer))
    orders.place(told, now=max(at, datetime.now(UTC)))
    return number


def returns(customer: Customer, amount: int, at: datetime, *, of: str, sku: str = "TEA-1", units: int = 1) -> None:
    till()
    lines = (line(sku, units * 1_000, amount * 1_000_000 // units),)
    told = taken_back(f"R-{of}", placed_at=at, lines=lines, return_of=of, buyer=_known(customer))
    orders.place(told, now=max(at, datetime.now(UTC)))


def _known(customer: Customer) -> tuple[BuyerIdentity, ...]:
    return (BuyerIdentity("id", str(customer.pk)),)


def history(customer: Customer) -> list[tuple[str | None, datetime, datetime | None, str]]:
    """What was written down about her tiers, in the order it was."""
    changes = TierChange.objects.filter(member__customer=customer).order_by("pk")
    return [(change.to_tier, change.effective_at, change.until_at, change.reason) for change in changes]
