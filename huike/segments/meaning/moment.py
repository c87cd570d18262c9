"""When, for whom and among what else a rule is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from huike.kernel.scope import EVERYTHING, Scope
from huike.segments.rules import Rule


@dataclass(frozen=True, slots=True)
class Moment:
    """Windows end at `as_of`, days begin in `zone`, customers outside `scope` are not there.

    - `segments`: the rules of the segments that a rule speaks of, by id; one that is gone has no members.
    - `regions`: the stores of each region and of all below it, where the rule asks by region.
    - `places`: latitude and longitude in degrees of the stores it looks around; a store without is nowhere.
    """

    as_of: datetime
    zone: ZoneInfo
    scope: Scope = EVERYTHING
    segments: Mapping[int, Rule] = field(default_factory=dict)
    places: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    regions: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def stores_of(self, region_ids: Iterable[Any]) -> list[int]:
        """The stores of these regions; one that is gone has none."""
        return sorted(frozenset[int]().union(*(self.regions.get(id, frozenset()) for id in region_ids)))

    @property
    def today(self) -> date:
        return self.as_of.astimezone(self.zone).date()
