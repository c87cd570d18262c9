from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from huike.messaging.schemas import Contents, Language, LayoutName
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
CampaignState = Literal["draft", "scheduled", "preparing", "sending", "paused", "sent", "stopped", "failed"]
Group = Literal["treated", "control"]
Figure = Literal[
    "reached",
    "delivered",
    "opened",
    "clicked",
    "unsubscribed",
    "bounced",
    "bought",
    "not_bought",
    "failed",
    "not_sent",
    "uncertain",
    "waiting",
]


class ArmIn(Schema):
    """One treatment. `share_bp` is its share of those who are treated, in basis points; all arms together make
    10,000."""

    name: Annotated[str, Field(max_length=80)] = ""
    share_bp: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    template_id: Id
    offer_id: Id | None = None


class CampaignIn(Schema):
    """A plan. The audience is a segment or a rule; `control_bp` of it is left alone, to compare with."""

    name: Annotated[str, Field(min_length=1, max_length=160)]
    objective: Annotated[str, Field(max_length=400)] = ""
    segment_id: Id | None = None
    rule: dict[str, Any] | None = None
    exclude_segment_ids: Annotated[list[Id], Field(max_length=20)] = []
    control_bp: Annotated[int, Field(ge=0, le=9_900)] = 2_000
    arms: Annotated[list[ArmIn], Field(max_length=6)] = []
    attribution_days: Annotated[int, Field(ge=1, le=365)] = 14
    cost_per_message_micros: Annotated[int, Field(ge=0, le=10**12)] = 0
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None


class CampaignChange(Schema):
    """What is left out stays as it is."""

    name: Annotated[str, Field(min_length=1, max_length=160)] | None = None
    objective: Annotated[str, Field(max_length=400)] | None = None
    segment_id: Id | None = None
    rule: dict[str, Any] | None = None
    exclude_segment_ids: Annotated[list[Id], Field(max_length=20)] | None = None
    control_bp: Annotated[int, Field(ge=0, le=9_900)] | None = None
    arms: Annotated[list[ArmIn], Field(max_length=6)] | None = None
    attribution_days: Annotated[int, Field(ge=1, le=365)] | None = None
    cost_per_message_micros: Annotated[int, Field(ge=0, le=10**12)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None


class ArmOut(Schema):
    number: int
    name: str
    share_bp: int
    template_id: int
    offer_id: int | None


class ProgressOut(Schema):
    """Messages by what became of them. `waiting` includes held ones; `held` waits for the end of quiet hours."""

    total: int
    sent: int
    failed: int
    not_sent: int
    uncertain: int
    waiting: int
    held: int


class ReasonCount(Schema):
    reason: str
    count: int


class CampaignOut(Schema):
    """A campaign. `trouble` says why the mail server could not be reached the last time, empty when it could."""

    id: int
    name: str
    objective: str
    state: CampaignState
    failure_code: str
    segment_id: int | None
    rule: dict[str, Any] | None
    exclude_segment_ids: list[int]
    control_bp: int
    arms: list[ArmOut]
    attribution_days: int
    cost_per_message_micros: int
    currency: str
    scheduled_at: datetime | None
    audience_count: int | None
    control_count: int | None
    progress: ProgressOut
    not_sent_reasons: list[ReasonCount]
    trouble: str
    retry_at: datetime | None
    job_id: int | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ForecastOut(Schema):
    """What sending now would do. `reachable` and `not_reachable` add up to `treated`; who is kept as control is drawn
    at sending, so they are that share of everybody."""

    audience: int
    excluded: int
    control: int
    treated: int
    reachable: int
    not_reachable: list[ReasonCount]


class PreviewPerson(Schema):
    id: int
    name: str
    language: str | None


class PreviewIn(Schema):
    """Words not stored yet, or those of a template."""

    contents: Contents | None = None
    layout: LayoutName = "plain"
    template_id: Id | None = None
    customer_id: Id | None = None
    offer_id: Id | None = None
    language: Language | None = None


class TestSendIn(Schema):
    to: Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>]+@[^\s@<>]+$")]
    arm: Annotated[int, Field(ge=1, le=6)] = 1
    customer_id: Id | None = None
    language: Language | None = None


class ScheduleIn(Schema):
    at: AwareDatetime


class WindowOut(Schema):
    starts_at: datetime
    ends_at: datetime
    closed: bool


class GroupResult(Schema):
    """People of a group and what they bought in the window, returns subtracted."""

    people: int
    buyers: int
    orders: int
    revenue_minor: int
    revenue_per_person_micros: int


class ArmResult(GroupResult):
    number: int
    name: str
    reached: int
    delivered: int
    opened: int
    clicked: int
    unsubscribed: int
    bounced: int
    coupons_redeemed: int


class LiftOut(Schema):
    """Treated minus control, per person, in millionths of the major unit, with its 95 % Welch interval. Where `enough`
    is false, `reason` and `params` say what is missing and the figures are null."""

    enough: bool
    reason: str | None
    params: dict[str, Any]
    per_person_micros: int | None
    interval_low_micros: int | None
    interval_high_micros: int | None
    p_value: float | None
    degrees_of_freedom: float | None
    relative_bp: int | None
    incremental_revenue_minor: int | None
    incremental_low_minor: int | None
    incremental_high_minor: int | None


class CostOut(Schema):
    sending_minor: int
    discount_minor: int
    total_minor: int


class ReturnOut(Schema):
    """`net_minor`: incremental revenue less the cost of sending (the discount is already missing from revenue).
    `ratio_bp`: net over total cost."""

    ratio_bp: int | None
    net_minor: int | None


class ResultOut(Schema):
    as_of: datetime
    currency: str
    window: WindowOut
    treated: GroupResult
    control: GroupResult
    arms: list[ArmResult]
    lift: LiftOut
    cost: CostOut
    earned: ReturnOut
    method_doc: str


class PersonRow(Schema):
    customer_id: int
    name: str
    group: Group
    arm: int
    message_id: int | None
    message_state: str | None
    reason: str
    sent_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    unsubscribed_at: datetime | None
    bounced_at: datetime | None
    orders_count: int
    revenue_minor: int
