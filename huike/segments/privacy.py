"""What this room holds about a person: the fixed lists she is on, and rules in which somebody wrote her address."""

from __future__ import annotations

from huike.customers.privacy.holdings import Holding, Trace, hold, trace


def declare() -> None:
    hold(
        Holding(
            name="fixed_lists",
            table="segments_fixed_member",
            titles=("所在的固定名单", "Fixed lists you are on"),
            columns={"list": "(SELECT s.name FROM segments_segment s WHERE s.id = t.segment_id)"},
        )
    )
    trace(Trace(table="segments_segment", columns=("description", "rule")))
