"""Bodies of the endpoints about rewards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from huike.kernel.scope import Scope
from huike.loyalty.models import Redemption, RedemptionChange, Reward
from huike.loyalty.rewards.rules import Refusal
from huike.loyalty.rewards.selectors import Choice, ForMember, left_of
from huike.loyalty.rewards.services import RewardDraft
from huike.platform.pictures import Key
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Code = Annotated[str, Field(min_length=1, max_length=60)]
Note = Annotated[str, Field(max_length=300)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Text = Annotated[str, Field(max_length=1_000)]
Count = Annotated[int, Field(ge=0, lt=2**31)]


class RewardIn(Schema):
    """`picture` is the key of one that was uploaded. `offer_id` of a coupon, `product_id` of goods in the catalogue.
    `use_*` is what she reads once she has it. Empty `tiers`: every tier; no `stock`: any number (of a benefit with
    codes: as many as it has codes)."""

    kind: Reward.Kind
    name_zh: Name
    name_en: Name
    points: Annotated[int, Field(ge=1, le=10**9)]
    picture: Key | None = None
    about_zh: Text = ""
    about_en: Text = ""
    use_zh: Text = ""
    use_en: Text = ""
    offer_id: Id | None = None
    product_id: Id | None = None
    partner: Annotated[str, Field(max_length=120)] = ""
    has_codes: bool = False
    tiers: Annotated[list[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]], Field(max_length=50)] = []
    limit_count: Annotated[int, Field(ge=1, le=100_000)] | None = None
    limit_period: Reward.LimitPeriod = Reward.LimitPeriod.EVER
    stock: Count | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    collect_days: Annotated[int, Field(ge=0, le=365)] = 30

    def draft(self) -> RewardDraft:
        told = self.model_dump()
        return RewardDraft(picture_id=told.pop("picture"), **told)


class RedemptionCounts(Schema):
    requested: int = 0
    fulfilled: int = 0
    cancelled: int = 0
    expired: int = 0


class RewardOut(Schema):
    """`left` is how many are still to be had, null where any number is."""

    id: int
    kind: Reward.Kind
    state: Reward.State
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    use_zh: str
    use_en: str
    picture: Key | None
    points: int
    offer_id: int | None
    offer_name: str | None
    product_id: int | None
    product_name: str | None
    partner: str
    has_codes: bool
    tiers: list[str]
    limit_count: int | None
    limit_period: Reward.LimitPeriod
    stock: int | None
    left: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    collect_days: int
    redemptions: RedemptionCounts
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, reward: Reward, counts: Mapping[str, int]) -> RewardOut:
        computed: dict[str, Any] = {
            "kind": Reward.Kind(reward.kind),
            "state": Reward.State(reward.state),
            "limit_period": Reward.LimitPeriod(reward.limit_period),
            "picture": reward.picture_id,
            "offer_name": reward.offer.name if reward.offer else None,
            "product_name": (reward.product.name or reward.product.sku) if reward.product else None,
            "left": left_of(reward),
            "redemptions": RedemptionCounts(**counts),
        }
        plain = {name: getattr(reward, name) for name in cls.model_fields if name not in computed}
        return cls(**plain, **computed)


class CodesIn(Schema):
    """A partner's codes, one each; those that are there already are left out."""

    codes: Annotated[list[Annotated[str, Field(max_length=120)]], Field(min_length=1, max_length=50_000)]


class CodesOut(Schema):
    added: int
    reward: RewardOut


class RewardRefusal(Schema):
    code: str
    params: dict[str, Any]

    @classmethod
    def of(cls, refusal: Refusal | None) -> RewardRefusal | None:
        return None if refusal is None else cls(code=refusal.code, params=refusal.params)


class RewardForMember(Schema):
    """A reward as one member sees it. `refusal` is why she may not have it, null where she may; `missing` how many
    points she is short of it."""

    id: int
    kind: Reward.Kind
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    picture: Key | None
    partner: str
    points: int
    left: int | None
    ends_at: datetime | None
    refusal: RewardRefusal | None
    missing: int

    @classmethod
    def of(cls, one: ForMember) -> RewardForMember:
        reward = one.reward
        return cls(
            id=reward.pk,
            kind=Reward.Kind(reward.kind),
            name_zh=reward.name_zh,
            name_en=reward.name_en,
            about_zh=reward.about_zh,
            about_en=reward.about_en,
            picture=reward.picture_id,
            partner=reward.partner,
            points=reward.points,
            left=left_of(reward),
            ends_at=reward.ends_at,
            refusal=RewardRefusal.of(one.refusal),
            missing=one.missing,
        )


class RewardChoiceOut(Schema):
    """`balance` is null where no programme runs."""

    balance: int | None
    rewards: list[RewardForMember]

    @classmethod
    def of(cls, choice: Choice) -> RewardChoiceOut:
        return cls(
            balance=choice.standing.balance if choice.standing else None,
            rewards=[RewardForMember.of(one) for one in choice.rewards],
        )


class RedeemIn(Schema):
    reward_id: Id


class FulfilIn(Schema):
    store_id: Id | None = None
    note: Note = ""


class CancelIn(Schema):
    note: Reason


class Holder(Schema):
    id: int
    name: str


class RedemptionRow(Schema):
    """`customer` is null outside your stores."""

    id: int
    code: str
    state: Redemption.State
    reward_id: int
    kind: Reward.Kind
    name_zh: str
    name_en: str
    points: int
    customer: Holder | None
    requested_at: datetime
    until_at: datetime | None
    ended_at: datetime | None
    store_id: int | None
    store_name: str | None

    @classmethod
    def of(cls, redemption: Redemption, *, scope: Scope) -> RedemptionRow:
        her = redemption.customer if scope.allows_store(redemption.customer.home_store_id) else None
        return cls(
            id=redemption.pk,
            code=redemption.code,
            state=Redemption.State(redemption.state),
            reward_id=redemption.reward_id,
            kind=Reward.Kind(redemption.reward.kind),
            name_zh=redemption.reward.name_zh,
            name_en=redemption.reward.name_en,
            points=redemption.points,
            customer=Holder(id=her.pk, name=her.name) if her else None,
            requested_at=redemption.requested_at,
            until_at=redemption.until_at,
            ended_at=redemption.ended_at,
            store_id=redemption.store_id,
            store_name=redemption.store.name if redemption.store else None,
        )


class RedemptionChangeOut(Schema):
    at: datetime
    from_state: Redemption.State | None
    to_state: Redemption.State
    actor: str
    note: str


class RedemptionOut(RedemptionRow):
    """`coupon_code` or `benefit_code` is what she got at once; `use_*` what she reads with it."""

    coupon_code: str | None
    benefit_code: str | None
    use_zh: str
    use_en: str
    changes: list[RedemptionChangeOut]

    @classmethod
    def whole(
        cls, redemption: Redemption, changes: Sequence[RedemptionChange], *, benefit_code: str | None, scope: Scope
    ) -> RedemptionOut:
        return cls(
            **RedemptionRow.of(redemption, scope=scope).model_dump(),
            coupon_code=redemption.coupon.code if redemption.coupon else None,
            benefit_code=benefit_code,
            use_zh=redemption.reward.use_zh,
            use_en=redemption.reward.use_en,
            changes=[RedemptionChangeOut.model_validate(change) for change in changes],
        )
