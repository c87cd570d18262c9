"""Background work of campaigns."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.campaigns import preparation


@app.task(name="campaigns.prepare")
def prepare_campaign(campaign_id: int, job_id: int) -> None:
    """Starting over goes on where the dead worker stopped."""
    preparation.prepare(campaign_id, job_id=job_id)
