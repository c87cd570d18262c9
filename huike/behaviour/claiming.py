"""Visits kept under a device's id: found by it, and given to the person it turns out to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from huike.behaviour import visitors
from huike.behaviour.models import CustomerEvent, Visitor
from huike.customers.identity.claiming import Claimable
from huike.customers.models import Source
from huike.kernel.scope import Scope

# An id this long is one of a kind; a shorter one of some source may be another device's at the next.
_UNIQUE_LENGTH = 16


def find(key: str, source_id: int | None, scope: Scope) -> list[Claimable]:
    """The visitors of this anonymous id. They belong to no store, so whoever is limited to stores finds none."""
    names = dict(Source.objects.values_list("pk", "name"))
    return [
        Claimable(
            kind="visitor",
            id=visitor.pk,
            at=visitor.last_seen_at,
            customer_id=visitor.customer_id,
            source=names.get(visitor.source_id, ""),
            params={"events": CustomerEvent.objects.filter(visitor_id=visitor.pk).count()},
        )
        for visitor in _visitors(key, source_id, scope).order_by("-last_seen_at", "-pk")
    ]


def claim(key: str, source_id: int | None, customer_id: int, scope: Scope, now: datetime) -> Sequence[int]:
    """Give the person what the unclaimed visitors of this anonymous id did; the ids of the visitors."""
    waiting = list(_visitors(key, source_id, scope).filter(customer__isnull=True).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE behaviour_visitor SET customer_id = %s, linked_at = %s "
            "WHERE id = ANY(%s) AND customer_id IS NULL RETURNING id",
            [customer_id, now, waiting],
        )
        mine = [int(row[0]) for row in cursor.fetchall()]
    visitors.claim(dict.fromkeys(mine, customer_id), now=now)
    return mine


def _visitors(key: str, source_id: int | None, scope: Scope) -> QuerySet[Visitor]:
    value = key.removeprefix("device:")
    if not scope.all_stores or (source_id is None and len(value) < _UNIQUE_LENGTH):
        return Visitor.objects.none()
    # Clients write the same id in capitals (Apple's do) or not; visitors keep it as told, identities in small letters.
    found = Visitor.objects.filter(kind=visitors.ANONYMOUS, value__in={value, value.upper()})
    return found if source_id is None else found.filter(source_id=source_id)
