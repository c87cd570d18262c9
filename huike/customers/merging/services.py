"""Merging two files and taking it back, each in one transaction. `docs/algorithms/merging.md` is the specification."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from typing import Any, TypeVar

import psycopg
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, connection, models, transaction

from huike.customers import selectors
from huike.customers.errors import (
    CustomerNotFound,
    MergeBusy,
    MergeChoiceInvalid,
    MergeLaterFirst,
    MergeOfOne,
)
from huike.customers.events import CustomersMerged, MergeUndone
from huike.customers.merging import consents, followers, rules
from huike.customers.merging.consents import Topic
from huike.customers.merging.rules import Because, Candidate, ConsentOutcome, FieldChoice
from huike.customers.merging.selectors import find_merge
from huike.customers.models import CarriedConsent, Customer, Identity, Merge, MergeMove
from huike.customers.tags.services import say_who
from huike.kernel.scope import Scope
from huike.platform import audit, locks
from huike.platform.audit import Actor
from huike.platform.outbox import announce

# Columns a merge never chooses: what the file is, and the figures other rooms count from what belongs to it.
_KEPT = frozenset(
    {
        "id", "state", "merged_into_id", "orders_count", "returns_count", "spent_minor", "spent_currency",
        "first_order_at", "last_order_at", "created_at", "updated_at", "change_xid",
    }
)  # fmt: skip
_TRIES = 12
_LONGEST_WAIT_MS = 300

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What merging two files would do, or did. `moves` counts rows by kind; identities are among them."""

    survivor: Customer
    absorbed: Customer
    suggested_id: int
    because: Because
    fields: list[FieldChoice]
    after: dict[str, Any]
    moves: dict[str, int]
    consents: dict[Topic, ConsentOutcome]
    merge: Merge | None = None


def plan(
    one_id: int,
    other_id: int,
    *,
    survivor_id: int | None = None,
    choices: Mapping[str, str] | None = None,
    scope: Scope,
    now: datetime,
) -> Plan:
    """What merging these files would do; changes nothing.

    Raises CustomerNotFound (also for one outside the scope, or merged already), MergeOfOne, MergeChoiceInvalid.
    """
    if one_id == other_id:
        raise MergeOfOne
    pair = {id: selectors.find_customer(id, scope=scope) for id in (one_id, other_id)}
    return _plan(pair, survivor_id=survivor_id, choices=choices or {}, now=now)


def _plan(pair: Mapping[int, Customer], *, survivor_id: int | None, choices: Mapping[str, str], now: datetime) -> Plan:
    if any(customer.state != Customer.State.ACTIVE for customer in pair.values()):
        raise CustomerNotFound
    one, other = (_candidate(pair[id]) for id in sorted(pair))
    suggested_id, because = rules.choose_survivor(one, other)
    survivor_id = suggested_id if survivor_id is None else survivor_id
    if survivor_id not in pair:
        raise MergeChoiceInvalid(survivor_id=survivor_id)
    (absorbed_id,) = set(pair) - {survivor_id}
    mine, theirs = columns_of(pair[survivor_id]), columns_of(pair[absorbed_id])
    try:
        fields = rules.choose_fields(mine, theirs, choices)
    except ValueError as error:
        raise MergeChoiceInvalid(choices=sorted(choices)) from error
    after = rules.merged_columns(mine, theirs, fields)
    if after.get("referrer_id") in pair:
        after["referrer_id"] = None  # nobody was referred by herself
    return Plan(
        survivor=pair[survivor_id],
        absorbed=pair[absorbed_id],
        suggested_id=suggested_id,
        because=because,
        fields=fields,
        after=after,
        moves=followers.count(absorbed_id),
        consents=consents.outcomes(survivor_id, absorbed_id, survivor=mine, absorbed=theirs, after=after, now=now),
    )


def columns_of(customer: Customer) -> dict[str, Any]:
    """The columns of a file that a merge may choose."""
    columns = (
        column.attname for column in Customer._meta.concrete_fields if not isinstance(column, models.BinaryField)
    )
    return {column: getattr(customer, column) for column in columns if column not in _KEPT}


def _candidate(customer: Customer) -> Candidate:
    return Candidate(
        id=customer.pk,
        member=customer.member_since_at is not None,
        verified_count=Identity.objects.filter(customer_id=customer.pk, verified=True).count(),
        created_at=customer.created_at,
        orders_count=customer.orders_count,
    )


def merge_customers(
    one_id: int,
    other_id: int,
    *,
    survivor_id: int | None = None,
    choices: Mapping[str, str] | None = None,
    note: str = "",
    actor: Actor,
    scope: Scope,
    now: datetime,
) -> Merge:
    """Make two files one. `survivor_id` is the one that stays (by rule where None); `choices` maps a field to
    `survivor` or `absorbed`.

    Merging what is merged already gives the merge that stands. Raises as `plan` does, and MergeBusy when somebody
    else holds one of the files for seconds.
    """
    if one_id == other_id:
        raise MergeOfOne

    def once() -> Merge:
        standing = _standing_merge(one_id, other_id, survivor_id=survivor_id, scope=scope)
        if standing is not None:
            return standing
        pair = _locked(one_id, other_id, scope=scope)
        decided = _plan(pair, survivor_id=survivor_id, choices=choices or {}, now=now)
        return _carry_out(decided, choices=choices or {}, note=note, actor=actor, now=now)

    return _in_turn(once)


