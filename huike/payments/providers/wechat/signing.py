"""What is signed, and how; what is sealed, and how. Pure but for the keys."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE: Final = timedelta(minutes=5)


class Unsigned(Exception):
    """What came is not signed by WeChat Pay, too old, or cannot be opened."""


def lines(*parts: str) -> bytes:
    """Each part on a line of its own, the last one too."""
    return "".join(f"{part}\n" for part in parts).encode()


def request_message(method: str, path: str, *, timestamp: int, nonce: str, body: str) -> bytes:
    """What a request's signature is of; `path` with its query, as it is sent."""
    return lines(method, path, str(timestamp), nonce, body)


def page_message(appid: str, *, timestamp: int, nonce: str, package: str) -> bytes:
    """What `paySign` is of, which a page hands to WeChat's own browser."""
    return lines(appid, str(timestamp), nonce, package)


def told_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the signature of an answer or a notification is of; the body as it came."""
    return lines(timestamp, nonce) + body + b"\n"


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), hashes.SHA256())).decode()


def authorization(*, mchid: str, serial: str, timestamp: int, nonce: str, signature: str) -> str:
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",timestamp="{timestamp}",serial_no="{serial}",'
        f'signature="{signature}"'
    )


def check(key: RSAPublicKey, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Raises Unsigned. `headers` in lower case."""
    timestamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    try:
        signature = base64.b64decode(headers.get("wechatpay-signature", ""), validate=True)
        key.verify(signature, told_message(timestamp, nonce, body), PKCS1v15(), hashes.SHA256())
        age_seconds = abs(now.timestamp() - int(timestamp))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise Unsigned("the signature does not fit") from error
    if age_seconds > TOLERANCE.total_seconds():
        raise Unsigned("too old")


def opened(api_v3_key: str, sealed: Mapping[str, Any]) -> bytes:
    """A sealed resource, opened: AES-256-GCM under the APIv3 key, the tag at the end. Raises Unsigned."""
    try:
        if sealed["algorithm"] != "AEAD_AES_256_GCM":
            raise Unsigned("sealed in a way nobody knows")
        text = base64.b64decode(sealed["ciphertext"], validate=True)
        cipher = AESGCM(api_v3_key.encode())
        return cipher.decrypt(sealed["nonce"].encode(), text, (sealed.get("associated_data") or "").encode())
    except (InvalidTag, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unsigned("it cannot be opened") from error


def certificates_in(api_v3_key: str, body: bytes) -> dict[str, RSAPublicKey]:
    """The platform's public keys by serial number, of an answer of `/v3/certificates`. Raises Unsigned."""
    found: dict[str, RSAPublicKey] = {}
    try:
        for entry in json.loads(body)["data"]:
            certificate = load_pem_x509_certificate(opened(api_v3_key, entry["encrypt_certificate"]))
            key = certificate.public_key()
            # The serial is the certificate's own, not what is told beside it.
            if isinstance(key, RSAPublicKey):
                found[f"{certificate.serial_number:X}"] = key
    except (ValueError, KeyError, TypeError) as error:
        raise Unsigned("no certificates") from error
    return found


def private_key_of(pem: str) -> RSAPrivateKey:
    """Raises ValueError."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def public_key_of(pem: str) -> RSAPublicKey:
    """Raises ValueError."""
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    return key
