"""Which version of the terms is in effect when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A version is in effect in `[starts_at, ends_at)`; without an end until further notice."""

    version: int
    starts_at: datetime
    ends_at: datetime | None

    @property
    def is_overtaken(self) -> bool:
        """A later version took its place before it began."""
        return self.ends_at is not None and self.ends_at <= self.starts_at


def spans(versions: Sequence[tuple[int, datetime]]) -> list[Span]:
    """(version, effective from) in any order, as spans in the order of versions: a later version replaces every
    earlier one from its instant on."""
    ordered = sorted(versions)
    return [
        Span(version, starts_at, min((later for _, later in ordered[place:]), default=None))
        for place, (version, starts_at) in enumerate(ordered, start=1)
    ]
