"""Choosing people: from then on the set stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from huike.customers.bulk_changes.errors import NobodySelected, NoLongerAllowed, SelectionNotFound
from huike.customers.listing.filters import CustomerFilter, filtered, visible
from huike.customers.models import BulkChange, Customer, Selection, SelectionBatch
from huike.kernel.scope import EVERYTHING, Scope
from huike.staff.access import Principal, principal_now

BATCH = 1_000
"""So many files are changed in one transaction: short enough to keep no till waiting."""

KEPT = timedelta(days=7)
"""How long a selection can be used, and what was changed be told."""


def select_matching(narrowing: CustomerFilter, *, principal: Principal) -> Selection:
    """All active customers the list shows under this filter. Raises FilterInvalid, NobodySelected."""
    return _select(filtered(narrowing, scope=principal.scope), principal)


def select_ids(customer_ids: Iterable[int], *, principal: Principal) -> Selection:
    """Those of these customers that are active and may be seen. Raises NobodySelected."""
    return _select(visible(principal.scope).filter(pk__in=set(customer_ids)), principal)


def _select(customers: QuerySet[Customer], principal: Principal) -> Selection:
    scope = principal.scope
    matching = customers.filter(state=Customer.State.ACTIVE).order_by().values_list("pk")
    try:
        text, params = matching.query.sql_with_params()
    except EmptyResultSet as error:
        raise NobodySelected from error
    with transaction.atomic(), connection.cursor() as cursor:
        selection = Selection.objects.create(
            user_id=principal.user_id,
            key_id=principal.key_id,
            store_ids=None if scope.all_stores else sorted(scope.store_ids),
        )
        cursor.execute(
            f"""
            WITH batches AS (
                INSERT INTO customers_selection_batch (selection_id, number, customer_ids)
                SELECT %s, number, array_agg(id ORDER BY id)
                  FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS number FROM ({text}) m (id)) numbered
                 GROUP BY number
                RETURNING cardinality(customer_ids) AS people)
            SELECT coalesce(sum(people), 0) FROM batches
            """,  # noqa: S608 - the ORM's own SQL
            [selection.pk, BATCH, *params],
        )
        selection.people_count = int(cursor.fetchone()[0])
        if selection.people_count == 0:
            raise NobodySelected
        selection.save(update_fields=["people_count"])
    return selection


def find_selection(selection_id: int, *, principal: Principal) -> Selection:
    """One's own. Raises SelectionNotFound."""
    found = Selection.objects.filter(pk=selection_id, user_id=principal.user_id, key_id=principal.key_id).first()
    if found is None:
        raise SelectionNotFound
    return found


def scope_now(selection: Selection, *, permission: str) -> tuple[Principal, Scope]:
    """Whoever chose, as she stands now, and what she could see then and still can. Raises NoLongerAllowed."""
    then = EVERYTHING if selection.store_ids is None else Scope(False, frozenset(selection.store_ids))
    principal = allowed_now(user_id=selection.user_id, key_id=selection.key_id, permission=permission)
    return principal, narrower(then, principal.scope)


def allowed_now(*, user_id: int | None, key_id: int | None, permission: str) -> Principal:
    """Raises NoLongerAllowed where the person left, the key was revoked, or the permission was taken."""
    principal = principal_now(user_id=user_id, key_id=key_id)
    if principal is None or not principal.may(permission):
        raise NoLongerAllowed(permission=permission)
    return principal


def narrower(one: Scope, other: Scope) -> Scope:
    """What both may see."""
    if one.all_stores:
        return other
    return one if other.all_stores else Scope(False, one.store_ids & other.store_ids)


def batches_of(selection_id: int, *, without: Sequence[int] = ()) -> Iterable[SelectionBatch]:
    """One after the other, so that a million ids are never in memory at once."""
    numbers = SelectionBatch.objects.filter(selection_id=selection_id).exclude(number__in=without).order_by("number")
    for number in list(numbers.values_list("number", flat=True)):
        yield SelectionBatch.objects.get(selection_id=selection_id, number=number)


def forget(now: datetime) -> int:
    """Selections and changes that have served their time; how many selections."""
    old = now - KEPT
    BulkChange.objects.filter(asked_at__lt=old, undoes__isnull=False).delete()
    BulkChange.objects.filter(asked_at__lt=old, undone_by__isnull=True).delete()
    used = BulkChange.objects.filter(selection__isnull=False).values("selection_id")
    return Selection.objects.filter(made_at__lt=old).exclude(pk__in=used).delete()[0]
