"""Due days of 待遇资格认证, worked out by hand, with every edge of the three rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.certifying import longest_lead, next_due, opens_on, passed, plus_months, rule_words, unopened, why
from storage.ports.regions import CertificationRules, MonthDay

BORN = date(1950, 6, 15)
LEAP = date(1952, 2, 29)
PERIOD = CertificationRules(12, (30, 0), (), 3, "")
BIRTHDAY = replace(PERIOD, rule="birthday")
SPRING = replace(PERIOD, rule="season", season_from=MonthDay(3, 1), season_to=MonthDay(6, 30))
WINTER = replace(PERIOD, rule="season", season_from=MonthDay(12, 1), season_to=MonthDay(3, 31))
FEBRUARY = replace(PERIOD, rule="season", season_from=MonthDay(2, 29), season_to=MonthDay(2, 29))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 1, 1), -1, date(2023, 12, 1)),
    ],
)
def test_months_later_is_the_same_day_or_the_months_last(day: date, months: int, expected: date) -> None:
    """Leap days, short months, years crossed, and backwards."""
    assert plus_months(day, months) == expected


@pytest.mark.parametrize(
    ("rules", "last", "expected"),
    [
        # period: from the day itself, however late that was
        (PERIOD, date(2025, 3, 15), date(2026, 3, 15)),
        (PERIOD, date(2024, 2, 29), date(2025, 2, 28)),
        (replace(PERIOD, period_months=3), date(2024, 11, 30), date(2025, 2, 28)),
        # birthday, born in June: on the first and on the last day of the window
        (BIRTHDAY, date(2025, 6, 1), date(2026, 6, 30)),
        (BIRTHDAY, date(2025, 6, 30), date(2026, 6, 30)),
        # before the window opens: does not count for it
        (BIRTHDAY, date(2025, 5, 31), date(2025, 6, 30)),
        (BIRTHDAY, date(2025, 1, 1), date(2025, 6, 30)),
        # late: the next one is next year's
        (BIRTHDAY, date(2025, 7, 1), date(2026, 6, 30)),
        (BIRTHDAY, date(2025, 12, 31), date(2026, 6, 30)),
        # thirty days early may count: 2025-05-02 is thirty days before 06-01
        (replace(BIRTHDAY, early_days=30), date(2025, 5, 2), date(2026, 6, 30)),
        (replace(BIRTHDAY, early_days=30), date(2025, 5, 1), date(2025, 6, 30)),
        # a season within the year
        (SPRING, date(2025, 2, 28), date(2025, 6, 30)),
        (SPRING, date(2025, 3, 1), date(2026, 6, 30)),
        (SPRING, date(2025, 6, 30), date(2026, 6, 30)),
        (SPRING, date(2025, 7, 1), date(2026, 6, 30)),
        # a season that ends next year, certified on either side of New Year, and before and after it
        (WINTER, date(2024, 12, 1), date(2026, 3, 31)),
        (WINTER, date(2025, 2, 10), date(2026, 3, 31)),
        (WINTER, date(2025, 3, 31), date(2026, 3, 31)),
        (WINTER, date(2025, 4, 1), date(2026, 3, 31)),
        (WINTER, date(2024, 11, 30), date(2025, 3, 31)),
        # early days that reach into the year before
        (replace(SPRING, season_from=MonthDay(1, 10), early_days=30), date(2024, 12, 11), date(2026, 6, 30)),
        (replace(SPRING, season_from=MonthDay(1, 10), early_days=30), date(2024, 12, 10), date(2025, 6, 30)),
        # a season of the leap day alone
        (FEBRUARY, date(2024, 2, 29), date(2025, 2, 28)),
        (FEBRUARY, date(2027, 2, 28), date(2028, 2, 29)),
    ],
)
def test_the_next_due_day(rules: CertificationRules, last: date, expected: date) -> None:
    """Each rule, in its window, before it, after it and at its edges."""
    assert next_due(rules, BORN, last) == expected


def test_who_was_born_in_february_is_due_on_its_last_day() -> None:
    """The 28th, and the 29th in a leap year; also for who was born on a leap day."""
    assert next_due(BIRTHDAY, LEAP, date(2024, 2, 29)) == date(2025, 2, 28)
    assert next_due(BIRTHDAY, LEAP, date(2027, 2, 1)) == date(2028, 2, 29)


def test_a_new_retiree_is_due_first_after_drawing_began() -> None:
    """Retired in the month of birth, as most: not in that month again; without any day known nothing is guessed."""
    assert next_due(PERIOD, BORN, None, date(2024, 6, 15)) == date(2025, 6, 15)
    assert next_due(BIRTHDAY, BORN, None, date(2024, 6, 15)) == date(2025, 6, 30)
    assert next_due(BIRTHDAY, BORN, None, date(2024, 5, 15)) == date(2024, 6, 30)
    assert next_due(SPRING, BORN, None, date(2024, 9, 1)) == date(2025, 6, 30)
    for rules in (PERIOD, BIRTHDAY, SPRING):
        assert next_due(rules, BORN, None) is None


def test_a_certification_counts_more_than_the_first_benefit() -> None:
    """With both known the certification decides."""
    assert next_due(PERIOD, BORN, date(2025, 1, 10), date(2020, 1, 1)) == date(2026, 1, 10)


@given(
    st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    st.dates(date(1930, 1, 1), date(1980, 12, 31)),
    st.sampled_from((PERIOD, BIRTHDAY, SPRING, WINTER, FEBRUARY, replace(BIRTHDAY, early_days=180))),
)
def test_a_due_day_lies_ahead_and_within_two_years(last: date, born: date, rules: CertificationRules) -> None:
    """Whatever the rule: after the last one, not further off than a year, a window and the days that count early; and the rule is its reason."""
    due = next_due(rules, born, last)
    assert due is not None
    assert 0 < (due - last).days <= 366 + 31 + 180
    opens = opens_on(rules, born, due)
    assert (opens is None) == (rules.rule == "period")
    assert opens is None or last < opens <= due
    assert "经办机构登记" not in why(rules, born, last, due)


def test_why_it_is_that_day() -> None:
    """One sentence a rule, and a day that the rule does not give is the agency's."""
    assert why(PERIOD, BORN, date(2025, 3, 15), date(2026, 3, 15)) == "上次认证 2025-03-15，每 12 个月一次"
    assert why(BIRTHDAY, BORN, date(2025, 6, 3), date(2026, 6, 30)) == "每年在您的出生月份"
    assert why(BIRTHDAY, BORN, None, date(2026, 6, 30)) == "每年在您的出生月份"
    assert why(SPRING, BORN, date(2025, 4, 1), date(2026, 6, 30)) == "每年3月1日到6月30日"
    assert why(WINTER, BORN, date(2025, 2, 1), date(2026, 3, 31)) == "每年12月1日到次年3月31日"
    assert why(PERIOD, BORN, date(2025, 3, 15), date(2026, 1, 1)) == "上次认证 2025-03-15，到期日由经办机构登记"
    assert why(PERIOD, BORN, None, date(2026, 1, 1)) == "还没有认证过，到期日由经办机构登记"
    assert why(BIRTHDAY, BORN, date(2025, 6, 3), date(2026, 6, 29)) == "上次认证 2025-06-03，到期日由经办机构登记"


