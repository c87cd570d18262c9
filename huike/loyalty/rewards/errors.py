"""Why a reward cannot be redeemed, handed out or given back."""

from __future__ import annotations

from huike.kernel.errors import Conflict, HuikeError, Invalid, NotFound


class RewardNotFound(NotFound):
    code = "reward.not_found"
    title = "There is no such reward"


class RewardInvalid(Invalid):
    """`field` is what is wrong."""

    code = "reward.invalid"
    title = "The reward cannot be kept as it is"


class RewardStateRefused(Conflict):
    """`state` is the one the reward is in."""

    code = "reward.state_refused"
    title = "The reward's state does not allow this"


class RewardNotActive(Conflict):
    code = "reward.not_active"
    title = "The reward is not to be had"


class RewardNotStarted(Conflict):
    code = "reward.not_started"
    title = "The reward is not to be had yet"


class RewardOver(Conflict):
    code = "reward.over"
    title = "The reward is not to be had any more"


class RewardMembersOnly(Conflict):
    code = "reward.members_only"
    title = "Rewards are for members of the programme"


class RewardWrongTier(Conflict):
    code = "reward.wrong_tier"
    title = "The reward is for other tiers"


class RewardLimit(Conflict):
    """`count` in one `period`."""

    code = "reward.limit"
    title = "She has redeemed it as often as she may"


class RewardSoldOut(Conflict):
    code = "reward.sold_out"
    title = "Nothing of this reward is left"


class RedemptionNotFound(NotFound):
    code = "redemption.not_found"
    title = "There is no such redemption"


class RedemptionKeyReused(Invalid):
    code = "redemption.key_reused"
    title = "This key was used for another redemption"


class RedemptionStateRefused(Conflict):
    """`state` is the one the redemption is in."""

    code = "redemption.state_refused"
    title = "The redemption's state does not allow this"


class RedemptionCouponUsed(Conflict):
    code = "redemption.coupon_used"
    title = "The coupon was used already"


class RedemptionCodeGiven(Conflict):
    code = "redemption.code_given"
    title = "A partner's code was seen, and is not taken back"


REFUSALS: dict[str, type[HuikeError]] = {
    refusal.code: refusal
    for refusal in (
        RewardNotActive,
        RewardNotStarted,
        RewardOver,
        RewardMembersOnly,
        RewardWrongTier,
        RewardLimit,
        RewardSoldOut,
    )
}
"""The errors a reward is refused with, by the reason the rules give."""
