"""Reads: tills with what was heard of them, and lines that wait for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from huike.checkout.models import OfflineItem, Till
from huike.checkout.offline.rules import missing
from huike.kernel.scope import Scope


def visible_tills(scope: Scope) -> QuerySet[Till]:
    """The tills of the stores in `scope`, by name."""
    tills = Till.objects.select_related("source", "store").order_by("name")
    return tills if scope.all_stores else tills.filter(store_id__in=sorted(scope.store_ids))


def heard_of(tills: Sequence[Till]) -> dict[int, dict[str, Any]]:
    """What was heard of each of these tills."""
    found = {
        row["till_id"]: row
        for row in OfflineItem.objects.filter(till__in=tills)
        .values("till_id")
        .annotate(last=Max("sequence"), at=Max("received_at"), refused=Count("id", filter=Q(state="refused")))
    }
    return {
        till.pk: {
            "last_sequence": found[till.pk]["last"] if till.pk in found else 0,
            "last_heard_at": found[till.pk]["at"] if till.pk in found else None,
            "refused": found[till.pk]["refused"] if till.pk in found else 0,
            "missing": missing_of(till) if till.pk in found else [],
        }
        for till in tills
    }


def missing_of(till: Till) -> list[int]:
    """Numbers of its queue that never came."""
    return missing(OfflineItem.objects.filter(till=till).values_list("sequence", flat=True))


def refused_items(scope: Scope) -> QuerySet[OfflineItem]:
    """Lines that wait for somebody, the latest first."""
    items = OfflineItem.objects.filter(state=OfflineItem.State.REFUSED).select_related("till__store")
    return items if scope.all_stores else items.filter(till__store_id__in=sorted(scope.store_ids))
