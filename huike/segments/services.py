"""Writes: segments, and audiences frozen for use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from pyroaring import BitMap64

from huike.kernel.scope import EVERYTHING, Scope
from huike.lake.engine import Reading, get_engine
from huike.platform import audit, clock, locks
from huike.platform.audit import Actor
from huike.segments import expression
from huike.segments.errors import (
    FixedListStands,
    RuleInvalid,
    SegmentChangedMeanwhile,
    SegmentInCircle,
    SegmentInUse,
)
from huike.segments.membership.asking import still_there
from huike.segments.membership.services import locked, request_refresh
from huike.segments.models import Segment
from huike.segments.naming import name_once
from huike.segments.rules import All, Rule, rule_document, segments_in
from huike.segments.selectors import accept_rule, find_segment, members_of, moment_of, read_rule, rules_within


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
    segments' rules match. Of a fixed list, whoever is on it and still has a file.

    All are asked of one state of the lake and for one `as_of` (their own, where rules state one). Exactly one of
    `rule` and `segment_id` is given. Raises RuleInvalid, SegmentNotFound, and the engine's errors (huike.lake.errors).
    """
    if (rule is None) == (segment_id is None):
        raise ValueError("give a rule or a segment, not both")
    now = clock.now()
    chosen = read_rule(rule) if segment_id is None else _who(segment_id)
    excluded = [_who(id) for id in dict.fromkeys(exclude_segment_ids)]
    with get_engine().reading() as reading:
        ids = _asked(chosen, reading, now, scope)
        for other in excluded:
            ids -= _asked(other, reading, now, scope)
        as_of = (chosen.as_of if isinstance(chosen, Rule) else None) or now
        return Audience(ids=ids, as_of=as_of, fresh_at=reading.fresh_at, lake_snapshot_id=reading.snapshot_id)


def _who(segment_id: int) -> Rule | BitMap64:
    """The rule of a segment, or the people of a fixed list."""
    segment = find_segment(segment_id)
    return members_of(segment_id)[1] if segment.kind == Segment.Kind.FIXED else read_rule(segment.rule)


def _asked(who: Rule | BitMap64, reading: Reading, now: datetime, scope: Scope) -> BitMap64:
    if isinstance(who, Rule):
        return reading.ids(expression.matching(who, moment_of(who, scope=scope, now=now)))
    return still_there(reading, who, moment_of(Rule(All(())), scope=scope, now=now))


def create_segment(*, name: str, description: str, rule: Any, actor: Actor) -> Segment:
    """A new segment, with its first refresh under way. Raises RuleInvalid, SegmentNameTaken."""
    document = rule_document(accept_rule(rule))
    with transaction.atomic():
        _hold_rules()
        with name_once():
            segment = Segment.objects.create(
                name=name, description=description, rule=document, created_by_id=_user_id(actor)
            )
        audit.record(actor, "create_segment", subject_kind="segment", subject_id=segment.pk)
        request_refresh(segment.pk, actor=actor)
    return find_segment(segment.pk)


def change_segment(
    segment_id: int,
    *,
    name: str | None,
    description: str | None,
    rule: Any | None,
    expected_version: int | None,
    actor: Actor,
) -> Segment:
    """Change what is given. A changed rule is refreshed; until then the old member list stands. `expected_version` is
    that of the rule which `rule` was made from; one that is there already is no change.

    Raises SegmentNotFound, RuleInvalid, SegmentNameTaken, SegmentInCircle, SegmentChangedMeanwhile, and
    FixedListStands for another rule of a fixed list.
    """
    document = None if rule is None else rule_document(accept_rule(rule))
    with transaction.atomic():
        _hold_rules()
        segment = locked(segment_id)
        if document is not None and document != segment.rule and segment.kind == Segment.Kind.FIXED:
            raise FixedListStands
        if name is not None:
            segment.name = name
        if description is not None:
            segment.description = description
        rule_changed = document is not None and document != segment.rule
        if rule_changed:
            if segment.rule_revision != expected_version:
                raise SegmentChangedMeanwhile(version=segment.rule_revision)
            if segment_id in rules_within(read_rule(document)):
                raise SegmentInCircle
            segment.rule = document
            segment.rule_revision += 1
        segment.updated_at = clock.now()
        with name_once():
            segment.save()
        audit.record(actor, "change_segment", subject_kind="segment", subject_id=segment_id)
        if rule_changed:
            request_refresh(segment_id, actor=actor)
    return find_segment(segment_id)


def delete_segment(segment_id: int, *, actor: Actor) -> None:
    """Forget a segment and its member lists. Raises SegmentNotFound, SegmentInUse."""
    with transaction.atomic():
        _hold_rules()
        segment = locked(segment_id)
        users = [
            other.name
            for other in Segment.objects.exclude(pk=segment_id).order_by("pk")
            if _speaks_of(other, segment_id)
        ]
        if users:
            raise SegmentInUse(names=users)
        audit.record(actor, "delete_segment", subject_kind="segment", subject_id=segment_id)
        Segment.objects.filter(pk=segment.pk).update(snapshot=None)
        segment.delete()


def _hold_rules() -> None:
    """One at a time changes which segments speak of which: two could close a circle together, or one speak of what the
    other deletes."""
    locks.hold("segment rules")


def _speaks_of(segment: Segment, other_id: int) -> bool:
    try:
        return other_id in segments_in(read_rule(segment.rule)).values()
    except RuleInvalid:  # what cannot be read speaks of nobody
        return False


def _user_id(actor: Actor) -> int | None:
    return actor.id if actor.kind == "user" else None
