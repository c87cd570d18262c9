"""Sealing and the keys for it."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import IntegrityError, transaction

from huike.customers.errors import IdNumberUnreadable
from huike.customers.models import SealingKey
from huike.platform.config import get_config

_NONCE_BYTES = 12
_KEY_BYTES = 32


def seal(number: str, *, key: bytes, document_id: int, kind: str) -> bytes:
    """The number, readable only with this key, in this row, as this kind."""
    return _encrypt(key, number.encode(), _associated(document_id, kind))


def open_sealed(sealed: bytes, *, key: bytes, document_id: int, kind: str) -> str:
    """What `seal` was given. Raises IdNumberUnreadable."""
    return _decrypt(key, sealed, _associated(document_id, kind)).decode()


def blind_index(number: str) -> str:
    """The name under which a number is looked up."""
    return hmac.new(_index_key(), number.encode(), sha256).hexdigest()


def current_key() -> SealingKey:
    """The key in use, made where there is none."""
    newest = SealingKey.objects.filter(purpose=SealingKey.Purpose.NUMBER).order_by("-pk").first()
    return newest or make_key(SealingKey.Purpose.NUMBER)


def make_key(purpose: str) -> SealingKey:
    wrapped = _encrypt(_wrapping_key(), secrets.token_bytes(_KEY_BYTES), purpose.encode())
    return SealingKey.objects.create(purpose=purpose, wrapped=wrapped)


def material(key: SealingKey) -> bytes:
    """The key itself. Raises IdNumberUnreadable under another secret than the one it was wrapped with."""
    return _decrypt(_wrapping_key(), bytes(key.wrapped), key.purpose.encode())


def _index_key() -> bytes:
    key = SealingKey.objects.filter(purpose=SealingKey.Purpose.INDEX).first()
    if key is None:
        try:
            with transaction.atomic():
                key = make_key(SealingKey.Purpose.INDEX)
        except IntegrityError:
            key = SealingKey.objects.get(purpose=SealingKey.Purpose.INDEX)
    return material(key)


def _wrapping_key() -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"huike.customers.id_numbers")
    return derivation.derive(get_config().key().encode())


def _associated(document_id: int, kind: str) -> bytes:
    return f"customers_id_document\x1f{document_id}\x1f{kind}".encode()


def _encrypt(key: bytes, plain: bytes, associated: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def _decrypt(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
    except InvalidTag as error:
        raise IdNumberUnreadable from error
