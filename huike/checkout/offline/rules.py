"""Whether a line of a till's queue is its own. Pure."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_ITEMS = 200
MOST_MISSING_NAMED = 100


def key_pair() -> tuple[str, str]:
    """A new key for a till that makes none: the public and the private half, each 32 bytes in base64."""
    key = Ed25519PrivateKey.generate()
    return b64encode(key.public_key().public_bytes_raw()).decode(), b64encode(key.private_bytes_raw()).decode()


def is_public_key(text: str) -> bool:
    """Whether this is a key as a till tells it: 32 bytes in base64."""
    try:
        return len(b64decode(text, validate=True)) == 32
    except ValueError:
        return False


def is_signed(body: str, signature: str, public_key: str) -> bool:
    """Whether the till with this key signed exactly this text (RFC 8032, Ed25519)."""
    key = Ed25519PublicKey.from_public_bytes(b64decode(public_key))
    try:
        key.verify(b64decode(signature, validate=True), body.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(body: str) -> str:
    return sha256(body.encode()).hexdigest()


def missing(known: Iterable[int]) -> list[int]:
    """The numbers below the highest known that never came, the first hundred of them."""
    there = set(known)
    gaps = (number for number in range(1, max(there, default=0)) if number not in there)
    return [number for number, _ in zip(gaps, range(MOST_MISSING_NAMED), strict=False)]
