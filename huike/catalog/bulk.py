"""Products and stores of a whole file at once. The staging tables live for one transaction."""

from __future__ import annotations

from django.db.backends.utils import CursorWrapper

COPY_PRODUCTS = "COPY staged_product (ord, sku, name) FROM STDIN (FORMAT csv)"


def stage_products(cursor: CursorWrapper) -> None:
    """Make the empty `staged_product(ord, sku, name, product_id)`; fill it with COPY_PRODUCTS, each SKU once."""
    cursor.execute(
        "CREATE TEMP TABLE staged_product "
        "(ord bigint NOT NULL, sku text NOT NULL, name text NOT NULL, product_id bigint) ON COMMIT DROP"
    )


def match_products(cursor: CursorWrapper) -> int:
    """Find or make each staged product and note its id; the number made.

    An unknown SKU becomes a product marked incomplete. Of a known one only an empty name is filled.
    """
    # In the order of SKUs, as an order at the till does, so that two writers do not wait for each other in a ring.
    cursor.execute(
        """
        INSERT INTO catalog_product (sku, name, is_complete, created_at)
        SELECT s.sku, s.name, false, now() FROM staged_product s
         WHERE NOT EXISTS (SELECT FROM catalog_product p WHERE p.sku = s.sku)
         ORDER BY s.sku
            ON CONFLICT (sku) DO NOTHING
        """
    )
    made = cursor.rowcount
    cursor.execute("UPDATE staged_product s SET product_id = p.id FROM catalog_product p WHERE p.sku = s.sku")
    cursor.execute(
        """
        UPDATE catalog_product p SET name = s.name FROM staged_product s
         WHERE p.id = s.product_id AND p.name = '' AND s.name <> ''
        """
    )
    cursor.execute("ANALYZE staged_product")
    return int(made)


def ensure_stores(cursor: CursorWrapper, codes: list[str]) -> None:
    """Make a store of each code that is unknown, with the code as its name."""
    cursor.execute(
        """
        INSERT INTO catalog_store (code, name, is_online, city, created_at)
        SELECT code, code, false, '', now() FROM unnest(%s::text[]) AS t (code) ORDER BY code
            ON CONFLICT (code) DO NOTHING
        """,
        [sorted(set(codes))],
    )
