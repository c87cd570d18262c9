"""Addresses that only this house can make: a message's id and a keyed hash, short enough for a mail."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from huike.platform.config import get_config

_MAC_BYTES: Final = 12
_KINDS: Final = frozenset({"open", "click", "unsubscribe", "bounce", "message-id"})


@dataclass(frozen=True, slots=True)
class Token:
    """What a token was made for. `number` is a link's."""

    message_id: int
    number: int


def make_token(kind: str, message_id: int, *, number: int = 0) -> str:
    """A token good for this kind only."""
    body = message_id.to_bytes(8, "big") + number.to_bytes(2, "big")
    return base64.urlsafe_b64encode(body + _mac(kind, body)).decode().rstrip("=")


def read_token(kind: str, text: str) -> Token | None:
    """What the token says, or None when this house did not make it for this kind."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:10], raw[10:]
    if len(body) != 10 or not hmac.compare_digest(mac, _mac(kind, body)):
        return None
    return Token(int.from_bytes(body[:8], "big"), int.from_bytes(body[8:], "big"))


def message_header_id(message_id: int, *, domain: str) -> str:
    """The Message-ID: the same on every attempt."""
    return f"<{make_token('message-id', message_id)}@{domain}>"


def bounce_address(message_id: int, *, address: str) -> str:
    """`bounces+<token>@example.com`, so that a bounce names the message it is about (VERP)."""
    local, _, domain = address.rpartition("@")
    # Local parts may be folded to lower case on the way; base 16 survives that.
    body = message_id.to_bytes(8, "big")
    return f"{local}+{(body + _mac('bounce', body)).hex()}@{domain}"


def message_of_bounce_address(address: str) -> int | None:
    """The message a bounce address was made for, or None."""
    local = address.strip("<> ").rpartition("@")[0]
    try:
        raw = bytes.fromhex(local.rpartition("+")[2])
    except ValueError:
        return None
    body, mac = raw[:8], raw[8:]
    if len(body) != 8 or not hmac.compare_digest(mac, _mac("bounce", body)):
        return None
    return int.from_bytes(body, "big")


def message_of_header_id(header: str) -> int | None:
    """The message a Message-ID of ours stands for, or None."""
    token = read_token("message-id", header.strip("<> \r\n\t").rpartition("@")[0])
    return token.message_id if token else None


def _mac(kind: str, body: bytes) -> bytes:
    assert kind in _KINDS  # noqa: S101 - a programming error
    return hmac.new(_key(get_config().key()), kind.encode() + b"\x1f" + body, sha256).digest()[:_MAC_BYTES]


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return sha256(b"huike.messaging.tokens\x1f" + secret.encode()).digest()
