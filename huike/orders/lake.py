"""What the lake holds of purchases. Cancelled orders are not there. `customer_id` is NULL for orders of nobody known,
and of people whose file was merged away or erased, so that every buyer in the lake is a customer in the lake."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

ORDERS = declare(
    TableSpec(
        name="orders",
        driving="orders_order",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "placed_at": "TIMESTAMPTZ",
            "kind": "VARCHAR",
            "store_id": "BIGINT",
            "channel": "VARCHAR",
            "source_id": "BIGINT",
            "currency": "VARCHAR",
            "gross_minor": "BIGINT",
            "discount_minor": "BIGINT",
            "net_minor": "BIGINT",
            "return_of_id": "BIGINT",
        },
        select="""
            SELECT d.id, c.id, d.placed_at, d.kind::text, d.store_id, d.channel::text, d.source_id, d.currency::text,
                   d.gross_minor, d.discount_minor, d.net_minor, d.return_of_id
              FROM orders_order d
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE d.state = 'placed'
        """,
        order_by=("placed_at", "id"),
    )
)

LINES = declare(
    TableSpec(
        name="lines",
        driving="orders_order",
        key="order_id",
        columns={
            "order_id": "BIGINT",
            "line_number": "INTEGER",
            "customer_id": "BIGINT",
            "placed_at": "TIMESTAMPTZ",
            "kind": "VARCHAR",
            "product_id": "BIGINT",
            "store_id": "BIGINT",
            "channel": "VARCHAR",
            "source_id": "BIGINT",
            "currency": "VARCHAR",
            "quantity_milli": "BIGINT",
            "unit_price_micros": "BIGINT",
            "discount_minor": "BIGINT",
            "net_minor": "BIGINT",
        },
        select="""
            SELECT d.id, l.line_number, c.id, d.placed_at, d.kind::text, l.product_id, d.store_id, d.channel::text,
                   d.source_id, d.currency::text, (l.quantity * 1000)::bigint, l.unit_price_micros, l.discount_minor,
                   l.net_minor
              FROM orders_order d
              JOIN orders_line l ON l.order_id = d.id
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE d.state = 'placed'
        """,
        order_by=("placed_at", "order_id", "line_number"),
    )
)

PAYMENTS = declare(
    TableSpec(
        name="payments",
        driving="orders_order",
        key="order_id",
        columns={"order_id": "BIGINT", "kind": "VARCHAR", "tender": "VARCHAR", "amount_minor": "BIGINT"},
        select="""
            SELECT d.id, d.kind::text, p.tender::text, p.amount_minor
              FROM orders_order d
              JOIN orders_payment p ON p.order_id = d.id
             WHERE d.state = 'placed'
        """,
        order_by=("order_id",),
    )
)
