"""Reads: what a customer has, her statement, and the day of a store. `docs/algorithms/stored-value.md`, section 6."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from huike.catalog import selectors as catalog
from huike.customers import selectors as customers
from huike.kernel.scope import Scope
from huike.ledger import selectors as ledger
from huike.ledger.selectors import StatementLine
from huike.loyalty.models import TopUp, ValueFreeze
from huike.loyalty.stored_value import reading, rules
from huike.loyalty.stored_value.rules import BONUS, PAID, TopUpLeft, asset_of
from huike.platform import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueView:
    """What a customer has. `balance` is what she may spend, below zero what she owes; `room` is what may still come."""

    currency: str
    balance_minor: int
    paid_minor: int
    bonus_minor: int
    held_minor: int
    refundable_minor: int
    expiring: Sequence[tuple[datetime, int]]
    is_named: bool
    most_minor: int | None
    room_minor: int | None
    frozen: ValueFreeze | None
    top_ups: Sequence[tuple[TopUp, TopUpLeft]]


def value_of(customer_id: int, *, scope: Scope, now: datetime) -> ValueView:
    """Raises CustomerNotFound, NoProgramme."""
    customer = customers.find_customer(customer_id, scope=scope)
    programme, version = reading.terms_now(now)
    asset = asset_of(programme.currency)
    there = ledger.standing(asset, customer_id, now=now)
    kinds = ledger.available_by_kind(asset, customer_id, now=now)
    law = version.document.stored_value.law
    file = reading.file_of(customer)
    most = rules.most_of(file, law)
    left = reading.top_ups_of(customer_id, programme.currency, now=now)
    made = TopUp.objects.in_bulk([one.id for one in left])
    is_frozen = ledger.frozen_at(asset, customer_id) is not None
    return ValueView(
        currency=programme.currency,
        balance_minor=there.balance,
        paid_minor=kinds.get(PAID, 0),
        bonus_minor=kinds.get(BONUS, 0),
        held_minor=there.held,
        refundable_minor=rules.refundable(left),
        expiring=ledger.expiring(asset, customer_id, now=now),
        is_named=file.is_named(law),
        most_minor=most,
        room_minor=None if most is None else max(0, most - there.balance - there.held),
        frozen=ValueFreeze.objects.filter(customer_id=customer_id, frozen=True).last() if is_frozen else None,
        top_ups=[(made[one.id], one) for one in reversed(left)],
    )


@dataclass(frozen=True, slots=True)
class Usable:
    """What a buyer has in stored value, below zero what she owes, and how much of it may pay for an order."""

    balance_minor: int
    usable_minor: int
    is_frozen: bool


def usable_of(customer_id: int, most_minor: int, *, currency: str, now: datetime) -> Usable | None:
    """What may pay for `most_minor` of an order in this currency; None where she never had any."""
    asset = asset_of(currency)
    held = {one.asset: one.frozen_at for one in ledger.assets_of(customer_id)}
    if asset not in held:
        return None
    is_frozen = held[asset] is not None
    there = ledger.standing(asset, customer_id, now=now)
    return Usable(there.balance, 0 if is_frozen else max(0, min(there.available, most_minor)), is_frozen)


@dataclass(frozen=True, slots=True)
class Span:
    """Days in the operator's zone, both included."""

    from_on: date
    to_on: date

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """[first instant, first instant after it)."""
        return (
            datetime.combine(self.from_on, time(), tzinfo=zone),
            datetime.combine(self.to_on + timedelta(days=1), time(), tzinfo=zone),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`opening_minor + Σ amounts = closing_minor`; lines in the order they were posted."""

    currency: str
    opening_minor: int
    closing_minor: int
    lines: Sequence[StatementLine]


def statement_of(customer_id: int, span: Span, *, zone: ZoneInfo, scope: Scope, now: datetime) -> Statement:
    """What happened to her stored value in these days. Raises CustomerNotFound, NoProgramme."""
    customers.find_customer(customer_id, scope=scope)
    programme, _ = reading.terms_now(now)
    asset = asset_of(programme.currency)
    starts_at, ends_at = span.instants(zone)
    lines = ledger.statement(asset, customer_id, limit=None, starts_at=starts_at, ends_at=ends_at)[::-1]
    before = ledger.statement(asset, customer_id, limit=1, ends_at=starts_at)
    opening = before[0].balance if before else 0
    return Statement(
        currency=programme.currency,
        opening_minor=opening,
        closing_minor=lines[-1].balance if lines else opening,
        lines=lines,
    )


# The end of the day

FIGURES = (
    "topped_up",
    "bonus_given",
    "spent",
    "given_back",
    "paid_out",
    "kept",
    "forfeited",
    "expired",
    "adjusted",
    "other",
)
"""What may have happened, in the order it is told; together with what a store stood at, they are what it stands at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDay:
    """One store on one day; `store_id` None is what happened at none. What went out is below zero."""

    store_id: int | None
    store_name: str | None
    opening_minor: int = 0
    figures: dict[str, int] = field(default_factory=dict)
    topped_up_by: dict[str, int] = field(default_factory=dict)
    paid_out_by: dict[str, int] = field(default_factory=dict)

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + sum(self.figures.values())


# What customers have is the other side of what the house's accounts say.
_FIGURE = """
CASE a.name WHEN 'issued' THEN 'topped_up'
            WHEN 'given' THEN CASE WHEN e.amount < 0 THEN 'bonus_given' ELSE 'forfeited' END
            WHEN 'spent' THEN CASE WHEN e.amount < 0 THEN 'given_back' ELSE 'spent' END
            WHEN 'refunded' THEN 'paid_out'
            WHEN 'charged' THEN 'kept'
            WHEN 'expired' THEN 'expired'
            WHEN 'adjusted' THEN 'adjusted'
            ELSE 'other' END
"""
_MOVED = f"""
SELECT t.id, t.posted_at, t.reference, t.actor, t.reason, (t.reason ->> 'store')::bigint AS store_id,
       {_FIGURE} AS figure, -e.amount AS amount
  FROM ledger_transaction t
  JOIN ledger_entry e ON e.transaction_id = t.id AND e.pocket = 0
  JOIN ledger_account a ON a.id = e.account_id
 WHERE t.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s) AND t.posted_at < %(ends_at)s
"""  # noqa: S608 - fixed texts
# What a store stood at is all that ever happened there, of which nothing but the sum is asked.
_DAY = f"""
SELECT (t.reason ->> 'store')::bigint, 'opening', (-sum(e.amount))::bigint
  FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id AND e.pocket = 0
 WHERE t.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s) AND t.posted_at < %(starts_at)s
   AND (%(all)s OR (t.reason ->> 'store')::bigint = ANY(%(stores)s::bigint[]))
 GROUP BY 1
UNION ALL
SELECT store_id, figure, sum(amount)::bigint
  FROM ({_MOVED}) m
 WHERE posted_at >= %(starts_at)s AND (%(all)s OR store_id = ANY(%(stores)s::bigint[]))
 GROUP BY 1, 2
"""  # noqa: S608 - fixed texts
_TOPPED_UP_BY = f"""
SELECT u.store_id, p.tender ->> 0, sum((p.tender ->> 1)::bigint)::bigint
  FROM ({_MOVED}) m
  JOIN loyalty_top_up u ON m.figure = 'topped_up' AND m.reference = 'top_up:' || u.id
 CROSS JOIN jsonb_array_elements(u.tenders) AS p (tender)
 WHERE m.posted_at >= %(starts_at)s AND (%(all)s OR m.store_id = ANY(%(stores)s::bigint[]))
 GROUP BY 1, 2
"""  # noqa: S608 - fixed texts
_PAID_OUT_BY = f"""
SELECT r.store_id, p.tender ->> 1, sum((p.tender ->> 2)::bigint)::bigint
  FROM (SELECT DISTINCT reference, store_id FROM ({_MOVED}) m
         WHERE figure IN ('paid_out', 'kept') AND posted_at >= %(starts_at)s) m
  JOIN loyalty_value_refund r ON m.reference = 'value_refund:' || r.id
  JOIN loyalty_value_refund_part f ON f.refund_id = r.id
 CROSS JOIN jsonb_array_elements(f.paid_out) AS p (tender)
 WHERE %(all)s OR m.store_id = ANY(%(stores)s::bigint[])
 GROUP BY 1, 2
"""  # noqa: S608 - fixed texts


def day_of(on: date, *, currency: str, zone: ZoneInfo, scope: Scope) -> list[StoreDay]:
    """Every store anything ever happened at, by name; whoever sees all stores is told what happened at none, too."""
    given = _day_params(on, currency, zone, scope)
    days: dict[int | None, StoreDay] = {}
    found = sql.rows(_DAY, given)
    names = catalog.store_names({store_id for store_id, _, _ in found if store_id is not None})

    def of(store_id: int | None) -> StoreDay:
        name = None if store_id is None else names.get(store_id)
        return days.setdefault(store_id, StoreDay(store_id=store_id, store_name=name))

    for store_id, figure, amount in found:
        if figure == "opening":
            days[store_id] = StoreDay(
                store_id=store_id,
                store_name=of(store_id).store_name,
                opening_minor=amount,
                figures=of(store_id).figures,
            )
        else:
            of(store_id).figures[figure] = amount
    for query, take in ((_TOPPED_UP_BY, "topped_up_by"), (_PAID_OUT_BY, "paid_out_by")):
        for store_id, tender, amount in sql.rows(query, given):
            getattr(of(store_id), take)[tender] = amount
    return sorted(days.values(), key=lambda day: (day.store_id is None, day.store_name or "", day.store_id or 0))


def _day_params(on: date, currency: str, zone: ZoneInfo, scope: Scope) -> dict[str, object]:
    starts_at, ends_at = Span(on, on).instants(zone)
    return {
        "asset": asset_of(currency),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "all": scope.all_stores,
        "stores": sorted(scope.store_ids),
    }


@dataclass(frozen=True, slots=True)
class DayRow:
    """One posting of a figure."""

    transaction_id: int
    posted_at: datetime
    amount_minor: int
    customer_id: int
    customer_name: str
    reference: str
    actor: str


# Whoever is limited to stores sees the postings of hers, of whomever they are: she was there.
_ROWS = f"""
SELECT m.id, m.posted_at, m.amount, c.id, c.name, m.reference, m.actor
  FROM ({_MOVED}) m
  JOIN LATERAL (SELECT min(a.customer_id) AS id FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                 WHERE e.transaction_id = m.id AND e.pocket <> 0) o ON true
  JOIN customers_customer c ON c.id = o.id
 WHERE m.posted_at >= %(starts_at)s AND m.figure = %(figure)s
   AND m.store_id IS NOT DISTINCT FROM %(store)s::bigint
   AND (%(before)s::bigint IS NULL OR m.id < %(before)s)
   AND (%(tender)s::text IS NULL
        OR EXISTS (SELECT FROM loyalty_top_up u CROSS JOIN jsonb_array_elements(u.tenders) AS p (tender)
                    WHERE m.reference = 'top_up:' || u.id AND p.tender ->> 0 = %(tender)s))
 ORDER BY m.id DESC LIMIT %(limit)s
"""  # noqa: S608 - fixed texts


def day_rows(
    on: date,
    *,
    store_id: int | None,
    figure: str,
    currency: str,
    zone: ZoneInfo,
    scope: Scope,
    limit: int,
    before: int | None = None,
    tender: str | None = None,
) -> list[DayRow]:
    """The postings one figure is the sum of, newest first; nothing of a store outside the scope.

    With `tender` the top-ups of which it paid a part, each with its whole amount.
    """
    if not scope.all_stores and not scope.allows_store(store_id):
        return []
    given = _day_params(on, currency, zone, scope)
    more = {"store": store_id, "figure": figure, "before": before, "limit": limit, "tender": tender}
    return [DayRow(*row) for row in sql.rows(_ROWS, {**given, **more})]


def freezes_of(customer_id: int) -> Iterable[ValueFreeze]:
    """Every freeze and thaw, the newest first."""
    return ValueFreeze.objects.filter(customer_id=customer_id).order_by("-pk")
