"""Open books: accounts of customers locked, lots in hand, operations decided one after another, written together.

`with open_books("points:1", [customer_id]) as books: books.earn(...); books.burn(...)`. One operation or ten thousand:
one statement locks, one reads the lots, one writes. `docs/algorithms/ledger.md` is the specification.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from huike.ledger.errors import AccountFrozen, InsufficientBalance, KeyReused, NothingToReverse
from huike.ledger.rules import (
    AVAILABLE,
    HELD,
    HOUSE,
    HOUSE_ACCOUNTS,
    OWED,
    PENDING,
    Gone,
    Lot,
    Move,
    NewLot,
    Posting,
    input_hash,
    reclaim,
    spendable,
    take,
    taken_sum,
)
from huike.platform import sql

_COLUMN = {PENDING: "pending", AVAILABLE: "available", HELD: "held"}


@dataclass(slots=True)
class _Purse:
    """What one customer has of the asset, as it is after the operations so far."""

    account_id: int  # where what comes goes
    debts: dict[int, int]  # what is owed, by account: two files that became one bring both
    is_frozen: bool
    lots: dict[int, Lot]

    @property
    def owed(self) -> int:
        return sum(self.debts.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer has: `available` may be spent now (less than nothing is never shown there), `owed` is ≤ 0."""

    pending: int
    available: int
    held: int
    owed: int

    @property
    def balance(self) -> int:
        """What she is told: settled minus held, below zero where she owes."""
        return self.available + self.owed


