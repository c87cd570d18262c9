"""The protocol server: which tools there are for whom, errors as tool errors with our codes, every call audited."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from mcp.server import Server
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp_types import CallToolResult, InputRequiredResult, TextContent, Tool, ToolAnnotations
from pydantic import ValidationError

from huike import __version__
from huike.api.mcp.caller import principal
from huike.kernel.errors import FieldError, Forbidden, HuikeError, Invalid
from huike.kernel.text import has_forbidden_characters
from huike.platform import audit
from huike.platform.api import UnstorableText

_INSTRUCTIONS: Final = """\
Huike is the customer file of a shop: people, what they bought, what they agreed to, and segments of them.
Amounts are integers in the minor unit of their currency. Instants are UTC. Personal data is masked unless the key may
see it and you ask with a reason. Prefer counting a segment to reading people one by one."""

_MOST_TEXT: Final = 20_000

P = ParamSpec("P")
R = TypeVar("R")


class AssistantServer(MCPServer[None]):
    """Shows a caller the tools its permissions open, and writes every call to the audit log."""

    def __init__(self) -> None:
        super().__init__(
            "huike", title="Huike 回客", version=__version__, instructions=_INSTRUCTIONS, subscriptions=False
        )
        self._permission_of: dict[str, str] = {}

    @property
    def lowlevel(self) -> Server[None]:
        """What speaks the protocol, for a door to put on the wire."""
        return self._lowlevel_server

    def offer(self, *, requires: str, title: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Make a function of services and selectors a tool for those who hold `requires`. Its docstring is what the
        assistant reads; it runs in a thread, where the database may be used."""

        def register(work: Callable[P, R]) -> Callable[P, R]:
            @functools.wraps(work)
            async def call(*args: P.args, **kwargs: P.kwargs) -> R:
                return await sync_to_async(_let_connections_go(work))(*args, **kwargs)

            self._permission_of[work.__name__] = requires
            self.add_tool(
                call,
                title=title,
                annotations=ToolAnnotations(title=title, read_only_hint=True, open_world_hint=False),
                structured_output=True,
            )
            return work

        return register

    async def list_tools(self) -> list[Tool]:
        caller = await sync_to_async(_let_connections_go(principal))()
        return [tool for tool in await super().list_tools() if caller.may(self._permission_of[tool.name])]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Never raises for what the caller did: a refusal is a tool error whose text is a JSON problem."""
        outcome = "internal"
        try:
            await sync_to_async(_let_connections_go(self._admit))(name, arguments)
            result = await super().call_tool(name, arguments, context)
            outcome = "ok"
            return result
        except UnexpectedToolError:
            raise
        except ToolError as error:
            known = _behind(error)
            outcome = known.code
            return _refusal(known)
        finally:
            await sync_to_async(_let_connections_go(_note))(name, arguments, outcome)

    def _admit(self, name: str, arguments: dict[str, Any]) -> None:
        """Raises UnknownTool, Forbidden, UnstorableText, BadApiKey."""
        permission = self._permission_of.get(name)
        if permission is None:
            raise UnknownTool(tool=name[:80])
        if not principal().may(permission):
            raise Forbidden(permission=permission)
        text = json.dumps(arguments, ensure_ascii=False)
        if len(text) > _MOST_TEXT:
            raise ArgumentsTooLong(at_most=_MOST_TEXT)
        if has_forbidden_characters(text) or "\\u0000" in text:
            raise UnstorableText


class UnknownTool(Invalid):
    code = "assistant.unknown_tool"
    title = "There is no such tool"


class ArgumentsTooLong(Invalid):
    code = "assistant.arguments_too_long"
    title = "The arguments are longer than a tool takes"


class ArgumentsInvalid(Invalid):
    code = "assistant.arguments_invalid"
    title = "The arguments are not what the tool's schema says"


def _behind(error: ToolError) -> HuikeError:
    """What the protocol library wrapped."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, HuikeError):
            return cause
        if isinstance(cause, ValidationError):
            faults = cause.errors(include_input=False, include_url=False, include_context=False)
            return ArgumentsInvalid(
                errors=[
                    FieldError(".".join(map(str, fault["loc"])), fault["type"], {"message": fault["msg"]})
                    for fault in faults
                ]
            )
        cause = cause.__cause__
    return ArgumentsInvalid(str(error))


def _refusal(error: HuikeError) -> CallToolResult:
    problem = {
        "code": error.code,
        "title": error.title,
        "detail": error.detail,
        "params": error.params,
        "errors": [{"where": fault.where, "code": fault.code, "params": fault.params} for fault in error.errors],
    }
    text = json.dumps(problem, ensure_ascii=False, default=str)
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def _note(name: str, arguments: dict[str, Any], outcome: str) -> None:
    """What was called and how it ended; of the arguments only ids, since the rest may be personal."""
    try:
        actor = principal().actor
    except HuikeError:
        return
    customer_id = arguments.get("customer_id")
    known = isinstance(customer_id, int) and 0 < customer_id < 2**63
    audit.record(
        actor,
        "use_assistant_tool",
        subject_kind="customer" if known else "tool",
        subject_id=customer_id if known else None,
        details={"tool": "".join(c for c in name[:80] if c.isascii() and c.isprintable()), "outcome": outcome},
    )


def _let_connections_go(work: Callable[P, R]) -> Callable[P, R]:
    """Run `work` as a request of its own towards the database, and say refusals in the protocol library's way."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        except HuikeError as error:
            raise ToolError(error.code) from error
        finally:
            close_old_connections()

    return run
