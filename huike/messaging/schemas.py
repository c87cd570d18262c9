from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from huike.platform.schema import Schema

# JSON Schema's own "time" demands a zone; this is the operator's clock.
ClockTime = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$"})]

Language = Literal["zh-CN", "en"]
LayoutName = Literal["plain", "festive", "warm", "night"]
PurposeName = Literal["marketing", "service"]
MessageState = Literal["queued", "held", "claimed", "sending", "sent", "failed", "not_sent", "uncertain"]


class Content(Schema):
    """The words of a mail in one language. All but the addresses may hold Liquid; `body` is text with blank lines
    between paragraphs and `[label](https://…)` for links."""

    subject: Annotated[str, Field(max_length=300)] = ""
    preheader: Annotated[str, Field(max_length=300)] = ""
    heading: Annotated[str, Field(max_length=300)] = ""
    body: Annotated[str, Field(max_length=20_000)] = ""
    button_label: Annotated[str, Field(max_length=120)] = ""
    button_url: Annotated[str, Field(max_length=1_000)] = ""


Contents = dict[Language, Content]


class TemplateIn(Schema):
    name: Annotated[str, Field(min_length=1, max_length=160)]
    channel: Literal["email"] = "email"
    purpose: PurposeName = "marketing"
    layout: LayoutName = "plain"
    contents: Contents


class TemplateChange(Schema):
    name: Annotated[str, Field(min_length=1, max_length=160)] | None = None
    purpose: PurposeName | None = None
    layout: LayoutName | None = None
    contents: Contents | None = None


class TemplateOut(Schema):
    id: int
    name: str
    channel: Literal["email"]
    purpose: PurposeName
    layout: LayoutName
    version: int
    contents: Contents
    created_at: datetime
    updated_at: datetime


class WordsOut(Schema):
    zh: str
    en: str


class VariableOut(Schema):
    """Something a template may name. A field of the operator's own is called alike in both languages."""

    key: str
    words: WordsOut
    example: WordsOut


class StarterOut(Schema):
    key: str
    layout: LayoutName
    purpose: PurposeName
    names: dict[Language, str]
    contents: Contents


class PreviewOut(Schema):
    """`missing` names variables without a value for this person: such a mail would not be sent. `warnings` are
    codes."""

    language: str
    subject: str
    html: str
    text: str
    missing: list[str]
    warnings: list[str]


class MessageRow(Schema):
    id: int
    customer_id: int
    customer_name: str
    campaign_id: int | None
    arm: int
    channel: str
    purpose: str
    language: str
    state: MessageState
    reason: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    unsubscribed_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None


class AttemptOut(Schema):
    at: datetime
    outcome: str
    code: int | None
    detail: str


class ReceiptOut(Schema):
    kind: str
    at: datetime
    link_number: int | None
    detail: str


class MessageOut(MessageRow):
    attempts: list[AttemptOut]
    receipts: list[ReceiptOut]


class SendingRulesBody(Schema):
    """Limits on marketing messages. `cap_messages` 0 means no limit; quiet times are local to the operator, both or
    none."""

    cap_messages: Annotated[int, Field(ge=0, le=1_000)] = 3
    cap_days: Annotated[int, Field(ge=1, le=365)] = 7
    quiet_from: ClockTime | None = None
    quiet_until: ClockTime | None = None


class NoticeOut(Schema):
    """What a notification was understood to say about which message."""

    message_id: int
    kind: Literal["bounced", "complained", "delivered", "delayed"]
