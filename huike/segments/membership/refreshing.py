"""The look taken each minute: which segments are due or were stirred, and of whom it is enough to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pyroaring import BitMap64

from huike.kernel.scope import EVERYTHING
from huike.lake import changes
from huike.lake.engine import Reading, get_engine
from huike.lake.errors import LakeEmpty, LakeUnavailable
from huike.platform.config import get_config
from huike.segments.membership import fixed
from huike.segments.membership.asking import crossed, members_among
from huike.segments.membership.rules import FEW, WHOLE_AT_MOST_EVERY, Instant, Looks, is_due, looks_at
from huike.segments.membership.services import Answer, ask, keep, members_in, note_failure, note_unchanged
from huike.segments.models import Segment
from huike.segments.rules import Rule
from huike.segments.selectors import moment_of, read_rule


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
    due = {segment.pk for segment in known if _is_due(segment, now, zone)}
    rested = {s.pk for s in known if s.tried_at is None or now - s.tried_at >= WHOLE_AT_MOST_EVERY}
    wanted = [
        segment
        for segment in known
        if segment.pk in due
        or (segment.follows_changes and (segment.state != Segment.State.FAILED or segment.pk in rested))
    ]
    for segment in _patch_all(wanted, now, zone, swept):
        if segment.pk in due or segment.pk in rested:
            _refresh_wholly(segment, now, swept)
    return swept


def _is_due(segment: Segment, now: datetime, zone: ZoneInfo) -> bool:
    return is_due(Segment.Cadence(segment.cadence), segment.at_hour, segment.tried_at, now, zone)


def _refresh_wholly(segment: Segment, now: datetime, swept: Swept) -> None:
    try:
        keep(segment.pk, ask(segment, now))
        swept.whole.append(segment.pk)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next segment is asked
        note_failure(segment, error, now)
        swept.failed.append(segment.pk)


def _patch_all(segments: Sequence[Segment], now: datetime, zone: ZoneInfo, swept: Swept) -> list[Segment]:
    """Patch those that can be patched, all in one pass; the others, which must be asked wholly. Where that fails, each
    half is tried by itself, down to the segment that fails."""
    if not segments:
        return []
    try:
        looked = _look(segments, now, zone)
    except (LakeEmpty, LakeUnavailable):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other segments are patched
        if len(segments) == 1:
            note_failure(segments[0], error, now)
            swept.failed.append(segments[0].pk)
            return []
        half = len(segments) // 2
        return [
            *_patch_all(segments[:half], now, zone, swept),
            *_patch_all(segments[half:], now, zone, swept),
        ]
    for patch in looked.patches:
        _keep_patch(patch, looked, swept)
    return looked.others


@dataclass(frozen=True, slots=True)
class _Patch:
    """A segment that needs only a few customers looked at: of `asked`, those in `found` are in it now."""

    segment: Segment
    as_of: datetime
    asked: BitMap64
    found: BitMap64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What one state of the lake said."""

    patches: list[_Patch]
    others: list[Segment]
    now: datetime
    zone: ZoneInfo
    mark: str
    lake_snapshot_id: int
    fresh_at: datetime | None


def _look(segments: Sequence[Segment], now: datetime, zone: ZoneInfo) -> _Looked:
    with get_engine().reading() as reading:
        news = _News(reading, now, zone)
        read = [(segment, read_rule(segment.rule)) for segment in segments]
        concerns = [news.concerning(segment, rule) for segment, rule in read]
        stirred = [
            (segment, rule, customers)
            for (segment, rule), customers in zip(read, concerns, strict=True)
            if customers is not None
        ]
        # One set for all, so that one pass answers: to ask about more people than needed is right too.
        everyone = BitMap64().union(*(customers for _, _, customers in stirred)) if stirred else BitMap64()
        if len(everyone) > FEW:
            raise _TooMany
        asked = [(segment, rule) for segment, rule, customers in stirred if customers]
        by_lake = [(s, rule) for s, rule in asked if s.kind != Segment.Kind.FIXED]
        found = dict(
            zip(
                (segment.pk for segment, _ in by_lake),
                members_among(
                    reading, [(rule, moment_of(rule, scope=EVERYTHING, now=now)) for _, rule in by_lake], everyone
                ),
                strict=True,
            )
        )
        found |= {s.pk: fixed.standing(s.pk, everyone) for s, _ in asked if s.kind == Segment.Kind.FIXED}
        return _Looked(
            patches=[
                _Patch(
                    segment,
                    rule.as_of or now,
                    everyone if segment.pk in found else BitMap64(),
                    found.get(segment.pk, BitMap64()),
                )
                for segment, rule, _ in stirred
            ],
            others=[s for (s, _), customers in zip(read, concerns, strict=True) if customers is None],
            now=now,
            zone=zone,
            mark=news.mark,
            lake_snapshot_id=reading.snapshot_id,
            fresh_at=reading.fresh_at,
        )


class _TooMany(Exception):
    """Together the segments ask about more customers than a narrowed question is for; fewer segments may not."""


class _News:
    """What changed up to the state of a reading, as segments with different last answers need it."""

    def __init__(self, reading: Reading, now: datetime, zone: ZoneInfo) -> None:
        self._reading = reading
        self._now = now
        self._zone = zone
        self._changed: dict[str, changes.Changed | None] = {}
        self._crossed: dict[tuple[frozenset[Instant], datetime], BitMap64] = {}
        self.mark = changes.mark_of_reading(reading)

    def concerning(self, segment: Segment, rule: Rule) -> BitMap64 | None:
        """The customers of whom the answer may be another than the last one; None where that cannot be said, or they
        are more than a few."""
        looks = looks_at(rule)
        if (
            segment.snapshot is None
            or segment.refreshed_at is None
            or segment.snapshot.rule_revision != segment.rule_revision
            or segment.zone != str(self._zone)
            or not looks.stand_still(segment.refreshed_at, self._now, self._zone)
        ):
            return None
        changed = self._changed_since(segment.watermark)
        customers = None if changed is None else changes.within(changed, looks.tables)
        if customers is None or len(customers) > FEW:
            return None
        customers = customers | self._crossed_since(looks, segment.refreshed_at)
        return customers if len(customers) <= FEW else None

    def _changed_since(self, mark: str) -> changes.Changed | None:
        if mark not in self._changed:
            self._changed[mark] = changes.changed_between(mark, self.mark)
        return self._changed[mark]

    def _crossed_since(self, looks: Looks, then: datetime) -> BitMap64:
        key = (looks.instants, then)
        if key not in self._crossed:
            self._crossed[key] = crossed(self._reading, looks.instants, then, self._now)
        return self._crossed[key]


def _keep_patch(patch: _Patch, looked: _Looked, swept: Swept) -> None:
    segment = patch.segment
    answer = Answer(
        members=BitMap64(),
        rule_revision=segment.rule_revision,
        asked_at=looked.now,
        as_of=patch.as_of,
        zone=str(looked.zone),
        watermark=looked.mark,
        lake_snapshot_id=looked.lake_snapshot_id,
        fresh_at=looked.fresh_at,
        patched=segment.snapshot_id,
    )
    had = members_in(segment.snapshot) if patch.asked else BitMap64()
    if had & patch.asked == patch.found:
        note_unchanged(segment.pk, answer)
        swept.unchanged.append(segment.pk)
        return
    keep(segment.pk, replace(answer, members=(had - patch.asked) | patch.found))
    swept.patched.append(segment.pk)
