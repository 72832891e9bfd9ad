"""On the last days the ladder climbs the same day: a receipt that does not come is not awaited until the stage is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from handlers.reminders.rules import receipt_until
from storage.ports.records import Channel, Notice, NoticeState, Preferences
from storage.ports.regions import ReminderRules
from storage.ports.time import SHANGHAI
from tests.conversations.conftest import World
from tests.fresh import regions
from tests.handlers.reminding import DUE, Office, crowd

BEIJING = replace(regions()["beijing"], reminders=ReminderRules(after=(7, 30)))
NOON = datetime(2024, 9, 27, 12, 0, tzinfo=SHANGHAI)


def _row(days: int, now: datetime) -> Notice:
    """Of somebody who is due in so many days, in the stage that they are in then."""
    stage = min((one for one in BEIJING.certification.stages if one >= days), default=0) if days >= 0 else -7
    due = now.date() + timedelta(days=days)
    template = Channel.TEMPLATE
    return Notice(1, 1, "P-CERT", "beijing", 4, due.isoformat(), str(stage), template, "", 4, NoticeState.PLANNED, now, now)


@pytest.mark.parametrize(
    ("days", "at", "until"),
    [
        (15, "09:00", "2024-09-28 09:00"),  # seven days are left of the stage
        (3, "09:00", "2024-09-28 09:00"),  # it ends with the night after tomorrow's: tomorrow at nine is in time
        (2, "09:00", "2024-09-27 15:00"),  # the stage of three days ends tonight: half of the twelve hours until nine
        (1, "09:00", "2024-09-27 15:00"),
        (0, "09:00", "2024-09-27 15:00"),
        (0, "15:00", "2024-09-27 18:00"),  # and half of what is left again
        (0, "20:00", "2024-09-27 20:30"),
        (0, "22:00", "2024-09-27 23:00"),  # in the night already: before the day is over
        (-7, "09:00", "2024-09-28 09:00"),
    ],
)
def test_a_receipt_is_awaited_as_long_as_the_next_rung_is_in_time(days: int, at: str, until: str) -> None:
    """A day; on the last days half of what is left before the person's night, so that each rung leaves time for those after it."""
    now = datetime.combine(NOON.date(), time.fromisoformat(at), SHANGHAI)
    expected = datetime.fromisoformat(until).replace(tzinfo=SHANGHAI)
    assert receipt_until(_row(days, now), BEIJING, Preferences("o-one"), now, 24) == expected


def test_who_has_no_night_is_awaited_until_midnight() -> None:
    """The same hours from and to: half of the twelve hours from noon."""
    awake = Preferences("o-one", quiet_from=time(8), quiet_to=time(8))
    assert receipt_until(_row(0, NOON), BEIJING, awake, NOON, 24) == NOON + timedelta(hours=6)


def test_what_is_about_no_day_waits_for_its_hours() -> None:
    """A pause of the pension, a campaign of the staff: there is no stage that could be over."""
    paused = replace(_row(0, NOON), kind="P-PAUSED", stage="paused")
    campaign = replace(_row(0, NOON), stage="c7")
    for row in (paused, campaign):
        assert receipt_until(row, BEIJING, Preferences("o-one"), NOON, 24) == NOON + timedelta(hours=24)


@pytest.mark.parametrize("days", [1, 0])
async def test_somebody_without_a_receipt_gets_the_short_message_the_same_day(world: World, days: int) -> None:
    """The template at nine, no receipt: at three the SMS, and nothing is dropped as too late."""
    office = Office(world)
    (person,) = await crowd(world, 1)
    world.clock.set(datetime.combine(DUE - timedelta(days=days), time(9, 0), SHANGHAI))
    await office.plan()
    await office.worker().drain()
    world.clock.advance(6 * 3600 - 60)
    await office.worker().drain()
    assert await office.states(person) == [(Channel.TEMPLATE, NoticeState.SENT)]
    world.clock.advance(60)
    await office.worker().drain()
    assert await office.states(person) == [(Channel.TEMPLATE, NoticeState.UNANSWERED), (Channel.SMS, NoticeState.SENT)]
    assert world.clock.now().astimezone(SHANGHAI).date() == date(2024, 9, 27) - timedelta(days=days)
