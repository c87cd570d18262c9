"""The adapter to Stripe: a hosted Checkout page, refunds, signed webhooks.

Checkout Sessions and Refunds are made under our number as `Idempotency-Key`, so that a repeated call is the same call;
keys hold for a day at least, and after that nothing is created under an old one.
Rules: docs.stripe.com/api/idempotent_requests, docs.stripe.com/webhooks#verify-manually, docs.stripe.com/currencies.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from huike.kernel.money import Money, minor_exponent
from huike.payments.errors import NoticeRefused
from huike.payments.providers.base import (
    Instruction,
    Misconfigured,
    Notice,
    PaymentAsk,
    PaymentTold,
    RefundAsk,
    RefundState,
    RefundTold,
    Refused,
    Unanswered,
)
from huike.payments.providers.http import Http

URL: Final = "https://api.stripe.com"
API_VERSION: Final = "2024-06-20"
TOLERANCE: Final = timedelta(minutes=5)
_KEYS_HOLD: Final = timedelta(hours=23)
_SHORTEST_SESSION: Final = timedelta(minutes=31)  # Stripe asks for 30 at the least, by its own clock
_LONGEST_SESSION: Final = timedelta(hours=23, minutes=59)
# Where Stripe counts otherwise than ISO 4217 (docs.stripe.com/currencies, "special cases").
_EXPONENTS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
_NUMBER: Final = "huike_number"
# The intent, its charge, and what Stripe took for it; each is told whole instead of by its id.
_EXPAND: Final = "payment_intent.latest_charge.balance_transaction"
_REFUND_STATES: Final[dict[str, RefundState]] = {
    "succeeded": "succeeded",
    "pending": "processing",
    "requires_action": "processing",
    "failed": "refused",
    "canceled": "refused",
}


class StripeProvider:
    """`secret_key` is `sk_…` or a restricted `rk_…`; `webhook_secret` is the endpoint's `whsec_…`."""

    def __init__(self, *, secret_key: str, webhook_secret: str, url: str = URL) -> None:
        self._http = Http(url)
        self._secret_key, self._webhook_secret = secret_key, webhook_secret

    def authorise(self, ask: PaymentAsk) -> tuple[Instruction, PaymentTold]:
        session = self._create(ask)
        told = _session(session)
        if session.get("url"):
            return Instruction(kind="redirect", url=session["url"]), told
        if told.state in {"captured", "authorised"}:
            return Instruction(kind="done"), told
        raise Refused("the session is over", reason="session_over")

    def _create(self, ask: PaymentAsk) -> dict[str, Any]:
        ends_at = min(max(ask.expires_at, ask.started_at + _SHORTEST_SESSION), ask.started_at + _LONGEST_SESSION)
        form = {
            "mode": "payment",
            "client_reference_id": ask.number,
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": ask.amount.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(stripe_amount(ask.amount)),
            "line_items[0][price_data][product_data][name]": ask.subject or ask.number,
            "success_url": ask.return_url,
            "cancel_url": ask.return_url,
            "expires_at": str(int(ends_at.timestamp())),
            f"metadata[{_NUMBER}]": ask.number,
            f"payment_intent_data[metadata][{_NUMBER}]": ask.number,
            "expand[0]": "payment_intent",
        }
        created = self._call("POST", "/v1/checkout/sessions", form, key=ask.number)
        if created is None:
            raise Unanswered("Stripe knows no sessions")
        return created

    def _session_of(self, ask: PaymentAsk) -> dict[str, Any] | None:
        """The payment's session. Where its id never reached us, making it again under the same key tells it."""
        known = ask.handles.get("session")
        if known is None:
            return self._create(ask) if datetime.now(UTC) - ask.started_at < _KEYS_HOLD else None
        return self._call("GET", f"/v1/checkout/sessions/{quote(known, safe='')}?expand[]={_EXPAND}")

    def query(self, ask: PaymentAsk) -> PaymentTold:
        session = self._session_of(ask)
        return PaymentTold(state="not_found") if session is None else _session(session)

    def capture(self, ask: PaymentAsk) -> PaymentTold:
        intent = ask.handles.get("intent")
        if intent is not None:
            self._call("POST", f"/v1/payment_intents/{quote(intent, safe='')}/capture", {}, key=f"{ask.number}-capture")
        return self.query(ask)

    def close(self, ask: PaymentAsk) -> PaymentTold:
        session = self._session_of(ask)
        if session is None:
            return PaymentTold(state="not_found")
        told = _session(session)
        if session.get("status") == "open":
            try:
                expired = self._call("POST", f"/v1/checkout/sessions/{session['id']}/expire", {})
            except Refused:  # paid or over in the meantime
                return self.query(ask)
            return told if expired is None else _session(expired)
        intent = told.handles.get("intent")
        if told.state == "authorised" and intent is not None:
            self._call("POST", f"/v1/payment_intents/{intent}/cancel", {}, key=f"{ask.number}-cancel")
            return self.query(ask)
        return told

    def refund(self, ask: RefundAsk) -> RefundTold:
        form = {
            "payment_intent": str(ask.payment.handles.get("intent", "")),
            "amount": str(stripe_amount(ask.amount)),
            f"metadata[{_NUMBER}]": ask.number,
            "metadata[reason]": ask.reason,
        }
        answer = self._call("POST", "/v1/refunds", form, key=ask.number)
        if answer is None:
            raise Refused("Stripe does not know the payment", reason="resource_missing")
        return _refund(answer)

    def query_refund(self, ask: RefundAsk) -> RefundTold:
        known = ask.handles.get("refund")
        if known is not None:
            answer = self._call("GET", f"/v1/refunds/{quote(known, safe='')}")
            return RefundTold(state="not_found") if answer is None else _refund(answer)
        intent = quote(str(ask.payment.handles.get("intent", "")), safe="")
        listed = self._call("GET", f"/v1/refunds?payment_intent={intent}&limit=100") or {}
        for each in listed.get("data", ()):
            if (each.get("metadata") or {}).get(_NUMBER) == ask.number:
                return _refund(each)
        return RefundTold(state="not_found")

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        check_signature(headers.get("stripe-signature", ""), body, secret=self._webhook_secret, now=now)
        try:
            event = json.loads(body)
            about, object_ = str(event["type"]), event["data"]["object"]
            payment = refund = None
            number = ""
            if about.startswith("checkout.session."):
                payment, number = _session(object_), str(object_.get("client_reference_id") or "")
            elif object_.get("object") == "refund":
                refund, number = _refund(object_), str((object_.get("metadata") or {}).get(_NUMBER, ""))
            return Notice(id=str(event["id"]), about=about, number=number, payment=payment, refund=refund)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoticeRefused("signed, and not an event") from error

    def check(self) -> str:
        answer = self._call("GET", "/v1/balance") or {}
        return "live" if answer.get("livemode") else "test"

    def _call(
        self, method: str, path: str, form: Mapping[str, str] | None = None, *, key: str | None = None
    ) -> dict[str, Any] | None:
        """The answer; None where there is no such thing."""
        headers = {"Authorization": f"Bearer {self._secret_key}", "Stripe-Version": API_VERSION}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form).encode()
        if key is not None:
            headers["Idempotency-Key"] = key
        status, _, content = self._http.call(method, path, headers=headers, body=body)
        try:
            answer = dict(json.loads(content))
        except (ValueError, TypeError) as error:
            raise Unanswered(f"HTTP {status}, and no JSON") from error
        if status == 200:
            return answer
        told = answer.get("error") or {}
        reason = str(told.get("decline_code") or told.get("code") or told.get("type") or status)
        detail = f"HTTP {status} {reason}: {str(told.get('message', ''))[:200]}"
        if status == 404:
            return None
        if status in {401, 403}:
            raise Misconfigured(detail)
        # A key in use, or used for other parameters: what was done under it is still to be asked.
        if status == 409 or told.get("type") == "idempotency_error" or status >= 500:
            raise Unanswered(detail)
        raise Refused(detail, reason=reason)


