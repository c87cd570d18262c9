"""Imports as they stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from huike.imports.errors import ImportNotFound, NeedsAllStores
from huike.imports.fields import Field, Kind, fields_of
from huike.imports.models import Import
from huike.imports.own_fields import own_fields
from huike.kernel.pages import Page
from huike.kernel.scope import Scope
from huike.platform.api import keyset_page
from huike.platform.models import Job

_AT_WORK = frozenset({Import.State.CHECKING, Import.State.RUNNING})


def find(import_id: int, *, scope: Scope) -> Import:
    """Raises ImportNotFound, NeedsAllStores."""
    require_all_stores(scope)
    record = Import.objects.filter(pk=import_id).first()
    if record is None:
        raise ImportNotFound
    settle([record])
    return record


def fields_of_import(record: Import) -> tuple[Field, ...]:
    """What the columns of this file may fill: fields built in, then the operator's own."""
    return fields_of_kind(record.kind)


def fields_of_kind(kind: str) -> tuple[Field, ...]:
    """The same of every file of a kind."""
    known = cast(Kind, kind)
    return (*fields_of(known), *(field for field in own_fields() if known in field.kinds))


def page(*, cursor: str | None, limit: int, scope: Scope) -> Page[Import]:
    """The newest first. Raises BadCursor, NeedsAllStores."""
    require_all_stores(scope)
    found = keyset_page(Import.objects.all(), order="-created_at", cursor=cursor, limit=limit, with_total=True)
    settle(found.items)
    return found


def count_waiting() -> int:
    """Imports that wait for a person's next step."""
    return Import.objects.filter(state__in=[Import.State.PROPOSED, Import.State.CHECKED]).count()


def require_all_stores(scope: Scope) -> None:
    """A file may hold rows of any store, so only who sees them all may see or bring one. Raises NeedsAllStores."""
    if not scope.all_stores:
        raise NeedsAllStores


def settle(records: Iterable[Import]) -> None:
    """Say `cancelled` or `failed` of imports whose job ended so before its worker could write it down."""
    at_work = [record for record in records if record.state in _AT_WORK]
    job_states = dict(Job.objects.filter(pk__in=[record.job_id for record in at_work]).values_list("pk", "state"))
    for record in at_work:
        job_state = job_states.get(record.job_id or 0, Job.State.FAILED)
        if job_state in {Job.State.CANCELLED, Job.State.FAILED}:
            record.state = job_state


_LATEST_LOOKED_AT = 100


def last_written_with(*, kind: str, columns: list[str]) -> Import | None:
    """The newest of the latest imports of this kind that was written and had these columns, in this order."""
    written = Import.objects.filter(kind=kind, state=Import.State.DONE).order_by("-pk").only("columns", "answers")
    for record in written[:_LATEST_LOOKED_AT]:
        if record.answers and [column["name"] for column in record.columns] == columns:
            return record
    return None
