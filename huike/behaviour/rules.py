"""Reading what clients send: one body into events, each taken or refused with a reason. The rules are in
docs/algorithms/tracking.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from huike.customers.rules import NOBODY

EVENT_LIMIT_BYTES: Final = 32 * 1024
BODY_LIMIT_BYTES: Final = 500 * 1024
LONGEST_ID: Final = 200
LONGEST_NAME: Final = 200
OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DEEPEST: Final = 60

KINDS: Final = frozenset({"identify", "track", "page", "screen", "alias", "group"})
# The calls' short addresses, as the browser clients use them.
KIND_OF_CALL: Final[Mapping[str, str]] = {
    **{kind: kind for kind in KINDS},
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "a": "alias",
    "g": "group",
    "batch": "batch",
    "b": "batch",
    "import": "batch",
}
_NAMES: Final = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identified",
    "alias": "Aliased",
    "group": "Grouped",
}
# Of the context only what tells about the visit: no addresses of machines, nothing that identifies a device.
_CONTEXT: Final = ("page", "campaign", "library", "locale", "userAgent", "timezone", "screen", "app", "os")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Taken:
    """One event as it is kept. `previous_id` is set by alias, `traits` by identify."""

    source_id: int
    message_key: UUID
    kind: str
    name: str
    occurred_at: datetime
    received_at: datetime
    user_id: str | None
    anonymous_id: str | None
    previous_id: str | None
    properties: dict[str, Any]
    properties_json: str
    context_json: str
    traits: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """One event that is not kept, and why."""

    source_id: int
    received_at: datetime
    reason: str
    kind: str
    told: Any


class _Fault(Exception):
    """The reason of a refusal."""


def parse_body(body: bytes) -> Any:
    """The JSON of a body. Raises ValueError where it is none."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_number(name: str) -> None:
    """NaN and the infinities, which JavaScript's own JSON never sends and Python's does."""


def write_key_of(parsed: Any) -> str | None:
    """The write key in a body."""
    key = parsed.get("writeKey") if isinstance(parsed, dict) else None
    return key if isinstance(key, str) else None


def has_too_large_event(kind: str, body_bytes: int) -> bool:
    """Whether a call of one event exceeds its limit. In a batch each event is looked at by itself later."""
    return kind != "batch" and body_bytes > EVENT_LIMIT_BYTES


def read_body(
    parsed: Any, *, kind: str, source_id: int, delivery_id: int, received_at: datetime, body_bytes: int
) -> Iterator[Taken | Refused]:
    """Every event of a body, in order, taken or refused."""
    if kind == "batch":
        told = parsed.get("batch") if isinstance(parsed, dict) else parsed
        events = told if isinstance(told, list) else [told]
    else:
        events = [parsed]
    sent_at = _instant(parsed.get("sentAt")) if isinstance(parsed, dict) else None
    shared = parsed.get("context") if isinstance(parsed, dict) and kind == "batch" else None
    for number, event in enumerate(events):
        try:
            if not isinstance(event, dict):
                raise _Fault("not_an_object")
            taken = _read_event(
                event,
                kind=kind,
                source_id=source_id,
                place=(delivery_id, number),
                received_at=received_at,
                sent_at=_instant(event.get("sentAt")) or sent_at,
                shared_context=shared if isinstance(shared, dict) else {},
            )
            if body_bytes > EVENT_LIMIT_BYTES and _size_bytes(taken) > EVENT_LIMIT_BYTES:
                raise _Fault("too_large")
            yield taken
        except _Fault as fault:
            told_kind = event.get("type") if isinstance(event, dict) else None
            shown = told_kind if isinstance(told_kind, str) else "" if kind == "batch" else kind
            yield Refused(source_id, received_at, str(fault), clean_text(shown)[:20], event)


def _read_event(
    event: dict[str, Any],
    *,
    kind: str,
    source_id: int,
    place: tuple[int, int],
    received_at: datetime,
    sent_at: datetime | None,
    shared_context: dict[str, Any],
) -> Taken:
    kind = event.get("type", "") if kind == "batch" else kind
    if not isinstance(kind, str) or kind not in KINDS:
        raise _Fault("type_unknown")
    user_id, anonymous_id = read_id(event.get("userId")), read_id(event.get("anonymousId"))
    previous_id = read_id(event.get("previousId")) if kind == "alias" else None
    if user_id is None and anonymous_id is None:
        raise _Fault("nobody")
    context = {**shared_context, **_object(event, "context")}
    properties, traits = _object(event, "properties"), _object(event, "traits")
    if kind in {"identify", "group"} and not traits:
        # Rudder's Python client keeps them there.
        traits = _object(context, "traits")
    name = _name(event, kind)
    if kind == "identify":
        properties = {}
    elif kind == "group":
        properties = {"group_id": read_id(event.get("groupId")), "traits": traits}
    elif kind == "alias":
        properties = {"previous_id": previous_id}
    elif kind in {"page", "screen"}:
        properties = {**_named(event), **properties}
    return Taken(
        source_id=source_id,
        message_key=_message_key(event, source_id=source_id, place=place),
        kind=kind,
        name=name,
        occurred_at=_occurred_at(event, received_at=received_at, sent_at=sent_at),
        received_at=received_at,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=previous_id,
        properties=properties,
        properties_json=storable_json(properties),
        context_json=storable_json({part: context[part] for part in _CONTEXT if part in context}),
        traits=traits if kind == "identify" else {},
    )


