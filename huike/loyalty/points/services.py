"""Settling: each sale is brought to what it should stand at. `docs/algorithms/points.md` is the specification.

`settle` takes one order in a till's transaction or thousands that changed; what is read, decided and written
is the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from huike.catalog import selectors as catalog
from huike.ledger import selectors as ledger
from huike.ledger.books import Books, Standing, open_books
from huike.ledger.rules import Gone
from huike.ledger.services import HoldView, hold
from huike.loyalty.count_cards.services import settle_cards
from huike.loyalty.earning.rules import Already, Earned, Purchase, PurchaseLine, points_of
from huike.loyalty.errors import PointsOfNobody, PointsTooFew, PointsTooMany
from huike.loyalty.points import reading, standing
from huike.loyalty.points.reading import Person, Row, RunningProgramme, Version
from huike.loyalty.points.rules import earns_from, expires_at, points_for, worth_minor
from huike.loyalty.points.standing import Stand
from huike.loyalty.stored_value.services import settle_tender
from huike.loyalty.tenders import Tender, back_at, reference_of
from huike.loyalty.tiers import lives
from huike.loyalty.tiers import services as tiers
from huike.loyalty.tiers.lives import Laddered
from huike.orders import kept
from huike.orders.kept import Sold, SoldLine
from huike.platform import sql
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.promotions.applications.selectors import Factors

POINTS = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Where one sale stands now, and what this settling changed. `charged_minor` is what to keep from a refund for
    points that were gone."""

    order_id: int
    customer_id: int
    earned: int
    burned: int
    earned_change: int
    burned_change: int
    charged_minor: int
    standing: Standing
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Target:
    """What a sale should stand at."""

    customer_id: int | None
    earned: int
    burned: int
    version: Version | None
    tier: str | None
    earning: Earned | None = None
    why: str | None = None

    @property
    def matters(self) -> bool:
        """Whether there is anything to tell: of members, and of whoever paid with points."""
        return self.customer_id is not None and bool(
            self.earned or self.burned or self.why in _TOLD_WHY or self.earning
        )

    @property
    def explanation(self) -> Mapping[str, Any]:
        return dict(self.earning.explanation) if self.earning else {"why": self.why}


def hold_key(order_key: str) -> str:
    """The name of what is held for an order: `source:external id`."""
    return f"order:{order_key}"


def hold_for_order(order_key: str, customer_id: int, amount: int, *, actor: Actor, now: datetime) -> HoldView:
    """Set points apart for an order, for as long as the terms say. Raises PointsOfNobody, and what the ledger does."""
    programme = reading.running()
    version = programme.terms_at(now) if programme else None
    person = reading.person_at(customer_id, now, programme.id) if programme else None
    if programme is None or version is None or person is None or person.joined_at is None:
        raise PointsOfNobody
    until = now + timedelta(minutes=version.document.spending.hold_minutes)
    return hold(programme.asset, customer_id, amount, key=hold_key(order_key), until=until, now=now, actor=actor.label)


def settle(order_ids: Iterable[int], *, now: datetime, overdraw: bool = True) -> dict[int, Settled]:
    """Bring these sales, and those whose returns these are, to what they should stand at; by sale.

    In the caller's transaction, in which the files of their buyers are locked. What they were paid with of stored
    value, and the uses of count cards they sold, are settled with them. With `overdraw` points that were paid with
    elsewhere and are missing are owed; without it they raise InsufficientBalance. Raises AccountFrozen, and as
    `stored_value.services.settle_tender`."""
    programme = reading.running()
    if programme is None:
        return {}
    laddered = lives.laddered_by(programme)
    with_capped = any(_is_capped(version) for version in programme.versions)
    settled: dict[int, Settled] = {}
    waiting = set(order_ids)
    while waiting:
        locked = standing.lock(waiting, programme, with_capped=with_capped)
        # Whoever becomes a member does so before her purchase is looked at, which else would be twice.
        strangers = {one.customer_id for one in locked if one.customer_id is not None and not one.is_enrolled}
        joined = _judge(strangers, laddered, now)
        step, buyers = _settle(programme, [one.order_id for one in locked], now=now, overdraw=overdraw)
        settled |= {id_: _after(settled.get(id_), one) for id_, one in step.items()}
        # What was bought after a tier began, or ended, that only is known now earns by it; doing it again adds nothing.
        since = _judge(buyers - (strangers - set(joined)), laddered, now)
        before = set(reading.orders_since(joined)) - {one.order_id for one in locked} if joined else set()
        waiting = before | (set(reading.orders_since(since)) if since else set())
        overdraw = True  # those happened already: what is missing for them is no reason to refuse this one
    return settled


