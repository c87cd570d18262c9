"""What happened to segments, told after commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRefreshed(DomainEvent):
    """A segment has a new member list. How many entered and left since the one before (all entered, the first time);
    who they are is the difference of the two snapshots."""

    name: ClassVar[str] = "segments.segment_refreshed"
    segment_id: int
    snapshot_id: int
    previous_snapshot_id: int | None
    count: int
    entered: int
    left: int
