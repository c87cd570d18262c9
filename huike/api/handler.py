"""Django's ASGI handler, with bodies limited while they arrive and one thread hop per request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from huike.platform.api import problem_response
from huike.platform.config import get_config

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Boundaries and field headers of a multipart body around its file.
_MULTIPART_SLACK_BYTES = 1024 * 1024


class BodyTooLarge(Exception):
    """More arrived than the server takes."""


class Handler(ASGIHandler):
    """Middlewares and view of a request run in one thread. Django's own way hops to a thread and back for each
    middleware, which costs more than the rest of a small request."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. A body over its limit is refused with 413 before it fills the disk."""
        limit = _limit_bytes(scope)
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
            if _announced_bytes(scope) > limit:
                raise BodyTooLarge
            await super().__call__(scope, counted_receive, noted_send)
        except BodyTooLarge:
            if not answering:
                await _refuse(send)


def _limit_bytes(scope: dict[str, Any]) -> int:
    if _header(scope, b"content-type").startswith(b"multipart/form-data"):
        return get_config().upload_limit_bytes + _MULTIPART_SLACK_BYTES
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _announced_bytes(scope: dict[str, Any]) -> int:
    length = _header(scope, b"content-length")
    return int(length) if length.isdigit() else 0


def _header(scope: dict[str, Any], name: bytes) -> bytes:
    return next((bytes(value) for key, value in scope.get("headers", ()) if key == name), b"")


async def _refuse(send: Send) -> None:
    response = problem_response(
        code="body.too_large", status=413, title="The body is larger than this server takes", detail="Send less at once"
    )
    headers = [(b"content-type", response["Content-Type"].encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
