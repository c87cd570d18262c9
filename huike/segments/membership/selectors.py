"""Reads: what became of member lists, and how they overlap. Every one is limited to the caller's scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from pyroaring import BitMap64

from huike.customers import selectors as customers
from huike.customers.models import Customer
from huike.kernel.pages import BadCursor, Page, decode_cursor, encode_cursor
from huike.kernel.scope import Scope
from huike.lake.engine import get_engine
from huike.platform import clock
from huike.platform.config import get_config
from huike.segments.errors import (
    MovesForgotten,
    SegmentNotFound,
    SegmentNotRefreshed,
    SegmentScopeLimited,
    SnapshotNotFound,
    TooManySegments,
)
from huike.segments.membership.algebra import Region, common_to_each_pair, in_region, regions_of
from huike.segments.membership.asking import still_there
from huike.segments.models import Segment, Snapshot
from huike.segments.rules import All, Rule
from huike.segments.selectors import moment_of

MOST_COMPARED = 10
MOST_IN_PICTURE = 3
LONGEST_HISTORY = timedelta(days=731)
SPARKLINE = timedelta(days=14)
_LISTED_AT_ONCE = 500
_LOOKED_THROUGH_AT_MOST = 20_000
_BITMAPS = ("members", "entered_ids", "left_ids")


def _bare(found: QuerySet[Snapshot]) -> QuerySet[Snapshot]:
    return found.defer(*_BITMAPS)


def find_memberships(segment_ids: Iterable[int]) -> list[Segment]:
    """Segments with their newest snapshot, without its lists; those that are there, in the order asked for."""
    wanted = list(dict.fromkeys(segment_ids))
    found = (
        Segment.objects.filter(pk__in=wanted)
        .select_related("snapshot")
        .defer(*(f"snapshot__{name}" for name in _BITMAPS))
    )
    by_id = {segment.pk: segment for segment in found}
    return [by_id[id] for id in wanted if id in by_id]


def find_membership(segment_id: int) -> Segment:
    """Raises SegmentNotFound."""
    found = find_memberships([segment_id])
    if not found:
        raise SegmentNotFound
    return found[0]


@dataclass(frozen=True, slots=True)
class DayOfSegment:
    """One day of the operator's: the size at its end, and how many moved; first lists and changed rules move nobody."""

    day: date
    count: int
    entered: int
    left: int
    rule_changed: bool


_DAYS = """
SELECT (taken_at AT TIME ZONE %(zone)s)::date AS day, (array_agg(count ORDER BY taken_at DESC, id DESC))[1],
       COALESCE(sum(entered) FILTER (WHERE because = 'people'), 0)::bigint,
       COALESCE(sum("left") FILTER (WHERE because = 'people'), 0)::bigint, bool_or(because = 'rule'), segment_id
  FROM segments_snapshot
 WHERE segment_id = ANY(%(segments)s) AND taken_at >= %(since)s
 GROUP BY segment_id, day
"""
_BEFORE = """
SELECT DISTINCT ON (segment_id) segment_id, count FROM segments_snapshot
 WHERE segment_id = ANY(%(segments)s) AND taken_at < %(since)s
 ORDER BY segment_id, taken_at DESC, id DESC
"""


