"""Changing a selection in steps, each one transaction that keeps what it did; and undoing it from what was kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from huike.customers import rules
from huike.customers.bulk_changes.errors import (
    BulkChangeNotFound,
    NotUndoable,
    StillChanging,
    StoreUnknown,
)
from huike.customers.bulk_changes.selections import (
    allowed_now,
    batches_of,
    find_selection,
    narrower,
    scope_now,
)
from huike.customers.errors import OwnerUnknown, TagInvalid
from huike.customers.file_parts import store_names
from huike.customers.models import AutomaticTag, BulkChange, BulkStep, Customer
from huike.customers.tags.services import TAGS_OF, ensure, say_who
from huike.kernel.scope import Scope
from huike.platform import audit, clock, jobs, locks
from huike.platform.audit import Actor
from huike.platform.models import Job
from huike.staff.access import Principal
from huike.staff.selectors import user_names

UNDO_WITHIN: Final = timedelta(hours=24)
PERMISSION: Final = "customers.write"
Kind = BulkChange.Kind


def job_kind(kind: str) -> str:
    return f"customers.bulk_{kind}"


def change_selection(
    selection_id: int,
    *,
    kind: str,
    tag: str = "",
    owner_id: int | None = None,
    store_id: int | None = None,
    principal: Principal,
) -> Job:
    """Queue a change of everybody in a selection of one's own.

    `tag` is put on or taken off; `owner_id` and `store_id` are assigned, None for nobody and no store. Raises
    SelectionNotFound, TagInvalid, OwnerUnknown, StoreUnknown. Runs in the caller's transaction or its own.
    """
    with transaction.atomic():
        selection = find_selection(selection_id, principal=principal)
        told: dict[str, Any] = {"tag": "", "owner_id": None, "store_id": None}
        if kind in {Kind.ADD_TAG, Kind.REMOVE_TAG}:
            told["tag"] = rules.normalise_tag(tag)
            if not told["tag"]:
                raise TagInvalid
            if kind == Kind.ADD_TAG:
                ensure(told["tag"])
            name: str | None = told["tag"]
        elif kind == Kind.ASSIGN_OWNER:
            name = _owner_name(owner_id)
            told["owner_id"] = owner_id
        else:
            name = _store_name(store_id, principal.scope)
            told["store_id"] = store_id
        return _queue(
            kind, principal=principal, params={"name": name, "people": selection.people_count},
            selection=selection, **told
        )  # fmt: skip


def _owner_name(owner_id: int | None) -> str | None:
    if owner_id is None:
        return None
    names = user_names([owner_id])
    if not names:
        raise OwnerUnknown
    return names[owner_id]


def _store_name(store_id: int | None, scope: Scope) -> str | None:
    if not scope.allows_store(store_id):
        raise StoreUnknown
    if store_id is None:
        return None
    names = store_names([store_id])
    if not names:
        raise StoreUnknown
    return names[store_id]


def undo(change_id: int, *, principal: Principal) -> Job:
    """Queue the undoing of a change of one's own, within UNDO_WITHIN of asking for it.

    Raises BulkChangeNotFound, StillChanging, NotUndoable.
    """
    with transaction.atomic():
        mine = BulkChange.objects.filter(pk=change_id, user_id=principal.user_id, key_id=principal.key_id)
        change = mine.select_for_update(of=("self",)).first()
        if change is None:
            raise BulkChangeNotFound
        if change.undo_until is None or change.undo_until <= clock.now():
            raise NotUndoable
        if BulkChange.objects.filter(undoes=change).exists():
            raise NotUndoable
        job = jobs.find(change.job_id)
        if job.state not in jobs.FINISHED:
            raise StillChanging
        jobs.amend_result(change.job_id, undo_until=None)
        return _queue(
            Kind.UNDO,
            principal=principal,
            params={"what": change.kind, "name": job.title_params.get("name")},
            undoes=change,
            selection=change.selection,
        )


def _queue(kind: str, *, principal: Principal, params: dict[str, Any], **told: Any) -> Job:
    from huike.customers.tasks import change_selection as task  # tasks import this module

    job = jobs.create(
        kind=job_kind(kind),
        title_params=params,
        requested_by_id=principal.user_id,
        requested_by_key_id=principal.key_id,
    )
    change = BulkChange.objects.create(
        kind=kind,
        job_id=job.pk,
        user_id=principal.user_id,
        key_id=principal.key_id,
        asked_by=principal.label[:120],
        undo_until=None if kind == Kind.UNDO else clock.now() + UNDO_WITHIN,
        **told,
    )
    audit.record(
        principal.actor,
        job_kind(kind).replace("customers.", ""),
        subject_kind="job",
        subject_id=job.pk,
        details={name: value for name, value in params.items() if value is not None},
    )
    task.defer(job_id=job.pk, change_id=change.pk)
    return job


# -- running ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Did:
    """What a step did; see BulkStep."""

    changed_ids: Sequence[int]
    before_ids: Sequence[int | None] = ()
    by_rule_ids: Sequence[int] = ()


Step = Callable[[Sequence[int], Scope], _Did]


def run(progress: jobs.Progress, *, change_id: int) -> None:
    """Do what is left of a change. Run again after a crash it goes on after the last step that was kept.

    Raises NoLongerAllowed where whoever asked may not any more; JobCancelled between two steps.
    """
    change = BulkChange.objects.select_related("selection", "undoes").get(pk=change_id)
    selection = change.selection
    assert selection is not None  # noqa: S101 - every change has one
    _, scope = scope_now(selection, permission=PERMISSION)
    asker = allowed_now(user_id=change.user_id, key_id=change.key_id, permission=PERMISSION)
    scope = narrower(scope, asker.scope)
    if change.kind == Kind.ASSIGN_STORE and not scope.allows_store(change.store_id):
        raise StoreUnknown
    total = selection.people_count if change.undoes is None else _sum_of(change.undoes)[1]
    _note(progress, change, total)
    for number, customer_ids, action in _parts(change, selection.pk):
        _step_again(change, number, customer_ids, scope, action)
        progress.report(done=_note(progress, change, total), total=total, phase="changing")
    progress.report(done=_note(progress, change, total), total=total, phase="changing", force=True)
    audit.record(
        Actor("user" if change.user_id else "api_key", change.user_id or change.key_id, change.asked_by),
        "finish_bulk_change",
        subject_kind="job",
        subject_id=change.job_id,
        details={"kind": change.kind, "changed": progress.result["changed"]},
    )


def _parts(change: BulkChange, selection_id: int) -> Iterator[tuple[int, Sequence[int], Step]]:
    """Number, people and action of each step that was not done yet."""
    done = list(change.steps.values_list("number", flat=True))
    if change.undoes is None:
        action = _action(change)
        for batch in batches_of(selection_id, without=done):
            yield batch.number, batch.customer_ids, action
    else:
        left = change.undoes.steps.exclude(number__in=done).order_by("number")
        for number in list(left.values_list("number", flat=True)):
            step = change.undoes.steps.get(number=number)
            yield number, step.changed_ids, partial(_put_back, change.undoes, step)


def _note(progress: jobs.Progress, change: BulkChange, total: int) -> int:
    """Say on the job what was done so far, so that it can be undone when it is cancelled; how many were looked at."""
    done, changed = _sum_of(change)
    undoable = change.kind != Kind.UNDO and changed > 0 and change.undo_until is not None
    progress.result = {
        "change_id": change.pk,
        "changed": changed,
        "unchanged": done - changed,
        "people": total,
        "undo_until": change.undo_until.isoformat() if undoable and change.undo_until else None,
    }
    return done


def _sum_of(change: BulkChange) -> tuple[int, int]:
    """How many people the steps of a change looked at, and how many files they changed."""
    summed = change.steps.aggregate(
        looked=Coalesce(Sum("people_count"), 0), changed=Coalesce(Sum(F("changed_ids__len")), 0)
    )
    return summed["looked"], summed["changed"]


def _step_again(change: BulkChange, number: int, customer_ids: Sequence[int], scope: Scope, action: Step) -> None:
    locks.again_after_deadlock(lambda: _step(change, number, customer_ids, scope, action))


def _step(change: BulkChange, number: int, customer_ids: Sequence[int], scope: Scope, action: Step) -> None:
    """One batch, once: whoever comes second (a worker given up too early) finds its row there."""
    with transaction.atomic(), connection.cursor() as cursor:
        say_who(change.asked_by)
        cursor.execute(
            "INSERT INTO customers_bulk_step (change_id, number, people_count, changed_ids, before_ids, by_rule_ids) "
            "VALUES (%s, %s, %s, '{}', '{}', '{}') ON CONFLICT DO NOTHING RETURNING id",
            [change.pk, number, len(customer_ids)],
        )
        made = cursor.fetchone()
        if made is None:
            return
        did = action(customer_ids, scope)
        BulkStep.objects.filter(pk=made[0]).update(
            changed_ids=list(did.changed_ids), before_ids=list(did.before_ids), by_rule_ids=list(did.by_rule_ids)
        )


def _action(change: BulkChange) -> Step:
    match change.kind:
        case Kind.ADD_TAG:
            return partial(_add_tag, change.tag)
        case Kind.REMOVE_TAG:
            return partial(_remove_tag, change.tag)
        case Kind.ASSIGN_OWNER:
            return partial(_assign, "owner_id", change.owner_id)
        case _:
            return partial(_assign, "home_store_id", change.store_id)


def _put_back(change: BulkChange, step: BulkStep, customer_ids: Sequence[int], scope: Scope) -> _Did:
    """What a step changed as it was before, where it still is as the step left it."""
    match change.kind:
        case Kind.ADD_TAG:
            did = _remove_tag(change.tag, customer_ids, scope)
            _mark(change.tag, step.by_rule_ids)
        case Kind.REMOVE_TAG:
            did = _add_tag(change.tag, customer_ids, scope)
            _mark(change.tag, sorted(set(step.by_rule_ids) & set(did.changed_ids)))
        case Kind.ASSIGN_OWNER:
            did = _give_back("owner_id", change.owner_id, dict(_before(step)), scope)
        case _:
            did = _give_back("home_store_id", change.store_id, dict(_before(step)), scope)
    return did


def _before(step: BulkStep) -> Iterator[tuple[int, int | None]]:
    return zip(step.changed_ids, step.before_ids, strict=True)


def _lock(value: str, params: Sequence[Any], customer_ids: Sequence[int], scope: Scope) -> list[tuple[int, Any]]:
    """The active files in scope, locked in the order of their ids, and a value of each.

    Which of them change is decided from the value: PostgreSQL might begin with the index of tags where the tag were a
    condition, and come by all files that earlier steps put it on.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {value} FROM customers_customer WHERE id = ANY(%s) AND state = 'active' "  # noqa: S608
            "AND (%s OR home_store_id = ANY(%s)) ORDER BY id FOR NO KEY UPDATE",
            [*params, list(customer_ids), scope.all_stores, sorted(scope.store_ids)],
        )
        return cursor.fetchall()


