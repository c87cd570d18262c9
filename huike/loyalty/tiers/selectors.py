"""Reads: a member's tier and how far she is, who is in which tier, and what another ladder would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from huike.customers import selectors as customers
from huike.customers.timeline import Entry
from huike.kernel.scope import Scope
from huike.ledger import selectors as ledger
from huike.ledger.books import Standing
from huike.loyalty.models import Member, TierChange, TierGrant
from huike.loyalty.points.reading import asset_of
from huike.loyalty.tiers import lives
from huike.loyalty.tiers.rules import Decision, Progress, progress, standing
from huike.loyalty.tiers.services import decided
from huike.platform import sql

# What was said again about the same time is left out: the last word counts.
_STANDS = """NOT EXISTS (SELECT FROM loyalty_tier_change later WHERE later.member_id = t.member_id
                          AND later.id > t.id AND later.effective_at <= t.effective_at)"""

TIER_MOMENTS = f"""
SELECT t.effective_at AS at, t.id FROM loyalty_member m JOIN loyalty_tier_change t ON t.member_id = m.id
 WHERE m.customer_id = %(customer_id)s::bigint AND {_STANDS}
"""  # noqa: S608 - constant SQL


def timeline_of_tiers(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each time a member's tier, or how long she has it, changed."""
    laddered = lives.running()
    names = {} if laddered is None else tier_names(laddered)
    return [
        Entry(
            at=change.effective_at,
            kind="tier",
            id=change.pk,
            title_code=f"timeline.tier.{change.reason}",
            params={
                "tier": names.get(change.to_tier or "", change.to_tier),
                "before": names.get(change.from_tier or "", change.from_tier),
                "until_at": change.until_at.isoformat() if change.until_at else None,
            },
        )
        for change in TierChange.objects.filter(pk__in=ids)
    ]


def names_of(keys: Iterable[str]) -> dict[str, str]:
    """Names of tiers by key, of those that any version of the programme has."""
    laddered = lives.running()
    names = {} if laddered is None else tier_names(laddered)
    return {key: names[key] for key in keys if key in names}


def figures_of(
    customer_ids: Iterable[int], *, scope: Scope, programme_id: int, now: datetime
) -> dict[int, tuple[str | None, Standing]]:
    """Tier and points of those of these customers who are members and in scope, by their ids."""
    found = members(tier=None, scope=scope, programme_id=programme_id).filter(customer_id__in=list(customer_ids))
    tiers = dict(found.order_by("customer_id").values_list("customer_id", "tier"))
    has = ledger.standings(asset_of(programme_id), tiers, now=now)
    return {customer_id: (tier, has[customer_id]) for customer_id, tier in tiers.items()}


def tier_names(laddered: lives.Laddered) -> dict[str, str]:
    """Of every tier that any version has, by key; the newest version's name."""
    versions = sorted(laddered.versions, key=lambda version: version.number)
    return {tier.key: tier.name for version in versions for tier in version.ladder.tiers}


_TIERS_AT = """
SELECT (SELECT t.to_tier FROM loyalty_member m JOIN loyalty_tier_change t ON t.member_id = m.id
         WHERE m.customer_id = a.customer_id AND m.programme_id = %(programme)s AND t.effective_at < a.at
         ORDER BY t.id DESC LIMIT 1)
  FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) WITH ORDINALITY AS a (customer_id, at, n)
 ORDER BY a.n
"""


def tiers_at(asked: Sequence[tuple[int, datetime]], *, programme_id: int) -> list[str | None]:
    """The tier each customer came with to an instant, in the order asked: what a purchase of that very instant brought
    counts from then on, not for itself. None for who was no member or in no tier."""
    rows = sql.rows(
        _TIERS_AT,
        {"programme": programme_id, "ids": [who for who, _ in asked], "ats": [at for _, at in asked]},
    )
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A member as she stands: decided afresh for the moment asked, not as of the last night."""

    customer_id: int
    currency: str
    joined_at: datetime
    decision: Decision
    progress: Progress
    changes: list[TierChange]
    grants: list[TierGrant]


def member_view(customer_id: int, *, scope: Scope, now: datetime) -> MemberView | None:
    """None where she is no member, or no programme with terms runs. Raises CustomerNotFound, CustomerMerged."""
    customers.find_customer(customer_id, scope=scope)
    laddered = lives.running()
    if laddered is None:
        return None
    told = next(iter(lives.lives([customer_id], laddered, now=now)), None)
    if told is None:
        return None
    decision = decided(told, laddered, now=now)
    stands = {step.effective_at for step in standing(told.steps)}
    changes: dict[datetime, TierChange] = {}
    for change in TierChange.objects.filter(member_id=told.member_id or 0).order_by("pk"):
        if change.effective_at in stands:
            changes[change.effective_at] = change
    return MemberView(
        customer_id=customer_id,
        currency=laddered.currency,
        joined_at=told.life.joined_at,
        decision=decision,
        progress=progress(decision),
        changes=sorted(changes.values(), key=lambda change: change.effective_at, reverse=True),
        grants=list(
            TierGrant.objects.filter(customer_id=customer_id, programme_id=laddered.programme_id).order_by("-pk")
        ),
    )


def members(*, tier: str | None, scope: Scope, programme_id: int) -> QuerySet[Member]:
    """Members whose files stand, of one tier or of all."""
    found = Member.objects.filter(programme_id=programme_id, customer__state="active").select_related("customer")
    if tier is not None:
        found = found.filter(tier=tier)
    if not scope.all_stores:
        found = found.filter(customer__home_store_id__in=scope.store_ids)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """How many members went from one tier to another."""

    before: str | None
    tier: str | None
    reason: str
    count: int


_MOVEMENTS = f"""
SELECT t.from_tier, t.to_tier, t.reason, count(*)
  FROM loyalty_tier_change t JOIN loyalty_member m ON m.id = t.member_id AND m.programme_id = %(programme)s
  JOIN customers_customer c ON c.id = m.customer_id AND c.state = 'active'
 WHERE t.effective_at >= %(since)s AND t.reason <> 'joined' AND t.from_tier IS DISTINCT FROM t.to_tier
   AND NOT (t.reason = 'terms' AND t.from_tier IS NULL) AND {_STANDS}
 GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""  # noqa: S608 - constant SQL

_COUNTS = """
SELECT m.tier, count(*), count(*) FILTER (WHERE m.tier_is_granted),
       count(*) FILTER (WHERE m.tier_until_at <= %(soon)s)
  FROM loyalty_member m JOIN customers_customer c ON c.id = m.customer_id AND c.state = 'active'
 WHERE m.programme_id = %(programme)s GROUP BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCount:
    """How many are in a tier, how many of those by a grant, and for how many it ends within thirty days."""

    tier: str | None
    count: int
    granted: int
    ends_soon: int


def distribution(*, programme_id: int, now: datetime) -> list[TierCount]:
    rows = sql.rows(_COUNTS, {"programme": programme_id, "soon": now + timedelta(days=30)})
    return [TierCount(tier=tier, count=count, granted=granted, ends_soon=soon) for tier, count, granted, soon in rows]


def movements(*, programme_id: int, since: datetime) -> list[Movement]:
    """Since an instant, the most frequent first; who joined did not move, nor whom a first ladder took up."""
    rows = sql.rows(_MOVEMENTS, {"programme": programme_id, "since": since})
    return [Movement(before=before, tier=tier, reason=reason, count=count) for before, tier, reason, count in rows]