def _judge(customer_ids: Collection[int], laddered: Laddered | None, now: datetime) -> dict[int, datetime]:
    """Since when something is known of these customers' tiers that was not; nothing without terms."""
    if laddered is None or not customer_ids:
        return {}
    return tiers.judge_locked(sorted(customer_ids), laddered, now=now).since


def _after(before: Settled | None, now: Settled) -> Settled:
    if before is None:
        return now
    return replace(
        now,
        earned_change=before.earned_change + now.earned_change,
        burned_change=before.burned_change + now.burned_change,
        charged_minor=before.charged_minor + now.charged_minor,
    )


def settle_since(since: Mapping[int, datetime], *, now: datetime) -> None:
    """Settle what each of these customers bought after an instant, in the caller's transaction, which has locked their
    files."""
    orders = reading.orders_since(since)
    if orders:
        settle(orders, now=now)


def _settle(
    programme: RunningProgramme, order_ids: Sequence[int], *, now: datetime, overdraw: bool
) -> tuple[dict[int, Settled], set[int]]:
    """Where these stand now, and whose tiers that may have changed; the orders are locked."""
    sold = kept.read_sold(order_ids)
    stands = standing.stands_of(order_ids, programme)
    by_value = {id_: stand.value for id_, stand in stands.items() if stand.value is not None}
    settle_tender(programme, sold, by_value, now=now, overdraw=overdraw)
    settle_cards(programme, sold, now=now)
    rows = {id_: stand.points for id_, stand in stands.items()}
    targets = _targets(programme, sold, stands)
    told = [
        (one, row, target)
        for one in sold
        for row, target in [(rows.get(one.order_id), targets[one.order_id])]
        if row is not None or target.matters
    ]
    buyers = {one.customer_id for one in sold if one.customer_id is not None}
    if not told:
        return {}, buyers
    holders = [target.customer_id for _, _, target in told] + [row.customer_id for _, row, _ in told if row]
    if not overdraw:
        for one, _, target in told:
            _refuse_payment(one, target)
    with open_books(programme.asset, [holder for holder in holders if holder is not None]) as books:
        settled = {
            one.order_id: _bring(books, programme, one, row, target, now=now, overdraw=overdraw)
            for one, row, target in told
        }
    _write_rows(told)
    return settled, buyers | {row.customer_id for _, row, _ in told if row}


def _refuse_payment(one: Sold, target: _Target) -> None:
    """What an online till may not take in points, whatever she has."""
    paid_minor = one.payments.get(POINTS, 0)
    if not paid_minor or one.is_return or not one.counts:
        return
    if target.customer_id is None or target.version is None or target.why == "no_member":
        raise PointsOfNobody
    spending = target.version.document.spending
    if points_for(paid_minor, spending) < spending.least_points:
        raise PointsTooFew(least=spending.least_points)
    most_minor = one.net_minor * spending.most_share_bp // 10_000
    if paid_minor > most_minor:
        raise PointsTooMany(most_minor=most_minor, currency=one.currency)


def _targets(programme: RunningProgramme, sold: Sequence[Sold], stands: Mapping[int, Stand]) -> dict[int, _Target]:
    """What each of these should stand at, in the order they were placed: one may take from another's cap."""
    zone = get_config().zone
    caps = _Caps(programme, sold, zone)
    above = catalog.paths_of_categories() if programme.asks_for_categories else {}
    targets: dict[int, _Target] = {}
    for one in sold:
        stand = stands[one.order_id]
        target = _target(
            programme,
            one,
            stand.person,
            zone=zone,
            already=caps.already(one),
            above=above,
            factors=stand.factors,
        )
        targets[one.order_id] = target
        caps.note(one, target.earned)
    return targets


