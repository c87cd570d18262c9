"""What she may exchange her points for, on her own page. She asks for it in a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huike.loyalty.own.page_words import WORDS
from huike.loyalty.own.sections import Section, Visit
from huike.loyalty.rewards import selectors
from huike.loyalty.rewards.selectors import ForMember, left_of
from huike.platform.pictures import address_of

MOST: Final = 30
# Of these she is not told: she can do nothing about them.
_UNSEEN: Final = frozenset({"reward.not_active", "reward.members_only", "reward.over", "reward.not_started"})


def read(visit: Visit) -> Mapping[str, Any] | None:
    """The cheapest first; None where there is nothing to be had for points."""
    words = WORDS[visit.language]
    choice = selectors.choice_of(visit.customer_id, now=visit.now)
    seen = [one for one in choice.rewards if one.refusal is None or one.refusal.code not in _UNSEEN]
    if not seen:
        return None
    return {
        "title": words["rewards"],
        "more": words["rewards_more"],
        "rewards": [_reward(one, visit, words) for one in seen[:MOST]],
    }


def _reward(one: ForMember, visit: Visit, words: Mapping[str, str]) -> dict[str, Any]:
    reward, is_english = one.reward, visit.language == "en"
    return {
        "name": reward.name_en if is_english else reward.name_zh,
        "about": reward.about_en if is_english else reward.about_zh,
        "picture": address_of(reward.picture_id),
        "points": words["reward_points"].format(points=f"{reward.points:,}"),
        "state": _state(one, words),
    }


def _state(one: ForMember, words: Mapping[str, str]) -> str:
    if one.refusal is not None:
        return words[f"reward_{one.refusal.code.removeprefix('reward.')}"]
    if one.missing:
        return words["reward_missing"].format(points=f"{one.missing:,}")
    left = left_of(one.reward)
    return words["reward_left"].format(left=f"{left:,}") if left is not None and left <= 10 else ""


SECTION: Final = Section(key="rewards", rank=35, template="loyalty/own_rewards.html", read=read)
