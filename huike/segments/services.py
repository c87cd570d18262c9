"""Writes: segments, their member lists, and audiences frozen for use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from pyroaring import BitMap64

from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING, Scope
from huike.lake.engine import get_engine
from huike.platform import audit, clock, jobs, locks
from huike.platform.audit import Actor
from huike.platform.models import Job
from huike.platform.outbox import announce
from huike.segments import expression
from huike.segments.errors import SegmentInCircle, SegmentInUse, SegmentNameTaken, SegmentNotFound
from huike.segments.events import SegmentRefreshed
from huike.segments.models import Segment, Snapshot
from huike.segments.rules import Rule, rule_document, segments_in
from huike.segments.selectors import accept_rule, find_segment, moment_of, read_rule, rules_within

JOB_KIND = "segments.refresh"
SNAPSHOTS_KEPT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who a rule chose, and of which state of the data: `ids` are the customers (a 64-bit roaring bitmap, iterated in
    order of id)."""

    ids: BitMap64
    as_of: datetime
    fresh_at: datetime | None
    lake_snapshot_id: int


def freeze_audience(
    *,
    rule: Any | None = None,
    segment_id: int | None = None,
    exclude_segment_ids: Iterable[int] = (),
    scope: Scope = EVERYTHING,
) -> Audience:
    """Ask now who matches the rule document, or the rule of the segment, without those whom any of the excluded
    segments' rules match.

    All rules are asked of one state of the lake and for one `as_of` (their own, where they state one). Exactly one of
    `rule` and `segment_id` is given. Raises RuleInvalid, SegmentNotFound, and the engine's errors (huike.lake.errors).
    """
    if (rule is None) == (segment_id is None):
        raise ValueError("give a rule or a segment, not both")
    chosen = read_rule(rule) if segment_id is None else _rule_of(segment_id)
    excluded = [_rule_of(id) for id in dict.fromkeys(exclude_segment_ids)]
    moment = moment_of(chosen, scope=scope)
    with get_engine().reading() as reading:
        ids = reading.ids(expression.matching(chosen, moment))
        for other in excluded:
            ids -= reading.ids(expression.matching(other, moment_of(other, scope=scope)))
        return Audience(ids=ids, as_of=moment.as_of, fresh_at=reading.fresh_at, lake_snapshot_id=reading.snapshot_id)


def _rule_of(segment_id: int) -> Rule:
    return read_rule(find_segment(segment_id).rule)


def create_segment(*, name: str, description: str, rule: Any, actor: Actor) -> Segment:
    """A new segment, with its first refresh under way. Raises RuleInvalid, SegmentNameTaken."""
    document = rule_document(accept_rule(rule))
    with transaction.atomic():
        _hold_rules()
        with _name_once():
            segment = Segment.objects.create(
                name=name, description=description, rule=document, created_by_id=_user_id(actor)
            )
        audit.record(actor, "create_segment", subject_kind="segment", subject_id=segment.pk)
        request_refresh(segment.pk, actor=actor)
    return find_segment(segment.pk)


def change_segment(
    segment_id: int, *, name: str | None, description: str | None, rule: Any | None, actor: Actor
) -> Segment:
    """Change what is given. A changed rule is refreshed; until then the old member list stands.

    Raises SegmentNotFound, RuleInvalid, SegmentNameTaken, SegmentInCircle.
    """
    document = None if rule is None else rule_document(accept_rule(rule))
    with transaction.atomic():
        _hold_rules()
        segment = _locked(segment_id)
        if name is not None:
            segment.name = name
        if description is not None:
            segment.description = description
        rule_changed = document is not None and document != segment.rule
        if rule_changed:
            if segment_id in rules_within(read_rule(document)):
                raise SegmentInCircle
            segment.rule = document
            segment.rule_revision += 1
        segment.updated_at = clock.now()
        with _name_once():
            segment.save()
        audit.record(actor, "change_segment", subject_kind="segment", subject_id=segment_id)
        if rule_changed:
            request_refresh(segment_id, actor=actor)
    return find_segment(segment_id)


