"""Which store somebody is at: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final

_EARTH_RADIUS_METRES: Final = 6_371_008.8  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Place:
    """A store on the map."""

    store_id: int
    latitude_degrees: float
    longitude_degrees: float


@dataclass(frozen=True, slots=True)
class Nearest:
    store_id: int
    distance_metres: float


def distance_metres(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle distance by the haversine formula (Sinnott 1984), in degrees, on a sphere."""
    phi_a, phi_b = radians(latitude_a), radians(latitude_b)
    half = sin((phi_b - phi_a) / 2) ** 2
    half += cos(phi_a) * cos(phi_b) * sin(radians(longitude_b - longitude_a) / 2) ** 2
    return 2 * _EARTH_RADIUS_METRES * asin(min(1.0, sqrt(half)))


def nearest(latitude: float, longitude: float, stores: Iterable[Place], *, radius_metres: float) -> Nearest | None:
    """The store nearest to a point within the radius; of two equally near the one with the lower id."""
    distances = (
        Nearest(store.store_id, distance_metres(latitude, longitude, store.latitude_degrees, store.longitude_degrees))
        for store in stores
    )
    within = (found for found in distances if found.distance_metres <= radius_metres)
    return min(within, key=lambda found: (found.distance_metres, found.store_id), default=None)
