"""Bodies of the endpoints about tiers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from huike.kernel.scope import Scope
from huike.loyalty.models import Member, TierChange, TierGrant
from huike.loyalty.terms.tiers import Benefits, Ladder, Match, Metric, TierKey
from huike.loyalty.tiers.preview import Preview
from huike.loyalty.tiers.rules import Aim
from huike.loyalty.tiers.selectors import MemberView, Movement, TierCount
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]


class TierRef(Schema):
    """A tier as a person reads it. `is_gone`: the ladder in effect does not have it any more."""

    key: str
    name: str
    name_en: str
    color: str
    is_gone: bool = False

    @classmethod
    def of(cls, key: str | None, ladder: Ladder | None, names: Mapping[str, str]) -> TierRef | None:
        if key is None:
            return None
        tier = None if ladder is None else ladder.tier(key)
        if tier is None:
            return cls(key=key, name=names.get(key, key), name_en="", color="#8c8c8c", is_gone=True)
        return cls(key=tier.key, name=tier.name, name_en=tier.name_en, color=tier.color)


class NeedOut(Schema):
    """A threshold, in minor units of the programme's currency where the metric is `net`."""

    metric: Metric
    at_least: int
    have: int
    missing: int


class AimOut(Schema):
    """What leads to a tier, or keeps it, by an instant (null: no limit). One need suffices where `match` is `any`."""

    tier: TierRef
    match: Match
    needs: list[NeedOut]
    by: datetime | None
    is_met: bool

    @classmethod
    def of(cls, aim: Aim | None, ladder: Ladder | None) -> AimOut | None:
        if aim is None:
            return None
        tier = TierRef.of(aim.tier, ladder, {})
        assert tier is not None  # noqa: S101 - an aim has a tier
        needs = [
            NeedOut(metric=need.metric, at_least=need.at_least, have=need.have, missing=need.missing)
            for need in aim.needs
        ]
        return cls(tier=tier, match=aim.match, needs=needs, by=aim.by, is_met=aim.is_met)


class TierChangeOut(Schema):
    """One step of a member's history, as it stands."""

    before: TierRef | None
    tier: TierRef | None
    effective_at: datetime
    until_at: datetime | None
    reason: TierChange.Reason
    is_granted: bool
    figures: dict[str, int]
    decided_at: datetime


class TierGrantOut(Schema):
    id: int
    tier: TierRef
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    granted_by: str
    revoked_at: datetime | None
    revoked_by: str
    is_running: bool

    @classmethod
    def of(cls, grant: TierGrant, ladder: Ladder | None, names: Mapping[str, str], *, now: datetime) -> TierGrantOut:
        tier = TierRef.of(grant.tier, ladder, names)
        assert tier is not None  # noqa: S101 - a grant has a tier
        return cls(
            id=grant.pk,
            tier=tier,
            starts_at=grant.starts_at,
            ends_at=grant.ends_at,
            reason=grant.reason,
            granted_by=grant.granted_by,
            revoked_at=grant.revoked_at,
            revoked_by=grant.revoked_by,
            is_running=grant.revoked_at is None and (grant.ends_at is None or grant.ends_at > now),
        )


class StandingOut(Schema):
    """A member as she stands at this moment."""

    currency: str
    joined_at: datetime
    tier: TierRef | None
    since_at: datetime | None
    until_at: datetime | None
    is_granted: bool
    benefits: Benefits
    rise: AimOut | None
    keep: AimOut | None
    history: list[TierChangeOut]
    grants: list[TierGrantOut]
    tiers: list[TierRef]

    @classmethod
    def of(cls, view: MemberView, names: Mapping[str, str], *, now: datetime) -> StandingOut:
        decision, ladder = view.decision, view.decision.ladder
        step = decision.now
        held = ladder.tier(step.tier) if ladder is not None and step is not None else None
        return cls(
            currency=view.currency,
            joined_at=view.joined_at,
            tier=TierRef.of(step.tier if step else None, ladder, names),
            since_at=decision.since_at,
            until_at=step.until_at if step else None,
            is_granted=bool(step and step.granted),
            benefits=held.benefits if held else Benefits(),
            rise=AimOut.of(view.progress.rise, ladder),
            keep=AimOut.of(view.progress.keep, ladder),
            history=[
                TierChangeOut(
                    before=TierRef.of(change.from_tier, ladder, names),
                    tier=TierRef.of(change.to_tier, ladder, names),
                    effective_at=change.effective_at,
                    until_at=change.until_at,
                    reason=TierChange.Reason(change.reason),
                    is_granted=change.is_granted,
                    figures=change.figures,
                    decided_at=change.decided_at,
                )
                for change in view.changes
            ],
            grants=[TierGrantOut.of(grant, ladder, names, now=now) for grant in view.grants],
            tiers=_refs(ladder),
        )


