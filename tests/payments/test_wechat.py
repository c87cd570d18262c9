"""The adapter against a server that keeps orders as WeChat Pay does, believes only requests whose signature openssl
accepts, and signs its answers. Nothing here ever reached WeChat itself."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from huike.kernel.money import Money
from huike.payments.errors import NoticeRefused
from huike.payments.providers.base import Misconfigured, PaymentAsk, RefundAsk, Refused, Unanswered
from huike.payments.providers.wechat import WechatProvider

API_V3_KEY = "0123456789abcdef0123456789ABCDEF"
MCHID, APPID, SERIAL, KEY_ID = (
    "1900007291",
    "wxd678efh567hg6787",
    "408B07E79B8269FE",
    "PUB_KEY_ID_0114232134912410000000000000",
)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


MERCHANT, PLATFORM, STRANGER = new_key(), new_key(), new_key()


def certificate_of(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(0x5157F09EFDC096DE15EBE81A47057A7232F1B8E1)
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1800))
    return builder.sign(key, hashes.SHA256())


CERTIFICATE = certificate_of(PLATFORM)
CERTIFICATE_SERIAL = f"{CERTIFICATE.serial_number:X}"


def sealed(plain: bytes, associated: str = "transaction") -> dict[str, str]:
    text = AESGCM(API_V3_KEY.encode()).encrypt(b"uluk4a9R25RW", plain, associated.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": "uluk4a9R25RW",
        "associated_data": associated,
        "ciphertext": base64.b64encode(text).decode(),
    }


def signed_headers(body: bytes, *, key: rsa.RSAPrivateKey = PLATFORM, serial: str = KEY_ID, at: float | None = None):
    timestamp = str(int(at or time.time()))
    message = f"{timestamp}\nN0NCE\n".encode() + body + b"\n"
    signature = base64.b64encode(key.sign(message, PKCS1v15(), hashes.SHA256())).decode()
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": "N0NCE",
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": signature,
    }


class WeChat:
    """`sign_with` and `serial` are what answers are signed with; None leaves them unsigned."""

    def __init__(self, server: HTTPServer, folder: Path) -> None:
        self.url = server.url_for("").rstrip("/")
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.refund_status = "SUCCESS"
        self.sign_with: rsa.RSAPrivateKey | None = PLATFORM
        self.serial = KEY_ID
        self.asked: list[str] = []
        self._folder = folder
        (folder / "merchant.pem").write_text(public_pem(MERCHANT))
        server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        path = request.full_path.removesuffix("?")
        self.asked.append(f"{request.method} {path}")
        body = request.get_data()
        if not self.is_signed(request.headers.get("Authorization", ""), request.method, path, body):
            return Response(b'{"code":"SIGN_ERROR","message":"\xe9\x94\x99\xe8\xaf\xaf"}', 401)
        status, told = self.do(request.method, request.path, json.loads(body) if body else {})
        content = b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
        headers = signed_headers(content, key=self.sign_with, serial=self.serial) if self.sign_with else {}
        return Response(content, status, headers, content_type="application/json")

    def is_signed(self, authorization: str, method: str, path: str, body: bytes) -> bool:
        """By openssl, from the parts of the header and the request as it came over the wire."""
        scheme, _, rest = authorization.partition(" ")
        parts = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        assert (scheme, parts["mchid"], parts["serial_no"]) == ("WECHATPAY2-SHA256-RSA2048", MCHID, SERIAL)
        assert abs(int(parts["timestamp"]) - time.time()) < 5
        assert 16 <= len(parts["nonce_str"]) <= 32
        signature = self._folder / "signature"
        signature.write_bytes(base64.b64decode(parts["signature"]))
        message = f"{method}\n{path}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode() + body + b"\n"
        command = ["openssl", "dgst", "-sha256", "-verify", "merchant.pem", "-signature", "signature"]
        done = subprocess.run(command, input=message, cwd=self._folder, capture_output=True, check=False)
        return done.returncode == 0

    def do(self, method: str, path: str, told: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        if path == "/v3/certificates":
            pem = CERTIFICATE.public_bytes(serialization.Encoding.PEM)
            entry = {"serial_no": CERTIFICATE_SERIAL, "encrypt_certificate": sealed(pem, "certificate")}
            return 200, {"data": [entry]}
        if path in {"/v3/pay/transactions/native", "/v3/pay/transactions/jsapi"}:
            return self.open(path.rsplit("/", 1)[1], told)
        if found := re.fullmatch(r"/v3/pay/transactions/out-trade-no/(\w+)(/close)?", path):
            return self.of_order(self.orders.get(found[1]), closing=found[2] is not None)
        if path == "/v3/refund/domestic/refunds":
            return self.give_back(told)
        known = self.refunds.get(path.rsplit("/", 1)[1])
        return (200, known) if known else (404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"})

    def open(self, kind: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if (told["appid"], told["mchid"]) != (APPID, MCHID):
            return 400, {"code": "APPID_MCHID_NOT_MATCH", "message": "appid和mch_id不匹配"}
        datetime.fromisoformat(told["time_expire"])
        known = self.orders.setdefault(
            told["out_trade_no"],
            {
                "appid": APPID,
                "mchid": MCHID,
                "out_trade_no": told["out_trade_no"],
                "trade_state": "NOTPAY",
                "trade_state_desc": "订单未支付",
                "amount": {"total": told["amount"]["total"], "currency": told["amount"]["currency"]},
            },
        )
        if known["trade_state"] == "SUCCESS":
            return 400, {"code": "ORDERPAID", "message": "订单已支付"}
        if kind == "jsapi":
            return 200, {"prepay_id": f"wx{told['payer']['openid']}"}
        return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={told['out_trade_no']}"}

    def of_order(self, order: dict[str, Any] | None, *, closing: bool) -> tuple[int, dict[str, Any] | None]:
        if order is None:
            return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
        if not closing:
            return 200, order
        if order["trade_state"] == "SUCCESS":
            return 400, {"code": "ORDERPAID", "message": "订单已支付"}
        order["trade_state"] = "CLOSED"
        return 204, None

    def pay(self, number: str) -> None:
        self.orders[number] |= {
            "trade_state": "SUCCESS",
            "transaction_id": "4200001",
            "success_time": "2026-11-30T13:20:00+08:00",
        }

    def give_back(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        order = self.orders.get(told["out_trade_no"])
        if order is None or order["trade_state"] != "SUCCESS":
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "订单号不存在"}
        if told["amount"]["refund"] > order["amount"]["total"] or self.refund_status == "NOT_ENOUGH":
            return 403, {"code": "NOT_ENOUGH", "message": "余额不足"}
        number = told["out_refund_no"]
        self.refunds.setdefault(
            number,
            {
                "refund_id": "503000",
                "out_refund_no": number,
                "status": self.refund_status,
                "amount": {**told["amount"], "payer_refund": told["amount"]["refund"]},
            },
        )
        return 200, self.refunds[number]


@pytest.fixture
def wechat(httpserver: HTTPServer, tmp_path: Path) -> WeChat:
    return WeChat(httpserver, tmp_path)


def provider(wechat: WeChat, **changed: str) -> WechatProvider:
    settings = {
        "appid": APPID,
        "mchid": MCHID,
        "merchant_serial": SERIAL,
        "private_key": private_pem(MERCHANT),
        "api_v3_key": API_V3_KEY,
        "public_key_id": KEY_ID,
        "public_key": public_pem(PLATFORM),
        "url": wechat.url,
    }
    return WechatProvider(**{**settings, **changed})


def asked(number: str = "P0000000000000000000001", *, payer: str = "", minor: int = 100) -> PaymentAsk:
    return PaymentAsk(
        number=number,
        amount=Money(minor, "CNY"),
        subject="下午茶双人餐",
        payer=payer,
        return_url="https://shop.example/back",
        notify_url="https://shop.example/pay/notify/wechat",
        started_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(minutes=15),
    )


def refund_asked(number: str = "R0000000000000000000001", *, minor: int = 60) -> RefundAsk:
    return RefundAsk(number=number, payment=asked(), amount=Money(minor, "CNY"), reason="group.failed")


def test_a_native_payment_is_shown_as_a_code_and_found_captured(wechat: WeChat) -> None:
    ours = provider(wechat)
    assert ours.query(asked()).state == "not_found"
    instruction, told = ours.authorise(asked())
    assert (instruction.kind, instruction.text) == ("qr", "weixin://wxpay/bizpayurl?pr=P0000000000000000000001")
    assert told.state == ours.query(asked()).state == "pending"
    wechat.pay(asked().number)
    told = ours.query(asked())
    assert (told.state, told.reference, told.amount) == ("captured", "4200001", Money(100, "CNY"))
    assert told.captured_at == datetime(2026, 11, 30, 5, 20, tzinfo=UTC)
    # Started once more, it is paid.
    instruction, told = ours.authorise(asked())
    assert (instruction.kind, told.state) == ("done", "captured")
    assert f"GET /v3/pay/transactions/out-trade-no/{asked().number}?mchid={MCHID}" in wechat.asked


def test_what_a_page_hands_to_wechat_is_signed_with_the_merchants_key(wechat: WeChat, tmp_path: Path) -> None:
    instruction, _ = provider(wechat).authorise(asked(payer="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"))
    params = dict(instruction.params)
    assert (instruction.kind, params["package"], params["signType"]) == (
        "jsapi", "prepay_id=wxoUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "RSA",
    )  # fmt: skip
    message = f"{APPID}\n{params['timeStamp']}\n{params['nonceStr']}\n{params['package']}\n".encode()
    MERCHANT.public_key().verify(base64.b64decode(params["paySign"]), message, PKCS1v15(), hashes.SHA256())


def test_closing_closes_but_for_what_was_paid(wechat: WeChat) -> None:
    ours = provider(wechat)
    assert ours.close(asked()).state == "not_found"
    ours.authorise(asked())
    assert ours.close(asked()).state == "closed"
    ours.authorise(asked("P2"))
    wechat.pay("P2")
    assert ours.close(asked("P2")).state == "captured"


def test_a_refund_is_one_by_its_number_and_asked_for_by_it(wechat: WeChat) -> None:
    ours = provider(wechat)
    ours.authorise(asked())
    wechat.pay(asked().number)
    assert ours.query_refund(refund_asked()).state == "not_found"
    assert ours.refund(refund_asked()) == ours.refund(refund_asked())
    told = ours.query_refund(refund_asked())
    assert (told.state, told.reference, told.amount) == ("succeeded", "503000", Money(60, "CNY"))
    assert len(wechat.refunds) == 1


@pytest.mark.parametrize(
    ("status", "state", "code"),
    [
        ("PROCESSING", "processing", ""),
        ("ABNORMAL", "processing", "refund.needs_hand"),
        ("CLOSED", "refused", "CLOSED"),
    ],
)
def test_what_wechat_says_of_a_refund(wechat: WeChat, status: str, state: str, code: str) -> None:
    ours = provider(wechat)
    ours.authorise(asked())
    wechat.pay(asked().number)
    wechat.refund_status = status
    told = ours.refund(refund_asked())
    assert (told.state, told.code) == (state, code)


def test_a_refund_wechat_will_not_make_is_refused_with_its_code(wechat: WeChat) -> None:
    ours = provider(wechat)
    ours.authorise(asked())
    wechat.pay(asked().number)
    wechat.refund_status = "NOT_ENOUGH"
    with pytest.raises(Refused) as refused:
        ours.refund(refund_asked())
    assert refused.value.reason == "NOT_ENOUGH"


@pytest.mark.parametrize("how", ["unsigned", "by a stranger", "with an unknown key"])
def test_an_answer_that_is_not_wechats_is_no_answer(wechat: WeChat, how: str) -> None:
    ours = provider(wechat)
    ours.authorise(asked())
    wechat.pay(asked().number)
    if how == "unsigned":
        wechat.sign_with = None
    elif how == "by a stranger":
        wechat.sign_with = STRANGER
    else:
        wechat.serial = "PUB_KEY_ID_OTHER"
    with pytest.raises(Unanswered):
        ours.query(asked())


def test_a_wrong_key_of_ours_is_told_as_a_wrong_setting(wechat: WeChat) -> None:
    with pytest.raises(Misconfigured):
        provider(wechat, private_key=private_pem(STRANGER)).query(asked())
    with pytest.raises(Misconfigured, match="APPID_MCHID_NOT_MATCH"):
        provider(wechat, appid="wxother").authorise(asked())


def test_without_a_public_key_the_platforms_certificates_are_fetched_and_their_own_serial_counts(
    wechat: WeChat,
) -> None:
    wechat.serial = CERTIFICATE_SERIAL
    ours = provider(wechat, public_key_id="", public_key="")
    assert ours.query(asked()).state == "not_found"
    assert ours.query(asked()).state == "not_found"
    assert wechat.asked.count("GET /v3/certificates") == 1
    wechat.serial = "AB12"
    with pytest.raises(Unanswered):
        ours.query(asked())
    assert wechat.asked.count("GET /v3/certificates") == 1  # not for everybody who names a serial


def test_certificates_sealed_under_another_key_are_not_believed(wechat: WeChat) -> None:
    wechat.serial = CERTIFICATE_SERIAL
    with pytest.raises(Unanswered):
        provider(wechat, public_key_id="", public_key="", api_v3_key="x" * 32).query(asked())


def test_the_check_says_that_keys_and_numbers_fit(wechat: WeChat) -> None:
    assert provider(wechat).check() == MCHID
    with pytest.raises(Misconfigured):
        provider(wechat, private_key=private_pem(STRANGER)).check()


def notification(event: str = "TRANSACTION.SUCCESS", *, mchid: str = MCHID, **changed: Any) -> bytes:
    resource = {
        "mchid": mchid,
        "appid": APPID,
        "out_trade_no": "P0000000000000000000001",
        "transaction_id": "4200001",
        "trade_state": "SUCCESS",
        "success_time": "2026-11-30T13:20:00+08:00",
        "amount": {"total": 100, "payer_total": 100, "currency": "CNY"},
        **changed,
    }
    told = {"id": "EV-1", "event_type": event, "resource": sealed(json.dumps(resource).encode())}
    return json.dumps(told).encode()


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_a_notification_is_verified_opened_and_read(wechat: WeChat) -> None:
    body = notification()
    notice = provider(wechat).verify(lower(signed_headers(body)), body, now=datetime.now(UTC))
    assert (notice.id, notice.about, notice.number) == ("EV-1", "TRANSACTION.SUCCESS", asked().number)
    assert notice.payment is not None
    assert (notice.payment.state, notice.payment.amount) == ("captured", Money(100, "CNY"))
    body = notification(
        "REFUND.ABNORMAL",
        out_refund_no="R1",
        refund_id="503",
        refund_status="ABNORMAL",
        amount={"total": 100, "refund": 60, "payer_refund": 60},
    )
    notice = provider(wechat).verify(lower(signed_headers(body)), body, now=datetime.now(UTC))
    assert notice.refund is not None
    assert (notice.number, notice.refund.state, notice.refund.amount) == ("R1", "processing", Money(60, "CNY"))


@pytest.mark.parametrize(
    "how", ["stranger", "old", "changed", "other merchant", "unknown key", "other seal", "no JSON"]
)
def test_a_notification_that_is_not_wechats_is_refused(wechat: WeChat, how: str) -> None:
    body = notification(mchid="1" if how == "other merchant" else MCHID) if how != "no JSON" else b"no"
    headers = signed_headers(
        body,
        key=STRANGER if how == "stranger" else PLATFORM,
        serial="PUB_KEY_ID_OTHER" if how == "unknown key" else KEY_ID,
        at=time.time() - 301 if how == "old" else None,
    )
    if how == "changed":
        body = body.replace(b"EV-1", b"EV-2")
    ours = provider(wechat, api_v3_key="x" * 32) if how == "other seal" else provider(wechat)
    with pytest.raises(NoticeRefused):
        ours.verify(lower(headers), body, now=datetime.now(UTC))
