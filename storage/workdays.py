"""Working days (工作日): the published holidays of the State Council, behind a table that the operator can fill.

`chinesecalendar` ends with the last published year. For a later year weekdays are taken as working days and the answer says
that it is an estimate (`certain` is False), so that a text can say "预计".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from storage.ports.record import Record

NO_EXTRA: Mapping[date, bool] = {}


class Workday(Record):
    """Whether a day is worked; `certain` is False when nobody has published that year's holidays yet."""

    working: bool
    certain: bool


class Due(Record):
    """A day that was counted out in working days; `certain` is False when a day on the way was an estimate."""

    day: date
    certain: bool


def workday(day: date, extra: Mapping[date, bool] = NO_EXTRA) -> Workday:
    """Judge one day. `extra` is the operator's table: True a day that is worked, False a day off; it wins over everything."""
    if day in extra:
        return Workday(extra[day], certain=True)
    published = _published(day)
    return Workday(day.weekday() < 5, certain=False) if published is None else Workday(published, certain=True)


def due(day: date, n: int, extra: Mapping[date, bool] = NO_EXTRA) -> Due:
    """The n-th working day after `day` (which does not count itself). n = 0 is `day` itself, worked or not."""
    if n < 0:
        raise ValueError("working days are counted forwards")
    certain = True
    while n > 0:
        day += timedelta(days=1)
        judged = workday(day, extra)
        certain = certain and judged.certain
        n -= judged.working
    return Due(day, certain)


def plus_workdays(day: date, n: int, extra: Mapping[date, bool] = NO_EXTRA) -> date:
    """`due` without the flag."""
    return due(day, n, extra).day


def year_published(year: int) -> bool:
    """Whether that year's holidays are known; `doctor` warns in November when the next year's are not."""
    return _published(date(year, 1, 1)) is not None


@lru_cache(maxsize=4096)
def _published(day: date) -> bool | None:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None
