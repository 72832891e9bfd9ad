"""Distances against values known from elsewhere."""

from __future__ import annotations

import pytest

from storage.geo import metres, nearest
from storage.ports.regions import Outlet
from storage.regions import load_regions


@pytest.mark.parametrize(
    ("here", "there", "known"),
    [
        # one degree of a great circle of 6,371,009 m: 2 π r / 360
        ((0, 0), (0, 1), 111_195),
        ((39, 116), (40, 116), 111_195),
        # along a parallel of 60 degrees a degree is half as long, less a metre for the straighter way
        ((60, 10), (60, 11), 55_597),
        # a quarter and half of the earth
        ((0, 0), (90, 0), 10_007_557),
        ((0, 0), (0, 180), 20_015_115),
        # the two stations of the textbook example: Nashville and Los Angeles airports, 2,886.4 km on a sphere of 6,371 km
        ((36.12, -86.67), (33.94, -118.40), 2_886_448),
        ((39.9087, 116.3975), (39.9087, 116.3975), 0),
    ],
)
def test_great_circles(here: tuple[float, float], there: tuple[float, float], known: int) -> None:
    """Each distance is within ten metres of the known one, in both directions."""
    assert metres(*here, *there) == pytest.approx(known, abs=10)
    assert metres(*here, *there) == metres(*there, *here)


def test_the_nearest_first() -> None:
    """From the middle of 北京 西城 comes first, then 东城 and 朝阳, with the distances worked out by hand; no more than asked for."""
    found = nearest(load_regions()["beijing"].outlets, 39.9087, 116.3975, 3)
    assert [outlet.name[2:4] for outlet, _ in found] == ["西城", "东城", "朝阳"]
    # 0.0036° north = 400 m, 0.0315° west × cos 39.91° = 2,687 m: √(400² + 2687²) = 2,716 m
    assert found[0][1] == pytest.approx(2716, abs=5)
    # 0.0202° north = 2,246 m, 0.0185° east × cos 39.92° = 1,578 m: √(2246² + 1578²) = 2,745 m
    assert found[1][1] == pytest.approx(2745, abs=5)


def test_ties_none_and_nothing() -> None:
    """Equally far outlets come by name; nothing asked for or nothing there gives nothing."""
    two = (Outlet("示例乙网点", 40, 116, "示例", "", ()), Outlet("示例丙网点", 40, 118, "示例", "", ()))
    assert [outlet.name for outlet, _ in nearest(two, 40, 117, 5)] == ["示例丙网点", "示例乙网点"]
    assert nearest(two, 40, 117, 0) == ()
    assert nearest((), 40, 117, 3) == ()
