"""Reads: the pairs somebody may look at."""

from __future__ import annotations

from django.db.models import QuerySet

from huike.customers.models import Customer, Duplicate
from huike.customers.selectors import visible
from huike.kernel.scope import Scope


def list_pairs(*, dismissed: bool | None, scope: Scope) -> QuerySet[Duplicate]:
    """Pairs of two standing files that `scope` shows both of: open ones, dismissed ones, or (None) either."""
    active = Customer.State.ACTIVE
    pairs = Duplicate.objects.filter(low__state=active, high__state=active).select_related("low", "high", "model")
    if not scope.all_stores:
        seen = visible(scope).values("pk")
        pairs = pairs.filter(low__in=seen, high__in=seen)
    return pairs if dismissed is None else pairs.filter(dismissed_at__isnull=not dismissed)