def delete_segment(segment_id: int, *, actor: Actor) -> None:
    """Forget a segment and its member lists. Raises SegmentNotFound, SegmentInUse."""
    with transaction.atomic():
        _hold_rules()
        segment = _locked(segment_id)
        users = [
            other.name
            for other in Segment.objects.exclude(pk=segment_id).order_by("pk")
            if segment_id in segments_in(read_rule(other.rule)).values()
        ]
        if users:
            raise SegmentInUse(names=users)
        audit.record(actor, "delete_segment", subject_kind="segment", subject_id=segment_id)
        Segment.objects.filter(pk=segment.pk).update(snapshot=None)
        segment.delete()


def request_refresh(segment_id: int, *, actor: Actor) -> Job:
    """Start making a new member list. Raises SegmentNotFound."""
    from huike.segments.tasks import refresh_segment

    with transaction.atomic():
        segment = _locked(segment_id)
        Segment.objects.filter(pk=segment_id).update(state=Segment.State.REFRESHING)
        job = jobs.create(kind=JOB_KIND, title_params={"segment": segment.name}, requested_by_id=_user_id(actor))
        # One at a time for each segment: the second finds what the first made.
        refresh_segment.configure(lock=f"segment:{segment_id}").defer(job_id=job.pk, segment_id=segment_id)
    return job


def refresh(segment_id: int) -> Snapshot:
    """Ask who matches now and make that the member list; tell how many entered and left.

    A failure is noted on the segment, whose old list stands, and raised. Raises SegmentNotFound and the engine's
    errors.
    """
    segment = find_segment(segment_id)
    try:
        audience = freeze_audience(rule=segment.rule)
    except HuikeError as error:
        Segment.objects.filter(pk=segment_id, rule_revision=segment.rule_revision).update(
            state=Segment.State.FAILED, error_code=error.code
        )
        raise
    with transaction.atomic():
        current = _locked(segment_id)
        previous = current.snapshot
        before = BitMap64.deserialize(bytes(previous.members)) if previous else BitMap64()
        audience.ids.run_optimize()
        snapshot = Snapshot.objects.create(
            segment=current,
            rule_revision=segment.rule_revision,
            as_of=audience.as_of,
            lake_snapshot_id=audience.lake_snapshot_id,
            fresh_at=audience.fresh_at,
            taken_at=clock.now(),
            count=len(audience.ids),
            entered=audience.ids.difference_cardinality(before),
            left=before.difference_cardinality(audience.ids),
            members=audience.ids.serialize(),
        )
        # The rule may have changed while it was asked; then another refresh is on its way.
        state = Segment.State.READY if current.rule_revision == segment.rule_revision else Segment.State.REFRESHING
        Segment.objects.filter(pk=segment_id).update(snapshot=snapshot, state=state, error_code="")
        announce(
            SegmentRefreshed(
                occurred_at=snapshot.taken_at,
                segment_id=segment_id,
                snapshot_id=snapshot.pk,
                previous_snapshot_id=previous.pk if previous else None,
                count=snapshot.count,
                entered=snapshot.entered,
                left=snapshot.left,
            )
        )
        _forget_old_snapshots(segment_id)
    return snapshot


def _hold_rules() -> None:
    """One at a time changes which segments speak of which: two could close a circle together, or one speak of what the
    other deletes."""
    locks.hold("segment rules")


def _forget_old_snapshots(segment_id: int) -> None:
    kept = Snapshot.objects.filter(segment_id=segment_id).order_by("-taken_at", "-pk").values("pk")[:SNAPSHOTS_KEPT]
    Snapshot.objects.filter(segment_id=segment_id).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


def _locked(segment_id: int) -> Segment:
    segment = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if segment is None:
        raise SegmentNotFound
    return segment


@contextmanager
def _name_once() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise SegmentNameTaken from error


def _user_id(actor: Actor) -> int | None:
    return actor.id if actor.kind == "user" else None
