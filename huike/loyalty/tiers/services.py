"""Writes: who is in which tier, as `rules.decide` has it, for one member or for thousands; tiers given by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from huike.customers import selectors as customers
from huike.customers.models import Customer
from huike.kernel.scope import Scope
from huike.loyalty.events import TierLost, TierReached
from huike.loyalty.models import TierGrant
from huike.loyalty.points.rules import earns_from
from huike.loyalty.tiers import lives
from huike.loyalty.tiers.errors import (
    GrantEnded,
    GrantInThePast,
    GrantNotFound,
    NoProgramme,
    NotAMember,
    TierUnknown,
)
from huike.loyalty.tiers.lives import Laddered, Told
from huike.loyalty.tiers.rules import Decision, Step, decide, in_effect, to_tell
from huike.platform import audit, clock, sql
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.jobs import Progress
from huike.platform.outbox import announce

_BATCH = 500


@dataclass(slots=True)
class Judged:
    """How many were looked at, and what became of them. `since` says by customer from which instant on something is
    known that was not: what she bought later may have earned by another tier, or as nobody's."""

    looked_at: int = 0
    enrolled: int = 0
    risen: int = 0
    fallen: int = 0
    since: dict[int, datetime] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        return {"looked_at": self.looked_at, "enrolled": self.enrolled, "risen": self.risen, "fallen": self.fallen}

    def __iadd__(self, other: Judged) -> Judged:
        self.looked_at += other.looked_at
        self.enrolled += other.enrolled
        self.risen += other.risen
        self.fallen += other.fallen
        self.since |= other.since
        return self


Then = Callable[[Mapping[int, datetime]], object]
"""What follows from `Judged.since`, in the same transaction: what was bought since then is settled anew."""


def evaluate(customer_ids: Iterable[int], *, now: datetime, then: Then | None = None) -> Judged:
    """Decide the tiers of these customers anew and write down what is not told yet; doing it again adds nothing.

    Whoever is a member by her file and is not enrolled yet is enrolled. Customers who are no members, or whose files do
    not stand, are passed over; so is everybody while no programme runs.
    """
    wanted = sorted(set(customer_ids))
    judged = Judged()
    for start in range(0, len(wanted), _BATCH):
        with transaction.atomic():
            batch = wanted[start : start + _BATCH]
            # One after the other: two who add to one member's history at once would add it twice.
            sql.rows(
                "SELECT FROM customers_customer WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE", [batch]
            )
            done = evaluate_locked(batch, now=now)
            if then is not None and done.since:
                then(done.since)
            judged += done
    return judged


def evaluate_locked(customer_ids: Sequence[int], *, now: datetime) -> Judged:
    """As `evaluate`, in the caller's transaction, which has locked the rows of these customers."""
    laddered = lives.running()
    return Judged() if laddered is None else judge_locked(customer_ids, laddered, now=now)


def judge_locked(customer_ids: Sequence[int], laddered: Laddered, *, now: datetime) -> Judged:
    """As `evaluate_locked` where the ladders are known: after an order, of its buyer. One statement, and one more where
    something is new."""
    if not customer_ids:
        return Judged()
    current = laddered.version_at(now)
    number = None if current is None else current.number
    judged, news, events = Judged(), [], []
    for told in lives.lives(customer_ids, laddered, now=now):
        decision = decided(told, laddered, now=now)
        fresh = to_tell(told.steps, decision.steps)
        judged.looked_at += 1
        judged.enrolled += told.member_id is None
        if fresh or told.member_id is None:
            judged.since[told.customer_id] = _changed_since(told, fresh, laddered)
        if fresh or told.member_id is None or told.joined_at != told.life.joined_at or told.judged_version != number:
            news.append(_News(told, decision, fresh, number))
        tier = decision.now.tier if decision.now else None
        if told.member_id is not None and tier != told.tier:
            event = _event(told, decision, now)
            judged.risen += isinstance(event, TierReached)
            judged.fallen += isinstance(event, TierLost)
            events.append(event)
    _write(news, laddered)
    announce(*events)
    return judged


def _changed_since(told: Told, fresh: Sequence[Step], laddered: Laddered) -> datetime:
    joined_at = told.life.joined_at
    if told.member_id is None:
        back_days = laddered.joining_at(joined_at).earns_back_days
        return earns_from(joined_at, back_days, get_config().zone) - timedelta(microseconds=1)
    return min(step.effective_at for step in fresh)


def decided(told: Told, laddered: Laddered, *, now: datetime) -> Decision:
    """Up to now, or to her latest purchase where a till's clock is ahead."""
    latest = max((sale.at for sale in told.life.sales), default=now)
    return decide(told.life, laddered.versions, until=max(now, latest), zone=get_config().zone)


