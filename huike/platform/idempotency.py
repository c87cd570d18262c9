"""A write repeated under one key happens once (draft-ietf-httpapi-idempotency-key-header-07).

Same key and body: the first answer again, marked as a replay. Same key, other body: 422. While the first is still
running: 409. The key is stored in the transaction of the effect, so a crash leaves both or neither. A request that
fails stores nothing and may be tried again with its key.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from huike.kernel.errors import Conflict, HuikeError, Invalid
from huike.kernel.text import has_forbidden_characters
from huike.platform.locks import try_hold
from huike.platform.models import IdempotencyKey


class KeyMissing(HuikeError):
    code = "idempotency.key_missing"
    status = 400
    title = "Send an Idempotency-Key header of 1 to 255 characters"


class KeyReused(Invalid):
    code = "idempotency.key_reused"
    title = "This Idempotency-Key was used with another body"


class StillRunning(Conflict):
    code = "idempotency.still_running"
    title = "The first request with this Idempotency-Key is still running"


KEY_PARAMETER: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            "description": "Names this request: sent again with the same body, it answers what it answered first",
        }
    ]
}
"""The `openapi_extra` of an operation that calls `key_of`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answered, the first time or again."""

    status: int
    body: dict[str, Any]
    replayed: bool


def key_of(request: HttpRequest) -> str:
    """The request's Idempotency-Key. Raises KeyMissing where there is none or it cannot be stored."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not 1 <= len(key) <= 255 or has_forbidden_characters(key):
        raise KeyMissing
    return key


def once(
    *, principal: str, route: str, key: str, body: Any, action: Callable[[], tuple[int, dict[str, Any]]]
) -> Answer:
    """Run `action` in a transaction unless this principal already did so under `key` at `route`.

    `action` gives (HTTP status, JSON body). Raises KeyReused, StillRunning, and whatever `action` raises.
    """
    digest = sha256(json.dumps(body, sort_keys=True, cls=DjangoJSONEncoder).encode()).hexdigest()
    with transaction.atomic():
        if not try_hold("idempotency", principal, route, key):
            raise StillRunning
        first = IdempotencyKey.objects.filter(principal=principal, route=route, key=key).first()
        if first is not None:
            if first.request_hash != digest:
                raise KeyReused
            return Answer(first.status, first.response, replayed=True)
        status, answer = action()
        answer = json.loads(json.dumps(answer, cls=DjangoJSONEncoder))
        IdempotencyKey.objects.create(
            principal=principal, route=route, key=key, request_hash=digest, status=status, response=answer
        )
        return Answer(status, answer, replayed=False)


def respond(answer: Answer) -> HttpResponse:
    """The answer over HTTP; a replay says so in `Idempotent-Replayed`."""
    response = HttpResponse(
        json.dumps(answer.body, ensure_ascii=False), status=answer.status, content_type="application/json"
    )
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
