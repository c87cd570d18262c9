"""Becoming a member: capabilities above that want to know register here, in their AppConfig's `ready`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Listener = Callable[[Sequence[int]], None]
"""Called with the customers whose membership began or whose joining was put at another time, in the transaction of the
change, with their rows locked."""

_listeners: dict[str, Listener] = {}


def register(name: str, listener: Listener) -> None:
    """Registering a name twice with something else is a mistake and raises ValueError."""
    if _listeners.get(name, listener) != listener:
        raise ValueError(f"{name} listens already")
    _listeners[name] = listener


def tell(customer_ids: Sequence[int]) -> None:
    """A file of customers is not told row by row: who writes one announces its end (`imports.events`)."""
    for name in sorted(_listeners):
        _listeners[name](customer_ids)
