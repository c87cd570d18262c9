"""Background work of group buying."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.groupbuy.complaints import services as complaints
from huike.groupbuy.settlement import services as settlement
from huike.platform import clock


@app.periodic(cron="10 * * * *")
@app.task(name="groupbuy.cut_statements", queueing_lock="groupbuy.cut_statements", pass_context=False)
def cut_statements(timestamp: int) -> None:
    """Ten minutes after each hour, and so after midnight wherever the operator is; `timestamp` does not matter here.
    A statement whose books differ fails the task, which operators see, after all others were cut."""
    settlement.cut_due(now=clock.now())


@app.periodic(cron="35 * * * *")
@app.task(name="groupbuy.review_warnings", queueing_lock="groupbuy.review_warnings", pass_context=False)
def review_warnings(timestamp: int) -> None:
    """Every hour: warnings whose complaints are too old by now are taken back."""
    complaints.review_warnings(now=clock.now())
