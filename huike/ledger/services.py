"""Writes: holds, what falls due by itself, the value of one customer moved by hand, and postings within the house.
Everything else goes through `books.open_books`, in the transaction of what it happens for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from huike.ledger.books import Books, open_asset, open_books
from huike.ledger.errors import HoldEnded, HoldNotFound, HoldTooSmall, KeyReused, Unbalanced
from huike.ledger.rules import HousePosting, check_account, input_hash
from huike.platform import sql

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as it stands. `state` is `held`, `settled`, `released` or `timed_out`."""

    key: str
    customer_id: int
    asset: str
    amount: int
    settled: int
    state: str
    until_at: datetime


def hold(
    asset: str,
    customer_id: int,
    amount: int,
    *,
    key: str,
    until: datetime,
    now: datetime,
    kinds: Sequence[str] = (),
    in_proportion: bool = False,
    reference: str = "",
    actor: str = "",
) -> HoldView:
    """Set value apart until `until`. The same key with the same amount gives the hold that is there.

    Raises InsufficientBalance, AccountFrozen, KeyReused.
    """
    with transaction.atomic():
        with open_books(asset, [customer_id], keys=[_held_as(key)]) as books:
            books.hold(
                customer_id,
                amount,
                key=_held_as(key),
                at=now,
                kinds=kinds,
                in_proportion=in_proportion,
                reference=reference,
                actor=actor,
            )
        sql.rows(
            """
            INSERT INTO ledger_hold (key, hold_id, customer_id, amount, settled, state, until_at)
            VALUES (%(key)s, %(hold_id)s, %(customer_id)s, %(amount)s, 0, 'held', %(until)s)
            ON CONFLICT (key) DO NOTHING
            """,
            {
                "key": key,
                "hold_id": books.ids[_held_as(key)],
                "customer_id": customer_id,
                "amount": amount,
                "until": until,
            },
        )
        return find_hold(key)


def _held_as(key: str) -> str:
    return f"hold:{key}"


def _ended_as(key: str) -> str:
    return f"end:{key}"


_HOLD = """
SELECT h.key, h.customer_id, s.key, h.amount, h.settled, h.state, h.until_at
  FROM ledger_hold h JOIN ledger_transaction t ON t.id = h.hold_id JOIN ledger_asset s ON s.id = t.asset_id
 WHERE h.key = %s
"""


def find_hold(key: str) -> HoldView:
    """Raises HoldNotFound."""
    found = sql.row(_HOLD, [key])
    if found is None:
        raise HoldNotFound(key=key)
    return HoldView(*found)


def open_hold(key: str, customer_id: int) -> HoldView | None:
    """What is held under this key for this customer and not ended yet."""
    found = sql.row(_HOLD, [key])
    view = None if found is None else HoldView(*found)
    return view if view is not None and view.state == "held" and view.customer_id == customer_id else None


def settle(
    key: str,
    amount: int,
    *,
    now: datetime,
    reference: str = "",
    actor: str = "",
    reason: Mapping[str, object] | None = None,
) -> HoldView:
    """Spend `amount` of what is held and put the rest back. Settling it again with the same amount does nothing.

    Raises HoldNotFound, HoldTooSmall, and HoldEnded where it was released, or settled with another amount.
    """
    with transaction.atomic():
        return end_in(key, amount, state="settled", now=now, reference=reference, actor=actor, reason=reason)


def release(key: str, *, now: datetime, actor: str = "") -> HoldView:
    """Put back what is held. Releasing it again does nothing. Raises HoldNotFound, HoldEnded where it was settled."""
    with transaction.atomic():
        return end_in(key, 0, state="released", now=now, actor=actor)


def end_in(
    key: str,
    amount: int,
    *,
    state: str,
    now: datetime,
    books: Books | None = None,
    reference: str = "",
    actor: str = "",
    reason: Mapping[str, object] | None = None,
) -> HoldView:
    """End a hold in the caller's transaction, and in its open books where there are any; as `settle` and `release`."""
    view = find_hold(key)
    if amount > view.amount:
        raise HoldTooSmall(asked=amount, held=view.amount)
    if books is None:
        with open_books(view.asset, [view.customer_id]) as own:
            return _end(key, amount, state, own, now, reference, actor, reason)
    return _end(key, amount, state, books, now, reference, actor, reason)


