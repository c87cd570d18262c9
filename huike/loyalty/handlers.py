"""What loyalty does when something is announced."""

from __future__ import annotations

from collections.abc import Sequence

from huike.imports.events import ImportFinished
from huike.loyalty.tasks import start_judging
from huike.platform.outbox import StoredEvent, handler


@handler("loyalty.enrol_imported", events=[ImportFinished])
def enrol_imported(events: Sequence[StoredEvent]) -> None:
    """A file may have brought members: they are enrolled by the task that looks for whoever is due."""
    start_judging(requested_by_id=None)
