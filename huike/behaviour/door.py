"""The door of tracking: an ASGI application of its own beside Django's, since a body needs nothing of a session, a page
or a form, and arrives a thousand times as often. What it answers is written in docs/algorithms/tracking.md."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import time
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs

from huike.behaviour import rules
from huike.behaviour.inbox import Body, Inbox, InboxFull, KeyRing, Speaker
from huike.platform import clock
from huike.platform.config import get_config

logger = logging.getLogger(__name__)

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = dict[bytes, bytes]

_DONE: Final = b'{"success":true}'
_RETRY_SECONDS: Final = 5
# What one source may ask of one web process, and what one address may ask with keys that nobody has.
_SOURCE_PER_SECOND, _SOURCE_BURST = 1_000.0, 3_000.0
_STRANGER_PER_SECOND, _STRANGER_BURST = 5.0, 50.0
_MOST_BUCKETS: Final = 10_000


class _Refusal(Exception):
    def __init__(self, status: int, code: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.retry_after_seconds = status, code, retry_after_seconds


class _Buckets:
    """Token buckets by name; the least recently used are forgotten."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._levels: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def _level(self, name: object, now: float) -> float:
        level, at = self._levels.get(name, (self._burst, now))
        return min(self._burst, level + (now - at) * self._per_second)

    def has(self, name: object) -> bool:
        return self._level(name, time.monotonic()) >= 1

    def take(self, name: object) -> bool:
        now = time.monotonic()
        level = self._level(name, now)
        enough = level >= 1
        self._levels.pop(name, None)
        self._levels[name] = (level - 1 if enough else level, now)
        if len(self._levels) > _MOST_BUCKETS:
            self._levels.popitem(last=False)
        return enough


def is_tracking(path: str) -> bool:
    """Whether a request belongs to this door."""
    return path.startswith(("/v1/", "/sourceConfig"))


class Door:
    """Takes requests of tracking clients."""

    def __init__(self) -> None:
        self._keys, self._inbox = KeyRing(), Inbox()
        self._askers = ThreadPoolExecutor(1, thread_name_prefix="write keys")
        self._sources = _Buckets(_SOURCE_PER_SECOND, _SOURCE_BURST)
        self._strangers = _Buckets(_STRANGER_PER_SECOND, _STRANGER_BURST)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers: Headers = {name.lower(): value for name, value in scope.get("headers", ())}
        extra = _cors(headers)
        try:
            status, content = await self._answer(scope, headers, receive)
        except _Refusal as refusal:
            status = refusal.status
            content = json.dumps({"success": False, "code": refusal.code}).encode()
            # What was sent may not have been read to its end: a client must not send its next request after it.
            extra.append((b"connection", b"close"))
            if refusal.retry_after_seconds is not None:
                extra.append((b"retry-after", str(refusal.retry_after_seconds).encode()))
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("a tracking request failed")
            status, content = 503, b'{"success":false,"code":"tracking.unavailable"}'
            extra.append((b"retry-after", str(_RETRY_SECONDS).encode()))
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(content)).encode()),
                    (b"cache-control", b"no-store"),
                    (b"x-content-type-options", b"nosniff"),
                    *extra,
                ],
            }
        )
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

    async def _answer(self, scope: dict[str, Any], headers: Headers, receive: Receive) -> tuple[int, bytes]:
        method, path = scope["method"], scope["path"].rstrip("/")
        query = scope.get("query_string", b"")
        if method == "OPTIONS":
            return 204, b""
        if path == "/sourceConfig" and method in {"GET", "HEAD"}:
            return 200, await self._rudder_config(scope, headers, query)
        parts = path.split("/")
        if path.startswith("/v1/projects/") and path.endswith("/settings") and len(parts) == 5 and method == "GET":
            return 200, await self._segment_settings(scope, headers, parts[3])
        call = parts[2] if len(parts) == 3 and parts[1] == "v1" else ""
        if call == "m":
            return 200, _DONE  # the browser client's figures about itself
        kind = rules.KIND_OF_CALL.get(call)
        if kind is None:
            raise _Refusal(404, "not_found")
        if method != "POST":
            raise _Refusal(405, "method_not_allowed")
        return await self._take(kind, scope, headers, query, receive)

    async def _take(
        self, kind: str, scope: dict[str, Any], headers: Headers, query: bytes, receive: Receive
    ) -> tuple[int, bytes]:
        content = _unpacked(await _read(headers, receive), headers)
        try:
            parsed = rules.parse_body(content)
        except ValueError as error:
            raise _Refusal(400, "tracking.not_json") from error
        if rules.has_too_large_event(kind, len(content)):
            raise _Refusal(400, "tracking.event_too_large")
        key = _key_in_header(headers) or rules.write_key_of(parsed) or _key_in_query(query)
        speaker = await self._speaker(key, scope, headers)
        if not self._sources.take(speaker.source_id):
            raise _Refusal(429, "tracking.too_many_requests", retry_after_seconds=1)
        try:
            kept = self._inbox.put(Body(speaker.source_id, kind, content, clock.now()))
            await asyncio.wrap_future(kept)
        except InboxFull as error:
            raise _Refusal(429, "tracking.inbox_full", retry_after_seconds=_RETRY_SECONDS) from error
        return 200, _DONE

    async def _speaker(self, key: str | None, scope: dict[str, Any], headers: Headers) -> Speaker:
        client = (scope.get("client") or ("",))[0]
        if key is None or rules.unlisted_key(key):
            raise _Refusal(401, "tracking.write_key_unknown")
        speaker = self._keys.known(key)
        if speaker is None:
            if not self._strangers.has(client):
                raise _Refusal(429, "tracking.too_many_requests", retry_after_seconds=_RETRY_SECONDS)
            ask = partial(self._keys.find, key, asked_at=time.monotonic())
            speaker = await asyncio.get_running_loop().run_in_executor(self._askers, ask)
        if speaker is None:
            self._strangers.take(client)
            raise _Refusal(401, "tracking.write_key_unknown")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and speaker.origins and origin not in speaker.origins:
            raise _Refusal(403, "tracking.origin_not_allowed")
        return speaker

    async def _rudder_config(self, scope: dict[str, Any], headers: Headers, query: bytes) -> bytes:
        """What Rudder's browser client asks for before it sends: that it may, and that nothing else is connected."""
        key = _key_in_header(headers) or _key_in_query(query)
        speaker = await self._speaker(key, scope, headers)
        name = f"source-{speaker.source_id}"
        return json.dumps(
            {
                "source": {
                    "id": name,
                    "name": name,
                    "writeKey": key,
                    "enabled": True,
                    "workspaceId": "huike",
                    "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
                    "connections": [],
                    "destinations": [],
                    "dataplanes": {},
                },
                "consentManagementMetadata": {"providers": []},
            }
        ).encode()

    async def _segment_settings(self, scope: dict[str, Any], headers: Headers, key: str) -> bytes:
        """What Segment's browser client asks for when it is told that its settings lie here."""
        await self._speaker(key, scope, headers)
        host = _host(headers)
        return json.dumps({"integrations": {"Segment.io": {"apiKey": key, "apiHost": f"{host}/v1"}}}).encode()


