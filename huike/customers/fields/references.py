"""What a reference points to. Stores and products are other rooms' matter: they register here when the house starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from huike.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Named:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word of a file may stand for: whoever is known by this, strongest first in a list; `id` where she is on
    file already."""

    word: str
    kind: str
    value: str
    id: int | None


NamesOf = Callable[[Iterable[int], Scope], dict[int, str]]
Search = Callable[[str, Scope], Sequence[Named]]
IdsOfCodes = Callable[[Iterable[str]], dict[str, int]]
MeaningsOf = Callable[[Iterable[str], str, str], Sequence[Meaning]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`names_of` says what those that exist are called by whoever has this scope (see `called`); `search` what she may
    pick; `ids_of_codes` reads what a file calls them, where that is a code. Where a file may itself make what it points
    to, `meanings_of` gives all that its words can mean, for a source (by its key) and a telephone region."""

    names_of: NamesOf
    search: Search
    ids_of_codes: IdsOfCodes | None = None
    meanings_of: MeaningsOf | None = None

    @property
    def comes_by_file(self) -> bool:
        return self.ids_of_codes is not None or self.meanings_of is not None


def called(id: int, name: str, *, is_seen: bool) -> str:
    """What a reader calls somebody: `#7` where there is no name, or none that she may see."""
    return name if name and is_seen else f"#{id}"


_targets: dict[str, Target] = {}


def register(kind: str, target: Target) -> None:
    _targets[kind] = target


def target(kind: str) -> Target:
    return _targets[kind]
