"""How far it is to an outlet.

WeChat's location messages carry GCJ-02 coordinates, and outlets are kept in GCJ-02 (`Outlet`), so the two are compared as they are. GPS
coordinates (WGS-84) lie some hundred metres beside them: an agency that has those converts them before it writes them into `outlets.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt

from storage.ports.regions import Outlet

EARTH = 6_371_009
"""Mean radius, metres."""


def metres(lat1: float, lon1: float, lat2: float, lon2: float) -> int:
    """The great-circle distance between two points given in degrees, in whole metres: as the crow flies, within half a percent."""
    south, north = radians(lat1), radians(lat2)
    half_way = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(radians(lon2 - lon1) / 2) ** 2
    return round(2 * EARTH * asin(min(1.0, sqrt(half_way))))


def nearest(outlets: Iterable[Outlet], latitude: float, longitude: float, at_most: int) -> tuple[tuple[Outlet, int], ...]:
    """The nearest outlets with their distance in metres, nearest first, equally far ones by name; empty when there are none."""
    found = [(outlet, metres(latitude, longitude, outlet.latitude, outlet.longitude)) for outlet in outlets]
    return tuple(sorted(found, key=lambda one: (one[1], one[0].name))[: max(0, at_most)])
