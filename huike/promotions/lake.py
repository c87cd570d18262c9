"""What the lake holds of coupons: whose, of which offer, and when what became of them, and on which orders they were
used; no codes. `customer_id` is NULL for bearer coupons, and for people whose file was merged away or erased."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

USED_COUPONS = declare(
    TableSpec(
        name="used_coupons",
        driving="promotions_coupon",
        key="id",
        columns={"id": "BIGINT", "order_id": "BIGINT", "offer_id": "BIGINT"},
        # Whose the coupon was does not matter here: what is asked is whether an order was paid with one.
        select="SELECT d.id, d.order_id, d.offer_id FROM promotions_coupon d WHERE d.order_id IS NOT NULL",
        order_by=("order_id", "id"),
    )
)

COUPONS = declare(
    TableSpec(
        name="coupons",
        driving="promotions_coupon",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "offer_id": "BIGINT",
            "reason": "VARCHAR",
            "state": "VARCHAR",
            "issued_at": "TIMESTAMPTZ",
            "expires_at": "TIMESTAMPTZ",
            "redeemed_at": "TIMESTAMPTZ",
            "discount_minor": "BIGINT",
            "discount_currency": "VARCHAR",
        },
        select="""
            SELECT d.id, c.id, d.offer_id, d.reason::text, d.state::text, d.issued_at, d.expires_at, d.redeemed_at,
                   d.discount_minor, d.discount_currency::text
              FROM promotions_coupon d
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("issued_at", "id"),
    )
)
