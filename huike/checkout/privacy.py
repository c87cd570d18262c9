"""What this room holds about a person: the text of a till's line while it waits for somebody to look at it, and
the note of whoever set it aside."""

from __future__ import annotations

from huike.customers.privacy.holdings import Trace, trace


def declare() -> None:
    trace(Trace(table="checkout_offline_item", columns=("body", "note"), names=True))
