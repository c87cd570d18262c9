"""Member lists over HTTP: their history, their schedule, fixed lists, overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from huike.customers.schemas import CustomerRow, Id, NamedRef, customer_rows
from huike.kernel.scope import Scope
from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf
from huike.segments.membership import lists, selectors, services
from huike.segments.membership.rules import next_slot
from huike.segments.membership.schemas import (
    FixedListIn,
    HistoryDay,
    MadeFromOut,
    MadeOfOut,
    MembershipOut,
    Moved,
    OverlapOut,
    OverlapSegment,
    PairOut,
    RegionOut,
    SegmentScheduleIn,
    SnapshotOut,
)
from huike.segments.membership.selectors import MOST_COMPARED, SPARKLINE
from huike.segments.models import Segment, Snapshot
from huike.staff.access import Requires, principal_of
from huike.staff.selectors import user_names

router = Router(tags=["segments"])

Limit = Annotated[int, Query(ge=1, le=200)]


@router.get(
    "/segments/memberships",
    auth=Requires("segments.read"),
    operation_id="list_memberships",
    summary="Member lists of segments: size and its change, state, when they are asked again",
    response={200: list[MembershipOut], **problems()},
)
def list_memberships(
    request: HttpRequest, id: Annotated[list[Id], Query(min_length=1, max_length=200)]
) -> list[MembershipOut]:
    return _memberships(selectors.find_memberships(id), principal_of(request).scope)


@router.get(
    "/segments/overlap",
    auth=Requires("segments.read"),
    operation_id="get_segment_overlap",
    summary="How many people segments have in common: each two of up to ten, every region of up to three",
    response={200: OverlapOut, **problems(404, 409, 503)},
)
def get_segment_overlap(
    request: HttpRequest, id: Annotated[list[Id], Query(min_length=1, max_length=MOST_COMPARED)]
) -> OverlapOut:
    overlap = selectors.overlap_of(id, scope=principal_of(request).scope)
    return OverlapOut(
        segments=[
            OverlapSegment(
                id=segment.pk,
                name=segment.name,
                kind=Segment.Kind(segment.kind),
                size=overlap.sizes[segment.pk],
                refreshed_at=segment.refreshed_at,
            )
            for segment in overlap.segments
        ],
        pairs=[PairOut(one=one, other=other, count=count) for (one, other), count in overlap.pairs.items()],
        regions=[
            RegionOut(inside=[id for id in overlap.sizes if id in region], count=count)
            for region, count in overlap.regions.items()
        ],
    )


@router.post(
    "/segments/fixed",
    auth=Requires("segments.write"),
    operation_id="make_fixed_list",
    summary="Keep the people who are in segments now as a list that stays",
    response={201: MembershipOut, **problems(404, 409, 503)},
)
def make_fixed_list(request: HttpRequest, body: FixedListIn) -> Status[MembershipOut]:
    principal = principal_of(request)
    made = lists.make_fixed_list(
        name=body.name,
        description=body.description,
        segment_ids=body.segment_ids,
        how=body.how,
        regions=[frozenset(region) for region in body.regions],
        actor=principal.actor,
        scope=principal.scope,
    )
    return Status(201, _membership(made.pk, principal.scope))


@router.get(
    "/segments/{int:segment_id}/membership",
    auth=Requires("segments.read"),
    operation_id="get_membership",
    summary="The member list of one segment: its size, state and schedule, and what a fixed list was made of",
    response={200: MembershipOut, **problems(404)},
)
def get_membership(request: HttpRequest, segment_id: Id) -> MembershipOut:
    return _membership(segment_id, principal_of(request).scope)


@router.put(
    "/segments/{int:segment_id}/schedule",
    auth=Requires("segments.write"),
    operation_id="schedule_segment",
    summary="Set when a segment is asked again",
    response={200: MembershipOut, **problems(404, 409)},
)
def schedule_segment(request: HttpRequest, segment_id: Id, body: SegmentScheduleIn) -> MembershipOut:
    principal = principal_of(request)
    services.schedule(
        segment_id,
        cadence=body.cadence,
        at_hour=body.at_hour,
        follows_changes=body.follows_changes,
        actor=principal.actor,
    )
    return _membership(segment_id, principal.scope)


@router.get(
    "/segments/{int:segment_id}/history",
    auth=Requires("segments.read"),
    operation_id="get_segment_history",
    summary="Size of a segment day by day, and how many entered and left",
    response={200: list[HistoryDay], **problems(404)},
)
def get_segment_history(
    request: HttpRequest, segment_id: Id, days: Annotated[int, Query(ge=1, le=731)] = 90
) -> list[HistoryDay]:
    selectors.find_membership(segment_id)
    told = selectors.days_of([segment_id], days=days, scope=principal_of(request).scope)[segment_id]
    return [HistoryDay.model_validate(day) for day in told]


@router.get(
    "/segments/{int:segment_id}/snapshots",
    auth=Requires("segments.read"),
    operation_id="list_segment_snapshots",
    summary="When the people in a segment were others than before, the latest first",
    response={200: PageOf[SnapshotOut], **problems(404)},
)
def list_segment_snapshots(
    request: HttpRequest, segment_id: Id, cursor: str | None = None, limit: Limit = 50
) -> PageOf[SnapshotOut]:
    scope = principal_of(request).scope
    page = keyset_page(selectors.snapshots_of(segment_id), order="-taken_at", cursor=cursor, limit=limit)
    return PageOf(items=[_snapshot(row, scope) for row in page.items], next_cursor=page.next_cursor, total=page.total)


@router.get(
    "/segments/{int:segment_id}/snapshots/{int:snapshot_id}/customers",
    auth=Requires("segments.read"),
    operation_id="list_moved_customers",
    summary="Who entered or left with one of a segment's member lists",
    response={200: PageOf[CustomerRow], **problems(404)},
)
def list_moved_customers(
    request: HttpRequest,
    segment_id: Id,
    snapshot_id: Id,
    moved: Moved = "entered",
    cursor: str | None = None,
    limit: Limit = 50,
) -> PageOf[CustomerRow]:
    scope = principal_of(request).scope
    page = selectors.list_moved(
        segment_id,
        snapshot_id,
        entered=moved == "entered",
        scope=scope,
        cursor=cursor,
        limit=limit,
    )
    return PageOf(items=customer_rows(page.items, scope=scope), next_cursor=page.next_cursor, total=page.total)


def _snapshot(row: Snapshot, scope: Scope) -> SnapshotOut:
    # Counts are of all stores.
    seen = scope.all_stores
    return SnapshotOut(
        id=row.pk,
        taken_at=row.taken_at,
        as_of=row.as_of,
        because=Snapshot.Because(row.because),
        count=row.count if seen else None,
        entered=row.entered if seen else None,
        left=row.left if seen else None,
        knows_who=row.because != Snapshot.Because.FIRST and row.taken_at > clock.now() - services.WHO_KEPT,
    )


def _membership(segment_id: int, scope: Scope) -> MembershipOut:
    return _memberships([selectors.find_membership(segment_id)], scope)[0]


def _memberships(segments: Sequence[Segment], scope: Scope) -> list[MembershipOut]:
    ids = [segment.pk for segment in segments]
    sizes: dict[int, list[int]] | None = None
    if scope.all_stores:
        history = selectors.days_of(ids, days=SPARKLINE.days, scope=scope)
        sizes = {id: [day.count for day in days] for id, days in history.items()}
    names = user_names({s.created_by_id for s in segments if s.created_by_id is not None})
    sources = {source["id"] for s in segments if s.made_from for source in s.made_from["segments"]}
    there = set(Segment.objects.filter(pk__in=sources).values_list("pk", flat=True))
    return [
        _told(segment, None if sizes is None else sizes[segment.pk], names=names, there=there) for segment in segments
    ]


def _told(segment: Segment, sizes: list[int] | None, *, names: dict[int, str], there: set[int]) -> MembershipOut:
    by = segment.created_by_id
    cadence = Segment.Cadence(segment.cadence)
    count = segment.snapshot.count if sizes is not None and segment.snapshot is not None else None
    return MembershipOut(
        id=segment.pk,
        name=segment.name,
        kind=Segment.Kind(segment.kind),
        state=Segment.State(segment.state),
        error=segment.error_code or None,
        tried_at=segment.tried_at,
        refreshed_at=segment.refreshed_at,
        count=count,
        week_change=count - sizes[-8] if count is not None and sizes is not None and len(sizes) > 7 else None,
        sizes=sizes,
        cadence=cadence,
        at_hour=segment.at_hour,
        follows_changes=segment.follows_changes,
        next_at=next_slot(cadence, segment.at_hour, clock.now(), get_config().zone),
        made_from=_made_from(segment, there),
        created_by=NamedRef(id=by, name=names[by]) if by is not None and by in names else None,
        created_at=segment.created_at,
    )


def _made_from(segment: Segment, there: set[int]) -> MadeFromOut | None:
    told = segment.made_from
    if not told:
        return None
    return MadeFromOut(
        how=told["how"],
        segments=[MadeOfOut(id=s["id"], name=s["name"], exists=s["id"] in there) for s in told["segments"]],
        regions=told["regions"],
    )
