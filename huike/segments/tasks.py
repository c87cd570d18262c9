"""Long work about segments."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huike.segments.tagging import services as tagging


@app.task(name="segments.run_tag_rule", queue="default")
def run_tag_rule(*, rule_id: int) -> None:
    """Put a tag on the members of its segment, and take it off those who left."""
    tagging.run(rule_id)
