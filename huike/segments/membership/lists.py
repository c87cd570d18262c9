"""Writes: fixed lists, made of segments' member lists or of people told one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from pyroaring import BitMap64

from huike.customers.listing.filters import visible
from huike.kernel.errors import FieldError
from huike.kernel.scope import Scope
from huike.lake.freshness import fresh_at
from huike.platform import audit, clock, jobs
from huike.platform.audit import Actor
from huike.segments.errors import NobodyListed
from huike.segments.membership import fixed
from huike.segments.membership.algebra import How, Region, chosen_regions, in_regions
from huike.segments.membership.selectors import MOST_IN_PICTURE, lists_of
from huike.segments.membership.services import Answer, keep, locked, members_in, tell_state
from huike.segments.models import Segment, Snapshot
from huike.segments.naming import name_once

JOB_KIND = "segments.fill_fixed_list"
WRITTEN_AT_ONCE = 10_000
"""More people are put on the list by a task."""


def make_fixed_list(
    *,
    name: str,
    description: str,
    segment_ids: Sequence[int],
    how: How = How.UNION,
    regions: Iterable[Region] = (),
    actor: Actor,
    scope: Scope,
) -> Segment:
    """Keep the people who are in a segment now, or in what several have in common or not, as a list that stays. Of
    those whom the caller sees.

    Raises SegmentNotFound, SegmentNotRefreshed, SegmentNameTaken, TooManySegments, the engine's errors.
    """
    segments, members = lists_of(segment_ids, most=MOST_IN_PICTURE, scope=scope)
    chosen = chosen_regions(how, segment_ids, regions)
    people = in_regions(chosen, members)
    made_from = {
        "how": how,
        "segments": [{"id": s.pk, "name": s.name, "snapshot_id": s.snapshot_id} for s in segments],
        "regions": [sorted(region, key=list(segment_ids).index) for region in chosen],
    }
    details = {"how": how, "segment_ids": list(segment_ids)}
    return _kept(name, description, people, made_from=made_from, details=details, actor=actor)


def make_list_of(customer_ids: Iterable[int], *, name: str, description: str, actor: Actor, scope: Scope) -> Segment:
    """Keep people told one by one, those an analyst found or picked from a report, as a list that stays. Of those with
    an active file whom the caller sees.

    Raises NobodyListed where there is none of them, SegmentNameTaken.
    """
    people = BitMap64(visible(scope).filter(pk__in=set(customer_ids)).values_list("pk", flat=True))
    if not people:
        raise NobodyListed(errors=[FieldError("customer_ids", "segment.nobody_listed")])
    return _kept(name, description, people, made_from=None, details={"how": "listed"}, actor=actor)


def _kept(
    name: str,
    description: str,
    people: BitMap64,
    *,
    made_from: dict[str, Any] | None,
    details: dict[str, Any],
    actor: Actor,
) -> Segment:
    with transaction.atomic():
        segment = _create(name, description, made_from, actor)
        keep(segment.pk, _first_answer(segment, people))
        # The next look reads it once more, from which on changes can be followed.
        Segment.objects.filter(pk=segment.pk).update(tried_at=None)
        audit.record(
            actor,
            "make_fixed_list",
            subject_kind="segment",
            subject_id=segment.pk,
            details={**details, "count": len(people)},
        )
        if len(people) <= WRITTEN_AT_ONCE:
            fixed.write(segment.pk, people)
        else:
            _write_later(segment, actor)
    segment.refresh_from_db()
    return segment


def _create(name: str, description: str, made_from: dict[str, Any] | None, actor: Actor) -> Segment:
    with name_once():
        segment = Segment.objects.create(
            name=name,
            description=description,
            kind=Segment.Kind.FIXED,
            made_from=made_from,
            rule={},
            cadence=Segment.Cadence.BY_HAND,
            created_by_id=actor.id if actor.kind == "user" else None,
        )
    on_it = {"field": "fixed_lists", "op": "contains", "value": segment.pk}
    segment.rule = {"version": 1, "as_of": None, "root": on_it}
    segment.save(update_fields=["rule"])
    return segment


def _first_answer(segment: Segment, people: BitMap64) -> Answer:
    now = clock.now()
    return Answer(
        members=people,
        rule_revision=segment.rule_revision,
        asked_at=now,
        as_of=now,
        background="",
        watermark="",
        lake_snapshot_id=0,
        fresh_at=fresh_at(),
    )


def _write_later(segment: Segment, actor: Actor) -> None:
    from huike.segments.membership.tasks import fill_fixed_list

    Segment.objects.filter(pk=segment.pk).update(state=Segment.State.REFRESHING)
    user_id = actor.id if actor.kind == "user" else None
    job = jobs.create(kind=JOB_KIND, title_params={"segment": segment.name}, requested_by_id=user_id)
    fill_fixed_list.configure(lock=f"segment:{segment.pk}").defer(job_id=job.pk, segment_id=segment.pk)


def fill(segment_id: int) -> int:
    """Put on a list the people of its first snapshot, so that rules may ask for them; how many. Run again it does
    nothing more. Raises SegmentNotFound."""
    snapshot = Snapshot.objects.filter(segment_id=segment_id).order_by("pk").first()
    people = members_in(snapshot)
    with transaction.atomic():
        locked(segment_id)
        fixed.write(segment_id, people)
        Segment.objects.filter(pk=segment_id).update(state=Segment.State.READY)
        tell_state(segment_id, Segment.State.READY)
    return len(people)
