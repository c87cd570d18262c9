"""One attempt over the network: look up, judge, connect to what was judged, post, read a little. No database."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import httpcore2
from httpcore2 import SOCKET_OPTION, AsyncNetworkBackend, AsyncNetworkStream

from huike import __version__
from huike.platform.outward.addresses import AddressBlocked, Policy, permitted
from huike.platform.outward.results import Result, kept_text

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

TIMEOUT_SECONDS = 15.0
_READ_AT_MOST_BYTES = 4096
_USER_AGENT = f"Huike/{__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What to send, ready: `url` was accepted by `addresses.accepted_url`."""

    url: str
    headers: dict[str, str]
    body: bytes


async def look_up(host: str, port: int) -> list[str]:
    """Every address of a name, by the machine's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class JudgedBackend(AsyncNetworkBackend):
    """Connects to the addresses that were judged, and to nothing else. `connected_to` is the one that answered."""

    def __init__(self, *, encrypted: bool, policy: Policy, resolve: Resolve) -> None:
        self._network = httpcore2.AnyIOBackend()
        self._encrypted, self._policy, self._resolve = encrypted, policy, resolve
        self.connected_to = ""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        found = await self._resolve(host, port)
        addresses = permitted(found, host=host, port=port, encrypted=self._encrypted, policy=self._policy)
        failure: Exception = httpcore2.ConnectError("no address")
        for address in addresses:
            try:
                stream = await self._network.connect_tcp(
                    address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                self.connected_to = address
                return stream
        raise failure

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SOCKET_OPTION] | None = None
    ) -> AsyncNetworkStream:
        raise AddressBlocked(path)


async def attempt(
    post: Post, *, policy: Policy, resolve: Resolve = look_up, timeout_seconds: float = TIMEOUT_SECONDS
) -> Result:
    """Send once and say how it ended; never raises for what is out there.

    The name stays in the address, so `Host`, SNI and the certificate are checked against it; no proxy, no redirect, no
    connection kept for the next time.
    """
    url = httpcore2.URL(post.url)
    backend = JudgedBackend(encrypted=url.scheme == b"https", policy=policy, resolve=resolve)
    began = time.monotonic()

    def ended(outcome: str, **more: object) -> Result:
        spent = int((time.monotonic() - began) * 1000)
        return Result(outcome=outcome, duration_ms=spent, address=backend.connected_to, **more)  # type: ignore[arg-type]

    try:
        async with asyncio.timeout(timeout_seconds):
            status, retry_after, body = await _exchange(url, post, backend)
    except TimeoutError:
        return ended("timeout", detail=f"no answer within {timeout_seconds:g} s")
    except AddressBlocked as error:
        return ended("blocked", detail=f"the name stands for {error.address or 'no address'}")
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        return ended("unreachable", detail=_said(error))
    outcome = "delivered" if 200 <= status < 300 else "refused"
    return ended(outcome, status=status, retry_after=retry_after, response=kept_text(body))


async def _exchange(url: httpcore2.URL, post: Post, backend: JudgedBackend) -> tuple[int, str, bytes]:
    headers = {
        "Host": _host_header(url),
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
        **post.headers,
    }
    async with (
        httpcore2.AsyncConnectionPool(ssl_context=_tls(), max_connections=1, network_backend=backend) as pool,
        pool.stream("POST", url, headers=list(headers.items()), content=post.body) as response,
    ):
        body = b""
        async for piece in response.aiter_stream():
            body += piece[: _READ_AT_MOST_BYTES - len(body)]
            if len(body) >= _READ_AT_MOST_BYTES:
                break
        names = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        return response.status, names.get(b"retry-after", ""), body


def _host_header(url: httpcore2.URL) -> str:
    host = url.host.decode("ascii")
    shown = f"[{host}]" if ":" in host else host
    return shown if url.port is None else f"{shown}:{url.port}"


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _said(error: Exception) -> str:
    return (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)[:300]