class Books:
    """Operations on the value of the customers the books were opened for. Made by `open_books`."""

    def __init__(self, asset_id: int, purses: dict[int, _Purse], known: Mapping[str, tuple[int, str]]) -> None:
        self._asset_id = asset_id
        self._purses = purses
        self._known = known
        self._new_lots: list[NewLot] = []
        self._came_with: list[str] = []  # the operation each new lot came with
        self._postings: list[Posting] = []
        self.ids: dict[str, int] = {key: transaction_id for key, (transaction_id, _) in known.items()}
        """Transactions by the key of their operation: those known before, and once written the new ones."""

    # What there is

    def standing(self, customer_id: int, *, now: datetime) -> Standing:
        """What she has after the operations so far; what is due counts as available, what is over as gone."""
        purse = self._purses[customer_id]
        lots = list(purse.lots.values())
        due = sum(lot.pending for lot in lots if lot.is_due(now))
        debt_settled = min(spendable(lots, now), -purse.owed)
        return Standing(
            pending=sum(lot.pending for lot in lots) - due,
            available=spendable(lots, now) - debt_settled,
            held=sum(lot.held for lot in lots),
            owed=purse.owed + debt_settled,
        )

    def is_frozen(self, customer_id: int) -> bool:
        return self._purses[customer_id].is_frozen

    def lots_of(self, customer_id: int) -> list[Lot]:
        return list(self._purses[customer_id].lots.values())

    def is_known(self, key: str, **asked: Any) -> bool:
        """Whether this operation happened before. Raises KeyReused when the key was used for something else."""
        if key not in self._known:
            return False
        if self._known[key][1] != input_hash(**asked):
            raise KeyReused(key=key)
        return True

    # What can happen

    def earn(
        self,
        customer_id: int,
        amount: int,
        *,
        key: str,
        at: datetime,
        kind: str = "earned",
        house: str = "issued",
        operation: str = "earn",
        matures_at: datetime | None = None,
        expires_at: datetime | None = None,
        **about: Any,
    ) -> None:
        """A new lot, pending until `matures_at` where that is after `at`. What is owed is settled from it first.

        `about` is what a posting tells beside: `reference`, `reason`, `actor`. Raises KeyReused.
        """
        asked = {"verb": operation, "customer": customer_id, "amount": amount, "kind": kind}
        if self.is_known(key, **asked):
            return
        purse = self._purses[customer_id]
        is_pending = matures_at is not None and matures_at > at
        pocket = PENDING if is_pending else AVAILABLE
        lot_id = self._new_lot(purse, key, NewLot(purse.account_id, kind, amount, at, matures_at, expires_at))
        moves = [Move(house, HOUSE, -amount), self._moved(purse, lot_id, pocket, amount)]
        if not is_pending:
            moves += self._settle_debt(purse, [lot_id])
        self._post(operation, key, asked, at, moves, **about)

    def burn(
        self,
        customer_id: int,
        amount: int,
        *,
        key: str,
        at: datetime,
        house: str = "spent",
        operation: str = "burn",
        kinds: Sequence[str] = (),
        in_proportion: bool = False,
        overdraw: bool = False,
        **about: Any,
    ) -> list[tuple[Lot, int]]:
        """Take `amount` of what is available, of the kinds named first, or of each its share; from which lots. Nothing
        where it is known.

        `overdraw` is for what happened already, wherever it did: what is missing is owed. Raises InsufficientBalance,
        AccountFrozen, KeyReused; the books stay as they were.
        """
        asked = {"verb": operation, "customer": customer_id, "amount": amount, "house": house}
        if self.is_known(key, **asked):
            return []
        taken = self._take(customer_id, amount, at, kinds, in_proportion=in_proportion, overdraw=overdraw)
        purse = self._purses[customer_id]
        moves = [self._moved(purse, lot.id, AVAILABLE, -part) for lot, part in taken]
        missing = amount - taken_sum(taken)
        if missing:
            moves.append(self._owed(purse, purse.account_id, -missing))
        self._post(operation, key, asked, at, [*moves, Move(house, HOUSE, amount)], **about)
        return taken

    def hold(
        self,
        customer_id: int,
        amount: int,
        *,
        key: str,
        at: datetime,
        kinds: Sequence[str] = (),
        in_proportion: bool = False,
        **about: Any,
    ) -> None:
        """Set `amount` apart. Raises as `burn` does."""
        asked = {"verb": "hold", "customer": customer_id, "amount": amount}
        if self.is_known(key, **asked):
            return
        purse = self._purses[customer_id]
        moves = [
            self._moved(purse, lot.id, pocket, sign * part)
            for lot, part in self._take(customer_id, amount, at, kinds, in_proportion=in_proportion)
            for pocket, sign in ((AVAILABLE, -1), (HELD, 1))
        ]
        self._post("hold", key, asked, at, moves, **about)

    def end_hold(
        self,
        customer_id: int,
        parts: Iterable[tuple[int, int]],
        *,
        settle: int,
        key: str,
        at: datetime,
        house: str = "spent",
        **about: Any,
    ) -> None:
        """Spend `settle` of what a hold set apart, in the order it was taken, and put the rest back.

        `parts` are the hold's lots with their amounts. `settle` 0 is a release.
        """
        purse = self._purses[customer_id]
        moves: list[Move] = []
        left = settle
        back: list[int] = []
        for lot_id, held in parts:
            spent = min(left, held)
            left -= spent
            moves.append(self._moved(purse, lot_id, HELD, -held))
            if spent < held:
                moves.append(self._moved(purse, lot_id, AVAILABLE, held - spent))
                back.append(lot_id)
        if settle:
            moves.append(Move(house, HOUSE, settle))
        moves += self._settle_debt(purse, back)
        asked = {"verb": "end_hold", "customer": customer_id, "amount": settle}
        self._post("settle" if settle else "release", key, asked, at, moves, **about)

    def mature(self, customer_id: int, *, now: datetime) -> int:
        """Make available what is due; how much."""
        purse = self._purses[customer_id]
        due = [lot for lot in purse.lots.values() if lot.is_due(now)]
        for lot in due:
            moves = [
                self._moved(purse, lot.id, PENDING, -lot.pending),
                self._moved(purse, lot.id, AVAILABLE, lot.pending),
                *self._settle_debt(purse, [lot.id]),
            ]
            key = f"mature:{self._name(lot.id)}"
            self._post("mature", key, {"lot": lot.id}, lot.matures_at or now, moves)
        return sum(lot.pending for lot in due)

    def expire(self, customer_id: int, *, now: datetime) -> int:
        """Write off what is over; how much."""
        purse = self._purses[customer_id]
        over = [lot for lot in purse.lots.values() if lot.available > 0 and lot.is_over(now)]
        for lot in over:
            moves = [self._moved(purse, lot.id, AVAILABLE, -lot.available), Move("expired", HOUSE, lot.available)]
            at = lot.expires_at or now
            # A lot may be written off more than once: what comes back of it later is over as well.
            key = f"expire:{self._name(lot.id)}:{lot.available}:{int(now.timestamp() * 1_000_000)}"
            self._post("expire", key, {"lot": lot.id}, at, moves)
        return sum(lot.available for lot in over)

    def restore(
        self,
        customer_id: int,
        spent: Sequence[tuple[Lot, int]],
        amount: int,
        *,
        key: str,
        at: datetime,
        house: str = "spent",
        reverses_id: int | None = None,
        **about: Any,
    ) -> None:
        """Give back `amount` of what was spent, to the lots it came from, the last taken first.

        `spent` are those lots with what of each is still spent, in the order they were taken, as
        `selectors.still_spent` says. Raises NothingToReverse where less was spent.
        """
        asked = {"verb": "restore", "customer": customer_id, "amount": amount, "of": reverses_id}
        if self.is_known(key, **asked):
            return
        if taken_sum(spent) < amount:
            raise NothingToReverse(asked=amount)
        purse = self._purses[customer_id]
        moves = [Move(house, HOUSE, -amount)]
        back: list[int] = []
        left = amount
        for lot, part in reversed(spent):
            given = min(left, part)
            if given <= 0:
                break
            left -= given
            lot_id = self._lot_in(purse, lot, given, key, at)
            moves.append(self._moved(purse, lot_id, AVAILABLE, given))
            back.append(lot_id)
        moves += self._settle_debt(purse, back)
        self._post("reverse", key, asked, at, moves, reverses_id=reverses_id, **about)

    def take_back(
        self,
        customer_id: int,
        own: Sequence[Lot],
        amount: int,
        *,
        key: str,
        at: datetime,
        gone: Gone,
        house: str = "issued",
        reverses_id: int | None = None,
        **about: Any,
    ) -> int:
        """Take back what was earned, from the earning's `own` lots first; how much of it was gone already and is owed,
        charged or forgiven."""
        asked = {"verb": "take_back", "customer": customer_id, "amount": amount, "of": reverses_id}
        if self.is_known(key, **asked):
            return 0
        purse = self._purses[customer_id]
        # Those that went with another account, when two files were parted again, are not hers any more.
        hers = [lot for lot in own if lot.account_id in purse.debts]
        for lot in hers:
            purse.lots.setdefault(lot.id, lot)
        mine = [purse.lots[lot.id] for lot in hers]
        parts = reclaim(mine, list(purse.lots.values()), amount, now=at)
        moves = [self._moved(purse, lot.id, pocket, -part) for lot, pocket, part in parts]
        missing = amount - sum(part for _, _, part in parts)
        if missing:
            moves.append(
                self._owed(purse, purse.account_id, -missing)
                if gone is Gone.OWED
                else Move(gone.value, HOUSE, -missing)
            )
        moves.append(Move(house, HOUSE, amount))
        self._post("reverse", key, asked, at, moves, reverses_id=reverses_id, **about)
        return missing

    def transfer(
        self,
        customer_id: int,
        to_id: int,
        amount: int,
        *,
        key: str,
        at: datetime,
        kinds: Sequence[str] = (),
        **about: Any,
    ) -> None:
        """Give of one customer's lots to another, where they keep their kind and expiry. Raises as `burn` does."""
        asked = {"verb": "transfer", "from": customer_id, "to": to_id, "amount": amount}
        if self.is_known(key, **asked):
            return
        taken = self._take(customer_id, amount, at, kinds)
        giver, taker = self._purses[customer_id], self._purses[to_id]
        moves: list[Move] = []
        for lot, part in taken:
            moves.append(self._moved(giver, lot.id, AVAILABLE, -part))
            new = self._new_lot(taker, key, NewLot(taker.account_id, lot.kind, part, at, None, lot.expires_at))
            moves.append(self._moved(taker, new, AVAILABLE, part))
            moves += self._settle_debt(taker, [new])
        self._post("transfer", key, asked, at, moves, **about)

    # How it is written

    def _take(
        self,
        customer_id: int,
        amount: int,
        at: datetime,
        kinds: Sequence[str],
        *,
        in_proportion: bool = False,
        overdraw: bool = False,
    ) -> list[tuple[Lot, int]]:
        purse = self._purses[customer_id]
        if purse.is_frozen and not overdraw:
            raise AccountFrozen
        self.mature(customer_id, now=at)
        taken = take(purse.lots.values(), amount, now=at, kinds=kinds, in_proportion=in_proportion)
        # What is owed is settled from whatever arrives, so with a debt nothing is available.
        if taken_sum(taken) < amount and not overdraw:
            raise InsufficientBalance(asked=amount, available=self.standing(customer_id, now=at).available)
        return taken

    def _name(self, lot_id: int) -> str:
        return f"lot:{lot_id}" if lot_id >= 0 else f"{self._came_with[~lot_id]}:{~lot_id}"

    def _new_lot(self, purse: _Purse, key: str, lot: NewLot) -> int:
        self._new_lots.append(lot)
        self._came_with.append(key)
        lot_id = ~(len(self._new_lots) - 1)
        purse.lots[lot_id] = Lot(
            id=lot_id,
            account_id=lot.account_id,
            kind=lot.kind,
            pending=0,
            available=0,
            held=0,
            matures_at=lot.matures_at,
            expires_at=lot.expires_at,
        )
        return lot_id

    def _lot_in(self, purse: _Purse, lot: Lot, amount: int, key: str, at: datetime) -> int:
        """The lot, or one like it where it went with another account when two files were parted again."""
        if lot.account_id not in purse.debts:
            return self._new_lot(purse, key, NewLot(purse.account_id, lot.kind, amount, at, None, lot.expires_at))
        purse.lots.setdefault(lot.id, lot)
        return lot.id

    def _moved(self, purse: _Purse, lot_id: int, pocket: int, amount: int) -> Move:
        lot = purse.lots[lot_id]
        column = _COLUMN[pocket]
        purse.lots[lot_id] = replace(lot, **{column: getattr(lot, column) + amount})
        return Move(lot.account_id, pocket, amount, lot_id)

    def _owed(self, purse: _Purse, account_id: int, amount: int) -> Move:
        purse.debts[account_id] += amount
        return Move(account_id, OWED, amount)

    def _settle_debt(self, purse: _Purse, lot_ids: Iterable[int]) -> list[Move]:
        """What is owed is paid from what just became available."""
        moves: list[Move] = []
        for lot_id in lot_ids:
            for account_id, owed in list(purse.debts.items()):
                part = min(-owed, purse.lots[lot_id].available)
                if part > 0:
                    moves += [self._moved(purse, lot_id, AVAILABLE, -part), self._owed(purse, account_id, part)]
        return moves

    def _post(
        self,
        kind: str,
        key: str,
        asked: Mapping[str, Any],
        at: datetime,
        moves: Sequence[Move],
        *,
        reference: str = "",
        reverses_id: int | None = None,
        reason: Mapping[str, Any] | None = None,
        actor: str = "",
    ) -> None:
        self._postings.append(
            Posting(
                kind=kind,
                key=key,
                input_sha256=input_hash(**asked),
                occurred_at=at,
                moves=_netted(moves),
                reference=reference,
                reverses_id=reverses_id,
                reason=reason or {},
                actor=actor,
            )
        )

    def write(self) -> None:
        """Write what was decided so far; `ids` names the transactions then."""
        if self._postings:
            self.ids |= _write(self._asset_id, self._postings, self._new_lots)
            self._postings, self._new_lots, self._came_with = [], [], []


