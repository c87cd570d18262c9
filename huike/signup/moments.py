"""What joining tells the timeline."""

from __future__ import annotations

from collections.abc import Sequence

from huike.customers.timeline import Entry, Position, older_than
from huike.signup.models import Joining


def joinings(customer_id: int, before: Position | None, limit: int) -> Sequence[Entry]:
    """Each page this person joined by."""
    rows = older_than(
        Joining.objects.filter(customer_id=customer_id).select_related("page", "place"),
        kind="joining",
        at="joined_at",
        before=before,
    )
    return [
        Entry(
            at=row.joined_at,
            kind="joining",
            id=row.pk,
            title_code=f"timeline.joining.{row.outcome}",
            params={"page": row.page.name, "place": row.place.label if row.place else ""},
            link=f"/sign-up/{row.page_id}/results",
        )
        for row in rows[:limit]
    ]
