"""Which lots value is taken from and goes back to. `docs/algorithms/ledger.md` is the specification."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

from huike.kernel.money import allocate
from huike.ledger.errors import UnknownAccount

HOUSE_ACCOUNTS: Final = (
    "issued",
    "given",
    "spent",
    "refunded",
    "expired",
    "adjusted",
    "forgiven",
    "charged",
    "moved",
)
"""The accounts of the house of an asset that customers have."""

CHARTS: Final[Mapping[str, frozenset[str]]] = {
    "deals": frozenset({"paid", "unused", "merchant", "commission", "adjusted", "payout"}),
}
"""Accounts of assets that stay within the house, by kind of asset. `merchant` stands for `merchant:<id>` of each."""

_NEVER: Final = datetime.max.replace(tzinfo=UTC)

HOUSE, PENDING, AVAILABLE, HELD, OWED = 0, 1, 2, 3, 4  # the pockets, as `models.Entry.Pocket`


class Gone(StrEnum):
    """What becomes of value that is taken back and was spent already."""

    OWED = "owed"
    CHARGED = "charged"
    FORGIVEN = "forgiven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What is left of a lot in each pocket."""

    id: int
    account_id: int
    kind: str
    pending: int
    available: int
    held: int
    matures_at: datetime | None = None
    expires_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it can no longer be spent."""
        return self.expires_at is not None and self.expires_at <= now

    def is_due(self, now: datetime) -> bool:
        """Whether what is pending of it may be spent from now on."""
        return self.pending > 0 and (self.matures_at is None or self.matures_at <= now)


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot that comes into being with a transaction."""

    account_id: int
    kind: str
    amount: int
    came_at: datetime
    matures_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One entry to be. `account` is a customer's account by its id, or one of the house by its name; `lot` is the id of
    a lot, or of one that comes with the same transaction its place in the list, as `~0`, `~1`, …"""

    account: int | str
    pocket: int
    amount: int
    lot: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A transaction to be."""

    kind: str
    key: str
    input_sha256: str
    occurred_at: datetime
    moves: Sequence[Move]
    lots: Sequence[NewLot] = ()
    reference: str = ""
    reverses_id: int | None = None
    reason: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePosting:
    """A transaction to be among accounts of the house: so much into (positive) or out of (negative) each, by name."""

    key: str
    moves: Mapping[str, int]
    at: datetime
    reference: str = ""
    reason: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""


def check_account(asset: str, name: str) -> str:
    """The name, where it is one of the asset's chart of accounts; a mistyped one opens no account of its own.

    An account of a chart may be one for each of many, told by a number: `merchant:12`. Raises UnknownAccount.
    """
    chart = CHARTS.get(asset.partition(":")[0], HOUSE_ACCOUNTS)
    account, colon, number = name.partition(":")
    if account not in chart or (colon and not (number.isascii() and number.isdigit())):
        raise UnknownAccount(asset=asset, account=name)
    return name


def input_hash(**told: Any) -> str:
    """The fingerprint of what an operation was asked: the same for the same arguments, whoever computes it."""
    return sha256(json.dumps(told, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()


def spendable(lots: Iterable[Lot], now: datetime) -> int:
    """What of these lots may be spent now, what is due of the pending included."""
    return sum(lot.available + (lot.pending if lot.is_due(now) else 0) for lot in lots if not lot.is_over(now))


def take(
    lots: Iterable[Lot], amount: int, *, now: datetime, kinds: Sequence[str] = (), in_proportion: bool = False
) -> list[tuple[Lot, int]]:
    """From which lots `amount` is taken: those of the kinds named first, in their order; nearest expiry first.

    With `in_proportion` each kind gives its share of what is available, by largest remainders. Takes less where there
    is less: whoever calls compares the sum.
    """
    rank = {kind: place for place, kind in enumerate(kinds)}
    order = sorted(
        (lot for lot in lots if lot.available > 0 and not lot.is_over(now)),
        key=lambda lot: (rank.get(lot.kind, len(rank)), lot.expires_at or _NEVER, lot.id),
    )
    if not in_proportion:
        return _first(order, amount)
    groups = [list(group) for _, group in groupby(order, key=lambda lot: rank.get(lot.kind, len(rank)))]
    sums = [sum(lot.available for lot in group) for group in groups]
    shares = allocate(min(amount, sum(sums)), sums) if groups else []
    return [taken for group, share in zip(groups, shares, strict=True) for taken in _first(group, share)]


def _first(lots: Iterable[Lot], amount: int) -> list[tuple[Lot, int]]:
    taken: list[tuple[Lot, int]] = []
    for lot in lots:
        part = min(amount, lot.available)
        if part <= 0:
            break
        taken.append((lot, part))
        amount -= part
    return taken


def taken_sum(taken: Iterable[tuple[Lot, int]]) -> int:
    return sum(part for _, part in taken)


def reclaim(own: Sequence[Lot], others: Sequence[Lot], amount: int, *, now: datetime) -> list[tuple[Lot, int, int]]:
    """From where `amount` that was earned is taken back, as (lot, pocket, part): of the earning's own lots what is
    pending, then available, even of one that is over; then of the others by expiry. Less where there is less."""
    parts: list[tuple[Lot, int, int]] = []
    for lot, pocket, left in (
        *((lot, PENDING, lot.pending) for lot in own),
        *((lot, AVAILABLE, lot.available) for lot in own),
    ):
        part = min(amount, left)
        if part > 0:
            parts.append((lot, pocket, part))
            amount -= part
    known = {lot.id for lot in own}
    parts += [(lot, AVAILABLE, part) for lot, part in take((o for o in others if o.id not in known), amount, now=now)]
    return parts