class _Caps:
    """What was earned before a purchase on its day and in its month: by orders that are settled anew as they are
    decided, by all others as they stand."""

    def __init__(self, programme: RunningProgramme, sold: Sequence[Sold], zone: ZoneInfo) -> None:
        self._zone = zone
        self._earned: dict[int, list[tuple[datetime, int, int]]] = defaultdict(list)
        self._counts = bool(sold) and any(_is_capped(version) for version in programme.versions)
        if self._counts:
            customers = {one.customer_id for one in sold if one.customer_id is not None}
            since = min(one.placed_at for one in sold) - timedelta(days=32)
            anew = {one.order_id for one in sold}
            for customer_id, order_id, at, points in reading.earned_since(customers, since):
                if order_id not in anew:
                    self._earned[customer_id].append((at, order_id, points))

    def already(self, one: Sold) -> Already:
        if not self._counts or one.customer_id is None:
            return Already()
        day = one.placed_at.astimezone(self._zone).date()
        before = [
            (at.astimezone(self._zone).date(), points)
            for at, order_id, points in self._earned[one.customer_id]
            if (at, order_id) < (one.placed_at, one.order_id) and points > 0
        ]
        return Already(
            day_points=sum(points for on, points in before if on == day),
            month_points=sum(points for on, points in before if (on.year, on.month) == (day.year, day.month)),
        )

    def note(self, one: Sold, points: int) -> None:
        if self._counts and one.customer_id is not None:
            self._earned[one.customer_id].append((one.placed_at, one.order_id, points))


def already_at(programme: RunningProgramme, customer_id: int, placed_at: datetime, zone: ZoneInfo) -> Already:
    """What she earned before a purchase that is not placed yet."""
    if not any(_is_capped(version) for version in programme.versions):
        return Already()
    day = placed_at.astimezone(zone).date()
    earned = [
        (at.astimezone(zone).date(), points)
        for _, _, at, points in reading.earned_since([customer_id], placed_at - timedelta(days=32))
        if at <= placed_at and points > 0
    ]
    return Already(
        day_points=sum(points for on, points in earned if on == day),
        month_points=sum(points for on, points in earned if (on.year, on.month) == (day.year, day.month)),
    )


def _is_capped(version: Version) -> bool:
    caps = version.document.earning.caps
    return caps.per_day is not None or caps.per_month is not None


# Why a purchase of a member earned nothing stands with the order; of others, and of returns of a sale, nothing does.
_TOLD_WHY = frozenset({"cancelled", "currency", "paused", "before_joining"})


def _target(
    programme: RunningProgramme,
    one: Sold,
    person: Person | None,
    *,
    zone: ZoneInfo,
    already: Already,
    above: Mapping[int, frozenset[int]],
    factors: Factors,
) -> _Target:
    version = programme.terms_at(one.placed_at)
    if one.is_return and one.sale_id is not None:
        return _Target(one.customer_id, 0, 0, version, None, why="of_a_sale")
    if person is None or version is None:
        return _Target(one.customer_id, 0, 0, version, None, why="nobody" if person is None else "no_terms")
    payments = kept.kept_payments(one)
    burned = points_for(payments.get(POINTS, 0), version.document.spending)
    why = _why_nothing(programme, one, person, version, zone)
    if why is not None:
        return _Target(one.customer_id, 0, burned, version, person.buyer.tier, why=why)
    lines = kept.kept_lines(one)
    earned = points_of(
        Purchase(
            placed_at=one.placed_at,
            store_id=one.store_id,
            channel=one.channel,
            lines=[_line(line, net_minor, above, factors) for line, net_minor in lines],
            tenders=payments,
        ),
        buyer=person.buyer,
        terms=version.document.earning,
        zone=zone,
        already=already,
    )
    sign = -1 if one.is_return else 1
    return _Target(one.customer_id, sign * earned.points, sign * burned, version, person.buyer.tier, earned)


