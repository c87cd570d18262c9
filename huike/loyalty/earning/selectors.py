"""Reads: what a purchase that is only imagined would earn."""

from __future__ import annotations

from huike.catalog import selectors as catalog
from huike.loyalty.earning.rules import Already, Buyer, Earned, Purchase, PurchaseLine, points_of
from huike.loyalty.earning.schemas import ExampleIn
from huike.platform.config import get_config


def example(told: ExampleIn) -> Earned:
    """What it would earn under the terms it is told with."""
    products = {product.pk: product for product in catalog.products(ids=[line.product_id or 0 for line in told.lines])}
    lines = []
    for number, line in enumerate(told.lines, start=1):
        product = products.get(line.product_id or 0)
        category_id, brand_id = (
            (product.category_id, product.brand_id) if product else (line.category_id, line.brand_id)
        )
        lines.append(
            PurchaseLine(
                line_number=number,
                product_id=line.product_id or 0,
                net_minor=line.net_minor,
                category_ids=catalog.categories_above(category_id) if category_id else frozenset(),
                brand_id=brand_id,
                is_discounted=line.is_discounted,
            )
        )
    return points_of(
        Purchase(
            placed_at=told.placed_at,
            store_id=told.store_id,
            channel=told.channel,
            lines=lines,
            tenders={tender.value: amount_minor for tender, amount_minor in told.tenders.items()},
        ),
        buyer=Buyer(tier=told.tier, born_on=told.born_on),
        terms=told.earning,
        zone=get_config().zone,
        already=Already(day_points=told.day_points, month_points=told.month_points),
    )
