"""What the writing addresses of loyalty share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from huike.platform import idempotency
from huike.platform.schema import Schema
from huike.staff.access import principal_of


def once(request: HttpRequest, route: str, body: Any, action: Callable[[], Schema], status: int = 200) -> HttpResponse:
    """Answer a write under its Idempotency-Key. `body` is what was asked, with the address where that matters."""
    return idempotency.respond(
        idempotency.once(
            principal=principal_of(request).key,
            route=route,
            key=idempotency.key_of(request),
            body=body,
            action=lambda: (status, action()),
        )
    )
