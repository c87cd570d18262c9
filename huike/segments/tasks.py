"""Long work about segments."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.lake.freshness import fresh_at
from huike.platform import jobs
from huike.segments import services
from huike.segments.tagging import services as tagging

_WAIT_SECONDS = 2


@app.task(name="segments.refresh_segment", queue="default")
def refresh_segment(*, job_id: int, segment_id: int) -> None:
    """Make a segment's member list. Run again it makes another one. Before the lake's first copy it waits."""
    if fresh_at() is None:
        later = refresh_segment.configure(lock=f"segment:{segment_id}", schedule_in={"seconds": _WAIT_SECONDS})
        later.defer(job_id=job_id, segment_id=segment_id)
        return
    with jobs.running(job_id) as progress:
        progress.report(done=0, total=1, phase="asking", force=True)
        snapshot = services.refresh(segment_id)
        progress.result = {"count": snapshot.count, "entered": snapshot.entered, "left": snapshot.left}
        progress.report(done=1, total=1, phase="asking", force=True)


@app.task(name="segments.run_tag_rule", queue="default")
def run_tag_rule(*, rule_id: int) -> None:
    """Put a tag on the members of its segment, and take it off those who left."""
    tagging.run(rule_id)
