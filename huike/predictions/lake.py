"""What the lake holds of supplies: of what, until when, and whether she bought after they began."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

SUPPLIES = declare(
    TableSpec(
        name="supplies",
        driving="predictions_supply",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "product_id": "BIGINT",
            "sample_of_id": "BIGINT",
            "category_ids": "BIGINT[]",  # the category and all above it
            "brand_id": "BIGINT",
            "began_at": "TIMESTAMPTZ",
            "used_up_at": "TIMESTAMPTZ",
            "bought_at": "TIMESTAMPTZ",
        },
        # A sample that says nothing of its category or brand has those of what it is a sample of.
        select="""
            SELECT d.id, c.id, d.product_id, p.sample_of_id,
                   ARRAY(WITH RECURSIVE above(id, parent_id) AS (
                             SELECT g.id, g.parent_id FROM catalog_category g
                              WHERE g.id = coalesce(p.category_id, whole.category_id)
                              UNION
                             SELECT g.id, g.parent_id FROM catalog_category g JOIN above a ON g.id = a.parent_id)
                         SELECT id FROM above ORDER BY id),
                   coalesce(p.brand_id, whole.brand_id), d.began_at, d.used_up_at, d.bought_at
              FROM predictions_supply d
              JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
              JOIN catalog_product p ON p.id = d.product_id
              LEFT JOIN catalog_product whole ON whole.id = p.sample_of_id
             WHERE true
        """,
        order_by=("used_up_at", "id"),
    )
)
