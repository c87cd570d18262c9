"""What the lake holds of offers that orders stand with; and of coupons: whose, of which offer, when what became of
them, and on which orders they were used; no codes. `usable_until` is when a coupon that can be used stops; the
discount of one used in several currencies is NULL. `customer_id` is NULL for bearer coupons, and for people whose file
was merged away or erased."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

USED_COUPONS = declare(
    TableSpec(
        name="used_coupons",
        driving="promotions_coupon_use",
        key="id",
        columns={
            "id": "BIGINT",
            "coupon_id": "BIGINT",
            "order_id": "BIGINT",
            "offer_id": "BIGINT",
            "used_at": "TIMESTAMPTZ",
            "discount_minor": "BIGINT",
            "discount_currency": "VARCHAR",
        },
        # Whose the coupon was does not matter here: what is asked is whether an order was paid with one.
        select="""
            SELECT d.id, d.coupon_id, d.order_id, c.offer_id, d.used_at, d.discount_minor, d.discount_currency::text
              FROM promotions_coupon_use d JOIN promotions_coupon c ON c.id = d.coupon_id
             WHERE d.given_back_at IS NULL
        """,
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
            "batch_id": "BIGINT",
            "state": "VARCHAR",
            "uses_allowed": "BIGINT",
            "uses_left": "BIGINT",
            "issued_at": "TIMESTAMPTZ",
            "expires_at": "TIMESTAMPTZ",
            "usable_until": "TIMESTAMPTZ",
            "redeemed_at": "TIMESTAMPTZ",
            "discount_minor": "BIGINT",
            "discount_currency": "VARCHAR",
        },
        select="""
            SELECT d.id, c.id, d.offer_id, d.reason::text, d.batch_id, d.state::text, d.uses_allowed::bigint,
                   d.uses_left::bigint, d.issued_at, d.expires_at,
                   CASE WHEN d.state IN ('issued', 'locked') THEN d.expires_at END, d.redeemed_at,
                   u.discount_minor, u.discount_currency
              FROM promotions_coupon d
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
              LEFT JOIN LATERAL (
                   SELECT sum(discount_minor)::bigint AS discount_minor,
                          min(discount_currency)::text AS discount_currency
                     FROM promotions_coupon_use
                    WHERE coupon_id = d.id AND given_back_at IS NULL AND d.uses_left < d.uses_allowed
                   HAVING count(DISTINCT discount_currency) = 1) u ON true
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
