"""Fixed lists of people told one by one: those an analyst found, or picked from a report."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from pyroaring import BitMap64

from huike.customers.listing.filters import visible
from huike.kernel.errors import FieldError
from huike.kernel.scope import Scope
from huike.lake.freshness import fresh_at
from huike.platform import audit, clock
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.segments.errors import NobodyListed
from huike.segments.membership import fixed
from huike.segments.membership.services import Answer, keep
from huike.segments.models import Segment
from huike.segments.naming import name_once


def make_list_of(customer_ids: Iterable[int], *, name: str, description: str, actor: Actor, scope: Scope) -> Segment:
    """Keep these people, of those with an active file whom the caller sees, as a list that stays.

    Raises NobodyListed where there is none of them, SegmentNameTaken.
    """
    people = BitMap64(visible(scope).filter(pk__in=set(customer_ids)).values_list("pk", flat=True))
    if not people:
        raise NobodyListed(errors=[FieldError("customer_ids", "segment.nobody_listed")])
    now = clock.now()
    with transaction.atomic():
        with name_once():
            segment = Segment.objects.create(
                name=name,
                description=description,
                kind=Segment.Kind.FIXED,
                rule={},
                cadence=Segment.Cadence.BY_HAND,
                created_by_id=actor.id if actor.kind == "user" else None,
            )
        on_it = {"field": "fixed_lists", "op": "contains", "value": segment.pk}
        segment.rule = {"version": 1, "as_of": None, "root": on_it}
        segment.save(update_fields=["rule"])
        fixed.write(segment.pk, people)
        keep(
            segment.pk,
            Answer(
                members=people,
                rule_revision=segment.rule_revision,
                asked_at=now,
                as_of=now,
                zone=str(get_config().zone),
                watermark="",
                lake_snapshot_id=0,
                fresh_at=fresh_at(),
            ),
        )
        # The next look reads it once more, from which on changes can be followed.
        Segment.objects.filter(pk=segment.pk).update(tried_at=None)
        audit.record(
            actor,
            "make_fixed_list",
            subject_kind="segment",
            subject_id=segment.pk,
            details={"how": "listed", "count": len(people)},
        )
    segment.refresh_from_db()
    return segment
