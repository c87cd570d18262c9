"""What the lake holds of people. Addresses to write to (phone, e-mail, street) stay in PostgreSQL; the lake knows
whether there is one. Files that were merged or erased are not there."""

from __future__ import annotations

from huike.customers.built_in import FIELDS
from huike.lake.masks import Mask
from huike.lake.registry import TableSpec, declare

_OF_FIELDS = tuple(column for field in FIELDS.values() for column in field.lake)

# A person who joins a household or a company touches the files of those concerned (triggers of migration 0014).
CUSTOMERS = declare(
    TableSpec(
        name="customers",
        driving="customers_customer",
        key="id",
        columns={"id": "BIGINT", **{column.name: column.type for column in _OF_FIELDS}},
        select=f"""
            SELECT d.id, {", ".join(column.sql for column in _OF_FIELDS)}
              FROM customers_customer d
             WHERE d.state = 'active'
        """,  # noqa: S608 - declared in code
        order_by=("id",),
        customer="id",
        held_by=(),
        masks={column.name: column.mask for column in _OF_FIELDS if column.mask is not None},
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
        held_by=("field_id",),
        masks={"text": Mask.HIDDEN},
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
        held_by=("channel", "purpose"),
    )
)

# Whose address may not be written to. An address that went to somebody else since is refused when a message is sent.
SUPPRESSIONS = declare(
    TableSpec(
        name="suppressions",
        driving="customers_suppression",
        key="id",
        columns={"id": "BIGINT", "customer_id": "BIGINT", "channel": "VARCHAR"},
        select="""
            SELECT d.id, d.customer_id, d.channel::text
              FROM customers_suppression d
             WHERE d.customer_id IS NOT NULL
        """,
        order_by=("customer_id",),
        held_by=("channel",),
    )
)
