"""What the lake holds of fixed lists. Files that were merged or erased are on none."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

FIXED_MEMBERS = declare(
    TableSpec(
        name="fixed_members",
        driving="segments_fixed_member",
        key="id",
        columns={"id": "BIGINT", "segment_id": "BIGINT", "customer_id": "BIGINT"},
        select="""
            SELECT d.id, d.segment_id, d.customer_id
              FROM segments_fixed_member d
              JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("segment_id", "customer_id"),
        held_by=(),
    )
)
