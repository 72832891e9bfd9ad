"""Service windows (I8, features.md 7.1): whether one is open, when it opens, and its hours as people read them.

Pure functions, judged in Asia/Shanghai whatever zone the moment comes in. A moment without a zone is a ValueError.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from storage.ports.regions import Window
from storage.ports.time import SHANGHAI, Month

_ONE_DAY = timedelta(days=1)
_AHEAD = 3
"""Months to look through for the next opening: every month has one (a postponed one too), so two would do."""


def is_open(window: Window, now: datetime) -> bool:
    """Whether it is open at that moment; the closing time itself is outside."""
    here = _here(now)
    first, last = _days(window, Month.of(here))
    return first <= here.date() <= last and window.time_from <= here.time() < window.time_to


def opens_at(window: Window, now: datetime) -> datetime:
    """The first opening after that moment, also while it is open (then that is the next one)."""
    here = _here(now)
    return next(start for start in _openings(window, here) if start > here)


def hours_text(window: Window) -> str:
    """The hours as a phrase without a full stop: 每月5日（特殊情况顺延并提前通知）至月底，每天6:00–22:00."""
    hours = f"每天{_clock(window.time_from)}–{_clock(window.time_to)}"
    note = f"（{window.note}）" if window.note else ""
    if window.day_from == 1 and window.day_to is None:
        return hours + note
    return f"每月{window.day_from}日{note}至{'月底' if window.day_to is None else f'{window.day_to}日'}，{hours}"


def _here(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("a moment without a zone")
    return now.astimezone(SHANGHAI)


def _days(window: Window, month: Month) -> tuple[date, date]:
    """First and last day of the window in that month."""
    first = window.shifted.get(str(month)) or date(month.year, month.month, window.day_from)
    end = month.last_day
    return first, end if window.day_to is None else end.replace(day=min(window.day_to, end.day))


def _openings(window: Window, here: datetime) -> Iterator[datetime]:
    """When it opens on the days from that one on, in order."""
    month = Month.of(here)
    for ahead in range(_AHEAD):
        first, last = _days(window, month.plus(ahead))
        day = max(first, here.date())
        while day <= last:
            yield datetime.combine(day, window.time_from, SHANGHAI)
            day += _ONE_DAY


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment.minute:02d}"
