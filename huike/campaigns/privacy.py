"""What this room may hold about a person: a rule in which somebody wrote her address."""

from __future__ import annotations

from huike.customers.privacy.holdings import Trace, trace


def declare() -> None:
    trace(Trace(table="campaigns_campaign", columns=("objective", "rule")))
