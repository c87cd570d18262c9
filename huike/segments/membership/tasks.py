"""Background work about member lists."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.lake.errors import LakeEmpty, LakeUnavailable
from huike.lake.freshness import fresh_at
from huike.platform import clock, jobs
from huike.segments.errors import SegmentNotFound
from huike.segments.membership import lists, refreshing, services

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
        kept = services.refresh(segment_id)
        if kept.snapshot is None:
            raise SegmentNotFound
        entered, left = (kept.snapshot.entered, kept.snapshot.left) if kept.is_new else (0, 0)
        progress.result = {"count": kept.snapshot.count, "entered": entered, "left": left}
        progress.report(done=1, total=1, phase="asking", force=True)


@app.periodic(cron="* * * * * */10")
@app.task(name="segments.refresh_due", queueing_lock="segments.refresh_due", lock="segments.refresh_due")
def refresh_due(timestamp: int) -> None:
    """Every ten seconds: what is due, and what follows changes; `timestamp` is of these, which does not matter."""
    try:
        refreshing.sweep(clock.now())
    except (LakeEmpty, LakeUnavailable):
        return  # nothing can be asked; the next look tries again


@app.task(name="segments.fill_fixed_list", queue="default")
def fill_fixed_list(*, job_id: int, segment_id: int) -> None:
    """Put people on a fixed list. Run again after a crash it starts over and adds nobody twice."""
    with jobs.running(job_id) as progress:
        progress.report(done=0, total=1, phase="writing", force=True)
        progress.result = {"count": lists.fill(segment_id)}
        progress.report(done=1, total=1, phase="writing", force=True)