def _netted(moves: Iterable[Move]) -> list[Move]:
    """One entry per account, pocket and lot; none that moves nothing."""
    sums: dict[tuple[int | str, int, int | None], int] = defaultdict(int)
    for move in moves:
        sums[move.account, move.pocket, move.lot] += move.amount
    return [Move(account, pocket, amount, lot) for (account, pocket, lot), amount in sums.items() if amount]


@contextmanager
def open_books(asset: str, customer_ids: Iterable[int], *, keys: Sequence[str] = ()) -> Iterator[Books]:
    """The books of these customers, locked until the caller's transaction ends; written when the block ends well.

    Opens accounts where there are none. `keys` are those of operations that may have happened before; without them a
    repeated key is refused by the database.
    """
    ids = sorted(set(customer_ids))
    accounts = _lock(asset, ids)
    new: list[sql.Row] = []
    if missing := sorted(set(ids) - {row[1] for row in accounts}):
        new = _open_accounts(asset, missing)
        if len(new) < len(missing):  # somebody else opened one just now
            accounts, new = _lock(asset, ids), []
    known = (
        sql.rows("SELECT key, id, input_sha256 FROM ledger_transaction WHERE key = ANY(%s::text[])", [list(keys)])
        if keys
        else []
    )
    purses: dict[int, _Purse] = {}
    owner: dict[int, int] = {}
    for account_id, customer_id, opened_for_id, owed, is_frozen, _ in (*accounts, *new):
        owner[account_id] = customer_id
        purse = purses.setdefault(customer_id, _Purse(account_id, {}, False, {}))
        purse.debts[account_id] = owed
        purse.is_frozen = purse.is_frozen or is_frozen
        if opened_for_id == customer_id:
            purse.account_id = account_id
    if accounts:  # what was opened just now has nothing yet
        for lot in lots_in_hand([row[0] for row in accounts]):
            purses[owner[lot.account_id]].lots[lot.id] = lot
    asset_id = next((row[5] for row in (*accounts, *new)), 0)
    books = Books(asset_id, purses, {key: (id_, sha) for key, id_, sha in known})
    yield books
    books.write()


