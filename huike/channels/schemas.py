from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from huike.platform.schema import Schema

Host = Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9.\-:]*$")]
Address = Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>]+@[^\s@<>]+$")]
AddressOrNone = Annotated[str, Field(max_length=254, pattern=r"^([^\s@<>]+@[^\s@<>]+)?$")]


class EmailChannel(Schema):
    """How e-mail leaves. In `sandbox` mode it stays inside the product."""

    mode: Literal["smtp", "sandbox"]
    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    username: str
    has_password: bool
    from_name: str
    from_address: str
    reply_to: str
    bounce_address: str
    rate_per_second: int | None
    connections_count: int


class EmailChannelIn(Schema):
    """`password` absent or null keeps the stored one as long as host and user stay the same."""

    mode: Literal["smtp", "sandbox"] = "smtp"
    host: Host = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: Annotated[str, Field(max_length=254)] = ""
    password: Annotated[str, Field(max_length=500)] | None = None
    from_name: Annotated[str, Field(max_length=120)] = ""
    from_address: Address
    reply_to: AddressOrNone = ""
    bounce_address: AddressOrNone = ""
    rate_per_second: Annotated[int, Field(ge=1, le=100_000)] | None = None
    connections_count: Annotated[int, Field(ge=1, le=32)] = 4


class SmsChannel(Schema):
    """How SMS leaves. In `sandbox` mode it stays inside the product."""

    mode: Literal["gateway", "sandbox"]
    url: str
    has_secret: bool
    signature: str


class SmsChannelIn(Schema):
    """`secret` (`whsec_…`) absent or null keeps the stored one as long as the address stays the same."""

    mode: Literal["gateway", "sandbox"] = "gateway"
    url: Annotated[str, Field(max_length=2000)] = ""
    secret: Annotated[str, Field(max_length=200)] | None = None
    signature: Annotated[str, Field(max_length=20)] = ""


class TestSmsIn(Schema):
    to: Annotated[str, Field(max_length=40)]


class TestMailIn(Schema):
    to: Address


class TestMailOut(Schema):
    """`code` is empty when the server took the mail; `detail` is what it said."""

    ok: bool
    code: str
    detail: str


class SandboxMailRow(Schema):
    id: int
    channel: Literal["email", "sms"]
    to: str
    subject: str
    sent_at: datetime
    campaign_id: int | None
    message_id: int | None


class SandboxMailOut(SandboxMailRow):
    sender: str
    html: str
    text: str
    headers: list[list[str]]
