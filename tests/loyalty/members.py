"""Members of a programme that has run for years, and their purchases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from huike.customers.models import Customer, Identity
from huike.ledger.selectors import Standing, standing
from huike.loyalty.models import Member, OrderPoints, Programme, Terms
from huike.loyalty.points.services import Settled, settle_apart
from huike.loyalty.terms.document import TermsDocument
from huike.orders.rules import CanonicalOrder
from tests.tills import NOW, phone, place

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def programme(**document: Any) -> Programme:
    """Runs since 2020 under the defaults (1 point for 1.00; 100 points pay 1.00) with these parts."""
    made = Programme.objects.create(name="回客会员", points_name="积分", currency="CNY", state="active", version=1)
    terms(made, 1, LONG_AGO, **document)
    return made


def terms(of: Programme, version: int, effective_at: datetime, **document: Any) -> Terms:
    told = TermsDocument.model_validate(document).model_dump(mode="json")
    return Terms.objects.create(programme=of, version=version, effective_at=effective_at, document=told)


def member(of: Programme, number: str = "+8613812345678", *, joined_at: datetime = LONG_AGO) -> int:
    """A customer found by this phone, in the programme."""
    customer = Customer.objects.create(name="林晓", phone=number, member_since_at=joined_at)
    Identity.objects.create(customer=customer, kind="phone", value=number, verified=True)
    Member.objects.create(programme=of, customer=customer, joined_at=joined_at)
    return customer.pk


def buy(*orders: CanonicalOrder, now: datetime = NOW) -> dict[int, Settled]:
    """Take these orders and settle each; what the last came to."""
    for one in orders:
        placement = place(one)
        settled = settle_apart([placement.order_id], now=now)
    return settled


def hers(number: str = "+8613812345678") -> dict[str, Any]:
    return {"buyer": phone(number)}


def points(of: Programme, customer_id: int, *, now: datetime = NOW) -> Standing:
    return standing(f"points:{of.pk}", customer_id, now=now)


def stands() -> list[tuple[int, int]]:
    """(earned, burned) of each settled order, in the order they were placed."""
    return list(OrderPoints.objects.order_by("placed_at", "order_id").values_list("earned", "burned"))