_LOCK = """
SELECT a.id, a.customer_id, a.opened_for_id, a.owed, a.frozen_at IS NOT NULL, a.asset_id
  FROM ledger_account a
 WHERE a.customer_id = ANY(%(ids)s::bigint[]) AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)
 ORDER BY a.id
   FOR NO KEY UPDATE OF a
"""


def _lock(asset: str, customer_ids: list[int]) -> list[sql.Row]:
    return sql.rows(_LOCK, {"ids": customer_ids, "asset": asset})


_OPEN = """
INSERT INTO ledger_account (asset_id, customer_id, opened_for_id)
SELECT s.id, t.id, t.id
  FROM unnest(%(ids)s::bigint[]) AS t (id) CROSS JOIN ledger_asset s
 WHERE s.key = %(asset)s
   AND NOT EXISTS (SELECT FROM ledger_account a WHERE a.customer_id = t.id AND a.asset_id = s.id)
   AND (SELECT count(*) FROM ledger_account h WHERE h.asset_id = s.id AND h.name = ANY(%(house)s::text[])) = %(all)s
 ORDER BY t.id
ON CONFLICT DO NOTHING
RETURNING id, customer_id, opened_for_id, owed, frozen_at IS NOT NULL, asset_id
"""


def _open_accounts(asset: str, customer_ids: list[int]) -> list[sql.Row]:
    """Those that were opened, as `_lock` gives them: nobody else sees them before the transaction ends. At first use
    the asset and the accounts of the house come first."""
    asked = {"ids": customer_ids, "asset": asset, "house": list(HOUSE_ACCOUNTS), "all": len(HOUSE_ACCOUNTS)}
    opened = sql.rows(_OPEN, asked)
    if opened:
        return opened
    open_asset(asset)
    return sql.rows(_OPEN, asked)