def _lock_by_tag(tag: str, customer_ids: Sequence[int], scope: Scope) -> tuple[list[int], list[int]]:
    """Those that carry the tag, and those that do not."""
    rows = _lock("tags @> to_jsonb(%s::text[])", [[tag]], customer_ids, scope)
    return [row[0] for row in rows if row[1]], [row[0] for row in rows if not row[1]]


def _add_tag(tag: str, customer_ids: Sequence[int], scope: Scope) -> _Did:
    carrying, ids = _lock_by_tag(tag, customer_ids, scope)
    # What a person said of a tag counts more than what a rule did.
    by_rule = _unmark(tag, carrying)
    _write_tags("tags || to_jsonb(%s::text[])", [tag], ids)
    return _Did(ids, by_rule_ids=by_rule)


def _remove_tag(tag: str, customer_ids: Sequence[int], scope: Scope) -> _Did:
    ids, _ = _lock_by_tag(tag, customer_ids, scope)
    by_rule = _unmark(tag, ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET tags = tags - %s, updated_at = now() WHERE id = ANY(%s)", [tag, ids]
        )
    return _Did(ids, by_rule_ids=by_rule)


def _write_tags(expression: str, tags: Sequence[str], customer_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE customers_customer SET tags = {TAGS_OF.format(expression)}, updated_at = now() "  # noqa: S608
            "WHERE id = ANY(%s)",
            [list(tags), list(customer_ids)],
        )


