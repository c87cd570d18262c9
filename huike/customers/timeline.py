"""Everything about one person in time order, put together from what each capability registers.

A capability calls `register("order", moments=…, entries=…)` in its AppConfig's `ready`. One statement finds the moments
of all kinds that are on a page, newest first by (at, kind, id), which is also the cursor; then only the kinds that are
on it are asked for their entries. So a page costs what the first one does at any depth, and a kind costs next to
nothing where it has nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from huike.customers.errors import FilterInvalid
from huike.kernel.pages import BadCursor, Page, decode_cursor, encode_cursor
from huike.platform import sql

_ORDER = "timeline"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The place of an entry; the newest has the greatest."""

    at: datetime
    kind: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. The client words `title_code` with `params`; `link` is a path of the web client."""

    at: datetime
    kind: str
    id: int
    title_code: str
    params: dict[str, Any] = field(default_factory=dict)
    link: str | None = None

    @property
    def position(self) -> Position:
        return Position(self.at, self.kind, self.id)


Entries = Callable[[int, Sequence[int]], Iterable[Entry]]
"""(customer_id, ids) → the entries with these ids, in any order; what is gone meanwhile is left out."""


@dataclass(frozen=True, slots=True)
class _Kind:
    moments: str
    entries: Entries


_kinds: dict[str, _Kind] = {}
# Newer than all there is.
_NOW = Position(datetime(9999, 12, 31, tzinfo=UTC), "", 0)


def register(kind: str, *, moments: str, entries: Entries) -> None:
    """Let the timeline show entries of this kind. `moments` is SQL of one's own that gives `at` (timestamptz) and `id`
    (bigint) of every entry of the customer `%(customer_id)s`, from an index on (customer, at, id) where there may be
    many. Registering a kind twice is a mistake and raises ValueError."""
    known = _Kind(moments, entries)
    if _kinds.get(kind, known) != known:
        raise ValueError(f"the timeline knows {kind} already")
    _kinds[kind] = known


def kinds() -> list[str]:
    return sorted(_kinds)


def page(customer_id: int, *, kinds: Iterable[str] | None, cursor: str | None, limit: int) -> Page[Entry]:
    """One page of a customer's timeline. Raises BadCursor, FilterInvalid on a kind nobody registered.

    Whether the reader may see the customer is the caller's to check.
    """
    wanted = sorted(_kinds) if kinds is None else sorted(set(kinds))
    unknown = [kind for kind in wanted if kind not in _kinds]
    if unknown:
        raise FilterInvalid(kinds=unknown)
    before = _NOW if cursor is None else _position(cursor)
    found = _find(wanted, customer_id, before=before, limit=limit + 1)
    shown = found[:limit]
    ids: dict[str, list[int]] = {}
    for place in shown:
        ids.setdefault(place.kind, []).append(place.id)
    entries = {
        (kind, entry.id): entry for kind, theirs in ids.items() for entry in _kinds[kind].entries(customer_id, theirs)
    }
    listed = [entries[place.kind, place.id] for place in shown if (place.kind, place.id) in entries]
    if len(found) <= limit:
        return Page(listed, None)
    last = shown[-1]
    return Page(listed, encode_cursor(_ORDER, [last.at.isoformat(), last.kind, last.id]))


# The first comparison is the one an index answers; kinds are compared by their bytes, as `Position` compares them.
_MOMENTS = """
(SELECT at, '{kind}' COLLATE "C" AS kind, id FROM ({moments}) AS {kind}_moments
  WHERE at <= %(at)s::timestamptz
    AND (at, '{kind}' COLLATE "C", id) < (%(at)s::timestamptz, %(kind)s::text, %(id)s::bigint)
  ORDER BY at DESC, id DESC LIMIT %(limit)s::bigint)
"""


def _find(kinds: Sequence[str], customer_id: int, *, before: Position, limit: int) -> list[Position]:
    if not kinds:
        return []
    each = " UNION ALL ".join(_MOMENTS.format(kind=kind, moments=_kinds[kind].moments) for kind in kinds)
    statement = f"SELECT * FROM ({each}) AS moments ORDER BY at DESC, kind DESC, id DESC LIMIT %(limit)s::bigint"  # noqa: S608
    params = {"customer_id": customer_id, "at": before.at, "kind": before.kind, "id": before.id, "limit": limit}
    return [Position(*row) for row in sql.rows(statement, params)]


def _position(cursor: str) -> Position:
    values = decode_cursor(cursor, _ORDER)
    try:
        at, kind, number = values
        position = Position(datetime.fromisoformat(at), str(kind), int(number))
    except (TypeError, ValueError) as error:
        raise BadCursor from error
    if position.at.tzinfo is None or abs(position.id) >= 2**63 or "\0" in position.kind:
        raise BadCursor
    return position
