"""F11: clocks that are wrong: ahead, behind, a day off, and set back while it runs."""

from __future__ import annotations

from datetime import UTC, timedelta
from email.utils import format_datetime

import pytest
from structlog.testing import capture_logs

from bot.wechat.drift import Drift
from tests import people
from tests.clock import FakeClock
from tests.conversations.conftest import Chat, World
from tests.edge.platform import Edge, safe, start_edge, stop_edge, text_xml
from tests.handlers.conftest import world as world  # noqa: PLC0414 - a fixture


async def _sent_by_an_honest_clock(edge: Edge, ours_is_ahead_by_s: int, number: str) -> int:
    """A message signed by the platform's clock, received by ours; the status."""
    message = safe(text_xml(msg_id=number), edge.clock, age_s=ours_is_ahead_by_s)
    return (await edge.post(message)).status


@pytest.mark.parametrize(
    ("ahead_s", "served", "told"),
    [
        (0, True, 0),
        (59, True, 0),
        (-59, True, 0),
        (240, True, 1),
        (-240, True, 1),
        (600, False, 1),
        (-600, False, 1),
        (86400, False, 1),
    ],
)
async def test_messages_are_served_within_the_configured_age_and_a_clock_that_is_off_is_told(
    ahead_s: int, served: bool, told: int
) -> None:
    """Five minutes either way are borne with where the platform's own time is unknown; from one minute on an error in the log says so, once a
    minute and not once a message, also where everything is refused (three different messages, all off by the same)."""
    edge = await start_edge()
    with capture_logs() as logs:
        for number in range(3):
            assert await _sent_by_an_honest_clock(edge, ahead_s, str(number)) == (200 if served else 403)
    assert sum(entry["event"] == "our clock and the platform's differ" for entry in logs) == told
    if told:
        edge.clock.advance(61)
        with capture_logs() as logs:
            await _sent_by_an_honest_clock(edge, ahead_s, "again")
        assert any(entry["event"] == "our clock and the platform's differ" for entry in logs)
    await stop_edge(edge)


@pytest.mark.parametrize("ahead_s", [600, -600, 3600])
def test_the_platforms_answers_tell_its_time(clock: FakeClock, ahead_s: int) -> None:
    """One `Date` is not believed, two that agree are, and then ages are told by the platform's time; one that differs changes nothing. More than
    a minute is an error in the log, once a minute."""
    drift = Drift(clock)
    theirs = clock.now() - timedelta(seconds=ahead_s)

    def date(off_s: float = 0.0) -> str:
        return format_datetime((theirs + timedelta(seconds=off_s)).astimezone(UTC), usegmt=True)

    with capture_logs() as logs:
        drift.observe(date())
        assert drift.corrected(clock.now()) == int(clock.now().timestamp())
        for said in (date(3), date(), "yesterday", date(40), date(-80)):
            drift.observe(said)
    assert abs(drift.corrected(clock.now()) - theirs.timestamp()) <= 5
    assert [entry["event"] for entry in logs] == ["our clock is off"]


async def test_a_clock_that_drifts_stops_nobody_once_the_platforms_time_is_known(clock: FakeClock) -> None:
    """Ours is an hour ahead, and every message of the platform's present is served; what is old by its time is not."""
    edge = await start_edge()
    drift = edge.drift
    for _ in range(2):
        drift.observe(format_datetime((edge.clock.now() - timedelta(hours=1)).astimezone(UTC), usegmt=True))
    assert await _sent_by_an_honest_clock(edge, 3600, "1") == 200
    assert await _sent_by_an_honest_clock(edge, 0, "2") == 403
    assert await _sent_by_an_honest_clock(edge, 3600 + 301, "3") == 403
    await stop_edge(edge)


@pytest.mark.parametrize("jump", [timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=1)])
async def test_a_clock_that_jumps_gives_no_tries_and_locks_nobody_out(world: World, clock: FakeClock, jump: timedelta) -> None:
    """Four wrong codes, then the clock jumps: there is one try left or none, never five; and a minute or a day later by that clock the person can log in."""
    chat = Chat(world)
    for text in ("登录", "1", people.LI_PHONE):
        await chat.says(text)
    right = world.outside.code(people.LI_PHONE)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(4):
        await chat.says(wrong)
    clock.set(clock.now() + jump)
    await chat.says(wrong)
    chat.expect_not("还可以试")
    await chat.says(right)
    chat.expect_not("登录成功", "后四位")
    async with world.store.reading() as tx:
        assert await tx.users.bindings(chat.openid) == ()
    clock.advance(3 * 3600)
    other = Chat(world, "o-two")
    await other.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    other.expect("登录成功")
