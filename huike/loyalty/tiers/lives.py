"""What decides members' tiers, read for one member or for thousands in one statement each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from huike.loyalty.models import Terms
from huike.loyalty.terms.document import TermsDocument
from huike.loyalty.terms.tiers import Ladder, Metric
from huike.loyalty.tiers.rules import Figures, Grant, Life, Return, Sale, Step, Version, Why
from huike.platform import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Laddered:
    """The programme that runs, and the ladders of its versions. `terms_ids` by number of the version."""

    programme_id: int
    currency: str
    versions: tuple[Version, ...]
    terms_ids: dict[int, int]

    def version_at(self, at: datetime) -> Version | None:
        """The version in effect: the latest that had taken effect."""
        begun = [version for version in self.versions if version.effective_at <= at]
        return max(begun, key=lambda version: version.number, default=None)


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


_RUNNING = """
SELECT p.id, p.currency, t.id, t.version, t.effective_at
  FROM loyalty_programme p LEFT JOIN loyalty_terms t ON t.programme_id = p.id
 WHERE p.state IN ('active', 'paused') ORDER BY t.version
"""


def running() -> Laddered | None:
    """None while no programme runs."""
    rows = sql.rows(_RUNNING)
    if not rows:
        return None
    known = [row for row in rows if row[2] is not None]
    return Laddered(
        programme_id=rows[0][0],
        currency=rows[0][1],
        versions=tuple(
            Version(number=number, effective_at=effective_at, ladder=_ladder_of(terms_id))
            for _, _, terms_id, number, effective_at in known
        ),
        terms_ids={number: terms_id for _, _, terms_id, number, _ in known},
    )


@lru_cache(maxsize=256)
def _ladder_of(terms_id: int) -> Ladder:
    """Of a version, which never changes."""
    document = Terms.objects.values_list("document", flat=True).get(pk=terms_id)
    return TermsDocument.model_validate(document).tiers


# One row for each thing that is known, of four kinds: the member, her orders, her grants, the steps told so far. What
# points paid is not counted; points are those the house issued for the order, less what it took back.
_LIVES = """
WITH people AS (
    SELECT c.id, m.id AS member_id, m.judged_version, m.joined_at, m.tier,
           COALESCE(c.member_since_at, m.joined_at) AS since_at
      FROM customers_customer c
      LEFT JOIN loyalty_member m ON m.customer_id = c.id AND m.programme_id = %(programme)s
     WHERE c.id = ANY(%(ids)s::bigint[]) AND c.state = 'active'
       AND (c.member_since_at IS NOT NULL OR m.id IS NOT NULL)
)
SELECT 'member', p.id, p.member_id, p.since_at, p.joined_at, p.judged_version::bigint, 0::bigint, 0::bigint, p.tier,
       NULL::text, NULL::text
  FROM people p
UNION ALL
SELECT o.kind, p.id, o.id, o.placed_at, NULL, o.return_of_id,
       o.net_minor - COALESCE((SELECT sum(y.amount_minor) FROM orders_payment y
                                WHERE y.order_id = o.id AND y.tender = 'points'), 0)::bigint,
       CASE WHEN %(with_points)s THEN COALESCE((
            SELECT -sum(e.amount) FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
              JOIN ledger_account a ON a.id = e.account_id AND a.name = 'issued'
              JOIN ledger_asset s ON s.id = t.asset_id AND s.key = %(points)s
             WHERE t.reference = 'order:' || o.id), 0) ELSE 0 END::bigint,
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


def lives(customer_ids: Sequence[int], laddered: Laddered) -> list[Told]:
    """Of those who are members and whose files stand, by customer."""
    ladders = [version.ladder for version in laddered.versions]
    rows = sql.rows(
        _LIVES,
        {
            "ids": list(customer_ids),
            "programme": laddered.programme_id,
            "currency": laddered.currency,
            "points": f"points:{laddered.programme_id}",
            "with_points": any(_counts_points(ladder) for ladder in ladders),
            "skus": sorted({membership.sku for ladder in ladders for membership in ladder.memberships}),
        },
    )
    by_customer: dict[int, list[sql.Row]] = {}
    for row in rows:
        by_customer.setdefault(row[1], []).append(row)
    return [_told(customer_id, theirs) for customer_id, theirs in by_customer.items()]


def _counts_points(ladder: Ladder) -> bool:
    return any(
        condition.of(Metric.POINTS) is not None for tier in ladder.tiers for condition in (tier.qualify, tier.keeping)
    )


def _told(customer_id: int, rows: Iterable[sql.Row]) -> Told:
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
        life=Life(joined_at=since_at, sales=sales, returns=returns, grants=grants),
        steps=tuple(steps),
    )


def _units(document: str | None) -> dict[str, Any] | None:
    return None if document is None else json.loads(document)
