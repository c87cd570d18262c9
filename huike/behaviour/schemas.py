"""Bodies of the endpoints about behaviour."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from huike.behaviour.models import CheckIn, Sample
from huike.behaviour.selectors import Day, Shown, SourceFigures
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
CheckInKind = Literal["social", "qr", "wifi", "camera", "app"]
SampleOutcome = Literal["taken", "repeated", "refused"]
Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 30)]


class WriteKeyOut(Schema):
    """`expires_at` is set while a rotated key is still taken."""

    key: str
    created_at: datetime
    expires_at: datetime | None


class TrackingOut(Schema):
    """How what a source says is taken. `write_keys`: the newest first; no expired ones."""

    write_keys: list[WriteKeyOut]
    allowed_origins: list[str]
    trusted: bool
    cart_idle_minutes: int
    check_in_cooldown_minutes: int
    check_in_radius_metres: int


class TrackedSourceOut(Schema):
    """A source. `tracking` is null while it is not switched on; the counts are of the last seven days."""

    id: int
    key: str
    name: str
    channel: str
    tracking: TrackingOut | None
    taken: int
    refused: int
    last_at: datetime | None

    @classmethod
    def of(cls, told: SourceFigures, *, now: datetime) -> TrackedSourceOut:
        tracking = None
        if told.tracking is not None:
            keys = [k for k in told.tracking.write_keys.all() if k.expires_at is None or k.expires_at > now]
            tracking = TrackingOut(
                write_keys=[WriteKeyOut.model_validate(key) for key in sorted(keys, key=lambda k: -k.pk)],
                allowed_origins=told.tracking.allowed_origins,
                trusted=told.tracking.trusted,
                cart_idle_minutes=told.tracking.cart_idle_minutes,
                check_in_cooldown_minutes=told.tracking.check_in_cooldown_minutes,
                check_in_radius_metres=told.tracking.check_in_radius_metres,
            )
        source = told.source
        return cls(
            id=source.pk,
            key=source.key,
            name=source.name,
            channel=source.channel,
            tracking=tracking,
            taken=told.taken,
            refused=told.refused,
            last_at=told.last_at,
        )


class RefusedCount(Schema):
    reason: str
    count: int


class DayOut(Schema):
    """One of the operator's days."""

    day_on: date
    taken: int
    repeated: int
    refused: list[RefusedCount]

    @classmethod
    def of(cls, day: Day) -> DayOut:
        reasons = [RefusedCount(reason=reason, count=count) for reason, count in sorted(day.reasons.items())]
        return cls(day_on=day.day_on, taken=day.taken, repeated=day.repeated, refused=reasons)


class TrackedSourceDetail(TrackedSourceOut):
    """A source with its days, the oldest first. `server_url` is what clients send to."""

    days: list[DayOut]
    server_url: str


class TrackingChange(Schema):
    """Only the members that are sent change."""

    allowed_origins: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=50)] = []
    trusted: bool = False
    cart_idle_minutes: Minutes = 60
    check_in_cooldown_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 30)] = 60
    check_in_radius_metres: Annotated[int, Field(ge=0, le=50_000)] = 200


class RotationIn(Schema):
    """How long the keys there were are still taken."""

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 90)] = 24


class SampleOut(Schema):
    """One of the latest events of a source, as it was told."""

    id: int
    received_at: datetime
    outcome: SampleOutcome
    reason: str
    kind: str
    name: str
    customer_id: int | None
    told: Any

    @classmethod
    def of(cls, sample: Sample) -> SampleOut:
        return cls.model_validate(sample)


class SamplesOut(Schema):
    items: list[SampleOut]


class TermIn(Schema):
    term: Annotated[str, Field(min_length=1, max_length=60)]
    interest: Annotated[str, Field(min_length=1, max_length=60)]


class TermOut(Schema):
    id: int
    term: str
    interest: str


class AddedOut(Schema):
    added: int


class PersonIn(Schema):
    """Who it is; at least one member. The strongest known one decides."""

    id: Id | None = None
    external_id: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    wechat_unionid: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    wechat_openid: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    card_number: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    phone: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    email: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    device: Annotated[str, Field(min_length=1, max_length=120)] | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> PersonIn:
        if all(value is None for value in self.__dict__.values()):
            raise ValueError("name somebody")
        return self


class CheckInIn(Schema):
    """A check-in. The place is a store's code, or a point, or words."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    external_id: Annotated[str, Field(min_length=1, max_length=120)]
    customer: PersonIn
    kind: CheckInKind
    checked_in_at: AwareDatetime
    store_code: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    latitude_degrees: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude_degrees: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    place: Annotated[str, Field(max_length=200)] = ""


class CheckInOut(Schema):
    """`outcome`: `noted`, `repeated` (known by this id already), or `cooled_down` (the earlier one is shown)."""

    id: int
    outcome: Literal["noted", "repeated", "cooled_down"]
    customer_id: int
    store_id: int | None
    distance_metres: int | None
    checked_in_at: datetime

    @classmethod
    def of(cls, row: CheckIn, outcome: str) -> CheckInOut:
        return cls.model_validate(
            {
                "id": row.pk,
                "outcome": outcome,
                "customer_id": row.customer_id,
                "store_id": row.store_id,
                "distance_metres": row.distance_metres,
                "checked_in_at": row.checked_in_at,
            }
        )


class TextIn(Schema):
    """Something a customer said or somebody noted about her. (source, external_id) is one text."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    external_id: Annotated[str, Field(min_length=1, max_length=120)]
    customer: PersonIn
    kind: Literal["post", "review", "note"]
    said_at: AwareDatetime
    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class TextOut(Schema):
    """How many pieces of evidence for interests were new."""

    customer_id: int
    evidence: int


class EvidenceOut(Schema):
    """The sentence that shows the interest; `sign` −1 where it denies it."""

    sentence: str
    term: str
    sign: int
    kind: str
    said_at: datetime


class InterestOut(Schema):
    """`score` as of now: a word just said counts 1, one of 180 days ago a half."""

    interest: str
    score: float
    evidence_count: int
    evidence: list[EvidenceOut]

    @classmethod
    def of(cls, shown: Shown) -> InterestOut:
        return cls.model_validate(shown)
