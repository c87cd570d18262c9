"""Her other pages: a capability that shows her something of its own under `/me` names it here (`ready` of its
AppConfig), and her data page links to it. Such a page asks `public.own_session` who she is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`path` begins with `/me/`; `titles` are in Chinese and English."""

    path: str
    titles: tuple[str, str]


_places: dict[str, Place] = {}


def register(place: Place) -> None:
    """Registering a path twice with other titles is a mistake and raises ValueError."""
    if _places.get(place.path, place) != place:
        raise ValueError(f"{place.path} is registered already")
    _places[place.path] = place


def listed() -> list[Place]:
    return [_places[path] for path in sorted(_places)]
