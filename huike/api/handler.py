"""The web server's application: Django answering in a fixed set of threads, bodies limited while they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

from huike.behaviour.door import Door, is_tracking
from huike.platform.api import problem_response
from huike.platform.config import get_config

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Boundaries and field headers of a multipart body around its file.
_MULTIPART_SLACK_BYTES = 1024 * 1024
# Connections of a process that no request may take: streams read their state, probes ask whether the database is there.
_CONNECTIONS_KEPT = 4
# Answered for minutes, by the event loop and not by a thread.
_STREAMS = frozenset({"/api/v1/events"})


class BodyTooLarge(Exception):
    """More arrived than the server takes."""


@dataclass(frozen=True, slots=True)
class _Answer:
    start: Message
    content: bytes
    pieces: StreamingHttpResponse | None
    """A response that gives its content piece by piece, still to be read and closed."""


class Handler(ASGIHandler):
    """A request is one job of one thread that lives as long as the process. Django's own way makes a thread for each
    request and hops between it and the event loop for each middleware, which costs more than a small request."""

    def __init__(self) -> None:
        super().__init__()
        threads = max(2, get_config().database_connections - _CONNECTIONS_KEPT)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._tracking = Door()

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.get_response, request)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. A body over its limit is refused with 413 before it fills the disk."""
        if scope["type"] == "http" and is_tracking(scope["path"]):
            await self._tracking(scope, receive, send)
            return
        headers = dict(scope.get("headers", ()))
        limit = _limit_bytes(headers)
        # The server cuts a body off at its announced length; one without is as long as it likes.
        longest_bytes = _announced_bytes(headers, otherwise=limit)
        answering = False

        async def counted_receive() -> Message:
            nonlocal limit
            message = await receive()
            limit -= len(message.get("body", b""))
            if limit < 0:
                raise BodyTooLarge
            return message

        async def noted_send(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            if longest_bytes > limit:
                raise BodyTooLarge
            if scope["path"] in _STREAMS:
                await super().__call__(scope, counted_receive, noted_send)
            else:
                fits = longest_bytes <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
                await self._answer(scope, counted_receive, noted_send, fits=fits)
        except BodyTooLarge:
            if not answering:
                await _refuse(send)

    async def _answer(self, scope: dict[str, Any], receive: Receive, send: Send, *, fits: bool) -> None:
        """`fits` says that the whole body may be held in memory."""
        try:
            body = await (_small_body(receive) if fits else self.read_body(receive))
        except RequestAborted:
            return
        run = asyncio.get_running_loop().run_in_executor
        answer = await run(self._threads, self._respond, scope, body)
        await send(answer.start)
        if answer.pieces is None:
            await send({"type": "http.response.body", "body": answer.content})
            return
        try:
            pieces = iter(answer.pieces)
            while (piece := await run(self._threads, next, pieces, None)) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await run(self._threads, _finish, answer.pieces, body)

    def _respond(self, scope: dict[str, Any], body: IO[bytes]) -> _Answer:
        """Runs in a thread, from the first look at the request to the connection given back."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        response: Any = self.get_response(request) if request is not None else refused
        response._handler_class = self.__class__  # Django names the sender of `request_finished` by it
        start = {"type": "http.response.start", "status": response.status_code, "headers": _headers_of(response)}
        if isinstance(response, StreamingHttpResponse):
            return _Answer(start, b"", response)
        content = response.content
        _finish(response, body)
        return _Answer(start, content, None)


async def _small_body(receive: Receive) -> IO[bytes]:
    """What `read_body` gives, without the file that it keeps at hand for what does not fit into memory."""
    body = BytesIO()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestAborted
        body.write(message.get("body", b""))
        if not message.get("more_body", False):
            body.seek(0)
            return body


def _finish(response: HttpResponseBase, body: IO[bytes]) -> None:
    response.close()
    body.close()


def _headers_of(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    cookies = [cookie.output(header="").strip().encode("ascii") for cookie in response.cookies.values()]
    return headers + [(b"Set-Cookie", cookie) for cookie in cookies]


def _limit_bytes(headers: Mapping[bytes, bytes]) -> int:
    if headers.get(b"content-type", b"").startswith(b"multipart/form-data"):
        return get_config().upload_limit_bytes + _MULTIPART_SLACK_BYTES
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _announced_bytes(headers: Mapping[bytes, bytes], *, otherwise: int) -> int:
    length = headers.get(b"content-length", b"")
    return int(length) if length.isdigit() else otherwise


async def _refuse(send: Send) -> None:
    response = problem_response(
        code="body.too_large", status=413, title="The body is larger than this server takes", detail="Send less at once"
    )
    headers = [(b"content-type", response["Content-Type"].encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
