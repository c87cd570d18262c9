"""How one attempt over the network ended, and how much of an answer may be kept. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

RESPONSE_KEPT_CHARACTERS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one attempt ended; `outcome` is `delivered` (2xx), `refused`, `timeout`, `unreachable` or `blocked`.

    `address` is the one connected to, empty where no connection was made; `response` is already cut and masked.
    """

    outcome: str
    duration_ms: int = 0
    status: int | None = None
    retry_after: str = ""
    address: str = ""
    detail: str = ""
    response: str = ""


_SECRETS = re.compile(r"\b(?:whsec_|hk_|Bearer\s+)[A-Za-z0-9+/=_.\-]+", re.IGNORECASE)
_EMAILS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[A-Za-z]{2,}")
_LONG_NUMBERS = re.compile(r"\+?\d(?:[\s.()\-]?\d){6,}")


def kept_text(body: bytes) -> str:
    """The beginning of an answer as it may be kept: without what looks like a key, an e-mail address or a phone."""
    text = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    for pattern in (_SECRETS, _EMAILS, _LONG_NUMBERS):
        text = pattern.sub("***", text)
    return text[:RESPONSE_KEPT_CHARACTERS]