def open_asset(asset: str, names: Iterable[str] = HOUSE_ACCOUNTS) -> None:
    """Make the asset and these accounts of the house where they are not there yet."""
    sql.rows("INSERT INTO ledger_asset (key) VALUES (%s) ON CONFLICT DO NOTHING", [asset])
    sql.rows(
        """
        INSERT INTO ledger_account (asset_id, name)
        SELECT s.id, t.name FROM unnest(%(names)s::text[]) AS t (name) CROSS JOIN ledger_asset s WHERE s.key = %(asset)s
         ORDER BY t.name
        ON CONFLICT DO NOTHING
        """,
        {"names": list(names), "asset": asset},
    )


LOT_COLUMNS = "l.id, l.account_id, l.kind, l.pending, l.available, l.held, l.matures_at, l.expires_at"


def lots_in_hand(account_ids: Sequence[int]) -> list[Lot]:
    """The lots of these accounts of which anything is left."""
    found = sql.rows(
        f"""
        SELECT {LOT_COLUMNS} FROM ledger_lot l
         WHERE l.account_id = ANY(%s::bigint[]) AND (l.available > 0 OR l.pending > 0 OR l.held > 0)
         ORDER BY l.id
        """,  # noqa: S608 - fixed columns
        [list(account_ids)],
    )
    return [lot_of(row) for row in found]


