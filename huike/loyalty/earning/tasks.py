"""Trying a rule on years of purchases."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app

from huike.loyalty.earning import services
from huike.loyalty.earning.schemas import SimulationIn
from huike.platform import jobs


@app.task(name="loyalty.simulate", queue="default")
def simulate(*, job_id: int, programme_id: int, told: dict[str, Any]) -> None:
    """Run again after a crash it asks anew: nothing but the job's result is written."""
    with jobs.running(job_id) as progress:
        services.run_simulation(progress, programme_id=programme_id, told=SimulationIn.model_validate(told))
