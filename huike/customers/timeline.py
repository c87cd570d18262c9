"""Everything about one person in time order, put together from what each capability registers.

A capability calls `register("order", provider)` in its AppConfig's `ready`. Entries of all kinds are merged newest
first by (at, kind, id), which is also the cursor, so that a page costs what the first one does at any depth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from huike.customers.errors import FilterInvalid
from huike.kernel.pages import BadCursor, Page, decode_cursor, encode_cursor

_ORDER = "timeline"
# How many entries of each kind are read at once where a page mixes kinds.
_FIRST_OF_MANY = 16


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


Provider = Callable[[int, Position | None, int], Sequence[Entry]]
"""(customer_id, before, limit) → at most `limit` entries older than `before`, newest first."""

_providers: dict[str, Provider] = {}


def register(kind: str, provider: Provider) -> None:
    """Let `provider` give the entries of this kind. Registering a kind twice is a mistake and raises ValueError."""
    if _providers.get(kind, provider) is not provider:
        raise ValueError(f"the timeline has a provider of {kind} already")
    _providers[kind] = provider


def kinds() -> list[str]:
    return sorted(_providers)


M = TypeVar("M", bound=Model)


def older_than(queryset: QuerySet[M], *, kind: str, at: str, before: Position | None) -> QuerySet[M]:
    """The rows of `queryset` older than `before`, newest first; `at` names its instant. For providers."""
    newest_first = queryset.order_by(f"-{at}", "-pk")
    if before is None:
        return newest_first
    if kind == before.kind:
        return newest_first.filter(
            Q(**{f"{at}__lt": before.at}) | Q(**{at: before.at, "pk__lt": before.id}), **{f"{at}__lte": before.at}
        )
    return newest_first.filter(**{f"{at}__lte" if kind < before.kind else f"{at}__lt": before.at})


def page(customer_id: int, *, kinds: Iterable[str] | None, cursor: str | None, limit: int) -> Page[Entry]:
    """One page of a customer's timeline. Raises BadCursor, FilterInvalid on a kind nobody registered.

    Whether the reader may see the customer is the caller's to check.
    """
    wanted = sorted(_providers) if kinds is None else sorted(set(kinds))
    unknown = [kind for kind in wanted if kind not in _providers]
    if unknown:
        raise FilterInvalid(kinds=unknown)
    before = _position(cursor)
    first = limit + 1 if len(wanted) == 1 else min(limit + 1, _FIRST_OF_MANY)
    streams = [_stream(_providers[kind], customer_id, before, first=first, most=limit + 1) for kind in wanted]
    entries = list(islice(merge(*streams, key=lambda entry: entry.position, reverse=True), limit + 1))
    if len(entries) <= limit:
        return Page(entries, None)
    last = entries[limit - 1]
    return Page(entries[:limit], encode_cursor(_ORDER, [last.at.isoformat(), last.kind, last.id]))


def _stream(provider: Provider, customer_id: int, before: Position | None, *, first: int, most: int) -> Iterator[Entry]:
    """The entries of one kind, newest first: a few, and the rest only when the page turns out to need them."""
    entries = provider(customer_id, before, first)
    yield from entries
    if len(entries) == first < most:
        yield from provider(customer_id, entries[-1].position, most - first)


def _position(cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    values = decode_cursor(cursor, _ORDER)
    try:
        at, kind, number = values
        position = Position(datetime.fromisoformat(at), str(kind), int(number))
    except (TypeError, ValueError) as error:
        raise BadCursor from error
    if position.at.tzinfo is None or abs(position.id) >= 2**63:
        raise BadCursor
    return position