def _why_nothing(
    programme: RunningProgramme, one: Sold, person: Person, version: Version, zone: ZoneInfo
) -> str | None:
    if person.joined_at is None:
        return "no_member"
    if not one.counts:
        return "cancelled"
    if one.currency != programme.currency:
        return "currency"
    if programme.was_paused(one.placed_at):
        return "paused"
    if one.placed_at < earns_from(person.joined_at, version.document.joining.earns_back_days, zone):
        return "before_joining"
    return None


def _line(line: SoldLine, net_minor: int, above: Mapping[int, frozenset[int]], factors: Factors) -> PurchaseLine:
    category = line.category_id
    return PurchaseLine(
        line_number=line.line_number,
        product_id=line.product_id,
        net_minor=net_minor,
        category_ids=frozenset() if category is None else above.get(category, frozenset({category})),
        brand_id=line.brand_id,
        is_discounted=line.discount_minor > 0,
        offer_factors_bp=factors.get(line.line_number, ()),
    )


def _bring(
    books: Books,
    programme: RunningProgramme,
    one: Sold,
    row: Row | None,
    target: _Target,
    *,
    now: datetime,
    overdraw: bool,
) -> Settled:
    """Post the difference between where a sale stands and where it should."""
    reference = reference_of(one.order_id)
    serial = 0 if row is None else row.serial + 1
    about = _Posting(books, programme, one, target, reference, serial, now)
    stands_earned, stands_burned = (0, 0) if row is None else (row.earned, row.burned)
    charged_minor = 0
    if row is not None and row.customer_id != target.customer_id:
        charged_minor += about.move_earned(row.customer_id, -stands_earned)
        about.move_burned(row.customer_id, -stands_burned, overdraw=True)
        stands_earned = stands_burned = 0
    if target.customer_id is not None:
        # What is given back comes first, so that it is there for what is taken.
        burned_change = target.burned - stands_burned
        if burned_change < 0:
            about.move_burned(target.customer_id, burned_change, overdraw=overdraw)
        charged_minor += about.move_earned(target.customer_id, target.earned - stands_earned)
        if burned_change > 0:
            about.move_burned(target.customer_id, burned_change, overdraw=overdraw)
    holder = target.customer_id if target.customer_id is not None else (row.customer_id if row else 0)
    return Settled(
        order_id=one.order_id,
        customer_id=holder,
        earned=target.earned if target.customer_id is not None else 0,
        burned=target.burned if target.customer_id is not None else 0,
        earned_change=target.earned - stands_earned,
        burned_change=target.burned - stands_burned,
        charged_minor=charged_minor,
        standing=books.standing(holder, now=now),
        explanation=target.explanation,
    )


@dataclass(slots=True)
class _Posting:
    """What the postings of one sale have in common."""

    books: Books
    programme: RunningProgramme
    one: Sold
    target: _Target
    reference: str
    serial: int
    now: datetime

    @property
    def _version(self) -> Version:
        # Before the first version nothing is earned; what was, and no longer should be, goes back under the first.
        return self.target.version or self.programme.versions[0]

    def _about(self, **more: Any) -> dict[str, Any]:
        reason = {
            "programme": self.programme.id,
            "version": self._version.version,
            "order": self.one.order_id,
            **more,
        }
        return {"reference": self.reference, "reason": reason}

    def _key(self, what: str) -> str:
        return f"{self.reference}:{what}:{self.programme.id}:{self.serial}"

    def move_earned(self, customer_id: int, change: int) -> int:
        """Earn more, or take back; the money of what was taken back and is charged."""
        if change == 0:
            return 0
        one, document = self.one, self._version.document
        key = self._key(f"earned:{customer_id}")
        if change > 0:
            earning = self.target.earning
            self.books.earn(
                customer_id,
                change,
                key=key,
                at=one.placed_at,
                matures_at=earning.matures_at if earning and earning.matures_at > self.now else None,
                expires_at=expires_at(one.placed_at, document.lapse, get_config().zone),
                **self._about(**_said(earning)),
            )
            return 0
        earned = ledger.earnings_of(self.reference, asset=self.programme.asset)
        missing = self.books.take_back(
            customer_id,
            ledger.lots_that_came_with(earned),
            -change,
            key=key,
            at=back_at(self.one, self.now),
            gone=document.returns.gone,
            reverses_id=earned[-1] if earned else None,
            **self._about(came_back=[back.order_id for back in one.returns]),
        )
        return worth_minor(missing, document.spending) if document.returns.gone is Gone.CHARGED else 0

    def move_burned(self, customer_id: int, change: int, *, overdraw: bool) -> None:
        """Pay with more points, or give some back to the lots they came from."""
        Tender(
            name=POINTS,
            books=self.books,
            asset=self.programme.asset,
            one=self.one,
            held_as=hold_key(self.one.order_key),
            now=self.now,
            key=self._key,
            about=self._about,
            refunded_until=expires_at(self.one.placed_at, self._version.document.lapse, get_config().zone),
        ).move(customer_id, change, overdraw=overdraw)