def _event(told: Told, decision: Decision, now: datetime) -> TierReached | TierLost:
    """A tier that the ladder in effect does not have any more was lost with it."""
    step, ladder = decision.now, decision.ladder
    assert step is not None  # noqa: S101 - her tier differs from the one she had
    assert ladder is not None  # noqa: S101 - there are terms
    until_at = step.until_at.isoformat() if step.until_at else None
    rises = told.tier is None or -1 < ladder.rank(told.tier) < ladder.rank(step.tier)
    if rises and step.tier is not None:
        return TierReached(
            customer_id=told.customer_id,
            occurred_at=now,
            tier=step.tier,
            before=told.tier,
            until_at=until_at,
            reason=step.why.value,
        )
    return TierLost(
        customer_id=told.customer_id,
        occurred_at=now,
        tier=step.tier,
        before=told.tier or "",
        until_at=until_at,
        reason=step.why.value,
    )


@dataclass(frozen=True, slots=True)
class _News:
    """What is to be written about one member."""

    told: Told
    decision: Decision
    fresh: tuple[Step, ...]
    version: int | None


# Members with the tier they have now, and the steps that are new. One member after the other, each one's steps in their
# order: the last word about an instant is the one with the greatest number.
_WRITE = """
WITH members AS (
    INSERT INTO loyalty_member (programme_id, customer_id, joined_at, tier, tier_since_at, tier_until_at,
                                tier_is_granted, judged_version)
    SELECT %(programme)s, t.*
      FROM unnest(%(customers)s::bigint[], %(joined)s::timestamptz[], %(tiers)s::text[], %(since)s::timestamptz[],
                  %(until)s::timestamptz[], %(granted)s::bool[], %(versions)s::bigint[]) AS t
        ON CONFLICT (programme_id, customer_id) DO UPDATE
       SET joined_at = EXCLUDED.joined_at, tier = EXCLUDED.tier, tier_since_at = EXCLUDED.tier_since_at,
           tier_until_at = EXCLUDED.tier_until_at, tier_is_granted = EXCLUDED.tier_is_granted,
           judged_version = EXCLUDED.judged_version
    RETURNING id, customer_id
)
INSERT INTO loyalty_tier_change (member_id, from_tier, to_tier, effective_at, until_at, is_granted, reason, figures,
                                 terms_id)
SELECT m.id, s.from_tier, s.to_tier, s.effective_at, s.until_at, s.granted, s.reason, s.figures, s.terms_id
  FROM unnest(%(of)s::bigint[], %(from)s::text[], %(to)s::text[], %(at)s::timestamptz[], %(ends)s::timestamptz[],
              %(by_grant)s::bool[], %(why)s::text[], %(figures)s::jsonb[], %(terms)s::bigint[])
       WITH ORDINALITY AS s (customer_id, from_tier, to_tier, effective_at, until_at, granted, reason, figures,
                             terms_id, n)
  JOIN members m ON m.customer_id = s.customer_id
 ORDER BY s.n
"""


def _write(news: Sequence[_News], laddered: Laddered) -> None:
    if not news:
        return
    states = [(one.decision.now, one.decision.since_at) for one in news]
    steps = [(one, before, step) for one in news for before, step in _with_before(one)]
    sql.rows(
        _WRITE,
        {
            "programme": laddered.programme_id,
            "customers": [one.told.customer_id for one in news],
            "joined": [one.told.life.joined_at for one in news],
            "tiers": [now.tier if now else None for now, _ in states],
            "since": [since for _, since in states],
            "until": [now.until_at if now else None for now, _ in states],
            "granted": [now.granted if now else False for now, _ in states],
            "versions": [one.version for one in news],
            "of": [one.told.customer_id for one, _, _ in steps],
            "from": [before for _, before, _ in steps],
            "to": [step.tier for _, _, step in steps],
            "at": [step.effective_at for _, _, step in steps],
            "ends": [step.until_at for _, _, step in steps],
            "by_grant": [step.granted for _, _, step in steps],
            "why": [step.why.value for _, _, step in steps],
            "figures": [json.dumps(asdict(step.figures)) for _, _, step in steps],
            "terms": [laddered.terms_ids.get(step.version or 0) for _, _, step in steps],
        },
    )


def _with_before(one: _News) -> Iterable[tuple[str | None, Step]]:
    """Her new steps, each with the tier that was before it."""
    told = list(one.told.steps)
    for step in one.fresh:
        before = in_effect(told, step.effective_at - timedelta(microseconds=1))
        yield (before.tier if before else None), step
        told.append(step)


