"""When things happen in the demo: everything lies before today, and the staff work on working days only."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from storage.demo.lives import at
from storage.workdays import plus_workdays

_A_DAY = timedelta(days=1)


def filed_at(today: date, days: int, *, card: bool = False) -> datetime:
    """When something was filed about that many days ago (at least one); what is about a `card` lies in its window, from the 5th on."""
    day = today - days * _A_DAY
    if card and day.day < 5:
        day = day.replace(day=1) - _A_DAY
    return at(day, 9 + days % 6, days * 7 % 60)


def later(before: datetime, workdays: int, today: date) -> datetime:
    """A moment of the working day so many days after `before`, but always yesterday at the latest and after `before`."""
    day = min(plus_workdays(before.date(), workdays), today - _A_DAY)
    return max(at(day, 10 + workdays % 6, 20), before + timedelta(minutes=25))
