"""Up to when the lake is complete: kept in PostgreSQL, told to open browsers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from huike.lake.models import Freshness
from huike.platform import clock
from huike.platform.signals import tell

TOPIC = "freshness"


@dataclass(frozen=True, slots=True)
class LakeFreshness:
    """`fresh_at`: everything committed before it is in the lake; None before the first copy."""

    fresh_at: datetime | None
    lag_seconds: float | None


def fresh_at() -> datetime | None:
    return Freshness.objects.filter(pk=1).values_list("fresh_at", flat=True).first()


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