def judge_due(progress: Progress | None, *, now: datetime, then: Then | None = None) -> Judged:
    """Everybody whose tier may have ended, who was not looked at under the terms in effect, or who became a member
    unseen. Each batch is kept when it is done: run again after a crash it goes on with who is left."""
    judged = Judged()
    asked = _whom_to_ask_for(now)
    if asked is None:
        return judged
    total = int(sql.rows(_COUNT_DUE, asked)[0][0]) if progress else 0
    after = 0
    while ids := [row[0] for row in sql.rows(_DUE, {**asked, "after": after, "limit": _BATCH})]:
        judged += evaluate(ids, now=now, then=then)
        judged.since.clear()  # done with: of a million members it would be a million instants
        after = ids[-1]
        if progress is not None:
            progress.report(done=judged.looked_at, total=max(total, judged.looked_at))
    if progress is not None:
        progress.result = judged.counts
    audit.record(
        audit.SYSTEM,
        "judge_tiers",
        subject_kind="programme",
        subject_id=asked["programme"],
        details=judged.counts,
    )
    return judged


def is_anybody_due(*, now: datetime) -> bool:
    asked = _whom_to_ask_for(now)
    return asked is not None and bool(sql.rows(_DUE, {**asked, "after": 0, "limit": 1}))


def _whom_to_ask_for(now: datetime) -> dict[str, Any] | None:
    laddered = lives.running()
    current = None if laddered is None else laddered.version_at(now)
    if laddered is None or current is None:
        return None
    return {
        "programme": laddered.programme_id,
        "version": current.number,
        "now": now,
        "every_buyer": laddered.joining_at(now).every_buyer,
    }


_IS_DUE = """
  FROM customers_customer c LEFT JOIN loyalty_member m ON m.customer_id = c.id AND m.programme_id = %(programme)s
 WHERE c.state = 'active' AND (
       m.id IS NULL AND (c.member_since_at <= %(now)s OR %(every_buyer)s AND c.first_order_at <= %(now)s)
    OR m.tier_until_at <= %(now)s
    OR m.id IS NOT NULL AND m.judged_version IS DISTINCT FROM %(version)s)
"""
_COUNT_DUE = f"SELECT count(*) {_IS_DUE}"
_DUE = f"SELECT c.id {_IS_DUE} AND c.id > %(after)s ORDER BY c.id LIMIT %(limit)s"


def grant(
    customer_id: int, *, tier: str, ends_at: datetime | None, reason: str, actor: Actor, scope: Scope
) -> TierGrant:
    """Give a member a tier from now on, until `ends_at` or until it is taken back.

    Raises CustomerNotFound, CustomerMerged, NoProgramme, NotAMember, TierUnknown, GrantInThePast.
    """
    customers.find_customer(customer_id, scope=scope)
    now = clock.now()
    laddered = lives.running()
    version = None if laddered is None else laddered.version_at(now)
    if laddered is None or version is None:
        raise NoProgramme
    if version.ladder.rank(tier) < 0:
        raise TierUnknown(tier=tier)
    if ends_at is not None and ends_at <= now:
        raise GrantInThePast(now=now.isoformat())
    with transaction.atomic():
        _lock_member(customer_id, laddered)
        given = TierGrant.objects.create(
            programme_id=laddered.programme_id,
            customer_id=customer_id,
            tier=tier,
            starts_at=now,
            ends_at=ends_at,
            reason=reason,
            granted_by=actor.label[:120],
        )
        audit.record(
            actor,
            "grant_tier",
            subject_kind="customer",
            subject_id=customer_id,
            details={"grant_id": given.pk, "tier": tier, "ends_at": ends_at.isoformat() if ends_at else None},
        )
        evaluate_locked([customer_id], now=now)
    return given


def revoke(grant_id: int, *, actor: Actor, scope: Scope) -> TierGrant:
    """Take a given tier back from now on; taking it back again changes nothing.

    Raises GrantNotFound (also outside the scope), GrantEnded where its time was over.
    """
    with transaction.atomic():
        given = TierGrant.objects.filter(pk=grant_id).first()
        if given is None or given.customer_id not in customers.customers_by_id([given.customer_id], scope=scope):
            raise GrantNotFound
        Customer.objects.select_for_update(no_key=True).get(pk=given.customer_id)
        given.refresh_from_db()
        now = clock.now()
        if given.revoked_at is not None:
            return given
        if given.ends_at is not None and given.ends_at <= now:
            raise GrantEnded
        given.revoked_at, given.revoked_by = now, actor.label[:120]
        given.save(update_fields=["revoked_at", "revoked_by"])
        audit.record(
            actor,
            "revoke_tier_grant",
            subject_kind="customer",
            subject_id=given.customer_id,
            details={"grant_id": grant_id, "tier": given.tier},
        )
        evaluate_locked([given.customer_id], now=now)
    return given


def _lock_member(customer_id: int, laddered: Laddered) -> None:
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    is_member = (
        customer.member_since_at is not None or customer.memberships.filter(programme_id=laddered.programme_id).exists()
    )
    if not is_member:
        raise NotAMember
