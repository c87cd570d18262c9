"""What joining tells the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huike.customers.timeline import Entry
from huike.signup.models import Joining

JOINING_MOMENTS = "SELECT joined_at AS at, id FROM signup_joining WHERE customer_id = %(customer_id)s::bigint"


def joinings(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each page this person joined by."""
    return [
        Entry(
            at=row.joined_at,
            kind="joining",
            id=row.pk,
            title_code=f"timeline.joining.{row.outcome}",
            params={"page": row.page.name, "place": row.place.label if row.place else ""},
            link=f"/sign-up/{row.page_id}/results",
        )
        for row in Joining.objects.filter(pk__in=ids).select_related("page", "place")
    ]
