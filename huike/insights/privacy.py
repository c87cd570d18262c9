"""What analysts write may name a person: in a condition, or in the name of what they keep."""

from __future__ import annotations

from huike.customers.privacy.holdings import Trace, trace


def declare() -> None:
    # A question passes away by itself, so that names may be masked in it too; a saved query is somebody's work.
    trace(
        Trace(table="insights_question", columns=("sql",), names=True),
        Trace(table="insights_saved_query", columns=("name", "sql")),
    )
