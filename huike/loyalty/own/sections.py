"""The parts of a member's own page under her code: balances, tier, coupons, history. Each capability registers its own
(`ready` of its AppConfig), as it does for the timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huike.platform.public_pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who looks at her page, in which language, when."""

    customer_id: int
    language: Language
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`template` is shown with what `read` gives as `section`; where that is None she has nothing to see there. Lower
    `rank` stands higher: balances 10, count cards 15, tier 20, coupons 30, rewards 35, history 40."""

    key: str
    rank: int
    template: str
    read: Callable[[Visit], Mapping[str, Any] | None]


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Registering a key twice with another section is a mistake and raises ValueError."""
    if _sections.get(section.key, section) != section:
        raise ValueError(f"{section.key} is registered already")
    _sections[section.key] = section


def shown(visit: Visit) -> list[dict[str, Any]]:
    """What there is to see, in order: each with its `template` and `section`."""
    found = []
    for section in sorted(_sections.values(), key=lambda one: (one.rank, one.key)):
        told = section.read(visit)
        if told is not None:
            found.append({"key": section.key, "template": section.template, "section": told})
    return found
