"""Up to when the lake is complete, and when its tables last changed: kept in PostgreSQL, told to open browsers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from huike.lake.models import Freshness, Moved
from huike.lake.registry import tables
from huike.platform import clock
from huike.platform.signals import tell

TOPIC = "freshness"
TABLE_TOPIC = "lake:"
"""How the topic of a table's news begins: `lake:orders`."""


@dataclass(frozen=True, slots=True)
class LakeFreshness:
    """`fresh_at`: everything committed before it is in the lake; None before the first copy."""

    fresh_at: datetime | None
    lag_seconds: float | None


def fresh_at() -> datetime | None:
    return Freshness.objects.filter(pk=1).values_list("fresh_at", flat=True).first()


def changed_at() -> datetime | None:
    """When the lake last changed, as `fresh_at` was then."""
    return Freshness.objects.filter(pk=1).values_list("changed_at", flat=True).first()


def moved_at(table: str) -> datetime | None:
    """When a table of the lake last changed, as `fresh_at` was then: an answer that was as fresh knows of it."""
    return Moved.objects.filter(pk=table).values_list("moved_at", flat=True).first()


def topics_of(table_names: Collection[str]) -> list[str]:
    """What to listen to for news of these tables."""
    return [f"{TABLE_TOPIC}{name}" for name in sorted(table_names)]


def table_of(topic: str) -> str | None:
    """The table a topic is about; None where it is about none that is there."""
    name = topic.removeprefix(TABLE_TOPIC)
    return name if name != topic and name in {spec.name for spec in tables()} else None


def freshness() -> LakeFreshness:
    at = fresh_at()
    return LakeFreshness(at, None if at is None else max(0.0, (clock.now() - at).total_seconds()))


def move(at: datetime, *, watermark: str, changed: bool) -> None:
    """Note a finished round, and tell it. Never moves back: of two rounds that overlap the later one stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO lake_freshness (id, fresh_at, watermark, changed_at)
                 VALUES (1, %(at)s, %(watermark)s, %(at)s)
            ON CONFLICT (id) DO UPDATE
                    SET fresh_at = excluded.fresh_at, watermark = excluded.watermark,
                        changed_at = CASE WHEN %(changed)s THEN excluded.fresh_at ELSE lake_freshness.changed_at END
                  WHERE lake_freshness.fresh_at IS NULL OR lake_freshness.fresh_at < excluded.fresh_at
            """,
            {"at": at, "watermark": watermark, "changed": changed},
        )
        moved = cursor.rowcount > 0
    if moved:
        tell(TOPIC, {"as_of": at.isoformat()})


def note_moved(at: datetime, table_names: Collection[str]) -> None:
    """Note that a round that was as fresh changed these tables, and tell it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO lake_moved (table_name, moved_at) SELECT unnest(%(tables)s::text[]), %(at)s
            ON CONFLICT (table_name) DO UPDATE SET moved_at = greatest(lake_moved.moved_at, excluded.moved_at)
            """,
            {"at": at, "tables": sorted(table_names)},
        )
    for topic in topics_of(table_names):
        tell(topic, {"moved_at": at.isoformat()})
