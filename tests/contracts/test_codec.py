"""Moments as numbers and back: exact to the microsecond, also for the summers in which Beijing's clocks were an hour ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.ports.time import SHANGHAI
from storage.sql.codec import micros, moment
from tests.clock import START

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBERS = st.integers(-2_208_988_800_000_000, 4_102_444_800_000_000)
"""From 1900 to 2100."""


@given(NUMBERS)
def test_a_moment_comes_back_as_it_was(number: int) -> None:
    """In whichever zone it is told, its number is the same; and back it is told in Beijing time."""
    when = EPOCH + timedelta(microseconds=number)
    assert micros(when) == micros(when.astimezone(SHANGHAI)) == number
    back = moment(number)
    assert (back, back.tzinfo, back.utcoffset()) == (when, SHANGHAI, when.astimezone(SHANGHAI).utcoffset())


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("1988-07-01T12:00:00+09:00", 583_729_200_000_000),  # summer time
        ("1999-12-31T23:59:59.999999+08:00", 946_655_999_999_999),
        ("2000-01-01T00:00:00+08:00", 946_656_000_000_000),
        ("2024-09-12T10:00:00.000001+08:00", 1_726_106_400_000_001),
    ],
)
def test_known_moments(told: str, number: int) -> None:
    """Around the day from which Beijing's moments are reckoned by its own clock."""
    assert (micros(datetime.fromisoformat(told).astimezone(SHANGHAI)), moment(number).isoformat()) == (number, told)


def test_beijing_has_kept_to_one_offset() -> None:
    """Since 2000, and as far ahead as its rules are known: what the reckoning rests on."""
    days = (datetime(2000, 1, 1, tzinfo=SHANGHAI) + timedelta(days=number) for number in range(0, 36_500, 7))
    assert {day.utcoffset() for day in days} == {timedelta(hours=8)}


def test_a_moment_without_a_zone_is_refused() -> None:
    """Nobody could know when it was."""
    with pytest.raises(TypeError):
        micros(START.replace(tzinfo=None))
