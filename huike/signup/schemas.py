"""Bodies of the sign-up API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.kernel.errors import FieldError
from huike.platform.schema import FieldProblem, Schema
from huike.signup.design import SLUG_PATTERN, Design, Language

Id = Annotated[int, Field(ge=1, lt=2**63)]
Slug = Annotated[str, Field(min_length=2, max_length=60, pattern=SLUG_PATTERN)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Values = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=50)]
Outcome = Literal["new", "became_member", "already_member"]
Kind = Literal["web", "call"]


class SignUpPageIn(Schema):
    """Without `design`, an example in both languages. Without `source_id`, the house's own source "sign-up"."""

    name: Name
    slug: Slug
    design: Design | None = None
    source_id: Id | None = None


class SignUpDraftIn(Schema):
    name: Name
    slug: Slug
    design: Design


class FiguresOut(Schema):
    """How far people came: opened the page, were sent a code, confirmed it, joined by this page for the first time."""

    opened: int
    sent: int
    confirmed: int
    joined: int


class SignUpPageRow(Schema):
    id: int
    name: str
    slug: str
    address: str
    state: Literal["draft", "live", "closed"]
    has_changes: bool = Field(description="The draft differs from what visitors see")
    source: str
    today: FiguresOut
    last_30_days: FiguresOut
    updated_at: datetime
    published_at: datetime | None


class SignUpPageOut(SignUpPageRow):
    draft: Design
    published: Design | None
    version: int
    faults: list[FieldProblem] = Field(description="What keeps the draft from being published")


class PreviewIn(Schema):
    design: Design
    language: Language = "zh"


class PreviewOut(Schema):
    html: str


class LogoOut(Schema):
    logo: str
    width: int
    height: int


class PlaceIn(Schema):
    label: Annotated[str, Field(max_length=80)] = ""
    store_id: Id | None = None
    clerk_id: Id | None = None


class PlaceOut(Schema):
    id: int
    code: str
    label: str
    address: str
    store_id: int | None
    store: str
    clerk_id: int | None
    clerk: str
    joined: int


class ProposalOut(Schema):
    """`told` is what she typed, `held` what her file says."""

    id: int
    field: str
    told: Any
    held: Any
    state: Literal["open", "accepted", "dismissed"]


class JoiningOut(Schema):
    id: int
    customer_id: int
    customer: str
    outcome: Outcome
    kind: Kind
    store: str
    clerk: str
    place: str
    campaign: str | None
    referrer_id: int | None
    joined_at: datetime
    proposals: list[ProposalOut]


class CallIn(Schema):
    """The form as the caller answers it: members as on the page (`phone`, `email`, `name`, `gender`, `birthday`,
    `birthday_calendar` with its parts, `city`, `field:<key>`), and which of the page's consents she agreed to after
    their words were read to her."""

    language: Language = "zh"
    answers: Annotated[dict[Annotated[str, Field(max_length=80)], Values], Field(max_length=40)] = {}
    agreed: Annotated[list[Annotated[int, Field(ge=0, le=20)]], Field(max_length=20)] = []
    store_id: Id | None = None


class CallOut(Schema):
    """`token` names this call's form until it is joined; `sent_to` is masked."""

    token: str
    sent_to: str
    expires_at: datetime


class CodeIn(Schema):
    code: Annotated[str, Field(min_length=1, max_length=20)]


class JoinedOut(Schema):
    customer_id: int
    outcome: Outcome


class ReferralOut(Schema):
    """Put `?r=<code>` behind the address of any sign-up page."""

    code: str


def problem_fields(faults: list[FieldError]) -> list[FieldProblem]:
    return [FieldProblem(where=fault.where, code=fault.code, params=fault.params) for fault in faults]
