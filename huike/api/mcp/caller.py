"""Who is behind the assistant in this call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from huike.staff.access import Principal

WhoCalls = Callable[[], Principal]

_who_calls: ContextVar[WhoCalls] = ContextVar("huike_mcp_caller")


@contextmanager
def called_by(who: WhoCalls) -> Iterator[None]:
    """Within it `principal()` answers what `who` does; asked anew each time, so that a revoked key ends at once."""
    token = _who_calls.set(who)
    try:
        yield
    finally:
        _who_calls.reset(token)


def principal() -> Principal:
    """Raises BadApiKey when the key was revoked or has expired meanwhile."""
    return _who_calls.get()()
