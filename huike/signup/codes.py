"""The six digits: made, hashed, compared. docs/algorithms/sign-up.md, section 3."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from huike.platform.config import get_config
from huike.platform.limits import Limit

LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5
MOST_SENDS: Final = 4
COOL_DOWN: Final = timedelta(seconds=60)
FASTEST: Final = timedelta(seconds=2)
ATTEMPTS_KEPT: Final = timedelta(days=1)

FORMS_PER_NETWORK: Final = Limit("sign-up forms per network", 60, timedelta(hours=1))
TRIES_PER_NETWORK: Final = Limit("sign-up tries per network", 120, timedelta(hours=1))
CODES_PER_ADDRESS: Final = Limit("sign-up codes per address", 5, timedelta(hours=1))
CODES_PER_ADDRESS_AND_DAY: Final = Limit("sign-up codes per address and day", 10, timedelta(days=1))
CODES_PER_PAGE: Final = Limit("sign-up codes per page", 1000, timedelta(hours=1))
OPENINGS_PER_NETWORK: Final = Limit("sign-up openings per network", 300, timedelta(hours=1))


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def code_hmac(attempt_id: int, code: str) -> str:
    said = f"{attempt_id}\x1f{code}".encode("utf-8", "surrogatepass")
    return hmac.new(_pepper(get_config().key()), said, sha256).hexdigest()


def is_code(attempt_id: int, typed: str, kept: str) -> bool:
    """Compared in constant time. White space and full-width digits are as good as plain ones."""
    digits = "".join(str(int(c)) for c in typed[:40] if c.isdecimal())
    return bool(kept) and hmac.compare_digest(code_hmac(attempt_id, digits), kept)


@lru_cache(maxsize=2)
def _pepper(key: str) -> bytes:
    return sha256(b"huike.signup.codes\x1f" + key.encode()).digest()