def _refs(ladder: Ladder | None) -> list[TierRef]:
    found = [TierRef.of(tier.key, ladder, {}) for tier in (ladder.tiers if ladder else [])]
    return [ref for ref in found if ref is not None]


class MemberStandingOut(Schema):
    """`standing` is null for who is no member, and while no programme runs."""

    standing: StandingOut | None


class GrantIn(Schema):
    """A tier given by hand; without `ends_at` until it is taken back."""

    tier: TierKey
    ends_at: AwareDatetime | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class TierCountOut(Schema):
    """How many members are in a tier (null: in none), how many by a grant, and for how many it may end in 30 days."""

    tier: TierRef | None
    count: int
    granted: int
    ends_soon: int


class MovementOut(Schema):
    before: TierRef | None
    tier: TierRef | None
    reason: TierChange.Reason
    count: int


class TiersOut(Schema):
    """The ladder in effect, who is on it, and what moved in the last `days` days. All null or empty while no programme
    runs."""

    programme_id: int | None
    currency: str | None
    ladder: Ladder | None
    counts: list[TierCountOut]
    movements: list[MovementOut]
    days: int

    @classmethod
    def empty(cls, days: int) -> TiersOut:
        return cls(programme_id=None, currency=None, ladder=None, counts=[], movements=[], days=days)

    @classmethod
    def counts_of(cls, counts: list[TierCount], ladder: Ladder | None, names: Mapping[str, str]) -> list[TierCountOut]:
        """Every tier of the ladder from the highest, also those nobody is in; then tiers that are gone, and none."""
        found = {count.tier: count for count in counts}
        keys: list[str | None] = [tier.key for tier in reversed(ladder.tiers)] if ladder else []
        keys += [key for key in found if key not in keys]
        return [
            TierCountOut(
                tier=TierRef.of(key, ladder, names),
                count=found[key].count if key in found else 0,
                granted=found[key].granted if key in found else 0,
                ends_soon=found[key].ends_soon if key in found else 0,
            )
            for key in keys
        ]

    @classmethod
    def movements_of(
        cls, movements: list[Movement], ladder: Ladder | None, names: Mapping[str, str]
    ) -> list[MovementOut]:
        return [
            MovementOut(
                before=TierRef.of(movement.before, ladder, names),
                tier=TierRef.of(movement.tier, ladder, names),
                reason=TierChange.Reason(movement.reason),
                count=movement.count,
            )
            for movement in movements
        ]


class LadderPreviewIn(Schema):
    ladder: Ladder


class PreviewTier(Schema):
    """A tier with its members today, under the ladder asked about at once, how many of them rose into it, and how many
    of those in it would fall when their terms end unless they buy more."""

    key: str | None
    name: str
    now: int
    then: int
    rises: int
    falls: int


class LadderPreviewOut(Schema):
    members: int
    rises: int
    falls: int
    gone: int
    tiers: list[PreviewTier]

    @classmethod
    def of(cls, found: Preview, ladder: Ladder, names: Mapping[str, str]) -> LadderPreviewOut:
        keys: list[str | None] = [tier.key for tier in reversed(ladder.tiers)]
        keys += [key for key in (*found.gone, None) if key not in keys and (found.now.get(key) or found.then.get(key))]
        return cls(
            members=found.members,
            rises=sum(found.rises.values()),
            falls=sum(found.falls.values()),
            gone=sum(found.gone.values()),
            tiers=[
                PreviewTier(
                    key=key,
                    name=names.get(key, key) if key is not None else "",
                    now=found.now.get(key, 0),
                    then=found.then.get(key, 0),
                    rises=sum(count for (_, to), count in found.rises.items() if to == key),
                    falls=found.falls.get(key, 0) if key is not None else 0,
                )
                for key in keys
            ],
        )


class FiguresOut(Schema):
    """What a row of the customers' list says of a member: what she may spend in points, below zero what she owes."""

    customer_id: int
    points: int
    tier: TierRef | None


class MemberRow(Schema):
    """A member in a list."""

    customer_id: int
    name: str
    tier: TierRef | None
    since_at: datetime | None
    until_at: datetime | None
    is_granted: bool
    joined_at: datetime

    @classmethod
    def of(cls, member: Member, ladder: Ladder | None, names: Mapping[str, str], *, scope: Scope) -> MemberRow:
        is_seen = scope.allows_store(member.customer.home_store_id)
        return cls(
            customer_id=member.customer_id,
            name=member.customer.name if is_seen else "",
            tier=TierRef.of(member.tier, ladder, names),
            since_at=member.tier_since_at,
            until_at=member.tier_until_at,
            is_granted=member.tier_is_granted,
            joined_at=member.joined_at,
        )
