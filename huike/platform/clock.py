"""The one place that reads the time. Rules take `now` as an argument; doors and tasks ask here."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.utils import timezone

from huike.platform.config import get_config


def now() -> datetime:
    """This instant, aware, UTC."""
    return timezone.now()


def today() -> date:
    """The operator's calendar day."""
    return now().astimezone(get_config().zone).date()


def day_began_at() -> datetime:
    """The operator's last midnight, UTC."""
    return datetime.combine(today(), time(), get_config().zone).astimezone(UTC)
