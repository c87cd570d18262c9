"""Writes: member lists asked for by hand, and kept."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection, transaction
from pyroaring import BitMap64

from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING
from huike.lake.changes import mark_of_reading
from huike.lake.engine import Reading, get_engine
from huike.platform import audit, clock, jobs
from huike.platform.audit import Actor
from huike.platform.models import Job
from huike.platform.outbox import announce
from huike.platform.signals import tell
from huike.segments import expression
from huike.segments.errors import FixedListStands, SegmentNotFound
from huike.segments.events import CustomersEntered, CustomersLeft, SegmentRefreshed
from huike.segments.membership import fixed
from huike.segments.models import Segment, Snapshot
from huike.segments.selectors import find_segment, moment_of, read_rule

logger = logging.getLogger(__name__)

JOB_KIND = "segments.refresh"
WHO_KEPT = timedelta(days=90)
SIZES_KEPT = timedelta(days=731)
TOLD_AT_ONCE = 500
_ANNOUNCED_AT_ONCE = 50
TOLD_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who is in a segment, asked at `asked_at` of one state of the lake. `patched` is the snapshot the list was made
    from, where it was not asked wholly; `whole_seconds` how long it took, where it was."""

    members: BitMap64
    rule_revision: int
    asked_at: datetime
    as_of: datetime
    background: str
    watermark: str
    lake_snapshot_id: int
    fresh_at: datetime | None
    patched: int | None = None
    whole_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an answer: the snapshot that stands (none where the segment is gone), and whether it is new."""

    snapshot: Snapshot | None
    is_new: bool = False


def request_refresh(segment_id: int, *, actor: Actor) -> Job:
    """Start making a new member list. Raises SegmentNotFound."""
    from huike.segments.membership.tasks import refresh_segment

    with transaction.atomic():
        segment = locked(segment_id)
        Segment.objects.filter(pk=segment_id).update(state=Segment.State.REFRESHING)
        tell_state(segment_id, Segment.State.REFRESHING)
        user_id = actor.id if actor.kind == "user" else None
        job = jobs.create(kind=JOB_KIND, title_params={"segment": segment.name}, requested_by_id=user_id)
        # One at a time for each segment: the second finds what the first made.
        refresh_segment.configure(lock=f"segment:{segment_id}").defer(job_id=job.pk, segment_id=segment_id)
    return job


def refresh(segment_id: int) -> Kept:
    """Ask wholly who matches now and make that the member list.

    A failure is noted on the segment, whose old list stands, and raised. Raises SegmentNotFound, RuleInvalid, and the
    engine's errors.
    """
    segment, now = find_segment(segment_id), clock.now()
    try:
        return keep(segment_id, ask(segment, now, tells=True))
    except Exception as error:
        note_failure(segment, error, now)
        raise


def ask(segment: Segment, now: datetime, *, tells: bool = False) -> Answer:
    """Who is in the segment, of all there are; where it `tells`, open browsers hear how far that is. Raises RuleInvalid
    and the engine's errors."""
    began = time.monotonic()
    rule = read_rule(segment.rule)
    moment = moment_of(rule, scope=EVERYTHING, now=now)
    with get_engine().reading() as reading, _telling_progress(reading, segment.pk) if tells else nullcontext():
        is_fixed = segment.kind == Segment.Kind.FIXED
        return Answer(
            members=fixed.standing(segment.pk) if is_fixed else reading.ids(expression.matching(rule, moment)),
            rule_revision=segment.rule_revision,
            asked_at=now,
            as_of=moment.as_of,
            background=moment.background,
            watermark=mark_of_reading(reading),
            lake_snapshot_id=reading.snapshot_id,
            fresh_at=reading.fresh_at,
            whole_seconds=time.monotonic() - began,
        )


