"""What decides members' tiers, read for one member or for thousands in one statement each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huike.loyalty.points import reading
from huike.loyalty.points.reading import RunningProgramme
from huike.loyalty.terms.joining import Joining
from huike.loyalty.tiers.rules import Figures, Grant, Life, Return, Sale, Step, Version, Why
from huike.platform import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Laddered:
    """The programme that runs, and the ladders of its versions. `terms_ids` by number of the version."""

    programme_id: int
    currency: str
    versions: tuple[Version, ...]
    terms_ids: dict[int, int]
    joinings: dict[int, Joining]

    def version_at(self, at: datetime) -> Version | None:
        """The version in effect: the latest that had taken effect."""
        begun = [version for version in self.versions if version.effective_at <= at]
        return max(begun, key=lambda version: version.number, default=None)

    def joining_at(self, at: datetime) -> Joining:
        """Who is a member, by the version in effect; by the first one before that."""
        version = self.version_at(at) or self.versions[0]
        return self.joinings[version.number]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A member as she is written down: her life, and the steps told so far in the order they were told.

    `member_id` is None where she is a member by her file and not enrolled yet.
    """

    customer_id: int
    member_id: int | None
    judged_version: int | None
    joined_at: datetime | None
    tier: str | None
    life: Life
    steps: tuple[Step, ...]


def running() -> Laddered | None:
    """None while no programme with terms runs."""
    programme = reading.running()
    return None if programme is None else laddered_by(programme)


def laddered_by(programme: RunningProgramme) -> Laddered | None:
    """The ladders of a programme that was read already; None while it has no terms."""
    if not programme.versions:
        return None
    return Laddered(
        programme_id=programme.id,
        currency=programme.currency,
        versions=tuple(
            Version(number=terms.version, effective_at=terms.effective_at, ladder=terms.document.tiers)
            for terms in programme.versions
        ),
        terms_ids={terms.version: terms.terms_id for terms in programme.versions},
        joinings={terms.version: terms.document.joining for terms in programme.versions},
    )


# One row for each thing that is known, of four kinds: the member, her orders, her grants, the steps told so far. What
# points paid is not counted; points are those the order stands at, net of what came back.
_LIVES = """
WITH people AS (
    SELECT c.id, m.id AS member_id, m.judged_version, m.joined_at, m.tier,
           COALESCE(c.member_since_at, LEAST(m.joined_at, bought.first_at), m.joined_at) AS since_at
      FROM customers_customer c
      LEFT JOIN loyalty_member m ON m.customer_id = c.id AND m.programme_id = %(programme)s
      LEFT JOIN LATERAL (
           SELECT min(b.placed_at) AS first_at FROM orders_order b
            WHERE b.customer_id = c.id AND b.kind = 'sale' AND b.state = 'placed'
           ) bought ON %(every_buyer)s AND c.member_since_at IS NULL
     WHERE c.id = ANY(%(ids)s::bigint[]) AND c.state = 'active'
       AND (c.member_since_at IS NOT NULL OR m.id IS NOT NULL OR bought.first_at IS NOT NULL)
)
SELECT 'member', p.id, p.member_id, p.since_at, p.joined_at, p.judged_version::bigint, 0::bigint, 0::bigint, p.tier,
       NULL::text, NULL::text
  FROM people p
UNION ALL
SELECT o.kind, p.id, o.id, o.placed_at, NULL, o.return_of_id,
       o.net_minor - COALESCE((SELECT sum(y.amount_minor) FROM orders_payment y
                                WHERE y.order_id = o.id AND y.tender = 'points'), 0)::bigint,
       COALESCE((SELECT y.earned FROM loyalty_order_points y WHERE y.order_id = o.id), 0),
       NULL, NULL,
       CASE WHEN %(skus)s::text[] <> '{}' THEN (
            SELECT jsonb_object_agg(g.sku, g.units)::text
              FROM (SELECT d.sku, sum(trunc(abs(l.quantity)))::bigint AS units
                      FROM orders_line l JOIN catalog_product d ON d.id = l.product_id
                     WHERE l.order_id = o.id AND d.sku = ANY(%(skus)s::text[]) GROUP BY d.sku) g) END
  FROM people p
  JOIN orders_order o ON o.customer_id = p.id AND o.state = 'placed' AND o.currency = %(currency)s
  LEFT JOIN orders_order sale ON sale.id = o.return_of_id
 WHERE sale.state IS DISTINCT FROM 'cancelled'
UNION ALL
SELECT 'grant', p.id, g.id, g.starts_at, LEAST(g.ends_at, g.revoked_at), NULL, 0, 0, g.tier, NULL, NULL
  FROM people p JOIN loyalty_tier_grant g ON g.customer_id = p.id AND g.programme_id = %(programme)s
UNION ALL
SELECT 'step', p.id, t.id, t.effective_at, t.until_at, t.is_granted::int, 0, 0, t.to_tier, t.reason, t.figures::text
  FROM people p JOIN loyalty_tier_change t ON t.member_id = p.member_id
 ORDER BY 2, 3
"""


def lives(customer_ids: Sequence[int], laddered: Laddered, *, now: datetime) -> list[Told]:
    """Of those who are members and whose files stand, by customer."""
    ladders = [version.ladder for version in laddered.versions]
    rows = sql.rows(
        _LIVES,
        {
            "ids": list(customer_ids),
            "programme": laddered.programme_id,
            "currency": laddered.currency,
            "every_buyer": laddered.joining_at(now).every_buyer,
            "skus": sorted({membership.sku for ladder in ladders for membership in ladder.memberships}),
        },
    )
    by_customer: dict[int, list[sql.Row]] = {}
    for row in rows:
        by_customer.setdefault(row[1], []).append(row)
    return [_told(customer_id, theirs, laddered) for customer_id, theirs in by_customer.items()]


def _told(customer_id: int, rows: Iterable[sql.Row], laddered: Laddered) -> Told:
    sales: list[Sale] = []
    returns: list[Return] = []
    grants: list[Grant] = []
    steps: list[Step] = []
    member: sql.Row = ()
    for row in rows:
        kind, _, row_id, at, ends_at, other, net_minor, points, tier, why, document = row
        if kind == "member":
            member = row
        elif kind == "sale":
            sales.append(Sale(id=row_id, at=at, net_minor=net_minor, points=points, units=_units(document)))
        elif kind == "return":
            returns.append(
                Return(id=row_id, at=at, sale_id=other, net_minor=-net_minor, points=-points, units=_units(document))
            )
        elif kind == "grant":
            grants.append(Grant(tier=tier, starts_at=at, ends_at=ends_at))
        else:
            figures = Figures(**json.loads(document))
            steps.append(
                Step(tier=tier, effective_at=at, until_at=ends_at, why=Why(why), granted=bool(other), figures=figures)
            )
    _, _, member_id, since_at, joined_at, judged_version, _, _, tier, _, _ = member
    return Told(
        customer_id=customer_id,
        member_id=member_id,
        judged_version=judged_version,
        joined_at=joined_at,
        tier=tier,
        life=Life(
            joined_at=since_at,
            back_days=laddered.joining_at(since_at).earns_back_days,
            sales=sales,
            returns=returns,
            grants=grants,
        ),
        steps=tuple(steps),
    )


def _units(document: str | None) -> dict[str, Any] | None:
    return None if document is None else json.loads(document)
