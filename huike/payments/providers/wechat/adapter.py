"""The adapter to WeChat Pay: a QR code (Native), or WeChat's own browser (JSAPI) where the payer's openid is known.

WeChat keeps our numbers (`out_trade_no`, `out_refund_no`) unique by itself, so a repeated call is the same call.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from threading import Lock
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from huike.kernel.money import Money
from huike.payments.errors import NoticeRefused
from huike.payments.providers.base import (
    Failure,
    Instruction,
    Misconfigured,
    Notice,
    PaymentAsk,
    PaymentState,
    PaymentTold,
    RefundAsk,
    RefundState,
    RefundTold,
    Refused,
    Unanswered,
)
from huike.payments.providers.http import Http
from huike.payments.providers.wechat.signing import (
    Unsigned,
    authorization,
    certificates_in,
    check,
    opened,
    page_message,
    private_key_of,
    public_key_of,
    request_message,
    sign,
)

URL: Final = "https://api.mch.weixin.qq.com"
_CHINA: Final = timezone(timedelta(hours=8))
_CERTIFICATES_EVERY_SECONDS: Final = 60.0
# Of us, not of the payment: nothing is to be ended for it.
_OURS: Final = frozenset(
    {"PARAM_ERROR", "SIGN_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS", "OUT_TRADE_NO_USED"}
)
_NOT_FOUND: Final = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"})
_STATES: Final[dict[str, PaymentState]] = {
    "SUCCESS": "captured",
    "REFUND": "captured",  # it was paid, and some of it went back
    "NOTPAY": "pending",
    "USERPAYING": "pending",
    "CLOSED": "closed",
    "REVOKED": "closed",
    "PAYERROR": "failed",
}
_REFUND_STATES: Final[dict[str, RefundState]] = {
    "SUCCESS": "succeeded",
    "PROCESSING": "processing",
    "ABNORMAL": "processing",  # WeChat wants a person to end it in the merchant's console
    "CLOSED": "refused",
}
NEEDS_HAND: Final = "refund.needs_hand"


class _Told(Exception):
    """An answer that is not success, by WeChat's own code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"HTTP {status} {code}: {message}"[:300])
        self.status, self.code = status, code


