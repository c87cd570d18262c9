"""When, for whom and among what else a rule is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from huike.kernel.scope import EVERYTHING, Scope
from huike.segments.rules import Rule, rule_document


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

    def stores_by_regions(self) -> dict[frozenset[int], list[int]]:
        """The stores that stand in the same regions, by all of these; those in none are not there."""
        of_store: dict[int, set[int]] = {}
        for region_id, store_ids in self.regions.items():
            for store_id in store_ids:
                of_store.setdefault(store_id, set()).add(region_id)
        together: dict[frozenset[int], list[int]] = {}
        for store_id, region_ids in sorted(of_store.items()):
            together.setdefault(frozenset(region_ids), []).append(store_id)
        return together

    @property
    def today(self) -> date:
        return self.as_of.astimezone(self.zone).date()

    @property
    def background(self) -> str:
        """A short name for all that an answer depends on besides the rule, the lake and `as_of`: the zone, the other
        segments' rules, the stores' places and regions. Two moments with one name differ in none of it."""
        told = {
            "zone": str(self.zone),
            "segments": {str(id): rule_document(rule) for id, rule in self.segments.items()},
            "places": {str(id): list(place) for id, place in self.places.items()},
            "regions": {str(id): sorted(stores) for id, stores in self.regions.items()},
        }
        return blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16).hexdigest()