def _end(
    key: str,
    amount: int,
    state: str,
    books: Books,
    now: datetime,
    reference: str,
    actor: str,
    reason: Mapping[str, object] | None,
) -> HoldView:
    # Once the account is locked: whoever was before has committed.
    ended = sql.row(
        """
        UPDATE ledger_hold SET state = %(state)s, settled = %(amount)s, ended_at = %(now)s
         WHERE key = %(key)s AND state = 'held' RETURNING hold_id
        """,
        {"key": key, "state": state, "amount": amount, "now": now},
    )
    view = find_hold(key)
    if ended is None:
        if view.settled == amount and (view.state == state or (amount == 0 and view.state != "settled")):
            return view
        raise HoldEnded(state=view.state, settled=view.settled)
    parts = sql.rows(
        "SELECT lot_id, amount FROM ledger_entry WHERE transaction_id = %s AND pocket = 3 ORDER BY id", [ended[0]]
    )
    books.end_hold(
        view.customer_id,
        parts,
        settle=amount,
        key=_ended_as(key),
        at=now,
        reference=reference,
        actor=actor,
        reason=reason,
        reverses_id=None if amount else ended[0],
    )
    return view


def release_overdue(*, now: datetime) -> int:
    """Put back what was held past its time; how many holds."""
    overdue = sql.rows(
        "SELECT key FROM ledger_hold WHERE state = 'held' AND until_at <= %s ORDER BY until_at LIMIT %s", [now, _BATCH]
    )
    for (key,) in overdue:
        with transaction.atomic():
            try:
                end_in(key, 0, state="timed_out", now=now)
            except HoldEnded:
                continue  # it was settled in this very moment
    return len(overdue)


_DUE = """
SELECT s.key, a.customer_id
  FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id JOIN ledger_asset s ON s.id = a.asset_id
 WHERE l.{pocket} > 0 AND l.{column} <= %(now)s
 GROUP BY s.key, a.customer_id ORDER BY s.key, a.customer_id LIMIT %(most)s
"""


def mature_due(*, now: datetime) -> int:
    """Make available what became due; of how many customers. Call it until it says 0."""
    return _for_due("pending", "matures_at", now, lambda books, customer_id: books.mature(customer_id, now=now))


def expire_due(*, now: datetime) -> int:
    """Write off what is over; of how many customers. Call it until it says 0."""
    return _for_due("available", "expires_at", now, lambda books, customer_id: books.expire(customer_id, now=now))


def _for_due(pocket: str, column: str, now: datetime, act: Callable[[Books, int], object]) -> int:
    due = sql.rows(_DUE.format(pocket=pocket, column=column), {"now": now, "most": _BATCH})
    by_asset: dict[str, list[int]] = {}
    for asset, customer_id in due:
        by_asset.setdefault(asset, []).append(customer_id)
    for asset, customer_ids in by_asset.items():
        with transaction.atomic(), open_books(asset, customer_ids) as books:
            for customer_id in customer_ids:
                act(books, customer_id)
    return len(due)


def freeze(asset: str, customer_id: int, *, now: datetime) -> None:
    """Let nothing be spent of it until it is thawed; what comes still comes."""
    with transaction.atomic(), open_books(asset, [customer_id]):
        _set_frozen(asset, customer_id, now)


def thaw(asset: str, customer_id: int) -> None:
    with transaction.atomic(), open_books(asset, [customer_id]):
        _set_frozen(asset, customer_id, None)


def _set_frozen(asset: str, customer_id: int, at: datetime | None) -> None:
    sql.rows(
        """
        UPDATE ledger_account SET frozen_at = %(at)s::timestamptz
         WHERE customer_id = %(customer)s AND asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
        """,
        {"at": at, "customer": customer_id, "asset": asset},
    )


def post(
    asset: str,
    moves: Mapping[str, int],
    *,
    key: str,
    at: datetime,
    reference: str = "",
    reason: Mapping[str, object] | None = None,
    actor: str = "",
) -> int:
    """Move value among accounts of the house, by their names, in the caller's transaction; the transaction's id.

    As `post_all` of one.
    """
    posting = HousePosting(key=key, moves=moves, at=at, reference=reference, reason=reason or {}, actor=actor)
    return post_all(asset, [posting])[key]