def _unmark(tag: str, customer_ids: Sequence[int]) -> list[int]:
    marks = AutomaticTag.objects.filter(tag__name=tag, customer_id__in=customer_ids)
    marked = sorted(marks.values_list("customer_id", flat=True))
    if marked:
        marks.delete()
    return marked


def _mark(tag: str, customer_ids: Sequence[int]) -> None:
    """A rule's again, where the file still carries the tag."""
    if not customer_ids:
        return
    of_rule, now = ensure(tag), clock.now()
    carrying = Customer.objects.filter(pk__in=customer_ids, tags__contains=[tag]).values_list("pk", flat=True)
    AutomaticTag.objects.bulk_create(
        [AutomaticTag(customer_id=pk, tag=of_rule, put_at=now) for pk in carrying], ignore_conflicts=True
    )


def _assign(column: str, given: int | None, customer_ids: Sequence[int], scope: Scope) -> _Did:
    rows = [row for row in _lock(column, [], customer_ids, scope) if row[1] != given]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE customers_customer SET {column} = %s, updated_at = now() WHERE id = ANY(%s)",  # noqa: S608
            [given, [row[0] for row in rows]],
        )
    return _Did([row[0] for row in rows], before_ids=[row[1] for row in rows])


def _give_back(column: str, given: int | None, before: dict[int, int | None], scope: Scope) -> _Did:
    ids = [customer_id for customer_id, held in _lock(column, [], list(before), scope) if held == given]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE customers_customer c SET {column} = t.before, updated_at = now() "  # noqa: S608
            "FROM unnest(%s::bigint[], %s::bigint[]) AS t (id, before) WHERE c.id = t.id",
            [ids, [before[customer_id] for customer_id in ids]],
        )
    return _Did(ids, before_ids=[given] * len(ids))