def test_the_window_opens_on_a_day() -> None:
    """For yearly rules, early days counted; not for a period, nor for a day that is not the rule's."""
    assert opens_on(BIRTHDAY, BORN, date(2026, 6, 30)) == date(2026, 6, 1)
    assert opens_on(replace(BIRTHDAY, early_days=10), BORN, date(2026, 6, 30)) == date(2026, 5, 22)


def test_windows_that_are_not_open_yet() -> None:
    """On 2026-05-22: June's, for who was born in June, unless ten early days open it; a season's, for all; never under a period."""
    today, span = date(2026, 5, 22), (date(2026, 5, 22), date(2026, 7, 30))
    assert unopened(BIRTHDAY, today, *span) == ((date(2026, 6, 30), 6),)
    assert unopened(replace(BIRTHDAY, early_days=10), today, *span) == ()
    season = replace(SPRING, season_from=MonthDay(6, 1), season_to=MonthDay(7, 15))
    assert unopened(season, today, *span) == tuple((date(2026, 7, 15), month) for month in range(1, 13))
    assert unopened(season, date(2026, 6, 1), *span) == unopened(PERIOD, today, *span) == ()
    assert (longest_lead(PERIOD), longest_lead(replace(BIRTHDAY, early_days=30)), longest_lead(season)) == (None, 60, 44)
    assert opens_on(WINTER, BORN, date(2026, 3, 31)) == date(2025, 12, 1)
    assert opens_on(SPRING, BORN, date(2026, 6, 29)) is None
    assert opens_on(PERIOD, BORN, date(2026, 6, 30)) is None


def test_the_rule_by_itself() -> None:
    """For who is not logged in."""
    assert rule_words(PERIOD) == "每 12 个月认证一次"
    assert rule_words(BIRTHDAY) == "每年在出生的月份认证一次"
    assert rule_words(SPRING) == "每年3月1日到6月30日认证一次"


@pytest.mark.parametrize(
    ("result", "expected"), [("通过", True), ("已通过", True), ("未通过", False), ("审核中", False), ("", False)]
)
def test_only_a_passed_certification_counts(result: str, expected: bool) -> None:
    """A failed, a pending and an unknown result do not."""
    assert passed(result) is expected
