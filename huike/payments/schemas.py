from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from huike.platform.schema import MoneyBody, Schema

PaymentStateName = Literal["created", "pending", "captured", "failed", "closed"]
RefundStateName = Literal["requested", "sent", "succeeded", "refused"]
ProviderKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,38}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Pem = Annotated[str, Field(max_length=8_000)]
Word = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Secret = Annotated[str, Field(max_length=8_000)] | None


class PaymentRow(Schema):
    """`problem` is why the last question brought nothing; `refunding` is what goes or went back, without what the
    provider refused, which `has_refused_refund` tells of. `fee` is what the provider took, less what it gave back with
    refunds; null where nobody knows."""

    id: int
    number: str
    reference: str
    subject: str
    provider: str
    amount: MoneyBody
    refunding: MoneyBody
    fee: MoneyBody | None
    has_refused_refund: bool
    state: PaymentStateName
    problem: str
    failure_code: str
    created_at: datetime
    captured_at: datetime | None
    due_at: datetime | None


class PaymentQuestion(Schema):
    """One call to the provider; `outcome` is `answered` or the code of the failure."""

    id: int
    refund_id: int | None
    verb: str
    outcome: str
    told: str
    detail: str
    duration_ms: int
    at: datetime


class PaymentNotification(Schema):
    id: int
    about: str
    told: str
    received_at: datetime


class PaymentRefund(Schema):
    id: int
    payment_id: int
    number: str
    attempt: int
    reference: str
    amount: MoneyBody
    reason: str
    state: RefundStateName
    problem: str
    failure_code: str
    failure_detail: str
    created_at: datetime
    ended_at: datetime | None
    due_at: datetime | None


class PaymentStory(PaymentRow):
    provider_reference: str
    expires_at: datetime
    unwanted_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    problem_detail: str
    failure_detail: str
    refunds: list[PaymentRefund]
    questions: list[PaymentQuestion]
    notifications: list[PaymentNotification]


class StripeSettings(Schema):
    """A Stripe account. Secrets absent or null keep the stored ones."""

    kind: Literal["stripe"]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    is_enabled: bool = True
    secret_key: Secret = None
    webhook_secret: Secret = None


class WechatSettings(Schema):
    """A merchant's account at WeChat Pay v3. With `public_key` answers are checked by WeChat Pay's public key, else by
    the platform's certificates. Secrets absent or null keep the stored ones of the same `mchid`."""

    kind: Literal["wechat"]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    is_enabled: bool = True
    appid: Word
    mchid: Annotated[str, Field(pattern=r"^[0-9]{6,32}$")]
    merchant_serial: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8,64}$")]
    public_key_id: Annotated[str, Field(max_length=64, pattern=r"^(PUB_KEY_ID_[0-9A-Za-z]+)?$")] = ""
    public_key: Pem = ""
    private_key: Secret = None
    api_v3_key: Annotated[str, Field(min_length=32, max_length=32)] | None = None


ProviderIn = Annotated[StripeSettings | WechatSettings, Field(discriminator="kind")]


class FeeTermsIn(Schema):
    """A rate in hundredths of a percent and a fixed part, from `starts_at` on; from now on where that is not told.
    `gives_back`: with money that goes back its part of the fee does, too."""

    currency: Currency
    rate_bp: Annotated[int, Field(ge=0, le=10_000)]
    fixed_minor: Annotated[int, Field(ge=0, le=10**9)] = 0
    gives_back: bool = False
    starts_at: AwareDatetime | None = None


class FeeTermsOut(Schema):
    id: int
    currency: str
    rate_bp: int
    fixed_minor: int
    gives_back: bool
    starts_at: datetime
    agreed_by: str


class ProviderOut(Schema):
    """`settings` without secrets; `fees` are every version, currency by currency, the newest first; `notify_url`
    is to be entered at the provider. The sandbox takes no real money."""

    key: str
    kind: Literal["stripe", "wechat", "sandbox"]
    title: str
    is_enabled: bool
    settings: dict[str, str]
    fees: list[FeeTermsOut]
    default_for: list[str]
    notify_url: str
    updated_at: datetime | None


class DefaultProviderIn(Schema):
    """`provider` null takes it back."""

    provider: ProviderKey | None


class ProviderTestOut(Schema):
    """`code` is empty when the provider accepts the account; `detail` is what it said."""

    ok: bool
    code: str
    detail: str
