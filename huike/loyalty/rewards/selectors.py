"""Reads: the catalogue, what one member may have of it, redemptions with what happened to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from huike.customers.timeline import Entry
from huike.kernel.codes import normalise_code
from huike.kernel.scope import EVERYTHING, Scope
from huike.ledger.books import Standing
from huike.ledger.selectors import standing
from huike.loyalty.models import Member, Redemption, RedemptionChange, Reward, RewardCode
from huike.loyalty.points.reading import asset_of
from huike.loyalty.programme import selectors as programmes
from huike.loyalty.rewards.errors import RedemptionNotFound, RewardNotFound
from huike.loyalty.rewards.rules import MemberFacts, Refusal, RewardFacts, why_not
from huike.platform.config import get_config

COUNTS = (Redemption.State.REQUESTED, Redemption.State.FULFILLED)
"""States that count against a member's limit."""


def list_rewards(*, state: str | None = None, kind: str | None = None, q: str = "") -> QuerySet[Reward]:
    rewards = Reward.objects.select_related("offer", "product")
    if state is not None:
        rewards = rewards.filter(state=state)
    if kind is not None:
        rewards = rewards.filter(kind=kind)
    return rewards.filter(Q(name_zh__icontains=q) | Q(name_en__icontains=q)) if q else rewards


def find_reward(reward_id: int) -> Reward:
    """Raises RewardNotFound."""
    reward = Reward.objects.select_related("offer", "product").filter(pk=reward_id).first()
    if reward is None:
        raise RewardNotFound
    return reward


def redeemed_counts(reward_ids: Iterable[int], *, scope: Scope) -> dict[int, dict[str, int]]:
    """How many redemptions in scope of each reward are in each state; states without any are absent."""
    counts: dict[int, dict[str, int]] = {reward_id: {} for reward_id in reward_ids}
    found = _within(scope).filter(reward_id__in=list(counts)).values_list("reward_id", "state")
    for reward_id, state, count in found.annotate(n=Count("pk")).order_by():
        counts[reward_id][state] = count
    return counts


def facts_of(reward: Reward) -> RewardFacts:
    return RewardFacts(
        state=reward.state,
        programme_id=reward.programme_id,
        starts_at=reward.starts_at,
        ends_at=reward.ends_at,
        tiers=frozenset(reward.tiers),
        limit_count=reward.limit_count,
        limit_period=reward.limit_period,
        left=left_of(reward),
    )


def left_of(reward: Reward) -> int | None:
    """How many are still to be had; None where any number is."""
    return None if reward.stock is None else reward.stock - reward.taken


def members_facts(customer_id: int, reward_ids: Iterable[int]) -> dict[int, MemberFacts]:
    """Who she is to each of these rewards."""
    running = programmes.running()
    member = None if running is None else Member.objects.filter(customer_id=customer_id, programme=running).first()
    programme_id, tier = (member.programme_id, member.tier) if member else (None, None)
    redeemed: dict[int, list[datetime]] = {reward_id: [] for reward_id in reward_ids}
    had = Redemption.objects.filter(customer_id=customer_id, reward_id__in=list(redeemed), state__in=COUNTS)
    for reward_id, requested_at in had.values_list("reward_id", "requested_at"):
        redeemed[reward_id].append(requested_at)
    return {
        reward_id: MemberFacts(programme_id=programme_id, tier=tier, redeemed_at=times)
        for reward_id, times in redeemed.items()
    }


@dataclass(frozen=True, slots=True)
class ForMember:
    """A reward as one member sees it: why she may not have it, or None; how many points she is short of it."""

    reward: Reward
    refusal: Refusal | None
    missing: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What a member may choose from, and what she has to spend."""

    standing: Standing | None
    rewards: Sequence[ForMember]


def choice_of(customer_id: int, *, now: datetime) -> Choice:
    """Every reward of the running programme that is active, the cheapest first, as this customer sees it."""
    running = programmes.running()
    if running is None:
        return Choice(None, [])
    has = standing(asset_of(running.pk), customer_id, now=now)
    rewards = list(
        list_rewards(state=Reward.State.ACTIVE)
        .filter(Q(ends_at=None) | Q(ends_at__gt=now), programme=running)
        .order_by("points", "pk")
    )
    hers = members_facts(customer_id, [reward.pk for reward in rewards])
    zone = get_config().zone
    return Choice(
        has,
        [
            ForMember(
                reward,
                why_not(facts_of(reward), hers[reward.pk], now=now, zone=zone),
                max(reward.points - has.available, 0),
            )
            for reward in rewards
        ],
    )


def _within(scope: Scope) -> QuerySet[Redemption]:
    redemptions = Redemption.objects.all()
    if scope.all_stores:
        return redemptions
    return redemptions.filter(customer__home_store_id__in=sorted(scope.store_ids))


def list_redemptions(
    *,
    scope: Scope,
    customer_id: int | None = None,
    reward_id: int | None = None,
    state: str | None = None,
    q: str = "",
) -> QuerySet[Redemption]:
    """Redemptions of customers in scope; `q` is a code."""
    redemptions = _within(scope).select_related("reward", "customer", "store", "coupon")
    if customer_id is not None:
        redemptions = redemptions.filter(customer_id=customer_id)
    if reward_id is not None:
        redemptions = redemptions.filter(reward_id=reward_id)
    if state is not None:
        redemptions = redemptions.filter(state=state)
    return redemptions.filter(code=normalise_code(q)) if q else redemptions


def find_redemption(redemption_id: int, *, scope: Scope = EVERYTHING) -> Redemption:
    """Raises RedemptionNotFound, also for one of a customer outside the scope."""
    found = list_redemptions(scope=scope).filter(pk=redemption_id).first()
    if found is None:
        raise RedemptionNotFound
    return found


def find_by_code(code: str) -> Redemption:
    """What a member shows at a desk, wherever she belongs. Raises RedemptionNotFound."""
    found = list_redemptions(scope=EVERYTHING, q=code).first() if normalise_code(code) else None
    if found is None:
        raise RedemptionNotFound
    return found


def codes_of(redemption_ids: Iterable[int]) -> Mapping[int, str]:
    """The partner's code each of these got."""
    codes = RewardCode.objects.filter(redemption_id__in=list(redemption_ids)).values_list("redemption_id", "text")
    return {redemption_id: text for redemption_id, text in codes if redemption_id is not None}


def changes_of(redemption_id: int) -> list[RedemptionChange]:
    return list(RedemptionChange.objects.filter(redemption_id=redemption_id).order_by("pk"))


REDEMPTION_MOMENTS = """
SELECT h.at, h.id FROM loyalty_redemption r JOIN loyalty_redemption_change h ON h.redemption_id = r.id
 WHERE r.customer_id = %(customer_id)s::bigint
"""


def timeline_of_redemptions(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each time a redemption of this customer changed its state."""
    return [
        Entry(
            at=change.at,
            kind="reward",
            id=change.pk,
            title_code=f"timeline.reward.{change.to_state}",
            params={
                "reward_zh": change.redemption.reward.name_zh,
                "reward_en": change.redemption.reward.name_en,
                "points": change.redemption.points,
            },
            link=f"/loyalty/redemptions/{change.redemption_id}",
        )
        for change in RedemptionChange.objects.filter(pk__in=ids).select_related("redemption__reward")
    ]
