"""The rules of signing against what WeChat publishes: strings, keys and signatures from its documentation and its SDK.

The documentation signs with a key pair it gives out for this purpose. RSASSA-PKCS1-v1_5 is deterministic: a published
signature that fits our string under the pair's public half is the signature we would have made.
"""

from __future__ import annotations

import base64
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from huike.payments.providers.wechat import signing

# pay.weixin.qq.com/doc/v3/merchant/4012365334 ff., "apiclient_test_key.pem": its public half.
DOCUMENTED_KEY = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAptpm+qvIDCh/9wjU26SQ
CK26ogYkBhDrYxnAaw2JbbBsp1oDbHKk+1r381NeBUG2HEFAuU+Fr72u5ot3yKdz
oF/FajAzQNKnm569/D3upKoi8mYBaST15Uig8j8qoUW1U217LL0jEHlSnHV3lcaD
TXqDpTRR4Bfz9IqOgJgFZ8/oTfEomSrjrLYef81Eyxr7ZIMQXEKKEK7V4UXKS0+/
fDsiG/cXidhzt8UbTL9vqXqxM2+IDImyO+FAc/tkBG55LmzxPto1Nq0WbnZzRM/w
Tzrd0I/8NlevxtFbphg4evlHjFNI7+GrqR87ViEwuAJJ9Je5QQjct5YJfFRWiZ5C
MQIDAQAB
-----END PUBLIC KEY-----
"""
NONCE, TIMESTAMP = "593BEC0C930BF1AFEB40B4A08C8FB242", 1554208460
# The same pages, each with the signature it arrives at.
GET_SIGNATURE = (
    "Lc9VXxmeonkdV8Xk9tmigQFLhl0vRWTerdmoRu01aAnYwIrD/5nsSwE1WlmZGLRlAFTNQ3QsMa0+VRDlJp1Wp5p0nO8EK68b5sJBbjouxaFciIfq"
    "1zfDWWz+jqhcMoKXI1A6dPm1AW7D4d30WsMTNzp6g23OXakIsh9LO3lUmwvTuE0BY8ncf6tNGk4wKmvXwERd/ZpoQY3MAVKz+Nakwc+2XBmzT66K"
    "cUehU5kr4IvGa/lEU5RZb/q00zP9VLdBhC/jQSX3X1UcJLCtEc4gTmib4tnmAT+bHF/e17ZAuxDNcx6rqT8gNEXqaJGG+1OflMSTU2tpyG65G4dM"
    "KdFcoA=="
)
POST_SIGNATURE = (
    "jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq1sltaQKyncCyrA1g88m5bsKE"
    "RQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9f/BnjXAOP3/sPObg6V5Ee4EzwLox684hhuMuIwHo7D8KFk3L"
    "IHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0"
    "t4v01A=="
)
POST_BODY = (
    '{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔",'
    '"out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php",'
    '"amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}'
)
PAGE_SIGNATURE = (
    "mI35pfNEQV6777ke/1T+LJLQDNTm7yeoUJH+j/adPGhmCCi0PbgkvYQTRcXH0uibcLVtvFLdGLpmoYO9FV6lBBsTAjuhh5YOvQi0e2g3e0yytiti"
    "NET9FEuqM0pjnKfRW4K6LIZDdbWJv9KhZUx3DrJa5TL7OJ7VdADVivxVySIlPVKjGwuCXzuXSJes0UcILgWQUMyha5/3nYofuHtS7r+KYyMuxD+o"
    "J9VM1Qdxk4UIG59CP5Y3wtYIFybyF3bdu1caHTRRX+DLyMXyYA/IrTmiW01c4RPjpHBX5Dk1sZyY1zVsWNsvMHr2e1NTWtBxKJ+qk5N61J7caYoe"
    "pHFaxw=="
)
# The documentation's example of an answer to be checked, with the WeChat Pay public key it shows
# (pay.weixin.qq.com/doc/v3/merchant/4013053420).
WECHAT_KEY = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwXNI6sdlknHBnK8Fu2U6
Cwor9qY747jP8KAfeBMeveEt1TqaHkLfaSD07trZLhGpfs8/AHqjhgSMO1O10YQW
OrrJ4hjIWPKqxbgrYMkBQc+mwdiWp4W3ByCqxBRagCveCXRWCmuJYovl9H/bsDI0
iGbpVtEOghJtfciisYSgxcLufUDTRkvwxjIBK1pCRjk33jJ5YTBWTHMRtMAOcFLN
F6hdEYdX8SPsgHHeLZ5Lv2T/686w1xtgCHef/sd4uSfWmyzsalQdHG/e4IyYmrhx
+O3VBoNDzE3nx23bFeV/RVNCG7cV6VhmYokJNHa/erIPkEmEFID6A5wQOXuxUkmJ
WwIDAQAB
-----END PUBLIC KEY-----
"""
ANSWER = b'{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}'
ANSWER_HEADERS = {
    "wechatpay-timestamp": "1722850421",
    "wechatpay-nonce": "d824f2e086d3c1df967785d13fcd22ef",
    "wechatpay-signature": (
        "mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h70eWKjgqNdKQF0eRp8mVKlmfzMLBVHbssB9jEZ"
        "EDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgXXrRoBKqjmSdrP1N7uxzJ/cjfSiis9FiLjuADoqmQ1P7p2N876YP"
        "Aol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4itojgxSWWN1byuckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0B"
        "ALilAA=="
    ),
}
ANSWERED_AT = datetime.fromtimestamp(1722850421, UTC)
# wechatpay-apiv3/wechatpay-java, core/src/test/…/cipher/AeadAesCipherTest.java and model/TestConfig.java.
API_V3_KEY = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
SEALED = {
    "algorithm": "AEAD_AES_256_GCM",
    "nonce": "uluk4a9R25RW",
    "associated_data": "associatedData",
    "ciphertext": "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=",
}


