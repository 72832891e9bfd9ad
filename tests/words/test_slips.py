"""What looks like an answer and is none: numbers that count nothing, days that no month has, a period with three ends."""

from __future__ import annotations

from datetime import date

import pytest

from dialogs.parse import Invalid, choice, month, no_number, period, wrong_time, yes_no

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("text", ["-1", "－2", " - 1", "²", "选²", "₁"])
def test_a_number_that_counts_nothing_is_no_answer(text: str) -> None:
    """It neither agrees to anything nor chooses."""
    assert no_number(text)
    with pytest.raises(Invalid):
        yes_no(text)
    with pytest.raises(Invalid):
        choice(text, ["同意", "不同意"])


@pytest.mark.parametrize(("text", "place"), [("1、", 0), ("②", 1), ("2-", 1), ("第二个", 1)])
def test_numbers_with_marks_after_them_stay_choices(text: str, place: int) -> None:
    """What people put behind a number changes nothing."""
    assert choice(text, ["甲方案", "乙方案"]) == place


@pytest.mark.parametrize("text", ["2025年2月30日", "20250230", "2025-02-30", "去年2月29日", "2025年4月31号"])
def test_a_day_that_the_month_does_not_have_is_said(text: str) -> None:
    """No month is taken in its place."""
    with pytest.raises(Invalid, match=r"月没有\d+日"):
        period(text, TODAY)
    with pytest.raises(Invalid, match=r"月没有\d+日"):
        month(text, TODAY)


def test_days_that_exist_are_their_month() -> None:
    """29 February of a leap year, and both ends of a period."""
    assert str(period("2024年2月29日", TODAY)) == "2024-02..2024-02"
    assert str(period("20240101-20241231", TODAY)) == "2024-01..2024-12"


def test_a_period_has_two_ends() -> None:
    """Three are refused; a list of months is one period from the first to the last."""
    with pytest.raises(Invalid, match="只发开始和结束"):
        period("2024-01至2024-03至2024-06", TODAY)
    assert str(period("1月、2月、3月", TODAY)) == "2026-01..2026-03"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("查2025-13的养老缴费", "月份只有1到12月"),
        ("查2027年的缴费", "2027年1月还没到"),
        ("2025-06到2025-01的缴费", "比结束的2025年1月晚"),
        ("查去年的缴费", ""),
        ("查缴费", ""),
    ],
)
def test_why_the_time_in_a_sentence_cannot_be_looked_for(text: str, why: str) -> None:
    """The same sentences as in the dialog; nothing where the time is right or none was named."""
    assert why in wrong_time(text, TODAY)
    assert bool(wrong_time(text, TODAY)) == bool(why)
