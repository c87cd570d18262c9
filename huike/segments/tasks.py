"""Long work about segments."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.platform import jobs
from huike.segments import services


@app.task(name="segments.refresh_segment", queue="default")
def refresh_segment(*, job_id: int, segment_id: int) -> None:
    """Make a segment's member list. Run again it makes another one."""
    with jobs.running(job_id) as progress:
        progress.report(done=0, total=1, phase="asking", force=True)
        snapshot = services.refresh(segment_id)
        progress.result = {"count": snapshot.count, "entered": snapshot.entered, "left": snapshot.left}
        progress.report(done=1, total=1, phase="asking", force=True)
