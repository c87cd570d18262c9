"""`/mcp`: the protocol over streamable HTTP, for whoever sends an API key as Bearer.

Every request stands alone: a session would tie an assistant to the web process that answered first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import close_old_connections
from django.http import HttpResponse
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from huike.api.mcp.caller import called_by
from huike.api.mcp.tools import server
from huike.kernel.errors import HuikeError, Unauthenticated
from huike.platform.api import problem_response, respond_to_error
from huike.staff.access import Principal, key_principal

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

PATHS: Final = frozenset({"/mcp", "/mcp/"})
_BODY_LIMIT_BYTES: Final = 256 * 1024
# The key is the guard: a page in a browser that was led here by DNS has none.
_SECURITY: Final = TransportSecuritySettings(enable_dns_rebinding_protection=False)


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request to `/mcp`."""
    if scope["method"] != "POST":
        # No stream is kept open, and no session can be ended: there is none (the protocol allows both refusals).
        await _send(send, _not_allowed())
        return
    async with ThreadSensitiveContext():
        try:
            principal = await sync_to_async(_caller)(scope)
        except HuikeError as error:
            response = respond_to_error(error)
            response["WWW-Authenticate"] = 'Bearer realm="huike"'
            await _send(send, response)
            return
        manager = StreamableHTTPSessionManager(
            app=server.lowlevel,
            json_response=True,
            stateless=True,
            security_settings=_SECURITY,
            max_request_body_size=_BODY_LIMIT_BYTES,
        )
        with called_by(lambda: principal):
            async with manager.run():
                await manager.handle_request(scope, receive, send)


def _caller(scope: Scope) -> Principal:
    """Raises Unauthenticated, BadApiKey."""
    close_old_connections()
    try:
        header = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
        scheme, _, token = header.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated
        return key_principal(token.strip())
    finally:
        close_old_connections()


def _not_allowed() -> HttpResponse:
    response = problem_response(
        code="method_not_allowed",
        status=405,
        title="This address does not take this method",
        detail="An assistant sends POST here",
    )
    response["Allow"] = "POST"
    return response


async def _send(send: Send, response: HttpResponse) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"cache-control", b"no-store"), (b"content-length", str(len(response.content)).encode())]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
