"""What a reference points to. Stores and products are other rooms' matter: they register here when the house starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from huike.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Named:
    id: int
    name: str


NamesOf = Callable[[Iterable[int], Scope], dict[int, str]]
Search = Callable[[str, Scope], Sequence[Named]]
IdsOfCodes = Callable[[Iterable[str]], dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`names_of` says what those that exist are called by whoever has this scope (see `called`); `search` what she may
    pick; `ids_of_codes` reads what a file calls them, where a file may."""

    names_of: NamesOf
    search: Search
    ids_of_codes: IdsOfCodes | None = None


def called(id: int, name: str, *, is_seen: bool) -> str:
    """What a reader calls somebody: `#7` where there is no name, or none that she may see."""
    return name if name and is_seen else f"#{id}"


_targets: dict[str, Target] = {}


def register(kind: str, target: Target) -> None:
    _targets[kind] = target


def target(kind: str) -> Target:
    return _targets[kind]