class WechatProvider:
    """`merchant_serial` and `private_key` are the merchant's API certificate; answers are checked with `public_key`
    (`public_key_id` is `PUB_KEY_ID_…`), or without one with the platform's certificates, which are fetched."""

    def __init__(
        self,
        *,
        appid: str,
        mchid: str,
        merchant_serial: str,
        private_key: str,
        api_v3_key: str,
        public_key_id: str = "",
        public_key: str = "",
        url: str = URL,
    ) -> None:
        self._http = Http(url)
        self._appid, self._mchid, self._serial = appid, mchid, merchant_serial
        self._private_key, self._api_v3_key = private_key_of(private_key), api_v3_key
        self._public_key_id = public_key_id
        self._keys: dict[str, RSAPublicKey] = {public_key_id: public_key_of(public_key)} if public_key else {}
        self._fetching, self._fetched_at = Lock(), 0.0

    def authorise(self, ask: PaymentAsk) -> tuple[Instruction, PaymentTold]:
        told: dict[str, Any] = {
            "appid": self._appid,
            "mchid": self._mchid,
            "description": ask.subject or ask.number,
            "out_trade_no": ask.number,
            "time_expire": ask.expires_at.astimezone(_CHINA).isoformat(timespec="seconds"),
            "notify_url": ask.notify_url,
            "amount": {"total": ask.amount.amount_minor, "currency": ask.amount.currency},
        }
        kind = "native"
        if ask.payer:
            kind, told["payer"] = "jsapi", {"openid": ask.payer}
        try:
            answer = self._call("POST", f"/v3/pay/transactions/{kind}", told)
        except _Told as refusal:
            if refusal.code == "ORDERPAID":
                return Instruction(kind="done"), self.query(ask)
            raise _failure(refusal) from refusal
        if kind == "native":
            return Instruction(kind="qr", text=str(answer["code_url"])), PaymentTold(state="pending")
        return Instruction(kind="jsapi", params=self._page(str(answer["prepay_id"]))), PaymentTold(state="pending")

    def _page(self, prepay_id: str) -> dict[str, str]:
        timestamp, nonce, package = int(time.time()), secrets.token_hex(16), f"prepay_id={prepay_id}"
        message = page_message(self._appid, timestamp=timestamp, nonce=nonce, package=package)
        return {
            "appId": self._appid,
            "timeStamp": str(timestamp),
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": sign(self._private_key, message),
        }

    def capture(self, ask: PaymentAsk) -> PaymentTold:
        """There is one step only."""
        return self.query(ask)

    def query(self, ask: PaymentAsk) -> PaymentTold:
        path = f"/v3/pay/transactions/out-trade-no/{ask.number}?mchid={self._mchid}"
        try:
            return _payment(self._call("GET", path))
        except _Told as refusal:
            if refusal.code in _NOT_FOUND:
                return PaymentTold(state="not_found")
            raise _failure(refusal) from refusal

    def close(self, ask: PaymentAsk) -> PaymentTold:
        path = f"/v3/pay/transactions/out-trade-no/{ask.number}/close"
        try:
            self._call("POST", path, {"mchid": self._mchid})
        except _Told as refusal:
            if refusal.code in _NOT_FOUND:
                return PaymentTold(state="not_found")
            if refusal.code in {"ORDERPAID", "ORDER_CLOSED", "TRADE_ERROR", "INVALID_REQUEST"}:
                return self.query(ask)
            raise _failure(refusal) from refusal
        return PaymentTold(state="closed", code="closed")

    def refund(self, ask: RefundAsk) -> RefundTold:
        told = {
            "out_trade_no": ask.payment.number,
            "out_refund_no": ask.number,
            "reason": ask.reason[:80],
            "notify_url": ask.payment.notify_url,
            "amount": {
                "refund": ask.amount.amount_minor,
                "total": ask.payment.amount.amount_minor,
                "currency": ask.amount.currency,
            },
        }
        try:
            return _refund(self._call("POST", "/v3/refund/domestic/refunds", told), state_in="status")
        except _Told as refusal:
            raise _failure(refusal) from refusal

    def query_refund(self, ask: RefundAsk) -> RefundTold:
        try:
            return _refund(self._call("GET", f"/v3/refund/domestic/refunds/{ask.number}"), state_in="status")
        except _Told as refusal:
            if refusal.code in _NOT_FOUND:
                return RefundTold(state="not_found")
            raise _failure(refusal) from refusal

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        try:
            check(self._key(headers.get("wechatpay-serial", "")), headers, body, now=now)
            told = json.loads(body)
            about = str(told["event_type"])
            resource = json.loads(opened(self._api_v3_key, told["resource"]))
            if resource.get("mchid") != self._mchid:
                raise Unsigned("of another merchant")
            if about.startswith("REFUND."):
                refund = _refund(resource, state_in="refund_status")
                return Notice(id=str(told["id"]), about=about, number=str(resource["out_refund_no"]), refund=refund)
            if about.startswith("TRANSACTION."):
                payment = _payment(resource)
                return Notice(id=str(told["id"]), about=about, number=str(resource["out_trade_no"]), payment=payment)
            return Notice(id=str(told["id"]), about=about)
        except (Unsigned, Failure, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoticeRefused from error

    def check(self) -> str:
        """Ask for what cannot be there: "no such order", signed, says that keys and numbers fit on both sides."""
        try:
            self._call("GET", f"/v3/pay/transactions/out-trade-no/HUIKECHECK?mchid={self._mchid}")
        except _Told as refusal:
            if refusal.code not in _NOT_FOUND:
                raise _failure(refusal) from refusal
        return self._mchid

    def _call(self, method: str, path: str, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer, its signature checked. Raises _Told where it is none of success."""
        status, headers, content = self._send(method, path, told)
        try:
            check(self._key(headers.get("wechatpay-serial", "")), headers, content, now=datetime.now(UTC))
        except Unsigned as error:
            # Nothing unsigned is believed; only that it will not be different until somebody changes a setting.
            if status == 401:
                raise Misconfigured(f"HTTP 401: {content[:200].decode('utf-8', 'replace')}") from error
            raise Unanswered(f"HTTP {status}, {error}") from error
        try:
            answer = dict(json.loads(content)) if content else {}
        except (ValueError, TypeError) as error:
            raise Unanswered(f"HTTP {status}, and no JSON") from error
        if 200 <= status < 300:
            return answer
        raise _Told(status, str(answer.get("code", status)), str(answer.get("message", "")))

    def _send(
        self, method: str, path: str, told: Mapping[str, Any] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        body = "" if told is None else json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        timestamp, nonce = int(time.time()), secrets.token_hex(16)
        signature = sign(self._private_key, request_message(method, path, timestamp=timestamp, nonce=nonce, body=body))
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": authorization(
                mchid=self._mchid, serial=self._serial, timestamp=timestamp, nonce=nonce, signature=signature
            ),
        }
        if self._public_key_id:
            headers["Wechatpay-Serial"] = self._public_key_id
        return self._http.call(method, path, headers=headers, body=body.encode() if body else None)

    def _key(self, serial: str) -> RSAPublicKey:
        """The key of that serial; the platform's certificates are fetched for one nobody knows, once a minute at most.
        Raises Unsigned; Failure where they cannot be fetched."""
        known = self._keys.get(serial)
        if known is None and serial and not self._public_key_id:
            with self._fetching:
                if serial not in self._keys and time.monotonic() - self._fetched_at > _CERTIFICATES_EVERY_SECONDS:
                    self._fetched_at = time.monotonic()
                    self._fetch_certificates()
            known = self._keys.get(serial)
        if known is None:
            raise Unsigned(f"signed with a key nobody knows: {serial[:60]}")
        return known

    def _fetch_certificates(self) -> None:
        """Sealed under the APIv3 key, which only WeChat and the merchant know; then signed by one of themselves."""
        status, headers, content = self._send("GET", "/v3/certificates")
        if status != 200:
            raise Unsigned(f"the platform's certificates: HTTP {status}")
        fresh = certificates_in(self._api_v3_key, content)
        signer = fresh.get(headers.get("wechatpay-serial", ""))
        if signer is None:
            raise Unsigned("the platform's certificates are signed by none of them")
        check(signer, headers, content, now=datetime.now(UTC))
        self._keys = {**self._keys, **fresh}


def _failure(refusal: _Told) -> Failure:
    if refusal.code in _OURS or refusal.status == 401:
        return Misconfigured(str(refusal))
    if refusal.status >= 500 or refusal.code in {"SYSTEM_ERROR", "BANK_ERROR", "FREQUENCY_LIMITED"}:
        return Unanswered(str(refusal))
    return Refused(str(refusal), reason=refusal.code)


def _payment(told: Mapping[str, Any]) -> PaymentTold:
    state = _STATES.get(str(told.get("trade_state")), "pending")
    captured = state == "captured"
    return PaymentTold(
        state=state,
        reference=str(told.get("transaction_id") or ""),
        amount=_money(told["amount"], "total") if captured else None,
        captured_at=_instant(told.get("success_time")) if captured else None,
        code="" if captured else str(told.get("trade_state", "")),
        detail=str(told.get("trade_state_desc") or ""),
    )


def _refund(told: Mapping[str, Any], *, state_in: str) -> RefundTold:
    state = str(told.get(state_in))
    return RefundTold(
        state=_REFUND_STATES.get(state, "processing"),
        reference=str(told.get("refund_id") or ""),
        amount=_money(told["amount"], "refund"),
        code={"ABNORMAL": NEEDS_HAND, "CLOSED": "CLOSED"}.get(state, ""),
    )


def _money(amount: Mapping[str, Any], name: str) -> Money:
    return Money(int(amount[name]), str(amount.get("currency") or "CNY"))


def _instant(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
