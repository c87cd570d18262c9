"""Reads: the log of merges, a file's aliases."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q, QuerySet

from huike.customers.errors import MergeNotFound
from huike.customers.models import Customer, Merge
from huike.customers.selectors import visible
from huike.kernel.scope import Scope


def list_merges(*, customer_id: int | None = None, scope: Scope) -> QuerySet[Merge]:
    """Merges whose surviving file the reader may see; of one customer where named."""
    merges = Merge.objects.select_related("survivor", "absorbed")
    if not scope.all_stores:
        standing = visible(scope).values("pk")
        merges = merges.filter(Q(survivor__in=standing) | Q(survivor__merged_into__in=standing))
    if customer_id is not None:
        merges = merges.filter(Q(survivor=customer_id) | Q(absorbed=customer_id))
    return merges


def find_merge(merge_id: int, *, scope: Scope) -> Merge:
    """Raises MergeNotFound."""
    merge = list_merges(scope=scope).filter(pk=merge_id).first()
    if merge is None:
        raise MergeNotFound
    return merge


def alias_ids(customer_id: int) -> list[int]:
    """The files that were merged into this one."""
    return list(Customer.objects.filter(merged_into=customer_id).order_by("pk").values_list("pk", flat=True))


def moves_of(merge_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many rows of each kind these merges moved."""
    counts: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT merge_id, follower, cardinality(row_ids) FROM customers_merge_move WHERE merge_id = ANY(%s)",
            [list(merge_ids)],
        )
        for merge_id, follower, count in cursor.fetchall():
            counts.setdefault(merge_id, {})[follower] = count
    return counts


def merges_away(customer_ids: Iterable[int]) -> dict[int, int]:
    """The standing merge by which each of these files was absorbed, if any."""
    absorbed = Merge.objects.filter(absorbed__in=list(customer_ids), undone_at=None)
    return dict(absorbed.values_list("absorbed_id", "pk"))
