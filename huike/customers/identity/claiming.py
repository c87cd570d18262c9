"""Anonymous first: history kept under a key becomes a person's when she is known.

Who keeps history under anonymous keys registers here (`ready` of its AppConfig): orders do, customer events may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from huike.customers.errors import HistoryClaimed, HistoryNotFound
from huike.customers.events import CustomerClaimed
from huike.customers.identity.rules import KEY_KINDS, key_of
from huike.customers.models import Claim, Customer
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import audit
from huike.platform.audit import SYSTEM, Actor
from huike.platform.outbox import announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimable:
    """A piece of history under a key. `customer_id` is whose it is by now, None where it waits."""

    kind: str
    id: int
    at: datetime
    customer_id: int | None
    source: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimer:
    """How one capability finds and moves its history.

    `find(key, source_id, scope)` gives what is kept under a key, of one source or of all; `claim(key, source_id,
    customer_id, scope, now)` moves what waits, brings figures up to date, and gives the ids of the rows moved. Both run
    in the caller's transaction; claiming again moves nothing.
    """

    kind: str
    find: Callable[[str, int | None, Scope], Sequence[Claimable]]
    claim: Callable[[str, int | None, int, Scope, datetime], Sequence[int]]


_claimers: dict[str, Claimer] = {}


def register_claimer(claimer: Claimer) -> None:
    """Registering a kind twice with other functions is a mistake and raises ValueError."""
    if _claimers.get(claimer.kind, claimer) != claimer:
        raise ValueError(f"{claimer.kind} are claimed already")
    _claimers[claimer.kind] = claimer


def find_history(key: str, *, source_id: int | None = None, scope: Scope) -> list[Claimable]:
    """Everything kept under this normalised key that the reader may see, newest first."""
    found = [item for claimer in _claimers.values() for item in claimer.find(key, source_id, scope)]
    return sorted(found, key=lambda item: (item.at, item.kind, item.id), reverse=True)


def claim_history(
    customer_id: int,
    *,
    key: str,
    source_id: int | None = None,
    how: str,
    actor: Actor,
    scope: Scope = EVERYTHING,
    now: datetime,
) -> Claim | None:
    """Give a person what waits under this normalised key, in one transaction; None where it is hers already.

    Raises HistoryNotFound where nothing is kept under the key, HistoryClaimed where all of it is somebody else's.
    """
    with transaction.atomic():
        moved = _move(customer_id, key, source_id, scope, now)
        if not moved:
            owners = {item.customer_id for item in find_history(key, source_id=source_id, scope=scope)}
            if not owners:
                raise HistoryNotFound
            if customer_id not in owners:
                raise HistoryClaimed
            return None
        return _note(customer_id, key, source_id, moved, how=how, actor=actor, now=now)


def claim_by_identities(customer_id: int, identities: Iterable[tuple[str, str]], *, now: datetime) -> None:
    """Give a person whose card or device became known what waited under it. Runs in the caller's transaction."""
    for kind, value in identities:
        if kind in KEY_KINDS:
            key = key_of(kind, value)
            moved = _move(customer_id, key, None, EVERYTHING, now)
            if moved:
                _note(customer_id, key, None, moved, how="automatic", actor=SYSTEM, now=now)


def _move(customer_id: int, key: str, source_id: int | None, scope: Scope, now: datetime) -> dict[str, list[int]]:
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    moved = {
        kind: sorted(claimer.claim(key, source_id, customer_id, scope, now)) for kind, claimer in _claimers.items()
    }
    return {kind: ids for kind, ids in moved.items() if ids}


def _note(
    customer_id: int,
    key: str,
    source_id: int | None,
    moved: dict[str, list[int]],
    *,
    how: str,
    actor: Actor,
    now: datetime,
) -> Claim:
    counts = {kind: len(ids) for kind, ids in moved.items()}
    claim = Claim.objects.create(
        customer_id=customer_id,
        key=key,
        source_id=source_id,
        how=how,
        counts=counts,
        claimed_by=actor.label[:120],
        claimed_at=now,
    )
    audit.record(
        actor,
        "claim_history",
        subject_kind="customer",
        subject_id=customer_id,
        details={"claim_id": claim.pk, "how": how, **counts},
    )
    announce(CustomerClaimed(customer_id=customer_id, claim_id=claim.pk, rows=moved, occurred_at=now))
    return claim