# Whoever comes second with a key waits until the first has ended, and writes nothing where that is written. Keys are
# taken in order, so that two who bring the same ones do not wait in a ring. Nothing is written, and no row given, as
# long as one of the accounts is not there.
_POST = """
WITH account AS (
    SELECT a.name, a.id FROM ledger_account a
     WHERE a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s) AND a.name = ANY(%(names)s::text[])
), told AS (
    SELECT * FROM unnest(%(keys)s::text[], %(hashes)s::text[], %(instants)s::timestamptz[], %(references)s::text[],
                         %(reasons)s::jsonb[], %(actors)s::text[])
                  AS told (key, input_sha256, occurred_at, reference, reason, actor)
), written AS (
    INSERT INTO ledger_transaction (asset_id, kind, key, input_sha256, occurred_at, reference, reason, actor)
    SELECT (SELECT id FROM ledger_asset WHERE key = %(asset)s), 'post', key, input_sha256, occurred_at, reference,
           reason, actor
      FROM told WHERE (SELECT count(*) FROM account) = cardinality(%(names)s::text[]) ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key
), entries AS (
    INSERT INTO ledger_entry (transaction_id, account_id, pocket, amount)
    SELECT w.id, a.id, 0, m.amount
      FROM unnest(%(of)s::text[], %(accounts)s::text[], %(amounts)s::bigint[]) AS m (key, account, amount)
      JOIN written w ON w.key = m.key
      JOIN account a ON a.name = m.account
)
SELECT key, id FROM written
"""


def post_all(asset: str, postings: Sequence[HousePosting]) -> dict[str, int]:
    """Many at once, in the caller's transaction; the ids of their transactions by key.

    Opens the asset and the accounts of its chart at first use. A key that is known, with the same moves and reference,
    is answered with the transaction that is there. No account is locked: those of the house keep no balance.

    Raises Unbalanced, UnknownAccount and KeyReused, each before anything is written.
    """
    asked: dict[str, tuple[HousePosting, str]] = {}
    for posting in postings:
        if sum(posting.moves.values()):
            raise Unbalanced(key=posting.key, missing=-sum(posting.moves.values()))
        moves = {check_account(asset, name): amount for name, amount in posting.moves.items() if amount}
        sha = input_hash(verb="post", asset=asset, moves=moves, reference=posting.reference)
        if asked.setdefault(posting.key, (posting, sha))[1] != sha:
            raise KeyReused(key=posting.key)
    if not asked:
        return {}
    moves_by_key = [
        (key, name, amount) for key, (posting, _) in asked.items() for name, amount in posting.moves.items() if amount
    ]
    names = sorted({name for posting, _ in asked.values() for name in posting.moves})
    told = {
        "asset": asset,
        "names": names,
        "keys": list(asked),
        "hashes": [sha for _, sha in asked.values()],
        "instants": [posting.at for posting, _ in asked.values()],
        "references": [posting.reference for posting, _ in asked.values()],
        "reasons": [json.dumps(posting.reason, ensure_ascii=False) for posting, _ in asked.values()],
        "actors": [posting.actor[:120] for posting, _ in asked.values()],
        "of": [key for key, _, _ in moves_by_key],
        "accounts": [name for _, name, _ in moves_by_key],
        "amounts": [amount for _, _, amount in moves_by_key],
    }
    # One alone is one statement, which needs no savepoint to be whole.
    with transaction.atomic() if len(asked) > 1 else nullcontext():
        ids: dict[str, int] = dict(sql.rows(_POST, told))
        known = _known([key for key in asked if key not in ids])
        if len(ids) + len(known) < len(asked):
            # The accounts were not there when the statement looked; somebody else may be opening them just now.
            open_asset(asset, names)
            ids |= dict(sql.rows(_POST, told))
            known = _known([key for key in asked if key not in ids])
        for key, id_, sha in known:
            if sha != asked[key][1]:
                raise KeyReused(key=key)
            ids[key] = id_
    return ids


def _known(keys: Sequence[str]) -> list[sql.Row]:
    if not keys:
        return []
    return sql.rows("SELECT key, id, input_sha256 FROM ledger_transaction WHERE key = ANY(%s::text[])", [list(keys)])
