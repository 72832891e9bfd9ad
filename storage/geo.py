"""How far places are apart. Outlets and WeChat's locations are both in GCJ-02, so they compare without conversion."""

from __future__ import annotations

from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt

from storage.ports.regions import Outlet

_EARTH = 6_371_008.8
"""Mean radius in metres."""


def metres(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> int:
    """The great-circle distance, rounded to whole metres."""
    phi1, phi2 = radians(latitude1), radians(latitude2)
    half = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(longitude2 - longitude1) / 2) ** 2
    return round(2 * _EARTH * asin(min(1.0, sqrt(half))))


def nearest(outlets: Iterable[Outlet], latitude: float, longitude: float, at_most: int) -> tuple[tuple[Outlet, int], ...]:
    """(outlet, metres), nearest first; empty when there are none."""
    measured = [
        (metres(latitude, longitude, outlet.latitude, outlet.longitude), place, outlet) for place, outlet in enumerate(outlets)
    ]
    return tuple((outlet, distance) for distance, _, outlet in sorted(measured, key=lambda one: one[:2])[:at_most])