def _said(earning: Earned | None) -> dict[str, Any]:
    """What a posting says of the rules that gave it; the whole explanation stands with the order."""
    if earning is None:
        return {}
    return {"rules": earning.explanation.get("rules", []), "before_caps": earning.explanation.get("before_caps")}


_WRITE_ROWS = """
INSERT INTO loyalty_order_points AS p
       (order_id, customer_id, placed_at, terms_id, tier, earned, burned, explanation, order_xid, serial)
SELECT * FROM unnest(%(orders)s::bigint[], %(customers)s::bigint[], %(instants)s::timestamptz[], %(terms)s::bigint[],
                     %(tiers)s::text[], %(earned)s::bigint[], %(burned)s::bigint[], %(told)s::jsonb[],
                     %(xids)s::bigint[], %(serials)s::bigint[])
ON CONFLICT (order_id) DO UPDATE
   SET customer_id = excluded.customer_id, placed_at = excluded.placed_at, terms_id = excluded.terms_id,
       tier = excluded.tier, earned = excluded.earned, burned = excluded.burned, explanation = excluded.explanation,
       order_xid = excluded.order_xid, serial = excluded.serial
"""


def _write_rows(told: Sequence[tuple[Sold, Row | None, _Target]]) -> None:
    if not told:
        return
    nobody = {one.order_id: target.customer_id is None for one, _, target in told}
    sql.rows(
        _WRITE_ROWS,
        {
            "orders": [one.order_id for one, _, _ in told],
            "customers": [
                target.customer_id if target.customer_id is not None else row.customer_id if row else 0
                for _, row, target in told
            ],
            "instants": [one.placed_at for one, _, _ in told],
            "terms": [target.version.terms_id if target.version else None for _, _, target in told],
            "tiers": [target.tier for _, _, target in told],
            "earned": [0 if nobody[one.order_id] else target.earned for one, _, target in told],
            "burned": [0 if nobody[one.order_id] else target.burned for one, _, target in told],
            "told": [json.dumps(target.explanation, ensure_ascii=False) for _, _, target in told],
            "xids": [one.change_xid for one, _, _ in told],
            "serials": [0 if row is None else row.serial + 1 for _, row, _ in told],
        },
    )


def settle_apart(order_ids: Sequence[int], *, now: datetime) -> dict[int, Settled]:
    """As `settle`, in a transaction of its own: locks the buyers first, in order of their ids."""
    with transaction.atomic():
        ids = kept.sales_of(order_ids)
        sql.rows(
            """
            SELECT c.id FROM customers_customer c
             WHERE c.id IN (SELECT customer_id FROM orders_order WHERE id = ANY(%(ids)s::bigint[])
                             UNION SELECT customer_id FROM loyalty_order_points WHERE order_id = ANY(%(ids)s::bigint[]))
             ORDER BY c.id FOR NO KEY UPDATE
            """,
            {"ids": ids},
        )
        return settle(ids, now=now)
