"""What segments do when something is announced."""

from __future__ import annotations

from collections.abc import Sequence

from huike.platform.outbox import StoredEvent, handler
from huike.segments.events import SegmentRefreshed
from huike.segments.models import TagRule
from huike.segments.tasks import run_tag_rule


@handler("segments.tag_members", events=[SegmentRefreshed])
def tag_members(events: Sequence[StoredEvent]) -> None:
    """A new member list: the tags that follow the segment are put and taken by a task."""
    refreshed = {event.payload["segment_id"] for event in events}
    for rule_id in TagRule.objects.filter(segment_id__in=refreshed).order_by("pk").values_list("pk", flat=True):
        run_tag_rule.configure(lock=f"tag rule:{rule_id}").defer(rule_id=rule_id)
