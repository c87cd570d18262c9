"""Whose rows changed between two states of the lake, as the rounds of the sync noted it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from pyroaring import BitMap64

from huike.lake.engine import Reading
from huike.lake.models import Change
from huike.lake.registry import WATERMARK

NOTES_KEPT = timedelta(hours=3)

Changed = Mapping[str, BitMap64 | None]
"""By table of the lake: the customers whose rows were deleted or inserted; None where they were not noted, which stands
for anybody. Tables that are not there did not change."""


def mark_of(snapshot: str) -> str:
    """A short name of a watermark, which is as long as there were transactions running."""
    return blake2b(snapshot.encode(), digest_size=16).hexdigest()


def mark_of_reading(reading: Reading) -> str:
    """Which moment of PostgreSQL the state holds that the reading answers from, as `mark_of` says it."""
    rows: list[Any] = reading.table(WATERMARK.expression.select("snapshot")).column(0).to_pylist()
    return mark_of(rows[0]) if rows else ""


def note(before: str, after: str, changed: Changed) -> None:
    """Note what one round changed from one watermark to the next, after its commit. Without a note the chain is broken,
    and nothing worse."""
    Change.objects.bulk_create(
        Change(
            before=mark_of(before),
            after=mark_of(after),
            table_name=table,
            customers=None if customers is None else customers.serialize(),
        )
        for table, customers in sorted(changed.items())
    )


def changed_between(since: str, until: str) -> Changed | None:
    """What changed from the state with the mark `since` to the one with `until`; None where the notes do not lead
    from one to the other: the lake was made anew, or they are forgotten."""
    if since == until:
        return {}
    first = Change.objects.filter(before=since).order_by("pk").values_list("pk", flat=True).first()
    if first is None:
        return None
    found: dict[str, BitMap64 | None] = {}
    step = ("", since)
    for row in Change.objects.filter(pk__gte=first).order_by("pk").iterator():
        if (row.before, row.after) != step:
            if step[1] == until:
                break
            if row.before != step[1]:
                return None
            step = (row.before, row.after)
        known = found.get(row.table_name, BitMap64())
        one = None if row.customers is None else BitMap64.deserialize(bytes(row.customers))
        found[row.table_name] = None if known is None or one is None else known | one
    return found if step[1] == until else None


def within(changed: Changed, tables: Iterable[str]) -> BitMap64 | None:
    """The customers whose rows in any of these tables changed; None for anybody."""
    found = BitMap64()
    for table in tables:
        customers = changed.get(table, BitMap64())
        if customers is None:
            return None
        found |= customers
    return found


def forget_old(now: datetime) -> int:
    return Change.objects.filter(noted_at__lt=now - NOTES_KEPT).delete()[0]