def lot_of(row: Sequence[Any]) -> Lot:
    """A lot of a row of `id, account_id, kind, pending, available, held, matures_at, expires_at`."""
    id_, account_id, kind, pending, available, held, matures_at, expires_at = row
    return Lot(
        id=id_,
        account_id=account_id,
        kind=kind,
        pending=pending,
        available=available,
        held=held,
        matures_at=matures_at,
        expires_at=expires_at,
    )


# Ids are drawn first, so that entries can name transactions and lots of the same statement. The trigger looks at what
# the statement wrote when all of it is there.
_WRITE = """
WITH t AS (
    SELECT nextval('ledger_transaction_id_seq') AS id, told.*
      FROM unnest(%(kinds)s::text[], %(keys)s::text[], %(hashes)s::text[], %(instants)s::timestamptz[],
                  %(references)s::text[], %(reverses)s::bigint[], %(reasons)s::jsonb[], %(actors)s::text[])
           WITH ORDINALITY AS told (kind, key, input_sha256, occurred_at, reference, reverses_id, reason, actor, place)
), l AS (
    SELECT nextval('ledger_lot_id_seq') AS id, told.*
      FROM unnest(%(lot_accounts)s::bigint[], %(lot_kinds)s::text[], %(lot_amounts)s::bigint[],
                  %(lot_came)s::timestamptz[], %(lot_matures)s::timestamptz[], %(lot_expires)s::timestamptz[])
           WITH ORDINALITY AS told (account_id, kind, amount, came_at, matures_at, expires_at, place)
), transactions AS (
    INSERT INTO ledger_transaction
           (id, asset_id, kind, key, input_sha256, occurred_at, reference, reverses_id, reason, actor)
    SELECT id, %(asset_id)s::bigint, kind, key, input_sha256, occurred_at, reference, reverses_id, reason, actor FROM t
), lots AS (
    INSERT INTO ledger_lot (id, account_id, kind, amount, came_at, matures_at, expires_at)
    SELECT id, account_id, kind, amount, came_at, matures_at, expires_at FROM l
), entries AS (
    INSERT INTO ledger_entry (transaction_id, account_id, pocket, amount, lot_id)
    SELECT t.id, coalesce(m.account_id, house.id), m.pocket, m.amount,
           CASE WHEN m.lot < 0 THEN l.id ELSE m.lot END
      FROM unnest(%(places)s::bigint[], %(accounts)s::bigint[], %(houses)s::text[], %(pockets)s::smallint[],
                  %(amounts)s::bigint[], %(lots)s::bigint[])
           WITH ORDINALITY AS m (place, account_id, house, pocket, amount, lot, line)
      JOIN t ON t.place = m.place
      LEFT JOIN l ON l.place = -m.lot
      LEFT JOIN ledger_account house ON house.asset_id = %(asset_id)s::bigint AND house.name = m.house
     ORDER BY m.line
)
SELECT key, id FROM t
"""


def _write(asset_id: int, postings: Sequence[Posting], lots: Sequence[NewLot]) -> dict[str, int]:
    moves = [(place, move) for place, posting in enumerate(postings, 1) for move in posting.moves]
    written = sql.rows(
        _WRITE,
        {
            "asset_id": asset_id,
            "kinds": [posting.kind for posting in postings],
            "keys": [posting.key for posting in postings],
            "hashes": [posting.input_sha256 for posting in postings],
            "instants": [posting.occurred_at for posting in postings],
            "references": [posting.reference for posting in postings],
            "reverses": [posting.reverses_id for posting in postings],
            "reasons": [json.dumps(posting.reason, ensure_ascii=False) for posting in postings],
            "actors": [posting.actor[:120] for posting in postings],
            "lot_accounts": [lot.account_id for lot in lots],
            "lot_kinds": [lot.kind for lot in lots],
            "lot_amounts": [lot.amount for lot in lots],
            "lot_came": [lot.came_at for lot in lots],
            "lot_matures": [lot.matures_at for lot in lots],
            "lot_expires": [lot.expires_at for lot in lots],
            "places": [place for place, _ in moves],
            "accounts": [None if isinstance(move.account, str) else move.account for _, move in moves],
            "houses": [move.account if isinstance(move.account, str) else None for _, move in moves],
            "pockets": [move.pocket for _, move in moves],
            "amounts": [move.amount for _, move in moves],
            # A new lot is told by its place, counted from one, below zero: ~0 is the first.
            "lots": [move.lot for _, move in moves],
        },
    )
    return dict(written)
