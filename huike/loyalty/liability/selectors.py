"""Reads: what is outstanding, what of it is expected to be used, how the month moved it, and the rows behind each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from huike.kernel.money import Money
from huike.ledger import proofs
from huike.ledger import selectors as ledger
from huike.ledger.models import Proof
from huike.ledger.selectors import TrialLine
from huike.loyalty.count_cards import rules as count_card_rules
from huike.loyalty.count_cards import selectors as count_cards
from huike.loyalty.liability.rules import (
    NOTHING,
    Age,
    Expected,
    Left,
    Month,
    ages_of,
    expected_by_end,
    month_number,
)
from huike.loyalty.points import reading
from huike.loyalty.points.rules import worth_minor
from huike.platform import sql
from huike.platform.config import get_config

# Months are found among their first instants, which is ten times as fast as asking a calendar about each row.
_MONTH = "(%(before)s + width_bucket({at}, %(begins)s::timestamptz[]))"
# The last moment at which it can be spent, not the first at which it cannot: a lot of December ends with December.
_ENDS = _MONTH.format(at="l.expires_at - interval '1 microsecond'")
_CAME = _MONTH.format(at="l.came_at")
_FIRST_YEAR: Final = 1990
_YEARS_AHEAD: Final = 110
"""No terms let anything end later."""
_OF_ASSET = "a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s)"

_POCKETS = f"""
SELECT coalesce(sum(a.pending), 0)::bigint, coalesce(sum(a.available), 0)::bigint, coalesce(sum(a.held), 0)::bigint,
       coalesce(sum(a.owed), 0)::bigint, count(*) FILTER (WHERE a.pending + a.available + a.held > 0)
  FROM ledger_account a WHERE a.name IS NULL AND {_OF_ASSET}
"""  # noqa: S608 - constant SQL

_LOTS = f"""
SELECT {_CAME} AS came, {_ENDS} AS ends, sum(l.amount)::bigint, sum(l.pending + l.available + l.held)::bigint
  FROM ledger_account a JOIN ledger_lot l ON l.account_id = a.id
 WHERE {_OF_ASSET}
 GROUP BY 1, 2
"""  # noqa: S608 - constant SQL

# Spent, and given back of it: what went between a lot and the house's account `spent`.
_USED = f"""
SELECT {_CAME} AS came, {_MONTH.format(at="t.occurred_at")} AS spent, -sum(e.amount)::bigint
  FROM ledger_account a
  JOIN ledger_entry h ON h.account_id = a.id
  JOIN ledger_transaction t ON t.id = h.transaction_id
  JOIN ledger_entry e ON e.transaction_id = t.id AND e.lot_id IS NOT NULL
  JOIN ledger_lot l ON l.id = e.lot_id
 WHERE a.name = 'spent' AND {_OF_ASSET} AND t.kind IN ('burn', 'settle', 'reverse')
 GROUP BY 1, 2
"""  # noqa: S608 - constant SQL

# What members have is kept, so what they had is that without what moved it since: nothing older is read.
_MOVED = f"""
SELECT a.name,
       (-coalesce(sum(e.amount) FILTER (WHERE t.posted_at < %(to)s), 0))::bigint,
       (-sum(e.amount))::bigint
  FROM ledger_transaction t
  JOIN ledger_entry e ON e.transaction_id = t.id AND e.pocket = 0
  JOIN ledger_account a ON a.id = e.account_id
 WHERE t.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s) AND t.posted_at >= %(from)s
 GROUP BY a.name
UNION ALL
SELECT NULL, 0, coalesce(sum(a.pending + a.available + a.held + a.owed), 0)::bigint
  FROM ledger_account a WHERE a.name IS NULL AND {_OF_ASSET}
"""  # noqa: S608 - constant SQL


@dataclass(frozen=True, slots=True)
class Outstanding:
    """All members together; `owed` is at most zero."""

    pending: int
    available: int
    held: int
    owed: int
    members: int

    @property
    def total(self) -> int:
        return self.pending + self.available + self.held + self.owed


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends with one month (None: never), and what is expected of it."""

    month: Month | None
    left: int
    expected: Expected