def _size_bytes(event: Taken) -> int:
    """Of what is kept of an event: what clients add of their own beside it does not count against them."""
    traits = storable_json(event.traits) if event.traits else ""
    return len(event.properties_json.encode()) + len(event.context_json.encode()) + len(traits.encode())


def _name(event: dict[str, Any], kind: str) -> str:
    if kind != "track":
        return _NAMES[kind]
    told = event.get("event")
    name = " ".join(clean_text(told).split())[:LONGEST_NAME] if isinstance(told, str) else ""
    if not name:
        raise _Fault("name_missing")
    return name


def _named(event: dict[str, Any]) -> dict[str, Any]:
    return {part: event[part] for part in ("name", "category") if isinstance(event.get(part), str)}


def _object(holder: dict[str, Any], part: str) -> dict[str, Any]:
    told = holder.get(part)
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise _Fault("properties_wrong")
    return told


def read_id(told: Any) -> str | None:
    """An id as it is kept; None where it names nobody."""
    if isinstance(told, bool) or not isinstance(told, (str, int)):
        return None
    text = clean_text(str(told)).strip()
    return None if text.lower() in NOBODY or len(text) > LONGEST_ID else text


def clean_text(text: str) -> str:
    """Text that can be stored: what cannot becomes U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def _message_key(event: dict[str, Any], *, source_id: int, place: tuple[int, int]) -> UUID:
    told = event.get("messageId")
    if isinstance(told, (str, int)) and not isinstance(told, bool) and str(told).strip():
        text = f"id\x1f{told}"
    elif _instant(event.get("timestamp") or event.get("originalTimestamp")) is not None:
        text = "content\x1f" + json.dumps({**event, "sentAt": None}, sort_keys=True)
    else:
        text = f"place\x1f{place[0]}\x1f{place[1]}"
    digest = blake2b(f"{source_id}\x1f{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return UUID(bytes=digest)


def _occurred_at(event: dict[str, Any], *, received_at: datetime, sent_at: datetime | None) -> datetime:
    told = _instant(event.get("timestamp")) or _instant(event.get("originalTimestamp"))
    if told is None:
        return received_at
    if told < OLDEST:
        raise _Fault("too_old")
    try:
        occurred_at = told if sent_at is None else received_at - (sent_at - told)
    except OverflowError:
        return received_at
    if occurred_at < OLDEST:
        raise _Fault("too_old")
    return min(occurred_at, received_at)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _instant(told: Any) -> datetime | None:
    """An instant in any of the forms clients use: ISO 8601, or milliseconds since 1970. None where it is none."""
    try:
        if isinstance(told, str):
            at = datetime.fromisoformat(told)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        if isinstance(told, (int, float)) and not isinstance(told, bool):
            return _EPOCH + timedelta(milliseconds=told)
    except (ValueError, OverflowError):
        pass
    return None


# Kept: json.dumps with settings of one's own makes an encoder for each call.
_encode = json.JSONEncoder(allow_nan=False, ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def storable_json(value: Any) -> str:
    """The JSON text of a value as PostgreSQL's jsonb takes it."""
    if not value:
        return "{}" if isinstance(value, dict) else json.dumps(value)
    try:
        text = _encode(value)
        if "\\u0000" not in text and not _UNSTORABLE.search(text):
            return text
    except (ValueError, RecursionError):
        pass
    return json.dumps(_storable(value, _DEEPEST), allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _storable(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):
        return None
    if depth == 0 and isinstance(value, (dict, list)):
        return None
    if isinstance(value, dict):
        return {clean_text(key): _storable(part, depth - 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_storable(part, depth - 1) for part in value]
    return value


def unlisted_key(key: str) -> bool:
    """Whether a text cannot be a write key at all, so that nothing need be asked."""
    return not (0 < len(key) <= 40 and key.isascii() and key.isprintable())