def _standing_merge(one_id: int, other_id: int, *, survivor_id: int | None, scope: Scope) -> Merge | None:
    for absorbed_id, kept_id in ((one_id, other_id), (other_id, one_id)):
        merge = Merge.objects.filter(absorbed_id=absorbed_id, survivor_id=kept_id, undone_at=None).first()
        if merge is not None and survivor_id in {None, kept_id}:
            selectors.find_standing(kept_id, scope=scope)
            return merge
    return None


def _locked(one_id: int, other_id: int, *, scope: Scope) -> dict[int, Customer]:
    pair = locks.lock_rows(Customer.objects.all(), [one_id, other_id])
    for customer_id in (one_id, other_id):
        selectors.find_customer(customer_id, scope=scope)
    return pair


def _carry_out(decided: Plan, *, choices: Mapping[str, str], note: str, actor: Actor, now: datetime) -> Merge:
    survivor, absorbed = decided.survivor, decided.absorbed
    before = columns_of(survivor)
    changed = {column: value for column, value in decided.after.items() if value != before[column]}
    merge = Merge.objects.create(
        survivor=survivor,
        absorbed=absorbed,
        choices=dict(choices),
        fields=_plain({column: [before[column], value] for column, value in changed.items()}),
        consents=_plain(_consent_record(decided.consents)),
        last_consent_event_id=consents.last_event_id(),
        note=note[:300],
        merged_at=now,
        merged_by=actor.label[:120],
    )
    say_who(actor.label)
    Customer.objects.filter(merged_into=absorbed).update(merged_into=survivor)
    Customer.objects.filter(pk=absorbed.pk).update(state=Customer.State.MERGED, merged_into=survivor, updated_at=now)
    Customer.objects.filter(pk=survivor.pk).update(**changed, updated_at=now)
    moved: dict[str, int] = {}
    for follower in followers.followers():
        ids = followers.move(follower, absorbed_id=absorbed.pk, survivor_id=survivor.pk)
        if ids:
            MergeMove.objects.create(merge=merge, follower=follower.name, row_ids=ids)
            moved[follower.name] = len(ids)
    _settle(survivor.pk, absorbed.pk)
    for topic, outcome in decided.consents.items():
        if outcome.carried is not None:
            consents.carry(merge, survivor.pk, topic, outcome.carried, how=f"merge:{outcome.because}")
    consents.stand(survivor, now=now)
    audit.record(
        actor,
        "merge_customers",
        subject_kind="customer",
        subject_id=survivor.pk,
        details={"absorbed_id": absorbed.pk, "merge_id": merge.pk, "moved": moved, "fields": sorted(changed)},
    )
    announce(CustomersMerged(customer_id=survivor.pk, absorbed_id=absorbed.pk, merge_id=merge.pk, occurred_at=now))
    return merge


def _consent_record(outcomes: Mapping[Topic, ConsentOutcome]) -> list[dict[str, Any]]:
    return [
        {
            "channel": channel,
            "purpose": purpose,
            "survivor": _word(outcome.survivor),
            "absorbed": _word(outcome.absorbed),
            "after": _word(outcome.after),
            "because": outcome.because,
        }
        for (channel, purpose), outcome in outcomes.items()
    ]


def _word(word: Any) -> dict[str, Any] | None:
    return None if word is None else {"state": word.state, "given_at": word.given_at}


def _settle(survivor_id: int, absorbed_id: int) -> None:
    for follower in followers.followers():
        if follower.settle is not None:
            follower.settle(sorted((survivor_id, absorbed_id)))


def undo_merge(merge_id: int, *, note: str = "", actor: Actor, scope: Scope, now: datetime) -> Merge:
    """Make one file two again, from the log of what the merge moved, and leave with each what happened since.

    Undoing what is undone changes nothing. Raises MergeNotFound (also outside the scope), MergeLaterFirst while the
    survivor is merged into another file itself, CustomerNotFound when one of the two was erased since, MergeBusy.
    """
    find_merge(merge_id, scope=scope)

    def once() -> Merge:
        merge = Merge.objects.select_for_update().get(pk=merge_id)
        if merge.undone_at is not None:
            return merge
        pair = locks.lock_rows(Customer.objects.all(), [merge.survivor_id, merge.absorbed_id])
        survivor, absorbed = pair[merge.survivor_id], pair[merge.absorbed_id]
        if survivor.state == Customer.State.MERGED:
            later = Merge.objects.get(absorbed=survivor, undone_at=None)
            raise MergeLaterFirst(merge_id=later.pk)
        if survivor.state != Customer.State.ACTIVE or absorbed.state != Customer.State.MERGED:
            raise CustomerNotFound
        _take_back(merge, survivor, absorbed, note=note, actor=actor, now=now)
        return merge

    return _in_turn(once)


