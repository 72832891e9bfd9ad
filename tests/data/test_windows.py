"""Service windows at every edge, in Beijing time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from storage.ports.regions import Window
from storage.ports.time import SHANGHAI
from storage.regions import load_regions
from storage.windows import hours_text, is_open, opens_at

CARD = Window("W-CARD-ONLINE", 5, None, time(6), time(22), "特殊情况顺延并提前通知")
BACKPAY = Window("W-BACKPAY-3M", 5, 25, time(6), time(17))
POSTPONED = replace(CARD, shifted={"2027-02": date(2027, 2, 9)})


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "open_", "opens"),
    [
        # the 4th and the 5th
        ("2024-09-04 23:59:59", False, "2024-09-05 06:00:00"),
        ("2024-09-05 00:00:00", False, "2024-09-05 06:00:00"),
        ("2024-09-05 05:59:59", False, "2024-09-05 06:00:00"),
        ("2024-09-05 06:00:00", True, "2024-09-06 06:00:00"),
        # the evening
        ("2024-09-12 21:59:59", True, "2024-09-13 06:00:00"),
        ("2024-09-12 22:00:00", False, "2024-09-13 06:00:00"),
        # ends of months
        ("2024-09-30 21:59:59", True, "2024-10-05 06:00:00"),
        ("2024-09-30 22:00:00", False, "2024-10-05 06:00:00"),
        ("2024-10-01 12:00:00", False, "2024-10-05 06:00:00"),
        # the last days of February, with and without the 29th
        ("2023-02-28 21:59:00", True, "2023-03-05 06:00:00"),
        ("2024-02-28 22:00:00", False, "2024-02-29 06:00:00"),
        ("2024-02-29 12:00:00", True, "2024-03-05 06:00:00"),
        # the end of the year
        ("2024-12-31 21:59:59", True, "2025-01-05 06:00:00"),
        ("2024-12-31 23:00:00", False, "2025-01-05 06:00:00"),
    ],
)
def test_from_the_fifth_to_month_end(now: str, open_: bool, opens: str) -> None:
    """W-CARD-ONLINE is open from the 5th, 6:00, to 22:00 of each day to the month's last; the next opening crosses months and years."""
    moment = at(now)
    assert (is_open(CARD, moment), opens_at(CARD, moment)) == (open_, at(opens))


@pytest.mark.parametrize(
    ("now", "open_", "opens"),
    [
        ("2027-02-05 12:00:00", False, "2027-02-09 06:00:00"),
        ("2027-02-08 23:59:59", False, "2027-02-09 06:00:00"),
        ("2027-02-09 05:59:59", False, "2027-02-09 06:00:00"),
        ("2027-02-09 06:00:00", True, "2027-02-10 06:00:00"),
        ("2027-02-28 22:00:00", False, "2027-03-05 06:00:00"),
        ("2027-01-31 22:00:00", False, "2027-02-09 06:00:00"),
        ("2027-01-05 06:00:00", True, "2027-01-06 06:00:00"),
    ],
)
def test_a_postponed_month(now: str, open_: bool, opens: str) -> None:
    """February 2027 begins on the 9th as announced; the months beside it on the 5th."""
    assert (is_open(POSTPONED, at(now)), opens_at(POSTPONED, at(now))) == (open_, at(opens))


def test_a_month_may_open_on_its_last_day_only() -> None:
    """Postponed to the 28th of February, it is open for one day, and the next opening is in March."""
    late = replace(CARD, shifted={"2027-02": date(2027, 2, 28)})
    assert not is_open(late, at("2027-02-27 12:00:00"))
    assert is_open(late, at("2027-02-28 12:00:00"))
    assert opens_at(late, at("2027-02-28 12:00:00")) == at("2027-03-05 06:00:00")


def test_a_window_that_ends_before_the_month() -> None:
    """W-BACKPAY-3M ends on the 25th at 17:00."""
    assert is_open(BACKPAY, at("2024-09-25 16:59:59"))
    assert not is_open(BACKPAY, at("2024-09-25 17:00:00"))
    assert not is_open(BACKPAY, at("2024-09-26 12:00:00"))
    assert opens_at(BACKPAY, at("2024-09-25 17:00:00")) == at("2024-10-05 06:00:00")


def test_a_last_day_that_a_month_does_not_have() -> None:
    """To the 31st means to the end in a shorter month."""
    longest = replace(BACKPAY, day_to=31)
    assert is_open(longest, at("2024-09-30 12:00:00"))
    assert opens_at(longest, at("2024-09-30 17:00:00")) == at("2024-10-05 06:00:00")


def test_the_day_is_shanghais_whatever_zone_the_moment_has() -> None:
    """21:59 UTC on the 4th is 5:59 on the 5th in Shanghai, one minute before it opens; a moment without a zone is refused."""
    assert not is_open(CARD, datetime(2024, 9, 4, 21, 59, tzinfo=UTC))
    assert is_open(CARD, datetime(2024, 9, 4, 22, 0, tzinfo=UTC))
    assert opens_at(CARD, datetime(2024, 9, 4, 21, 59, tzinfo=UTC)) == datetime(2024, 9, 4, 22, 0, tzinfo=UTC)
    for judge in (is_open, opens_at):
        with pytest.raises(ValueError, match="zone"):
            judge(CARD, datetime(2024, 9, 5, 6, 0))  # noqa: DTZ001 - that is the mistake


def test_hours_as_people_read_them() -> None:
    """The phrase of the handbook, its note in place; a window of every day has no days."""
    assert hours_text(CARD) == "每月5日（特殊情况顺延并提前通知）至月底，每天6:00–22:00"
    assert hours_text(BACKPAY) == "每月5日至25日，每天6:00–17:00"
    assert hours_text(Window("W-X", 1, None, time(8, 30), time(12))) == "每天8:30–12:00"
    assert hours_text(load_regions()["beijing"].windows["W-CARD-ONLINE"]) == hours_text(CARD)
