"""Errors a caller can act on: each has a stable code, an HTTP status and parameters.

The web client words them from `code` and `params` in the reader's language; `title` is for engineers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one part of the input.

    `where` names the place as the caller sees it: a JSON path (`lines.2.quantity`), or a file's row and column.
    """

    where: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)


class HuikeError(Exception):
    """Base of every error that is answered to a caller as a problem document (RFC 9457).

    Subclasses set `code` (stable, dotted, lower case), `status` and `title`; instances carry `params`
    (JSON values only, never personal data) and `errors` for input with several faults.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request cannot be carried out"

    def __init__(self, detail: str = "", *, errors: list[FieldError] | None = None, **params: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.params = params
        self.errors = errors or []


class Invalid(HuikeError):
    code = "invalid"
    status = 422
    title = "The input is not valid"


class NotFound(HuikeError):
    code = "not_found"
    status = 404
    title = "There is no such thing, or you may not see it"


class Forbidden(HuikeError):
    code = "forbidden"
    status = 403
    title = "You may not do this"


class Unauthenticated(HuikeError):
    code = "unauthenticated"
    status = 401
    title = "Sign in first"


class Conflict(HuikeError):
    code = "conflict"
    status = 409
    title = "The state of things does not allow this now"
