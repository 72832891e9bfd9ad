"""Working days around 国庆, with and without the operator's table."""

from __future__ import annotations

from datetime import date

import pytest

from storage.workdays import Due, Workday, due, plus_workdays, workday, year_published

# 2024: holidays from Tuesday 1 to Monday 7 October; Sunday 29 September and Saturday 12 October are worked instead.


def test_holidays_are_skipped_and_shifted_days_are_worked() -> None:
    """Three working days from Friday 27 September 2024: Sunday 29 and Monday 30 count, the holidays do not."""
    assert plus_workdays(date(2024, 9, 27), 1) == date(2024, 9, 29)
    assert plus_workdays(date(2024, 9, 27), 3) == date(2024, 10, 8)
    assert due(date(2024, 9, 30), 4) == Due(date(2024, 10, 11), certain=True)
    assert plus_workdays(date(2024, 9, 30), 5) == date(2024, 10, 12)
    assert plus_workdays(date(2024, 9, 30), 6) == date(2024, 10, 14)


def test_the_first_day_does_not_count_and_none_is_the_day_itself() -> None:
    """Counting starts on the day after; zero days is the day itself, even a holiday."""
    assert plus_workdays(date(2024, 10, 3), 0) == date(2024, 10, 3)
    assert plus_workdays(date(2024, 10, 3), 1) == date(2024, 10, 8)
    with pytest.raises(ValueError, match="forwards"):
        plus_workdays(date(2024, 10, 3), -1)


def test_the_operators_table_wins() -> None:
    """A day off that was added is skipped; a holiday that was declared worked counts."""
    extra = {date(2024, 10, 8): False, date(2024, 10, 2): True}
    assert plus_workdays(date(2024, 9, 30), 1, extra) == date(2024, 10, 2)
    assert plus_workdays(date(2024, 9, 30), 2, extra) == date(2024, 10, 9)


def test_a_year_that_nobody_has_published_is_estimated_and_says_so() -> None:
    """Far ahead weekdays count, the answer is flagged, and the operator's table makes a day certain."""
    friday = date(2099, 10, 2)
    assert friday.weekday() == 4
    assert workday(friday) == Workday(working=True, certain=False)
    assert due(date(2099, 9, 30), 3) == Due(date(2099, 10, 5), certain=False)
    table = {date(2099, 10, day): False for day in range(1, 8)} | {date(2099, 10, 8): True}
    assert due(date(2099, 9, 30), 1, table) == Due(date(2099, 10, 8), certain=True)
    assert year_published(2024)
    assert not year_published(2099)
