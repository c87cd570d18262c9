"""What happened to a request, one thing after the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huike.customers.models import PrivacyMoment
from huike.platform.signals import nudge


def note(request_id: int, what: str, *, by: str, at: datetime, details: dict[str, Any] | None = None) -> None:
    """Add to a request's history, in the caller's transaction. `details` hold codes and counts, no personal values."""
    PrivacyMoment.objects.create(request_id=request_id, what=what, by=by[:120], at=at, details=details or {})
    nudge("privacy")
