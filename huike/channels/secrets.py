"""Passwords of servers at rest: AES-256-GCM under a key made from the house's secret."""

from __future__ import annotations

import base64
import secrets
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huike.kernel.errors import Conflict

_NONCE_BYTES = 12


class SecretUnreadable(Conflict):
    code = "email.password_unreadable"
    title = "The stored password was encrypted under another HUIKE_SECRET_KEY; enter it again"


def encrypt(text: str, *, key: str, purpose: str) -> str:
    """The text, readable only with the same key and for the same purpose."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, text.encode(), purpose.encode())
    return base64.b64encode(nonce + sealed).decode()


def decrypt(token: str, *, key: str, purpose: str) -> str:
    """What `encrypt` was given. Raises SecretUnreadable."""
    raw = base64.b64decode(token)
    try:
        return _cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
    except InvalidTag as error:
        raise SecretUnreadable from error


@lru_cache(maxsize=4)
def _cipher(key: str) -> AESGCM:
    return AESGCM(sha256(b"huike.channels\x1f" + key.encode()).digest())
