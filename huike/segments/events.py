"""What happened to segments, told after commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRefreshed(DomainEvent):
    """A segment has a new member list. How many entered and left since the one before (all entered, the first time);
    who they are is kept with the snapshot."""

    name: ClassVar[str] = "segments.segment_refreshed"
    segment_id: int
    snapshot_id: int
    previous_snapshot_id: int | None
    count: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersEntered(DomainEvent):
    """These people are in a segment in which they were not. Not told of a segment's first list, nor of the first after
    its rule was changed: nobody moved then. A large difference is told in several."""

    name: ClassVar[str] = "segments.customers_entered"
    segment_id: int
    snapshot_id: int
    customer_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersLeft(DomainEvent):
    """These people are no longer in a segment in which they were. As CustomersEntered."""

    name: ClassVar[str] = "segments.customers_left"
    segment_id: int
    snapshot_id: int
    customer_ids: list[int]
