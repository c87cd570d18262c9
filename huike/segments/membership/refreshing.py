"""The look taken now and then: which segments are due or were stirred, and of whom it is enough to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyroaring import BitMap64

from huike.kernel.scope import EVERYTHING
from huike.lake import changes
from huike.lake.engine import Reading, get_engine
from huike.lake.errors import LakeEmpty, LakeUnavailable
from huike.lake.freshness import changed_at
from huike.platform.config import get_config
from huike.segments.meaning.change import crossings, tables_of
from huike.segments.meaning.moment import Moment
from huike.segments.membership import fixed
from huike.segments.membership.asking import members_among
from huike.segments.membership.rules import FEW, REST_AT_MOST, is_due, rest_between
from huike.segments.membership.services import Answer, ask, keep, members_in, note_failure, note_unchanged
from huike.segments.models import Segment
from huike.segments.rules import Rule
from huike.segments.selectors import moment_of, read_rule

TIME_LOOKED_AT_EVERY = timedelta(minutes=1)
"""Where the lake stands still, only time moves."""


@dataclass(slots=True)
class Swept:
    """What one look did, by segments' ids: another list by asking a few, nothing to ask, asked wholly, failed."""

    patched: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)


def sweep(now: datetime) -> Swept:
    """Bring every segment up to date that is due, or follows changes that concern it. Raises LakeEmpty and
    LakeUnavailable where nothing can be asked at all; what fails of one segment is noted there."""
    zone = get_config().zone
    swept = Swept()
    # Lists are read one at a time, where they are changed.
    known = list(
        Segment.objects.exclude(state=Segment.State.REFRESHING)
        .select_related("snapshot")
        .defer("snapshot__members", "snapshot__entered_ids", "snapshot__left_ids")
        .order_by("tried_at", "pk")
    )
    moved_at = changed_at()
    due = {segment.pk for segment in known if _is_due(segment, now, zone)}
    wanted = [
        segment
        for segment in known
        if segment.pk in due or (segment.follows_changes and _may_be_stirred(segment, now, moved_at))
    ]
    others = _patch_all(wanted, now, swept)
    rest = rest_between(segment.whole_seconds for segment in others if segment.pk not in due)
    for segment in others:
        if segment.pk in due or _has_rested(segment, now, rest):
            _refresh_wholly(segment, now, swept)
    return swept


def _is_due(segment: Segment, now: datetime, zone: ZoneInfo) -> bool:
    return is_due(Segment.Cadence(segment.cadence), segment.at_hour, segment.tried_at, now, zone)


def _has_rested(segment: Segment, now: datetime, rest: timedelta) -> bool:
    return segment.tried_at is None or now - segment.tried_at >= rest


def _may_be_stirred(segment: Segment, now: datetime, moved_at: datetime | None) -> bool:
    if segment.state == Segment.State.FAILED:
        return _has_rested(segment, now, REST_AT_MOST)
    if moved_at is not None and segment.tried_at is not None and moved_at > segment.tried_at:
        return True
    return _has_rested(segment, now, TIME_LOOKED_AT_EVERY)


def _refresh_wholly(segment: Segment, now: datetime, swept: Swept) -> None:
    try:
        keep(segment.pk, ask(segment, now))
        swept.whole.append(segment.pk)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next segment is asked
        note_failure(segment, error, now)
        swept.failed.append(segment.pk)


def _patch_all(segments: Sequence[Segment], now: datetime, swept: Swept) -> list[Segment]:
    """Patch those that can be patched, all in one pass; the others, which must be asked wholly. Where that fails, each
    half is tried by itself, down to the segment that fails."""
    if not segments:
        return []
    try:
        looked = _look(segments, now)
    except (LakeEmpty, LakeUnavailable):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other segments are patched
        if len(segments) == 1:
            note_failure(segments[0], error, now)
            swept.failed.append(segments[0].pk)
            return []
        half = len(segments) // 2
        return [
            *_patch_all(segments[:half], now, swept),
            *_patch_all(segments[half:], now, swept),
        ]
    for patch in looked.patches:
        _keep_patch(patch, looked, swept)
    return looked.others


@dataclass(frozen=True, slots=True)
class _Asked:
    """A segment, its rule as it is read now, and the moment it is asked at."""

    segment: Segment
    rule: Rule
    moment: Moment


