"""Reads: the days a customer's goods should have been used up, for her timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huike.customers.timeline import Entry
from huike.predictions.models import UsedUp

USED_UP_MOMENTS = (
    "SELECT u.told_at AS at, u.id FROM predictions_used_up u WHERE u.customer_id = %(customer_id)s::bigint"
)


def timeline_of_used_up(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each day of which others were told."""
    return [
        Entry(
            at=row.told_at,
            kind="used_up",
            id=row.pk,
            title_code=f"timeline.used_up.{'product' if row.product.sample_of_id is None else 'sample'}",
            params={"product": row.product.name or row.product.sku},
        )
        for row in UsedUp.objects.filter(pk__in=ids).select_related("product")
    ]
