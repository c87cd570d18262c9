"""Sets of people made of segments' member lists: unions, what is common, what is left over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import reduce
from itertools import combinations

from pyroaring import BitMap64

Region = frozenset[int]
"""Who is in all of these segments and in none of the others that are looked at together."""


class How(StrEnum):
    UNION = "union"
    INTERSECTION = "intersection"
    DIFFERENCE = "difference"  # in the first, and in none of the others
    REGIONS = "regions"


def regions_of(segment_ids: Sequence[int]) -> list[Region]:
    """Every region, those of one segment first: one of one, three of two, seven of three."""
    return [frozenset(chosen) for size in range(1, len(segment_ids) + 1) for chosen in combinations(segment_ids, size)]


def chosen_regions(how: How, segment_ids: Sequence[int], regions: Iterable[Region]) -> list[Region]:
    """The regions that make up the set."""
    every = regions_of(segment_ids)
    match how:
        case How.UNION:
            return every
        case How.INTERSECTION:
            return [frozenset(segment_ids)]
        case How.DIFFERENCE:
            return [frozenset(segment_ids[:1])]
        case How.REGIONS:
            wanted = set(regions)
            return [region for region in every if region in wanted]


def in_region(region: Region, members: Mapping[int, BitMap64]) -> BitMap64:
    inside = reduce(BitMap64.intersection, [members[id] for id in sorted(region)])
    return reduce(BitMap64.difference, [found for id, found in members.items() if id not in region], inside)


def in_regions(regions: Iterable[Region], members: Mapping[int, BitMap64]) -> BitMap64:
    return reduce(BitMap64.union, [in_region(region, members) for region in regions], BitMap64())


def common_to_each_pair(members: Mapping[int, BitMap64]) -> dict[tuple[int, int], int]:
    """How many are in both, of each two segments, the smaller id first in the order given."""
    return {
        (one, other): members[one].intersection_cardinality(members[other]) for one, other in combinations(members, 2)
    }