@dataclass(frozen=True, slots=True)
class _Patch:
    """A segment that needs only a few customers looked at: of `looked_at`, those in `found` are in it now."""

    asked: _Asked
    looked_at: BitMap64
    found: BitMap64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What one state of the lake said."""

    patches: list[_Patch]
    others: list[Segment]
    now: datetime
    mark: str
    lake_snapshot_id: int
    fresh_at: datetime | None


def _look(segments: Sequence[Segment], now: datetime) -> _Looked:
    with get_engine().reading() as reading:
        news = _News(reading, now)
        asked = [_read(segment, now) for segment in segments]
        concerns = [(one, news.concerning(one)) for one in asked]
        stirred = [(one, customers) for one, customers in concerns if customers is not None]
        # One set for all, so that one pass answers: to ask about more people than needed is right too.
        everyone = BitMap64().union(*(customers for _, customers in stirred)) if stirred else BitMap64()
        if len(everyone) > FEW:
            raise _TooMany
        touched = [one for one, customers in stirred if customers]
        by_lake = [one for one in touched if one.segment.kind != Segment.Kind.FIXED]
        answers = members_among(reading, [(one.rule, one.moment) for one in by_lake], everyone)
        found = {one.segment.pk: members for one, members in zip(by_lake, answers, strict=True)}
        found |= {
            one.segment.pk: fixed.standing(one.segment.pk, everyone)
            for one in touched
            if one.segment.kind == Segment.Kind.FIXED
        }
        return _Looked(
            patches=[
                _Patch(
                    one,
                    everyone if one.segment.pk in found else BitMap64(),
                    found.get(one.segment.pk, BitMap64()),
                )
                for one, _ in stirred
            ],
            others=[one.segment for one, customers in concerns if customers is None],
            now=now,
            mark=news.mark,
            lake_snapshot_id=reading.snapshot_id,
            fresh_at=reading.fresh_at,
        )


def _read(segment: Segment, now: datetime) -> _Asked:
    rule = read_rule(segment.rule)
    return _Asked(segment, rule, moment_of(rule, scope=EVERYTHING, now=now))


class _TooMany(Exception):
    """Together the segments ask about more customers than a narrowed question is for; fewer segments may not."""


class _News:
    """What changed up to the state of a reading, as segments with different last answers need it."""

    def __init__(self, reading: Reading, now: datetime) -> None:
        self._reading = reading
        self._now = now
        self._changed: dict[str, changes.Changed | None] = {}
        self._crossed: dict[Any, BitMap64] = {}
        self.mark = changes.mark_of_reading(reading)

    def concerning(self, asked: _Asked) -> BitMap64 | None:
        """The customers of whom the answer may be another than the last one; None where that cannot be said, or they
        are more than a few."""
        segment, moment = asked.segment, asked.moment
        if (
            segment.snapshot is None
            or segment.as_of is None
            or segment.refreshed_at is None
            or segment.snapshot.rule_revision != segment.rule_revision
            or segment.background != moment.background
            or segment.refreshed_at > self._now
        ):
            return None
        changed = self._changed_since(segment.watermark)
        customers = None if changed is None else changes.within(changed, tables_of(asked.rule, moment.segments))
        if customers is None or len(customers) > FEW:
            return None
        moved = crossings(asked.rule, replace(moment, as_of=segment.as_of), moment)
        if moved is None:
            return None
        for crossing in moved:
            customers = customers | self._who(crossing)
            if len(customers) > FEW:
                return None
        return customers

    def _changed_since(self, mark: str) -> changes.Changed | None:
        if mark not in self._changed:
            self._changed[mark] = changes.changed_between(mark, self.mark)
        return self._changed[mark]

    def _who(self, crossing: Any) -> BitMap64:
        # Rules look at the same stretches of time again and again.
        key = crossing.op()
        if key not in self._crossed:
            self._crossed[key] = self._reading.ids(crossing)
        return self._crossed[key]


def _keep_patch(patch: _Patch, looked: _Looked, swept: Swept) -> None:
    segment = patch.asked.segment
    answer = Answer(
        members=BitMap64(),
        rule_revision=segment.rule_revision,
        asked_at=looked.now,
        as_of=patch.asked.moment.as_of,
        background=patch.asked.moment.background,
        watermark=looked.mark,
        lake_snapshot_id=looked.lake_snapshot_id,
        fresh_at=looked.fresh_at,
        patched=segment.snapshot_id,
    )
    had = members_in(segment.snapshot) if patch.looked_at else BitMap64()
    if had & patch.looked_at == patch.found:
        note_unchanged(segment.pk, answer)
        swept.unchanged.append(segment.pk)
        return
    keep(segment.pk, replace(answer, members=(had - patch.looked_at) | patch.found))
    swept.patched.append(segment.pk)
