"""The adapter to the sandbox (`huike/payments/sandbox`): money that is none, with every fault a real provider has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from huike.kernel.money import Money
from huike.payments.errors import NoticeRefused
from huike.payments.providers.base import (
    Instruction,
    Misconfigured,
    Notice,
    PaymentAsk,
    PaymentTold,
    RefundAsk,
    RefundTold,
    Refused,
    Unanswered,
)
from huike.payments.providers.http import Http

_TIMEOUT_SECONDS: Final = 5.0


class SandboxProvider:
    """`secret` is `whsec_…`: the token of calls, and what notifications are signed with (Standard Webhooks)."""

    def __init__(self, *, url: str, secret: str) -> None:
        self._http = Http(url, timeout_seconds=_TIMEOUT_SECONDS)
        self._secret = secret
        self._signature = Webhook(secret)

    def authorise(self, ask: PaymentAsk) -> tuple[Instruction, PaymentTold]:
        answer = self._call(
            "POST",
            "/v1/payments",
            {
                "number": ask.number,
                "amount_minor": ask.amount.amount_minor,
                "currency": ask.amount.currency,
                "subject": ask.subject,
                "notify_url": ask.notify_url,
                "return_url": ask.return_url,
                "expires_at": ask.expires_at.timestamp(),
            },
        )
        if answer is None:
            raise Unanswered("the sandbox knows nothing of what it was just told")
        return Instruction(kind="redirect", url=answer["pay_url"]), _payment(answer)

    def capture(self, ask: PaymentAsk) -> PaymentTold:
        return _payment(self._call("POST", f"/v1/payments/{ask.number}/capture", {}))

    def query(self, ask: PaymentAsk) -> PaymentTold:
        return _payment(self._call("GET", f"/v1/payments/{ask.number}"))

    def close(self, ask: PaymentAsk) -> PaymentTold:
        return _payment(self._call("POST", f"/v1/payments/{ask.number}/close", {}))

    def refund(self, ask: RefundAsk) -> RefundTold:
        told = {
            "number": ask.number,
            "payment": ask.payment.number,
            "amount_minor": ask.amount.amount_minor,
            "notify_url": ask.payment.notify_url,
        }
        return _refund(self._call("POST", "/v1/refunds", told))

    def query_refund(self, ask: RefundAsk) -> RefundTold:
        return _refund(self._call("GET", f"/v1/refunds/{ask.number}"))

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        try:
            told = self._signature.verify(body, dict(headers))
        except (WebhookVerificationError, ValueError) as error:
            raise NoticeRefused from error
        about, object_ = told["type"], told["data"]
        payment = _payment(object_) if about == "payment" else None
        refund = _refund(object_) if about == "refund" else None
        return Notice(
            id=headers["webhook-id"],
            about=f"{about}.{object_['state']}",
            number=object_["number"],
            payment=payment,
            refund=refund,
        )

    def check(self) -> str:
        answer = self._call("GET", "/v1/ping")
        return str((answer or {}).get("says", ""))

    def _call(self, method: str, path: str, told: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The answer; None where there is no such thing."""
        body = None if told is None else json.dumps(told).encode()
        headers = {"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"}
        status, _, content = self._http.call(method, path, headers=headers, body=body)
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise Unanswered(f"HTTP {status}, and no JSON") from error
        if status == 200:
            return dict(answer)
        detail = f"HTTP {status}: {str(answer.get('error', ''))[:200]}"
        if status == 404:
            return None
        if status in {401, 403}:
            raise Misconfigured(detail)
        if 400 <= status < 500:
            raise Refused(detail, reason=str(answer.get("error", "")))
        raise Unanswered(detail)


def _payment(answer: Mapping[str, Any] | None) -> PaymentTold:
    if answer is None:
        return PaymentTold(state="not_found")
    captured = answer["state"] == "captured"
    return PaymentTold(
        state=answer["state"],
        reference=answer["id"],
        amount=Money(answer["amount_minor"], answer["currency"]) if captured else None,
        code=answer.get("code", ""),
    )


def _refund(answer: Mapping[str, Any] | None) -> RefundTold:
    if answer is None:
        return RefundTold(state="not_found")
    return RefundTold(
        state=answer["state"],
        reference=answer["id"],
        amount=Money(answer["amount_minor"], answer["currency"]),
        code=answer.get("code", ""),
    )
