"""How often somebody may do something, counted over all processes together.

A count begins with the first time and ends `window` later. It is kept under a keyed hash of who is counted, so that
the table holds no address and no number. Losing the table in a crash only forgets some counted attempts.
"""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from django.http import HttpRequest

from huike.kernel.errors import HuikeError
from huike.platform import sql
from huike.platform.config import get_config

# How much of an IPv6 address one line or one server is given; within it a stranger is as many as he likes.
_IPV6_NETWORK_BITS = 64


class RateLimited(HuikeError):
    """Too often. `retry_after_seconds` is what to say in Retry-After."""

    code = "too_many_requests"
    status = 429
    title = "This was tried too often; wait before trying again"

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times in `window`, for each `who` apart. `name` tells limits apart and is never reused."""

    name: str
    most: int
    window: timedelta


def take(limit: Limit, *who: object, now: datetime) -> None:
    """Count one time for `who`. Raises RateLimited when it was one too many; such a time is not counted.

    One statement: of any number at once exactly `most` get through. To be called outside a transaction that may be
    rolled back, since the count would go with it.
    """
    found = sql.row(
        """
        INSERT INTO platform_limit_count AS c (key, taken, ends_at) VALUES (%(key)s, 1, %(ends_at)s)
        ON CONFLICT (key) DO UPDATE
           SET taken = CASE WHEN c.ends_at <= %(now)s THEN 1 ELSE LEAST(c.taken + 1, %(most)s + 1) END,
               ends_at = CASE WHEN c.ends_at <= %(now)s THEN EXCLUDED.ends_at ELSE c.ends_at END
        RETURNING taken, ends_at
        """,
        {"key": _key(limit.name, who), "now": now, "ends_at": now + limit.window, "most": limit.most},
    )
    assert found is not None  # noqa: S101 - the statement always gives a row
    taken, ends_at = found
    if taken > limit.most:
        raise RateLimited(retry_after_seconds=max(1, math.ceil((ends_at - now).total_seconds())))


def forget_ended(now: datetime) -> int:
    """Counts whose window has ended; how many there were."""
    gone = sql.row(
        "WITH gone AS (DELETE FROM platform_limit_count WHERE ends_at <= %s RETURNING 1) SELECT count(*) FROM gone",
        [now],
    )
    return int(gone[0]) if gone else 0


def network_of(request: HttpRequest) -> str:
    """Where the request comes from, to count by: an IPv4 address, or the network an IPv6 address is of.

    What proxies told is believed from as many as HUIKE_TRUSTED_PROXIES says stand before this server.
    """
    told = str(request.META.get("REMOTE_ADDR") or "")
    proxies = get_config().trusted_proxies
    if proxies:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        told = chain[-proxies] if len(chain) >= proxies else told
    try:
        address = ip_address(told.strip("[]"))
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        kept = int(address) >> (128 - _IPV6_NETWORK_BITS) << (128 - _IPV6_NETWORK_BITS)
        return f"{IPv6Address(kept)}/{_IPV6_NETWORK_BITS}"
    return str(address)


def _key(name: str, who: tuple[object, ...]) -> bytes:
    text = "\x1f".join([name, *(str(part) for part in who)])
    return hmac.new(_secret(get_config().key()), text.encode("utf-8", "surrogatepass"), sha256).digest()[:16]


@lru_cache(maxsize=2)
def _secret(key: str) -> bytes:
    return sha256(b"huike.platform.limits\x1f" + key.encode()).digest()
