"""Bodies of the membership's operations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from huike.customers.schemas import Id, NamedRef
from huike.platform.schema import Schema
from huike.segments.membership.algebra import How
from huike.segments.membership.selectors import MOST_IN_PICTURE
from huike.segments.models import Segment, Snapshot


class SegmentScheduleIn(Schema):
    cadence: Segment.Cadence
    at_hour: Annotated[int, Field(ge=0, le=23, description="Of `nightly`: the hour in the operator's zone")] = 3
    follows_changes: Annotated[bool, Field(description="Also when customers change whom it concerns")] = True


class MadeOfOut(Schema):
    """A segment a list was made of; `exists` no longer, where it was deleted since."""

    id: int
    name: str
    exists: bool


class MadeFromOut(Schema):
    """What a fixed list was made of: of `segments`, the `regions`; each region is those who were in all of its segments
    and in none of the others."""

    how: How
    segments: list[MadeOfOut]
    regions: list[list[int]]


class MembershipOut(Schema):
    """A segment's member list: how large, how fresh, when it is asked again. Sizes are of all stores, null to whoever
    sees only some. `sizes` are those of the last 14 days, the latest last; shorter where it had no list yet."""

    id: int
    name: str
    kind: Segment.Kind
    state: Segment.State
    error: str | None
    tried_at: datetime | None
    refreshed_at: datetime | None
    count: int | None
    week_change: int | None = Field(description="Against seven days ago; null where it had no list then")
    sizes: list[int] | None
    cadence: Segment.Cadence
    at_hour: int
    follows_changes: bool
    next_at: datetime | None = Field(description="When its next slot begins; null by hand")
    made_from: MadeFromOut | None
    created_by: NamedRef | None
    created_at: datetime


class HistoryDay(Schema):
    """`entered` and `left` leave out a first list and a changed rule, with which nobody moved."""

    day: date
    count: int
    entered: int
    left: int
    rule_changed: bool


class SnapshotOut(Schema):
    """A member list that differed from the one before. `knows_who`: whether who entered and left is still kept."""

    id: int
    taken_at: datetime
    as_of: datetime
    because: Snapshot.Because
    count: int | None
    entered: int | None
    left: int | None
    knows_who: bool


class FixedListIn(Schema):
    """Of the people in these segments now: those in any, in all, in the first alone, or in the regions told."""

    name: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=1000)
    segment_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_IN_PICTURE)]
    how: How = How.UNION
    regions: Annotated[list[list[Id]], Field(max_length=2**MOST_IN_PICTURE - 1)] = []


class OverlapSegment(Schema):
    id: int
    name: str
    kind: Segment.Kind
    size: int
    refreshed_at: datetime | None


class PairOut(Schema):
    """How many are in both."""

    one: int
    other: int
    count: int


class RegionOut(Schema):
    """How many are in all of these segments and in none of the others."""

    inside: list[int]
    count: int


class OverlapOut(Schema):
    """Among the caller's customers. `regions` of up to three segments."""

    segments: list[OverlapSegment]
    pairs: list[PairOut]
    regions: list[RegionOut]


Moved = Literal["entered", "left"]
