"""What every provider of payments can do, and how a call can end. One adapter is one folder or file beside this.

Calls are synchronous, know no database and may run in any thread. A call under the same number is the same call: an
adapter that cannot promise this for its provider must look before it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol

from huike.kernel.errors import HuikeError
from huike.kernel.money import Money

PaymentState = Literal["not_found", "pending", "authorised", "captured", "failed", "closed"]
RefundState = Literal["not_found", "processing", "succeeded", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAsk:
    """A payment as a provider is told of it. `started_at`: when it was first told; `handles`: the adapter's own."""

    number: str
    amount: Money
    subject: str
    payer: str
    return_url: str
    notify_url: str
    started_at: datetime
    expires_at: datetime
    handles: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsk:
    """`number` is this attempt's; `amount` is what goes back of `payment.amount`."""

    number: str
    payment: PaymentAsk
    amount: Money
    reason: str
    handles: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What a page does now: go to `url` (`redirect`), show `text` as a QR code (`qr`), hand `params` to WeChat's own
    browser (`jsapi`), or nothing, for it is paid (`done`)."""

    kind: Literal["redirect", "qr", "jsapi", "done"]
    url: str = ""
    text: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As a payment keeps it."""
        return {"kind": self.kind, "url": self.url, "text": self.text, "params": dict(self.params)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTold:
    """What a provider says of a payment. `amount` is what was captured, `fee` what it took for it, where it tells;
    `reference` is what it calls the payment."""

    state: PaymentState
    reference: str = ""
    amount: Money | None = None
    fee: Money | None = None
    captured_at: datetime | None = None
    code: str = ""
    detail: str = ""
    handles: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTold:
    state: RefundState
    reference: str = ""
    amount: Money | None = None
    code: str = ""
    detail: str = ""
    handles: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A verified notification. At most one of `payment` and `refund` says something; `number` says of which."""

    id: str
    about: str
    number: str = ""
    payment: PaymentTold | None = None
    refund: RefundTold | None = None


class Provider(Protocol):
    """An account at a provider. All methods raise Failure; `verify` raises NoticeRefused."""

    def authorise(self, ask: PaymentAsk) -> tuple[Instruction, PaymentTold]:
        """Tell the provider of the payment; what the payer does now."""

    def capture(self, ask: PaymentAsk) -> PaymentTold:
        """Take the money of a payment that is `authorised`. Only asked of providers that say so."""

    def query(self, ask: PaymentAsk) -> PaymentTold: ...

    def close(self, ask: PaymentAsk) -> PaymentTold:
        """See to it that it can no longer be paid. What was paid before is told as captured."""

    def refund(self, ask: RefundAsk) -> RefundTold: ...

    def query_refund(self, ask: RefundAsk) -> RefundTold: ...

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        """Read a notification. `headers` in lower case. Raises NoticeRefused before anything in it is believed."""

    def check(self) -> str:
        """Whether the account is usable: what the provider said to a harmless question."""


class Failure(HuikeError):
    """A call that brought no answer. `is_final`: asking again is pointless."""

    code = "provider.failure"
    status = 502
    title = "The payment provider did not do it"
    is_final: ClassVar[bool] = False


class Refused(Failure):
    """It will never do this. `reason` is its own code."""

    code = "provider.refused"
    title = "The payment provider refused"
    is_final = True

    def __init__(self, detail: str = "", *, reason: str) -> None:
        super().__init__(detail, reason=reason)
        self.reason = reason


class Unreachable(Failure):
    """Nothing was handed over."""

    code = "provider.unreachable"
    title = "The payment provider cannot be reached"


class Unanswered(Failure):
    """It may have been done: the connection fell, or the answer cannot be read or believed."""

    code = "provider.unanswered"
    title = "The payment provider did not answer"


class Busy(Failure):
    """It said that it cannot now; not before `retry_after` has passed."""

    code = "provider.busy"
    title = "The payment provider asks to wait"

    def __init__(self, detail: str = "", *, retry_after: timedelta = timedelta(0)) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Misconfigured(Failure):
    """It does not accept our key, number, signature or certificate. Asking again helps once somebody changed that."""

    code = "provider.misconfigured"
    title = "The payment provider does not accept the account's settings"
