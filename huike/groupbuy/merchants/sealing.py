"""Bank accounts and papers at rest: AES-256-GCM under keys made from the house's secret."""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from huike.channels.secrets import decrypt, encrypt
from huike.groupbuy.merchants.errors import DocumentUnreadable
from huike.platform.config import get_config

_NONCE_BYTES: Final = 12
_ACCOUNT: Final = "merchant bank account"


def seal_account(number: str) -> str:
    return encrypt(number, key=get_config().key(), purpose=_ACCOUNT)


def open_account(sealed: str) -> str:
    """Raises SecretUnreadable."""
    return decrypt(sealed, key=get_config().key(), purpose=_ACCOUNT)


def blind_index(number: str) -> str:
    """The name under which a bank account is found again."""
    return hmac.new(_key("look-up", get_config().key()), number.encode(), sha256).hexdigest()


def seal_paper(content: bytes, *, merchant_id: int, digest: str) -> bytes:
    """Readable only as this paper of this merchant."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = AESGCM(_key("papers", get_config().key()))
    return nonce + cipher.encrypt(nonce, content, _paper(merchant_id, digest))


def open_paper(sealed: bytes, *, merchant_id: int, digest: str) -> bytes:
    """Raises DocumentUnreadable."""
    cipher = AESGCM(_key("papers", get_config().key()))
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _paper(merchant_id, digest))
    except InvalidTag as error:
        raise DocumentUnreadable from error


def _paper(merchant_id: int, digest: str) -> bytes:
    return f"groupbuy_merchant_document\x1f{merchant_id}\x1f{digest}".encode()


@lru_cache(maxsize=4)
def _key(purpose: str, secret: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"huike.groupbuy.merchants\x1f{purpose}".encode())
    return derivation.derive(secret.encode())