@dataclass(frozen=True, slots=True)
class Movement:
    """How a month moved what is outstanding. `by_account`: what came from (positive) or went to (negative) each account
    of the house."""

    starts_at: datetime
    ends_at: datetime
    opening: int
    by_account: Mapping[str, int]

    @property
    def closing(self) -> int:
        return self.opening + sum(self.by_account.values())


@dataclass(frozen=True, slots=True)
class Worth:
    """What all of an asset that is outstanding is worth, and what of it is expected to be used."""

    full: Money
    expected_cost: Money


@dataclass(frozen=True, slots=True)
class Liability:
    asset: str
    outstanding: Outstanding
    expected: Expected
    worth: Worth | None
    endings: Sequence[Ending]
    ages: Sequence[Age]
    movement: Movement
    trial: Sequence[TrialLine]
    proof: Proof | None


def liability_of(asset: str, *, month: Month, now: datetime) -> Liability:
    """Everything about one asset now, and its movement in one calendar month."""
    zone = get_config().zone
    today = now.astimezone(zone)
    this_month = month_number(today.year, today.month)
    first = month_number(_FIRST_YEAR, 1)
    begins = [begins_at(month) for month in range(first, month_number(today.year + _YEARS_AHEAD, 1))]
    params = {"asset": asset, "before": first - 1, "begins": begins}
    lots = [Left(*row) for row in sql.rows(_LOTS, params)]
    issued: dict[Month, int] = {}
    for lot in lots:
        issued[lot.came] = issued.get(lot.came, 0) + lot.issued
    used: dict[tuple[Month, int], int] = {}
    for came, spent, amount in sql.rows(_USED, params):
        # What is given back of an earlier month is taken from the month in which it is.
        age = max(spent - came, 0)
        used[came, age] = used.get((came, age), 0) + amount
    ages = ages_of(issued, used, now=this_month)
    endings = expected_by_end((lot for lot in lots if lot.left > 0), ages, now=this_month)
    outstanding = Outstanding(*sql.rows(_POCKETS, params)[0])
    expected = sum((told for _, told in endings.values()), NOTHING)
    return Liability(
        asset=asset,
        outstanding=outstanding,
        expected=expected,
        worth=_worth(asset, outstanding, expected, now),
        endings=[
            Ending(ends, *endings[ends])
            for ends in sorted(endings, key=lambda ends: (ends is None, ends if ends is not None else 0))
        ],
        ages=ages,
        movement=movement_of(asset, month=month),
        trial=ledger.trial_balance(asset=asset),
        proof=proofs.latest(),
    )


def _worth(asset: str, outstanding: Outstanding, expected: Expected, now: datetime) -> Worth | None:
    """Of points what they pay under the terms in effect, of uses what was paid for them.

    None of what is neither, of points of a programme that does not run, of uses sold in more currencies than one.
    """
    if asset.startswith("uses:"):
        return _worth_of_uses(asset, expected)
    programme = reading.running()
    version = programme.terms_at(now) if programme else None
    if programme is None or version is None or programme.asset != asset:
        return None
    spending, currency = version.document.spending, programme.currency
    return Worth(
        Money(worth_minor(max(outstanding.total, 0), spending), currency),
        Money(worth_minor(expected.use, spending), currency),
    )


def _worth_of_uses(asset: str, expected: Expected) -> Worth | None:
    """Of what is expected to be used its share, rounded up as use is."""
    paid = count_cards.outstanding_worth(count_card_rules.key_of(asset))
    if len(paid) != 1:
        return None
    (full,) = paid
    left = expected.use + expected.breakage
    cost_minor = -(-full.amount_minor * expected.use // left) if left else 0
    return Worth(full, Money(cost_minor, full.currency))


def movement_of(asset: str, *, month: Month) -> Movement:
    """How one calendar month moved what is outstanding, by when it was posted."""
    starts_at, ends_at = begins_at(month), begins_at(month + 1)
    moved = sql.rows(_MOVED, {"asset": asset, "from": starts_at, "to": ends_at})
    has_now = sum(amount for name, _, amount in moved if name is None)
    return Movement(
        starts_at,
        ends_at,
        opening=has_now - sum(since for name, _, since in moved if name is not None),
        by_account={name: within for name, within, _ in moved if within},
    )


def begins_at(month: Month) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=get_config().zone)


