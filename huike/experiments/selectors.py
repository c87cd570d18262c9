"""Reading assignments."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from huike.experiments.models import Assignment


def counts_by_arm(experiment_id: int) -> dict[int, int]:
    """How many people each arm has; 0 is control."""
    rows = Assignment.objects.filter(experiment_id=experiment_id).values("arm").annotate(count=Count("customer_id"))
    return {row["arm"]: row["count"] for row in rows}


def people_in_arm(experiment_id: int, arm: int, *, chunk: int) -> Iterator[list[int]]:
    """The people of one arm by id, in chunks."""
    after = -1
    while True:
        ids = list(
            Assignment.objects.filter(experiment_id=experiment_id, arm=arm, customer_id__gt=after)
            .order_by("customer_id")
            .values_list("customer_id", flat=True)[:chunk]
        )
        if not ids:
            return
        yield ids
        after = ids[-1]


def arm_of(experiment_id: int, customer_id: int) -> int | None:
    row = Assignment.objects.filter(experiment_id=experiment_id, customer_id=customer_id).first()
    return row.arm if row else None