@contextmanager
def _telling_progress(reading: Reading, segment_id: int) -> Iterator[None]:
    """Tells now and then how far the running question is. What is over sooner says nothing."""
    over = threading.Event()

    def tell_now_and_then() -> None:
        try:
            while not over.wait(TOLD_EVERY_SECONDS):
                done = reading.progress()
                if done is not None:
                    tell_state(segment_id, Segment.State.REFRESHING, done=round(done, 2))
        finally:
            connection.close()  # this thread's own

    teller = threading.Thread(target=tell_now_and_then, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def keep(segment_id: int, answer: Answer) -> Kept:
    """Make the answer the member list and tell who entered and left.

    Nothing is done where a later answer was kept meanwhile, a patch was made from a list that no longer stands, or the
    segment is gone. The same people as before make no snapshot.
    """
    with transaction.atomic():
        current = Segment.objects.select_for_update().filter(pk=segment_id).first()
        if current is None:
            return Kept(None)
        before = current.snapshot
        if answer.patched is not None and answer.patched != current.snapshot_id:
            return Kept(before)
        if before is not None and before.rule_revision > answer.rule_revision:
            return Kept(before)
        is_same_rule = before is not None and before.rule_revision == answer.rule_revision
        if is_same_rule and current.refreshed_at is not None and current.refreshed_at > answer.asked_at:
            return Kept(before)
        # The rule may have changed while it was asked; then another refresh is on its way.
        state = Segment.State.READY if current.rule_revision == answer.rule_revision else Segment.State.REFRESHING
        had = members_in(before)
        snapshot = before
        if before is None or not is_same_rule or had != answer.members:
            snapshot = _take(current, before, had, answer)
        Segment.objects.filter(pk=segment_id).update(
            snapshot=snapshot,
            state=state,
            error_code="",
            tried_at=answer.asked_at,
            refreshed_at=answer.asked_at,
            as_of=answer.as_of,
            background=answer.background,
            watermark=answer.watermark,
            whole_seconds=current.whole_seconds if answer.whole_seconds is None else answer.whole_seconds,
        )
        if snapshot is not before or current.state != state:
            tell_state(segment_id, state, count=snapshot.count if snapshot else None)
    return Kept(snapshot, is_new=snapshot is not before)


def note_unchanged(segment_id: int, answer: Answer) -> None:
    """The list that was to be patched holds the same people at the later moment. Nothing is done where another list
    stands by now, or was asked later."""
    held = Segment.objects.filter(
        pk=segment_id,
        snapshot=answer.patched,
        rule_revision=answer.rule_revision,
        refreshed_at__lte=answer.asked_at,
    ).exclude(state=Segment.State.REFRESHING)
    recovered = held.exclude(state=Segment.State.READY).exists()
    held.update(
        state=Segment.State.READY,
        error_code="",
        tried_at=answer.asked_at,
        refreshed_at=answer.asked_at,
        as_of=answer.as_of,
        background=answer.background,
        watermark=answer.watermark,
    )
    if recovered:
        tell_state(segment_id, Segment.State.READY)


def _take(segment: Segment, before: Snapshot | None, had: BitMap64, answer: Answer) -> Snapshot:
    members = answer.members
    members.run_optimize()
    entered, left = members - had, had - members
    because = Snapshot.Because.PEOPLE
    if before is None:
        because = Snapshot.Because.FIRST
    elif before.rule_revision != answer.rule_revision:
        because = Snapshot.Because.RULE
    snapshot = Snapshot.objects.create(
        segment=segment,
        rule_revision=answer.rule_revision,
        as_of=answer.as_of,
        lake_snapshot_id=answer.lake_snapshot_id,
        fresh_at=answer.fresh_at,
        taken_at=answer.asked_at,
        count=len(members),
        entered=len(entered),
        left=len(left),
        because=because,
        members=members.serialize(),
        # Of the first list everybody would be written twice.
        entered_ids=None if because is Snapshot.Because.FIRST else entered.serialize(),
        left_ids=None if because is Snapshot.Because.FIRST else left.serialize(),
    )
    Snapshot.objects.filter(segment=segment, members__isnull=False).exclude(pk=snapshot.pk).update(members=None)
    announce(
        SegmentRefreshed(
            occurred_at=snapshot.taken_at,
            segment_id=segment.pk,
            snapshot_id=snapshot.pk,
            previous_snapshot_id=before.pk if before else None,
            count=snapshot.count,
            entered=snapshot.entered,
            left=snapshot.left,
        )
    )
    if because is Snapshot.Because.PEOPLE:
        _announce_moves(snapshot, entered, CustomersEntered)
        _announce_moves(snapshot, left, CustomersLeft)
    return snapshot


def _announce_moves(snapshot: Snapshot, ids: BitMap64, kind: type[CustomersEntered | CustomersLeft]) -> None:
    events = (
        kind(
            occurred_at=snapshot.taken_at,
            segment_id=snapshot.segment_id,
            snapshot_id=snapshot.pk,
            customer_ids=lot,
        )
        for lot in _lots(ids, TOLD_AT_ONCE)
    )
    while together := list(islice(events, _ANNOUNCED_AT_ONCE)):
        announce(*together)


def _lots(ids: BitMap64, size: int) -> Iterator[list[int]]:
    numbers = iter(ids)
    while lot := list(islice(numbers, size)):
        yield lot


def note_failure(segment: Segment, error: Exception, now: datetime) -> None:
    """Say on the segment why it could not be asked; its list stands. Whatever the reason, it waits its turn."""
    if not isinstance(error, HuikeError):
        logger.error("segment %s could not be refreshed", segment.pk, exc_info=error)
    failed = Segment.objects.filter(pk=segment.pk, rule_revision=segment.rule_revision).update(
        state=Segment.State.FAILED,
        error_code=error.code if isinstance(error, HuikeError) else "internal",
        tried_at=now,
    )
    if failed:
        tell_state(segment.pk, Segment.State.FAILED)


def schedule(
    segment_id: int, *, cadence: Segment.Cadence, at_hour: int, follows_changes: bool, actor: Actor
) -> Segment:
    """Set when a segment is asked again. Raises SegmentNotFound, FixedListStands."""
    with transaction.atomic():
        segment = locked(segment_id)
        if segment.kind == Segment.Kind.FIXED:
            raise FixedListStands
        Segment.objects.filter(pk=segment_id).update(cadence=cadence, at_hour=at_hour, follows_changes=follows_changes)
        told = {"cadence": cadence, "at_hour": at_hour, "follows_changes": follows_changes}
        audit.record(actor, "schedule_segment", subject_kind="segment", subject_id=segment_id, details=told)
    return find_segment(segment_id)


def members_in(snapshot: Snapshot | None) -> BitMap64:
    """The whole list of a snapshot; of none, nobody. Only the newest has one."""
    if snapshot is None or snapshot.members is None:
        return BitMap64()
    return BitMap64.deserialize(bytes(snapshot.members))


def forget_old(now: datetime) -> int:
    """Housekeeping: who moved is kept for WHO_KEPT, sizes for SIZES_KEPT; how many rows were emptied or deleted."""
    long_ago = Snapshot.objects.filter(taken_at__lt=now - WHO_KEPT)
    emptied = long_ago.exclude(entered_ids=None, left_ids=None).update(entered_ids=None, left_ids=None)
    newest = Segment.objects.filter(snapshot__isnull=False).values("snapshot_id")
    gone, _ = Snapshot.objects.filter(taken_at__lt=now - SIZES_KEPT).exclude(pk__in=newest).delete()
    return emptied + gone


def locked(segment_id: int) -> Segment:
    """The segment, for the transaction. Raises SegmentNotFound."""
    segment = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if segment is None:
        raise SegmentNotFound
    return segment


def tell_state(segment_id: int, state: str, **more: int | float | None) -> None:
    """Tell open browsers how a segment stands: the `count` of its new list, or how far asking is (`done`, from 0 to 1).
    The count is of all stores; whoever sees only some is not told (`api.events`)."""
    told = {name: value for name, value in more.items() if value is not None}
    tell(f"segment:{segment_id}", {"id": segment_id, "state": state, **told})
