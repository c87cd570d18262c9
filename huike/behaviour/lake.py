"""What the lake holds of behaviour. `customer_id` is NULL for what nobody known did, and for people whose file was
merged away or erased, as with orders. `properties` is the JSON text; some much asked for have a column of their own."""

from __future__ import annotations

from huike.lake.masks import Mask
from huike.lake.registry import TableSpec, declare

EVENTS = declare(
    TableSpec(
        name="events",
        driving="behaviour_event",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "visitor_id": "BIGINT",
            "source_id": "BIGINT",
            "kind": "VARCHAR",
            "name": "VARCHAR",
            "occurred_at": "TIMESTAMPTZ",
            "path": "VARCHAR",
            "sku": "VARCHAR",
            "query": "VARCHAR",
            "properties": "VARCHAR",
        },
        select="""
            SELECT d.id, c.id, d.visitor_id, d.source_id, d.kind::text, d.name::text, d.occurred_at,
                   left(COALESCE(d.properties ->> 'path', d.context -> 'page' ->> 'path'), 500),
                   left(COALESCE(d.properties ->> 'sku', d.properties ->> 'product_id'), 200),
                   left(d.properties ->> 'query', 200), d.properties::text
              FROM behaviour_event d
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("occurred_at", "id"),
        # What people type and what shops hand along may be an address of theirs.
        masks={"path": Mask.CONTACT, "query": Mask.CONTACT, "properties": Mask.HIDDEN},
    )
)

# Of an event's properties, those that are a text, a yes or no, or a number, one row for each: so every engine filters
# by them alike, and none has to read JSON. Numbers are in thousandths, of at most a trillion.
EVENT_PROPERTIES = declare(
    TableSpec(
        name="event_properties",
        driving="behaviour_event",
        key="event_id",
        columns={
            "event_id": "BIGINT",
            "customer_id": "BIGINT",
            "at": "TIMESTAMPTZ",
            "key": "VARCHAR",
            "text": "VARCHAR",
            "milli": "BIGINT",
        },
        select="""
            SELECT d.id, c.id, d.occurred_at, p.key::text,
                   CASE WHEN p.kind = 'number' THEN NULL ELSE left(p.value #>> '{}', 500) END,
                   CASE WHEN p.kind = 'number' AND abs(p.value::numeric) <= 1000000000000
                        THEN round(p.value::numeric * 1000)::bigint END
              FROM behaviour_event d
             CROSS JOIN LATERAL (SELECT key, value, jsonb_typeof(value) AS kind FROM jsonb_each(d.properties)) p
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE p.kind IN ('string', 'boolean', 'number') AND length(p.key) <= 100
        """,
        order_by=("at", "event_id", "key"),
        masks={"text": Mask.CONTACT, "milli": Mask.CONTACT},
    )
)

CARTS = declare(
    TableSpec(
        name="carts",
        driving="behaviour_cart",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "source_id": "BIGINT",
            "items_count": "INTEGER",
            "value_minor": "BIGINT",
            "currency": "VARCHAR",
            "skus": "VARCHAR[]",
            "began_at": "TIMESTAMPTZ",
            "last_activity_at": "TIMESTAMPTZ",
            "checkout_at": "TIMESTAMPTZ",
            "abandoned_at": "TIMESTAMPTZ",
            "ended_at": "TIMESTAMPTZ",
            "ended": "VARCHAR",
            "recovered": "BOOLEAN",
        },
        select="""
            SELECT d.id, c.id, d.source_id, d.items_count, d.value_minor, d.currency::text,
                   ARRAY(SELECT COALESCE(NULLIF(line ->> 'sku', ''), line ->> 'key')
                           FROM jsonb_array_elements(d.lines) AS line)::text[],
                   d.began_at, d.last_activity_at, d.checkout_at, d.abandoned_at, d.ended_at, d."end"::text, d.recovered
              FROM behaviour_cart d
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("last_activity_at", "id"),
    )
)

INTERESTS = declare(
    TableSpec(
        name="interests",
        driving="behaviour_interest",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "interest": "VARCHAR",
            "weight": "DOUBLE",
            "evidence_count": "INTEGER",
            "last_said_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, d.customer_id, d.interest::text, d.weight, d.evidence_count, d.last_said_at
              FROM behaviour_interest d
              JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE d.weight > 0
        """,
        order_by=("customer_id", "interest"),
        held_by=(),
    )
)

CHECK_INS = declare(
    TableSpec(
        name="check_ins",
        driving="behaviour_check_in",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "source_id": "BIGINT",
            "kind": "VARCHAR",
            "store_id": "BIGINT",
            "place": "VARCHAR",
            "checked_in_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, c.id, d.source_id, d.kind::text, d.store_id, NULLIF(d.place, '')::text, d.checked_in_at
              FROM behaviour_check_in d
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("checked_in_at", "id"),
        masks={"place": Mask.CONTACT},
    )
)
