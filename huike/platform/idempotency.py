"""A write repeated under one key happens once (draft-ietf-httpapi-idempotency-key-header-07).

Same key and body: the first answer again, marked as a replay. Same key, other body: 422. While the first is still
running: 409. The key is stored in the transaction of the effect, so a crash leaves both or neither. A request that
fails stores nothing and may be tried again with its key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from huike.kernel.errors import Conflict, HuikeError, Invalid
from huike.kernel.text import has_forbidden_characters
from huike.platform import sql
from huike.platform.locks import lock_number


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
    """What a write answered, the first time or again; `text` is JSON."""

    status: int
    text: str
    replayed: bool

    @property
    def body(self) -> Any:
        return json.loads(self.text)


Told = BaseModel | Mapping[str, Any] | None
"""A body: a schema, or what JSON can say of one."""


def key_of(request: HttpRequest) -> str:
    """The request's Idempotency-Key. Raises KeyMissing where there is none or it cannot be stored."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not 1 <= len(key) <= 255 or has_forbidden_characters(key):
        raise KeyMissing
    return key


def once(*, principal: str, route: str, key: str, body: Told, action: Callable[[], tuple[int, Told]]) -> Answer:
    """Run `action` in a transaction unless this principal already did so under `key` at `route`.

    `action` gives (HTTP status, body). Raises KeyReused, StillRunning, and whatever `action` raises.
    """
    named = {
        "lock": lock_number("idempotency", principal, route, key),
        "principal": principal,
        "route": route,
        "key": key,
        "hash": sha256(_json(body, sort_keys=True).encode()).hexdigest(),
    }
    while (answer := _attempt(named, action)) is None:
        pass
    return answer


# One look takes the lock and reads what the first request left.
_LOOK = """
SELECT l.taken, k.request_hash, k.status, k.response::text
  FROM (SELECT pg_try_advisory_xact_lock(%(lock)s) AS taken) l
  LEFT JOIN platform_idempotency_key k
    ON l.taken AND k.principal = %(principal)s AND k.route = %(route)s AND k.key = %(key)s
"""
_KEEP = """
INSERT INTO platform_idempotency_key (principal, route, key, request_hash, status, response)
VALUES (%(principal)s, %(route)s, %(key)s, %(hash)s, %(status)s, %(response)s::jsonb)
    ON CONFLICT (principal, route, key) DO NOTHING
RETURNING id
"""


class _Overtaken(Exception):
    """Another request under this key ended after the look began and before its lock was taken."""


def _attempt(named: dict[str, Any], action: Callable[[], tuple[int, Told]]) -> Answer | None:
    try:
        with transaction.atomic():
            taken, request_hash, status, text = sql.rows(_LOOK, named)[0]
            if not taken:
                raise StillRunning
            if request_hash is not None:
                if request_hash != named["hash"]:
                    raise KeyReused
                return Answer(status, text, replayed=True)
            status, told = action()
            text = _json(told)
            if not sql.rows(_KEEP, {**named, "status": status, "response": text}):
                raise _Overtaken
            return Answer(status, text, replayed=False)
    except _Overtaken:
        return None


def _json(told: Told, *, sort_keys: bool = False) -> str:
    """A schema's members always come in its own order."""
    if isinstance(told, BaseModel):
        return told.model_dump_json()
    return json.dumps(told, ensure_ascii=False, sort_keys=sort_keys, cls=DjangoJSONEncoder)


def respond(answer: Answer) -> HttpResponse:
    """The answer over HTTP; a replay says so in `Idempotent-Replayed`."""
    response = HttpResponse(answer.text, status=answer.status, content_type="application/json")
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
