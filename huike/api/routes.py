"""The API's addresses as a tree. Django tries one pattern after the other; of four hundred in a row, the last one costs
more than many an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.urls import URLPattern, URLResolver, include, path


def as_tree(patterns: Iterable[URLPattern]) -> list[URLPattern | URLResolver]:
    """The same addresses, names and views; those that begin with one literal segment are tried only where it is there.

    Raises ValueError for a pattern that could match what another's segment does, so that no order is lost.
    """
    leaves: list[URLPattern | URLResolver] = []
    below: dict[str, list[URLPattern]] = {}
    for pattern in patterns:
        segment, slash, rest = str(pattern.pattern).partition("/")
        if not slash:
            leaves.append(pattern)
        elif "<" in segment:
            raise ValueError(f"an address begins with what varies: {pattern.pattern}")
        else:
            below.setdefault(segment, []).append(_shorter(rest, pattern))
    return [*(path(f"{segment}/", include(_split(group))) for segment, group in below.items()), *leaves]


def _split(group: Sequence[URLPattern]) -> Sequence[URLPattern | URLResolver]:
    """Once more by the next segment, where none of it varies; what varies stays behind in its order."""
    varies = [pattern for pattern in group if str(pattern.pattern).startswith("<")]
    return [*as_tree(pattern for pattern in group if pattern not in varies), *varies]


def _shorter(rest: str, pattern: URLPattern) -> URLPattern:
    return path(rest, pattern.callback, pattern.default_args, pattern.name)
