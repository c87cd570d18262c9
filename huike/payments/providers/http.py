"""HTTP as every adapter needs it: one answer, or a failure that says whether anything may have been done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import httpx2

from huike import __version__
from huike.payments.providers.base import Busy, Unanswered, Unreachable

TIMEOUT_SECONDS: Final = 15.0
_CONNECT_SECONDS: Final = 5.0
_READ_AT_MOST_BYTES: Final = 1024 * 1024


class Http:
    """Kept connections to one provider's host, for any number of threads: no proxy, no redirect, no cookies kept."""

    def __init__(self, base_url: str, *, timeout_seconds: float = TIMEOUT_SECONDS, verify: bool = True) -> None:
        self._client = httpx2.Client(
            base_url=base_url,
            timeout=httpx2.Timeout(timeout_seconds, connect=_CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=20),
            headers={"User-Agent": f"Huike/{__version__}", "Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
            verify=verify,
        )

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers (lower case), body. Raises Unreachable, Unanswered; Busy on 429 and 503."""
        try:
            with self._client.stream(method, path, headers=dict(headers), content=body) as response:
                content = b""
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > _READ_AT_MOST_BYTES:
                        raise Unanswered("the answer is too long")
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol) as error:
            raise Unreachable(_said(error)) from error
        except httpx2.RequestError as error:
            raise Unanswered(_said(error)) from error
        if response.status_code in {429, 503}:
            told = response.headers.get("retry-after", "")
            wait = timedelta(seconds=min(int(told), 3600)) if told.isascii() and told.isdigit() else timedelta(0)
            raise Busy(f"HTTP {response.status_code}", retry_after=wait)
        return response.status_code, {name.lower(): value for name, value in response.headers.items()}, content


def _said(error: Exception) -> str:
    return (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)[:300]
