"""What every deed at a desk begins with: the customer locked, and the store it happens at."""

from __future__ import annotations

from huike.catalog import selectors as catalog
from huike.customers import selectors as customers
from huike.customers.models import Customer
from huike.kernel.scope import Scope
from huike.loyalty.stored_value.errors import StoreNeeded


def locked(customer_id: int, scope: Scope) -> Customer:
    """Her file, locked until the transaction ends: whoever else serves her waits. Raises CustomerNotFound."""
    customers.find_customer(customer_id, scope=scope)
    return Customer.objects.select_for_update(no_key=True).get(pk=customer_id)


def store_of(store_id: int | None, scope: Scope) -> int | None:
    """Raises StoreNotFound, StoreNeeded where whoever acts is limited to stores and says none."""
    if store_id is None:
        if not scope.all_stores:
            raise StoreNeeded
        return None
    return int(catalog.find_store(store_id, scope=scope).pk)
