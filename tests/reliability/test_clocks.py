"""F11: clocks that are wrong: ahead, behind, a day off, and set back while it runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

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
        (600, False, 0),
        (-600, False, 0),
        (86400, False, 0),
    ],
)
async def test_messages_are_served_within_the_configured_age_and_a_clock_that_is_off_is_told(
    ahead_s: int, served: bool, told: int
) -> None:
    """Five minutes either way are borne with; from one minute on an error in the log says so, once a minute and not once a message."""
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
