"""The code a phone shows: signed here, one for each half-minute. docs/algorithms/cards.md, section 4.

`examples/till/member_code.py` is the other half, which a till copies; a test holds the two together.
"""

from __future__ import annotations

import struct
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from huike.loyalty.cards.errors import CodeTooEarly, CodeTooOld, CodeUnreadable
from huike.platform.config import get_config

STEP_SECONDS: Final = 30
MARGIN_STEPS: Final = 1
# What a page fetches ahead, for a phone without network: five minutes.
CODES_AHEAD: Final = 10
MARK: Final = "HK1"

_PAYLOAD: Final = struct.Struct(">BIBQ")
_VERSION: Final = 1
_SIGNATURE_BYTES: Final = 64
_CODE_LENGTH: Final = len(MARK) + 125


@dataclass(frozen=True, slots=True)
class Read:
    """What a code that holds says: a card's number, and its half-minute."""

    number: str
    step: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A code, and the half-minute it is for: from `starts_at` until, not including, `ends_at`."""

    code: str
    starts_at: datetime
    ends_at: datetime


def step_of(at: datetime) -> int:
    return int(at.timestamp() // STEP_SECONDS)


def code_of(number: str, step: int) -> str:
    payload = _PAYLOAD.pack(_VERSION, step, len(number), int(number))
    return MARK + b32encode(payload + _key(get_config().key()).sign(payload)).decode().rstrip("=")


def codes_from(number: str, now: datetime, *, count: int = CODES_AHEAD) -> list[Shown]:
    """The code of this half-minute and those that follow."""
    first = step_of(now)
    return [Shown(code_of(number, step), _start(step), _start(step + 1)) for step in range(first, first + count)]


def read(code: str, *, now: datetime) -> Read:
    """Raises CodeUnreadable for what this house did not sign, CodeTooOld, CodeTooEarly."""
    text = "".join(code.split()).upper()
    if len(text) != _CODE_LENGTH or not text.startswith(MARK):
        raise CodeUnreadable
    try:
        raw = b32decode(text[len(MARK) :] + "===")
        payload, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        public_key().verify(signature, payload)
        version, step, digits, number = _PAYLOAD.unpack(payload)
    except (ValueError, struct.error, InvalidSignature) as error:
        raise CodeUnreadable from error
    if version != _VERSION:
        raise CodeUnreadable
    current = step_of(now)
    if step < current - MARGIN_STEPS:
        raise CodeTooOld
    if step > current + MARGIN_STEPS:
        raise CodeTooEarly
    return Read(f"{number:0{digits}d}", step)


def public_key() -> Ed25519PublicKey:
    return _key(get_config().key()).public_key()


def public_key_bytes() -> bytes:
    """What a till holds: it can tell this house's codes, and make none."""
    return public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _start(step: int) -> datetime:
    return datetime.fromtimestamp(step * STEP_SECONDS, UTC)


@lru_cache(maxsize=2)
def _key(secret: str) -> Ed25519PrivateKey:
    derived = HKDF(SHA256(), 32, salt=None, info=b"huike member code 1").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)
