"""What the lake holds of offers and coupons: which offers orders stand with; whose coupons, of which offer, and when
what became of them; and on which orders they were used. No codes. `customer_id` is NULL for bearer coupons, and for
people whose file was merged away or erased."""

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

APPLICATIONS = declare(
    TableSpec(
        name="offer_uses",
        driving="promotions_application",
        key="id",
        columns={
            "id": "BIGINT",
            "order_id": "BIGINT",
            "offer_id": "BIGINT",
            "version": "INTEGER",
            "by_coupon": "BOOLEAN",
            "discount_minor": "BIGINT",
            "currency": "VARCHAR",
            "given": "VARCHAR",
            "applied_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, d.order_id, d.offer_id, t.version, d.coupon_id IS NOT NULL, d.discount_minor,
                   d.currency::text, d.given->>'kind', d.applied_at
              FROM promotions_application d JOIN promotions_offer_terms t ON t.id = d.terms_id
             WHERE true
        """,
        order_by=("order_id", "id"),
    )
)
