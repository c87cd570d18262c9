"""Find a person, an order or a piece of work by a few letters: a handful of each, of what the caller may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huike.campaigns.selectors import campaigns
from huike.customers.rules import mask_phone
from huike.customers.selectors import CustomerFilter, list_customers
from huike.insights.schemas import FoundCustomer, FoundNamed, FoundOrder, FoundOut
from huike.orders.selectors import visible as visible_orders
from huike.promotions.offers.selectors import list_offers
from huike.segments.selectors import list_segments
from huike.staff.access import Principal

MOST_OF_A_KIND = 8


def find(text: str, *, principal: Principal) -> FoundOut:
    """What matches `text` (not empty)."""
    return FoundOut(
        customers=_customers(text, principal) if principal.may("customers.read") else [],
        orders=_orders(text, principal) if principal.may("orders.read") else [],
        segments=_named(list(list_segments(text)[:MOST_OF_A_KIND])) if principal.may("segments.read") else [],
        campaigns=_campaigns(text) if principal.may("campaigns.read") else [],
        offers=_named(list(list_offers(q=text)[:MOST_OF_A_KIND])) if principal.may("offers.read") else [],
    )


def _customers(text: str, principal: Principal) -> list[FoundCustomer]:
    page = list_customers(CustomerFilter(q=text), scope=principal.scope, order="-created_at", limit=MOST_OF_A_KIND)
    return [
        FoundCustomer(id=customer.pk, name=customer.name, masked_phone=mask_phone(customer.phone))
        for customer in page.items
    ]


def _orders(text: str, principal: Principal) -> list[FoundOrder]:
    """By the whole number as it stands on the receipt."""
    found = visible_orders(principal.scope).filter(external_id=text).order_by("-placed_at")[:MOST_OF_A_KIND]
    return [
        FoundOrder(id=order.pk, external_id=order.external_id, customer_id=order.customer_id, placed_at=order.placed_at)
        for order in found
    ]


def _campaigns(text: str) -> list[FoundNamed]:
    return _named(campaigns(q=text, state=None, cursor=None, limit=MOST_OF_A_KIND).items)


def _named(rows: Sequence[Any]) -> list[FoundNamed]:
    return [FoundNamed(id=row.pk, name=row.name) for row in rows]
