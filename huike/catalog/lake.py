"""What the lake holds of products, their costs, and places, with the names a report shows."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

PRODUCTS = declare(
    TableSpec(
        name="products",
        driving="catalog_product",
        key="id",
        columns={
            "id": "BIGINT",
            "sku": "VARCHAR",
            "name": "VARCHAR",
            "category_id": "BIGINT",
            "category_ids": "BIGINT[]",  # the category and all above it
            "category_name": "VARCHAR",
            "brand_id": "BIGINT",
            "brand_name": "VARCHAR",
            "supplier_id": "BIGINT",
            "supplier_name": "VARCHAR",
            "list_price_minor": "BIGINT",
            "currency": "VARCHAR",
            "usage_days": "INTEGER",
            "sample_of_id": "BIGINT",
            "is_complete": "BOOLEAN",
        },
        select="""
            SELECT d.id, d.sku::text, d.name::text, d.category_id,
                   ARRAY(WITH RECURSIVE above(id, parent_id) AS (
                             SELECT c.id, c.parent_id FROM catalog_category c WHERE c.id = d.category_id
                              UNION
                             SELECT c.id, c.parent_id FROM catalog_category c JOIN above a ON c.id = a.parent_id)
                         SELECT id FROM above ORDER BY id),
                   category.name::text, d.brand_id, brand.name::text, d.supplier_id, supplier.name::text,
                   d.list_price_minor, d.currency::text, d.usage_days, d.sample_of_id, d.is_complete
              FROM catalog_product d
              LEFT JOIN catalog_category category ON category.id = d.category_id
              LEFT JOIN catalog_brand brand ON brand.id = d.brand_id
              LEFT JOIN catalog_supplier supplier ON supplier.id = d.supplier_id
             WHERE true
        """,
        order_by=("id",),
    )
)

PRODUCT_COSTS = declare(
    TableSpec(
        name="product_costs",
        driving="catalog_product_cost",
        key="id",
        columns={
            "id": "BIGINT",
            "product_id": "BIGINT",
            "currency": "VARCHAR",
            "cost_minor": "BIGINT",
            "starts_on": "DATE",
            "ends_on": "DATE",
        },
        select="""
            SELECT d.id, d.product_id, d.currency::text, d.cost_minor, d.starts_on, later.starts_on
              FROM catalog_product_cost d
              LEFT JOIN LATERAL (
                   SELECT min(n.starts_on) AS starts_on FROM catalog_product_cost n
                    WHERE n.product_id = d.product_id AND n.currency = d.currency AND n.starts_on > d.starts_on
                   ) later ON true
             WHERE true
        """,
        order_by=("product_id", "starts_on", "id"),
    )
)

STORES = declare(
    TableSpec(
        name="stores",
        driving="catalog_store",
        key="id",
        columns={
            "id": "BIGINT",
            "code": "VARCHAR",
            "name": "VARCHAR",
            "is_online": "BOOLEAN",
            "region_id": "BIGINT",
            "region_name": "VARCHAR",
            "city": "VARCHAR",
        },
        select="""
            SELECT d.id, d.code::text, d.name::text, d.is_online, d.region_id, region.name::text, d.city::text
              FROM catalog_store d
              LEFT JOIN catalog_region region ON region.id = d.region_id
             WHERE true
        """,
        order_by=("id",),
    )
)
