"""Answers too long for a screen."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.insights.sql import services
from huike.platform import jobs


@app.task(name="insights.write_answer", queue="default")
def write_answer(*, job_id: int, question_id: int, file_format: str) -> None:
    """Write an answer's file. Run again after a crash it asks anew."""
    with jobs.running(job_id) as progress:
        services.write_file(progress, question_id=question_id, file_format=file_format)