def _take_back(merge: Merge, survivor: Customer, absorbed: Customer, *, note: str, actor: Actor, now: datetime) -> None:
    merge.undone_at, merge.undone_by, merge.undo_note = now, actor.label[:120], note[:300]
    merge.save(update_fields=["undone_at", "undone_by", "undo_note"])
    aliases = _aliases_of(absorbed.pk)
    Customer.objects.filter(pk=absorbed.pk).update(state=Customer.State.ACTIVE, merged_into=None, updated_at=now)
    Customer.objects.filter(pk__in=aliases).update(merged_into=absorbed)
    restored = _restored_fields(merge, survivor)
    before_columns = columns_of(survivor)
    Customer.objects.filter(pk=survivor.pk).update(**restored, updated_at=now)
    moves = {move.follower: move.row_ids for move in merge.moves.all()}
    given_back: dict[str, int] = {}
    for follower in followers.followers():
        count = followers.give_back(
            follower,
            moves.get(follower.name, []),
            absorbed_id=absorbed.pk,
            survivor_id=survivor.pk,
            identity_ids=moves.get("identities", []),
        )
        if count:
            given_back[follower.name] = count
    _settle(survivor.pk, absorbed.pk)
    _part_consents(merge, survivor, absorbed, before_columns, {**before_columns, **restored}, now)
    audit.record(
        actor,
        "undo_merge",
        subject_kind="customer",
        subject_id=survivor.pk,
        details={"absorbed_id": absorbed.pk, "merge_id": merge.pk, "given_back": given_back},
    )
    announce(MergeUndone(customer_id=survivor.pk, absorbed_id=absorbed.pk, merge_id=merge.pk, occurred_at=now))


def _aliases_of(customer_id: int) -> list[int]:
    """The files that were merged into this one, and into those."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE alias AS (
                SELECT absorbed_id FROM customers_merge WHERE survivor_id = %s AND undone_at IS NULL
                 UNION
                SELECT m.absorbed_id FROM customers_merge m JOIN alias a ON m.survivor_id = a.absorbed_id
                 WHERE m.undone_at IS NULL)
            SELECT absorbed_id FROM alias
            """,
            [customer_id],
        )
        return [row[0] for row in cursor.fetchall()]


def _restored_fields(merge: Merge, survivor: Customer) -> dict[str, Any]:
    fields = {field.attname: field for field in Customer._meta.concrete_fields}
    restored = {}
    for column, (before, after) in merge.fields.items():
        current = _plain(getattr(survivor, column))
        value = rules.restored(column, before=before, after=after, now=current)
        if value != current:
            restored[column] = fields[column].to_python(value)
    return restored


def _part_consents(
    merge: Merge,
    survivor: Customer,
    absorbed: Customer,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> None:
    own = consents.own_words(survivor.pk, without=merge)
    absorbed_own = consents.own_words(absorbed.pk)
    noes = consents.noes_since(survivor.pk, merge.last_consent_event_id)
    at_merge = {(line["channel"], line["purpose"]): line["survivor"] for line in merge.consents}
    CarriedConsent.objects.filter(merge=merge).delete()
    for topic in sorted({*own, *absorbed_own}):
        told = at_merge.get(topic)
        for_survivor, for_absorbed = rules.part_consent(
            survivor_own=own.get(topic),
            survivor_before=None
            if told is None
            else rules.ConsentWord(told["state"], datetime.fromisoformat(told["given_at"])),
            absorbed_before=absorbed_own.get(topic),
            no_since=noes.get(topic),
            address_changes=_addresses(topic, before) != _addresses(topic, after),
            now=now,
        )
        if for_survivor is not None:
            consents.carry(merge, survivor.pk, topic, for_survivor, how="unmerge:not_for_address")
        if for_absorbed is not None:
            consents.carry(merge, absorbed.pk, topic, for_absorbed, how="unmerge:no_since")
    consents.stand(survivor, now=now)
    consents.stand(absorbed, now=now)


def _addresses(topic: Topic, columns: dict[str, Any]) -> frozenset[str]:
    return consents.addresses_of(topic[0], columns, frozenset())


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _in_turn(action: Callable[[], T]) -> T:
    """Run one merge or undoing at a time, in a transaction. It never waits long for a row: whoever writes an order
    goes first, and the merge starts again."""
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                locks.hold("merging customers")
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{_LONGEST_WAIT_MS}ms"])
                    result = action()
                    cursor.execute("SELECT set_config('lock_timeout', '0', true)")
                return result
        except OperationalError as error:
            if not isinstance(error.__cause__, (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)):
                raise
            sleep(0.02 * (attempt + 1))
    raise MergeBusy