def check_signature(header: str, body: bytes, *, secret: str, now: datetime) -> None:
    """`Stripe-Signature: t=…,v1=…`: HMAC-SHA256 of `t.body`, any of several `v1`, not older than TOLERANCE. Raises
    NoticeRefused."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    given = [value for name, _, value in parts if name.strip() == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) < 13):
        raise NoticeRefused
    wanted = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(wanted.encode(), value.encode()) for value in given):
        raise NoticeRefused
    if abs(now.timestamp() - int(times[0])) > TOLERANCE.total_seconds():
        raise NoticeRefused("the notification is too old")


def stripe_amount(amount: Money) -> int:
    """The amount in the unit Stripe counts this currency in. Raises Refused where Stripe cannot say it."""
    shift = _EXPONENTS.get(amount.currency, minor_exponent(amount.currency)) - minor_exponent(amount.currency)
    if shift >= 0:
        return amount.amount_minor * int(10**shift)
    whole, rest = divmod(amount.amount_minor, int(10**-shift))
    if rest:
        raise Refused(f"Stripe takes whole {amount.currency} only", reason="amount_not_whole")
    return whole


def _money(minor: int, currency: str) -> Money:
    currency = currency.upper()
    shift = minor_exponent(currency) - _EXPONENTS.get(currency, minor_exponent(currency))
    return Money(minor * int(10**shift) if shift >= 0 else minor // int(10**-shift), currency)


def _session(session: Mapping[str, Any]) -> PaymentTold:
    intent = session.get("payment_intent")
    state_of_intent = intent.get("status", "") if isinstance(intent, Mapping) else ""
    intent_id = intent.get("id") if isinstance(intent, Mapping) else intent
    handles = {"session": session["id"], **({"intent": intent_id} if intent_id else {})}
    reference = str(intent_id or session["id"])
    if session.get("payment_status") == "paid":
        amount = _money(int(session["amount_total"]), str(session["currency"]))
        return PaymentTold(state="captured", reference=reference, amount=amount, fee=_fee(intent), handles=handles)
    if state_of_intent == "requires_capture":
        return PaymentTold(state="authorised", reference=reference, handles=handles)
    if session.get("status") == "expired" or state_of_intent == "canceled":
        return PaymentTold(state="closed", reference=reference, code="session_expired", handles=handles)
    if session.get("status") == "complete" and state_of_intent == "requires_payment_method":
        return PaymentTold(state="failed", reference=reference, code="payment_failed", handles=handles)
    return PaymentTold(state="pending", reference=reference, handles=handles)


def _fee(intent: Any) -> Money | None:
    """What Stripe took, where it was told with the intent: in the currency it pays out in."""
    charge = intent.get("latest_charge") if isinstance(intent, Mapping) else None
    moved = charge.get("balance_transaction") if isinstance(charge, Mapping) else None
    return _money(int(moved["fee"]), str(moved["currency"])) if isinstance(moved, Mapping) else None


def _refund(refund: Mapping[str, Any]) -> RefundTold:
    state = _REFUND_STATES.get(str(refund.get("status")), "processing")
    return RefundTold(
        state=state,
        reference=str(refund["id"]),
        amount=_money(int(refund["amount"]), str(refund["currency"])),
        code=str(refund.get("failure_reason") or ("canceled" if state == "refused" else "")),
        handles={"refund": refund["id"]},
    )
