"""Reads the code a member's phone shows, without asking the server. Copy this file; it needs Python and `cryptography`.

The code changes every 30 seconds and is signed by the house. A till holds the public key only
(`GET /api/v1/loyalty/member-code-key`, member `public_key`): it can tell the house's codes, and make none.

    codes = MemberCodes(public_key)
    try:
        number = codes.take(scanned, now=time.time())   # the card's number: send it as the order's card_number
    except CodeRefused as refused:
        show(refused.reason)

A code is taken in its own half-minute and the ones before and after, so the till's clock may be 30 seconds off; and
once by one till. Offline a code does not say whether the card was reported lost since: the server says so when it hears
of the sale.
"""

from __future__ import annotations

import struct
from base64 import b32decode, b64decode
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

STEP_SECONDS: Final = 30
MARGIN_STEPS: Final = 1
MARK: Final = "HK1"

# Version, half-minute since 1970, digits of the card's number, the number; then the signature of these 14 bytes.
_PAYLOAD: Final = struct.Struct(">BIBQ")
_SIGNATURE_BYTES: Final = 64
_CODE_LENGTH: Final = 128

Reason = Literal["unreadable", "too_old", "too_early", "used"]


class CodeRefused(Exception):
    """`unreadable`: not a code of this house, or its key changed: fetch the key once more. `too_old`: a photograph, or
    a page that fell asleep. `too_early`: this till's clock is behind. `used`: this till took it before."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class MemberCodes:
    """What one till knows of codes: the house's public key, and the codes it took whose time is not over."""

    def __init__(self, public_key: str) -> None:
        """`public_key` as the server gives it: 32 bytes in base64. Raises ValueError."""
        self._key = Ed25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
        self._taken: dict[tuple[str, int], int] = {}

    def take(self, code: str, *, now: float) -> str:
        """The number of the card whose phone shows this code; `now` in seconds since 1970. Raises CodeRefused."""
        number, step = self.read(code)
        current = int(now // STEP_SECONDS)
        if step < current - MARGIN_STEPS:
            raise CodeRefused("too_old")
        if step > current + MARGIN_STEPS:
            raise CodeRefused("too_early")
        self._taken = {known: its for known, its in self._taken.items() if its >= current - MARGIN_STEPS}
        if (number, step) in self._taken:
            raise CodeRefused("used")
        self._taken[number, step] = step
        return number

    def read(self, code: str) -> tuple[str, int]:
        """(number, half-minute) of a code the house signed, whenever that was. Raises CodeRefused."""
        text = "".join(code.split()).upper()
        if len(text) != _CODE_LENGTH or not text.startswith(MARK):
            raise CodeRefused("unreadable")
        try:
            raw = b32decode(text[len(MARK) :] + "===")
            payload, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
            self._key.verify(signature, payload)
            version, step, digits, number = _PAYLOAD.unpack(payload)
        except (ValueError, struct.error, InvalidSignature) as error:
            raise CodeRefused("unreadable") from error
        if version != 1:
            raise CodeRefused("unreadable")
        return f"{number:0{digits}d}", step