def days_of(segment_ids: Sequence[int], *, days: int, scope: Scope) -> dict[int, list[DayOfSegment]]:
    """Size and movement of each segment, a row for each day from the first on which it had a list until today; a day
    without a snapshot has the size of the one before. Raises SegmentScopeLimited: sizes are of all stores."""
    if not scope.all_stores:
        raise SegmentScopeLimited
    zone = get_config().zone
    today = clock.now().astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    params: dict[str, Any] = {"zone": str(zone), "segments": list(segment_ids), "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, params)
        told = {(row[5], row[0]): row for row in cursor.fetchall()}
        cursor.execute(_BEFORE, params)
        sizes: dict[int, int | None] = dict.fromkeys(segment_ids) | dict(cursor.fetchall())
    found: dict[int, list[DayOfSegment]] = {id: [] for id in segment_ids}
    for id, rows in found.items():
        size = sizes[id]
        for day in (first + timedelta(days=n) for n in range(days)):
            row = told.get((id, day))
            size = row[1] if row else size
            if size is not None:
                rows.append(DayOfSegment(day, size, *((row[2], row[3], row[4]) if row else (0, 0, False))))
    return found


def snapshots_of(segment_id: int) -> QuerySet[Snapshot]:
    """The snapshots of a segment, without their lists. Raises SegmentNotFound."""
    find_membership(segment_id)
    return _bare(Snapshot.objects.filter(segment_id=segment_id))


def list_moved(
    segment_id: int, snapshot_id: int, *, entered: bool, scope: Scope, cursor: str | None, limit: int
) -> Page[Customer]:
    """Who entered or left with a snapshot; of whom the caller sees those in scope, who still have a file. Raises
    SnapshotNotFound, MovesForgotten, BadCursor."""
    snapshot = Snapshot.objects.filter(pk=snapshot_id, segment_id=segment_id).defer("members").first()
    if snapshot is None:
        raise SnapshotNotFound
    ids = snapshot.entered_ids if entered else snapshot.left_ids
    if ids is None:
        raise MovesForgotten
    order = f"moved:{snapshot_id}:{entered}"
    return _page(BitMap64.deserialize(bytes(ids)), order=order, scope=scope, cursor=cursor, limit=limit)


def _page(ids: BitMap64, *, order: str, scope: Scope, cursor: str | None, limit: int) -> Page[Customer]:
    """People by id. A page may be shorter than asked while there are more: go on with its cursor."""
    reached, looked_at, done = _position(cursor, order), 0, False
    found: list[Customer] = []
    while len(found) < limit and looked_at < _LOOKED_THROUGH_AT_MOST and not done:
        candidates = list(islice(ids.iter_equal_or_larger(reached + 1), _LISTED_AT_ONCE))
        done = len(candidates) < _LISTED_AT_ONCE
        visible = customers.customers_by_id(candidates, scope=scope)
        for looked, customer_id in enumerate(candidates, start=1):
            reached = customer_id
            looked_at += 1
            if customer_id in visible and visible[customer_id].state == Customer.State.ACTIVE:
                found.append(visible[customer_id])
            if len(found) == limit:
                done = done and looked == len(candidates)
                break
    total = len(ids) if scope.all_stores else None
    return Page(found, None if done else encode_cursor(order, [reached]), total)


def _position(cursor: str | None, order: str) -> int:
    if cursor is None:
        return 0
    values = decode_cursor(cursor, order)
    if len(values) != 1 or not isinstance(values[0], int) or not 0 <= values[0] < 2**63 - 1:
        raise BadCursor
    return values[0]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How segments overlap, by their newest lists. `regions` are told of up to three segments."""

    segments: list[Segment]
    sizes: Mapping[int, int]
    pairs: Mapping[tuple[int, int], int]
    regions: Mapping[Region, int]


def overlap_of(segment_ids: Sequence[int], *, scope: Scope) -> Overlap:
    """Sizes and overlaps, among the caller's customers. Raises SegmentNotFound, SegmentNotRefreshed, TooManySegments,
    the engine's errors."""
    segments, members = lists_of(segment_ids, most=MOST_COMPARED, scope=scope)
    in_picture = regions_of(segment_ids) if len(segment_ids) <= MOST_IN_PICTURE else []
    return Overlap(
        segments=segments,
        sizes={id: len(found) for id, found in members.items()},
        pairs=common_to_each_pair(members),
        regions={region: len(in_region(region, members)) for region in in_picture},
    )


def lists_of(segment_ids: Sequence[int], *, most: int, scope: Scope) -> tuple[list[Segment], dict[int, BitMap64]]:
    """The segments in this order, and their newest lists with the customers in scope. Raises as `overlap_of`."""
    if len(segment_ids) > most or len(set(segment_ids)) != len(segment_ids):
        raise TooManySegments(most=most)
    segments = find_memberships(segment_ids)
    if len(segments) != len(segment_ids):
        raise SegmentNotFound
    # In one statement: a snapshot that is no longer the newest has lost its list.
    newest = Segment.objects.filter(pk__in=segment_ids).values("snapshot_id")
    lists = dict(Snapshot.objects.filter(pk__in=newest).values_list("segment_id", "members"))
    if len(lists) != len(segments):
        raise SegmentNotRefreshed
    members = {s.pk: BitMap64.deserialize(bytes(lists[s.pk] or b"")) for s in segments}
    if scope.all_stores:
        return segments, members
    with get_engine().reading() as reading:
        moment = moment_of(Rule(All(())), scope=scope)
        seen = still_there(reading, BitMap64().union(*members.values()), moment)
    return segments, {id: found & seen for id, found in members.items()}
