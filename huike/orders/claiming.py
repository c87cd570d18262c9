"""Anonymous orders: found by the number on a receipt, a card or a device, and given to the person who made them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from huike.customers.identity.claiming import Claimable
from huike.customers.models import Source
from huike.kernel.scope import Scope
from huike.orders import selectors
from huike.orders.events import OrderRevised
from huike.orders.services import recompute_purchase_figures
from huike.platform.outbox import announce


def find(key: str, source_id: int | None, scope: Scope) -> list[Claimable]:
    """Orders told without a person under this key, and those whose own number it is, claimed or not."""
    told = Q(anonymous_key=key) | Q(external_id=key, anonymous_key__isnull=False)
    orders = selectors.visible(scope).filter(told, source_id__in=_sources(source_id)).select_related("source", "store")
    return [
        Claimable(
            kind="order",
            id=order.pk,
            at=order.placed_at,
            customer_id=order.customer_id,
            source=order.source.name,
            params={
                "external_id": order.external_id,
                "net_minor": order.net_minor,
                "currency": order.currency,
                "store": order.store.name if order.store else None,
            },
        )
        for order in orders.order_by("-placed_at", "-pk")[:50]
    ]


_CLAIM = """
UPDATE orders_order SET customer_id = %(customer_id)s, claimed_at = %(now)s
 WHERE source_id = ANY(%(sources)s) AND customer_id IS NULL AND anonymous_key IS NOT NULL
   AND (anonymous_key = %(key)s OR external_id = %(key)s)
   AND (%(stores)s::bigint[] IS NULL OR store_id = ANY(%(stores)s::bigint[]))
RETURNING id, revision, source_id, external_id
"""

# Returns that named no buyer follow their sale.
_CLAIM_RETURNS = """
UPDATE orders_order r SET customer_id = %(customer_id)s, claimed_at = %(now)s
  FROM unnest(%(sources)s::bigint[], %(sales)s::text[]) AS sale (source_id, external_id)
 WHERE r.source_id = sale.source_id AND r.return_of_external_id = sale.external_id AND r.inherits_buyer
   AND r.customer_id IS NULL
RETURNING r.id
"""


def claim(key: str, source_id: int | None, customer_id: int, scope: Scope, now: datetime) -> Sequence[int]:
    """Give the person the orders that wait under this key, and count her figures anew; the ids of the orders."""
    params: dict[str, Any] = {"customer_id": customer_id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                **params,
                "key": key,
                "sources": _sources(source_id),
                "stores": None if scope.all_stores else sorted(scope.store_ids),
            },
        )
        moved = cursor.fetchall()
        if not moved:
            return ()
        cursor.execute(
            _CLAIM_RETURNS, {**params, "sources": [row[2] for row in moved], "sales": [row[3] for row in moved]}
        )
    recompute_purchase_figures([customer_id])
    announce(
        *(
            OrderRevised(order_id=order_id, customer_id=customer_id, revision=revision, occurred_at=now)
            for order_id, revision, _, _ in moved
        )
    )
    return [row[0] for row in moved]


def _sources(source_id: int | None) -> list[int]:
    return list(Source.objects.values_list("pk", flat=True)) if source_id is None else [source_id]
