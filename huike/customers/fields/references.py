"""What a reference points to. Stores and products are other rooms' matter: they register here when the house starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from huike.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Named:
    id: int
    name: str


NamesOf = Callable[[Iterable[int]], dict[int, str]]
Search = Callable[[str, Scope], Sequence[Named]]
IdsOfCodes = Callable[[Iterable[str]], dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`names_of` gives the names of those that exist, whoever asks; `search` what `scope` may pick; `ids_of_codes`
    reads
    what a file calls them, where a file may."""

    names_of: NamesOf
    search: Search
    ids_of_codes: IdsOfCodes | None = None


_targets: dict[str, Target] = {}


def register(kind: str, target: Target) -> None:
    _targets[kind] = target


def target(kind: str) -> Target:
    return _targets[kind]
