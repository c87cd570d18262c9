"""What the lake holds of people. Addresses to write to (phone, e-mail, street) stay in PostgreSQL; the lake knows
whether there is one. Files that were merged or erased are not there."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

CUSTOMERS = declare(
    TableSpec(
        name="customers",
        driving="customers_customer",
        key="id",
        columns={
            "id": "BIGINT",
            "name": "VARCHAR",
            "gender": "VARCHAR",
            "birth_on": "DATE",
            "birth_month": "SMALLINT",
            "language": "VARCHAR",
            "country": "VARCHAR",
            "province": "VARCHAR",
            "city": "VARCHAR",
            "district": "VARCHAR",
            "occupation": "VARCHAR",
            "tags": "VARCHAR[]",
            "source_id": "BIGINT",
            "source_channel": "VARCHAR",
            "home_store_id": "BIGINT",
            "owner_id": "BIGINT",
            "has_phone": "BOOLEAN",
            "has_email": "BOOLEAN",
            "has_card": "BOOLEAN",
            "email_domain": "VARCHAR",
            "member": "BOOLEAN",
            "member_since_at": "TIMESTAMPTZ",
            "orders_count": "INTEGER",
            "returns_count": "INTEGER",
            "spent_minor": "BIGINT",
            "spent_currency": "VARCHAR",
            "first_order_at": "TIMESTAMPTZ",
            "last_order_at": "TIMESTAMPTZ",
            "created_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, NULLIF(d.name, '')::text, d.gender::text, d.birth_on,
                   extract(month FROM d.birth_on)::smallint, d.language::text, d.country::text, d.province::text,
                   d.city::text, d.district::text, d.occupation::text,
                   ARRAY(SELECT jsonb_array_elements_text(d.tags)), d.source_id, d.source_channel::text,
                   d.home_store_id, d.owner_id, d.phone IS NOT NULL, d.email IS NOT NULL, d.card_number IS NOT NULL,
                   NULLIF(split_part(lower(d.email), '@', 2), '')::text, d.member_since_at IS NOT NULL,
                   d.member_since_at, d.orders_count, d.returns_count, d.spent_minor, d.spent_currency::text,
                   d.first_order_at, d.last_order_at, d.created_at
              FROM customers_customer d
             WHERE d.state = 'active'
        """,
        order_by=("id",),
    )
)

FIELD_VALUES = declare(
    TableSpec(
        name="field_values",
        driving="customers_field_value",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "field_id": "BIGINT",
            "text": "VARCHAR",
            "number": "BIGINT",
            "day": "DATE",
        },
        select="""
            SELECT d.id, d.customer_id, d.field_id, d.text::text, d.number, d.day
              FROM customers_field_value d
             WHERE true
        """,
        order_by=("field_id", "customer_id"),
    )
)

CONSENTS = declare(
    TableSpec(
        name="consents",
        driving="customers_consent",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "channel": "VARCHAR",
            "purpose": "VARCHAR",
            "state": "VARCHAR",
            "given_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, d.customer_id, d.channel::text, d.purpose::text, d.state::text, d.given_at
              FROM customers_consent d
             WHERE true
        """,
        order_by=("customer_id",),
    )
)