def fits(signature: str, message: bytes) -> None:
    key = signing.public_key_of(DOCUMENTED_KEY)
    key.verify(base64.b64decode(signature), message, PKCS1v15(), hashes.SHA256())


def test_a_get_is_signed_as_documented_with_an_empty_last_line() -> None:
    path = "/v3/refund/domestic/refunds/123123123123"
    message = signing.request_message("GET", path, timestamp=TIMESTAMP, nonce=NONCE, body="")
    assert message == f"GET\n{path}\n1554208460\n{NONCE}\n\n".encode()
    fits(GET_SIGNATURE, message)


def test_a_post_is_signed_as_documented() -> None:
    fits(
        POST_SIGNATURE,
        signing.request_message("POST", "/v3/pay/transactions/jsapi", timestamp=TIMESTAMP, nonce=NONCE, body=POST_BODY),
    )


def test_what_a_page_hands_to_wechat_is_signed_as_documented() -> None:
    fits(
        PAGE_SIGNATURE,
        signing.page_message(
            "wx2421b1c4370ec43b",
            timestamp=TIMESTAMP,
            nonce=NONCE,
            package="prepay_id=wx201410272009395522657a690389285100",
        ),
    )


def test_the_authorization_is_written_as_the_sdk_writes_it() -> None:
    # wechatpay-java, auth/WechatPay2CredentialTest.java: the order of its parts.
    written = signing.authorization(
        mchid="1234567891",
        serial="5F1C72E2A8931B72A2E13AF8DEE92471EB397115",
        timestamp=1652750623,
        nonce="eBYqCOxa0QudMnPvVilkTzOg3gHh5Z3u",
        signature="fake-sign",
    )
    assert written == (
        'WECHATPAY2-SHA256-RSA2048 mchid="1234567891",nonce_str="eBYqCOxa0QudMnPvVilkTzOg3gHh5Z3u",'
        'timestamp="1652750623",serial_no="5F1C72E2A8931B72A2E13AF8DEE92471EB397115",signature="fake-sign"'
    )


def test_openssl_accepts_what_we_sign(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = tmp_path / "public.pem"
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    message = signing.request_message("POST", "/v3/x?a=1", timestamp=1, nonce="n", body='{"a":"形"}')
    signature = tmp_path / "signature"
    signature.write_bytes(base64.b64decode(signing.sign(key, message)))
    command = ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(signature)]
    assert subprocess.run(command, input=message, capture_output=True, check=True).stdout == b"Verified OK\n"


def test_the_documented_answer_is_believed() -> None:
    signing.check(signing.public_key_of(WECHAT_KEY), ANSWER_HEADERS, ANSWER, now=ANSWERED_AT)


@pytest.mark.parametrize(
    ("body", "changed", "after"),
    [
        (ANSWER + b" ", {}, timedelta(0)),
        (ANSWER, {"wechatpay-nonce": "d824f2e086d3c1df967785d13fcd22ee"}, timedelta(0)),
        (ANSWER, {"wechatpay-timestamp": "1722850422"}, timedelta(0)),
        (ANSWER, {"wechatpay-signature": "WECHATPAY/SIGNTEST/bad"}, timedelta(0)),  # WeChat's own probes
        (ANSWER, {"wechatpay-signature": ""}, timedelta(0)),
        (ANSWER, {}, timedelta(minutes=5, seconds=1)),
        (ANSWER, {}, -timedelta(minutes=5, seconds=1)),
    ],
)
def test_an_answer_with_anything_changed_or_too_old_is_not(body: bytes, changed: dict, after: timedelta) -> None:
    with pytest.raises(signing.Unsigned):
        signing.check(signing.public_key_of(WECHAT_KEY), {**ANSWER_HEADERS, **changed}, body, now=ANSWERED_AT + after)


def test_what_the_sdk_sealed_is_opened() -> None:
    assert signing.opened(API_V3_KEY, SEALED) == b"message"


@pytest.mark.parametrize(
    "changed",
    [
        {"associated_data": "other"},
        {"nonce": "uluk4a9R25RX"},
        {"ciphertext": "u1wSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
        {"ciphertext": "!"},
        {"algorithm": "AES_128"},
        {"nonce": ""},
    ],
)
def test_what_was_changed_is_not_opened(changed: dict) -> None:
    with pytest.raises(signing.Unsigned):
        signing.opened(API_V3_KEY, {**SEALED, **changed})