def _cors(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Any page may ask: who may speak is decided by the key and its origins. No cookie is ever read here."""
    origin = headers.get(b"origin")
    if not origin or b"\n" in origin or b"\r" in origin:
        return []
    answer = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-max-age", b"600"),
        (b"vary", b"Origin, Access-Control-Request-Headers"),
    ]
    # Clients send headers of their own making, more with each version: a fixed list would shut them out.
    asked = headers.get(b"access-control-request-headers")
    if asked:
        answer.append((b"access-control-allow-headers", asked))
    return answer


async def _read(headers: Headers, receive: Receive) -> bytes:
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > rules.BODY_LIMIT_BYTES:
        raise _Refusal(400, "tracking.body_too_large")
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Refusal(400, "tracking.cut_off")
        part = message.get("body", b"")
        size += len(part)
        if size > rules.BODY_LIMIT_BYTES:
            raise _Refusal(400, "tracking.body_too_large")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _unpacked(body: bytes, headers: Headers) -> bytes:
    """The body without its packing, never more than the limit in memory."""
    packing = headers.get(b"content-encoding", b"").strip().lower()
    if packing in {b"", b"identity"}:
        return body
    if packing not in {b"gzip", b"x-gzip"}:
        raise _Refusal(400, "tracking.encoding_unknown")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(body, rules.BODY_LIMIT_BYTES + 1)
    except zlib.error as error:
        raise _Refusal(400, "tracking.not_gzip") from error
    if len(content) > rules.BODY_LIMIT_BYTES:
        raise _Refusal(400, "tracking.body_too_large")
    if not unpacker.eof:
        raise _Refusal(400, "tracking.not_gzip")
    return content


def _key_in_header(headers: Headers) -> str | None:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(token.strip(), validate=True).decode().partition(":")[0] or None
    except (binascii.Error, ValueError):
        return None


def _key_in_query(query: bytes) -> str | None:
    try:
        return parse_qs(query.decode("latin-1"), max_num_fields=50).get("writeKey", [None])[0]
    except ValueError:
        return None


def _host(headers: Headers) -> str:
    public = get_config().public_url
    return public.partition("://")[2] if public else headers.get(b"host", b"").decode("latin-1")