def assets() -> list[tuple[str, Outstanding]]:
    """Every asset with what members have of it."""
    keys = [row[0] for row in sql.rows("SELECT key FROM ledger_asset ORDER BY id")]
    return [(key, Outstanding(*sql.rows(_POCKETS, {"asset": key})[0])) for key in keys]


def names_of(assets: Iterable[str]) -> dict[str, str]:
    """What count cards among these are called; points and money are called as they are everywhere."""
    cards = count_cards.names_of_cards()
    uses = {asset: count_card_rules.key_of(asset) for asset in assets if asset.startswith("uses:")}
    return {asset: cards.get(key, key) for asset, key in uses.items()}


@dataclass(frozen=True, slots=True)
class MemberEnding:
    """What of one member ends with a month."""

    customer_id: int
    name: str
    left: int


def members_ending(asset: str, *, month: Month | None, after: int, limit: int) -> list[MemberEnding]:
    """Of whom something ends with this month (None: never), in order of their ids, `after` one."""
    bounds = {"from": None, "to": None} if month is None else {"from": begins_at(month), "to": begins_at(month + 1)}
    found = sql.rows(
        f"""
        SELECT a.customer_id, c.name, sum(l.pending + l.available + l.held)::bigint
          FROM ledger_lot l
          JOIN ledger_account a ON a.id = l.account_id
          JOIN customers_customer c ON c.id = a.customer_id
         WHERE {_OF_ASSET} AND a.customer_id > %(after)s AND l.pending + l.available + l.held > 0
           AND CASE WHEN %(from)s::timestamptz IS NULL THEN l.expires_at IS NULL
                    ELSE l.expires_at > %(from)s::timestamptz AND l.expires_at <= %(to)s::timestamptz END
         GROUP BY 1, 2 ORDER BY 1 LIMIT %(limit)s
        """,  # noqa: S608 - constant SQL
        {"asset": asset, "after": after, "limit": limit, **bounds},
    )
    return [MemberEnding(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Posted:
    """One transaction that moved a month's line."""

    transaction_id: int
    kind: str
    posted_at: datetime
    customer_id: int | None
    name: str
    amount: int
    reference: str


def postings_of(asset: str, *, month: Month, account: str, before: int | None, limit: int) -> list[Posted]:
    """What stands behind one line of a month's movement, newest first."""
    found = sql.rows(
        f"""
        SELECT t.id, t.kind, t.posted_at, c.id, coalesce(c.name, ''), -e.amount, t.reference
          FROM ledger_account a
          JOIN ledger_entry e ON e.account_id = a.id
          JOIN ledger_transaction t ON t.id = e.transaction_id
          LEFT JOIN LATERAL (SELECT min(h.customer_id) AS customer_id FROM ledger_entry m
                               JOIN ledger_account h ON h.id = m.account_id
                              WHERE m.transaction_id = t.id AND h.customer_id IS NOT NULL) hers ON true
          LEFT JOIN customers_customer c ON c.id = hers.customer_id
         WHERE a.name = %(account)s AND {_OF_ASSET} AND t.posted_at >= %(from)s AND t.posted_at < %(to)s
           AND (%(before)s::bigint IS NULL OR t.id < %(before)s)
         ORDER BY t.id DESC LIMIT %(limit)s
        """,  # noqa: S608 - constant SQL
        {
            "asset": asset,
            "account": account,
            "from": begins_at(month),
            "to": begins_at(month + 1),
            "before": before,
            "limit": limit,
        },
    )
    return [Posted(*row) for row in found]
