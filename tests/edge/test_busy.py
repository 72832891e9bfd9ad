"""正在输入 while a turn takes its time, and never otherwise."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.wechat.busy import Busy
from bot.wechat.errors import ApiError
from dialogs.messages import AnyInbound, Pressed, Reply, Said
from tests.clock import FakeClock
from tests.edge.fake_api import connected
from tests.edge.platform import FakeTurns, until

TYPING = "/cgi-bin/message/custom/typing"


@dataclass
class Typist:
    """Notes what is shown to whom; raises what it is told to."""

    shown: list[tuple[str, bool]] = field(default_factory=list)
    error: ApiError | None = None

    async def typing(self, openid: str, on: bool = True) -> None:
        self.shown.append((openid, on))
        if self.error is not None:
            raise self.error


def _said(clock: FakeClock, openid: str, key: str = "k") -> Said:
    return Said(openid, f"{openid}-{key}", clock.now(), "查缴费")


def _seal(reply: Reply) -> bytes:
    return b"answer"


async def _started(busy: Busy, turns: FakeTurns, *inbounds: AnyInbound) -> list[asyncio.Task[bytes | None]]:
    before = len(turns.taken)
    tasks = [asyncio.create_task(busy.take(inbound, _seal)) for inbound in inbounds]
    await until(lambda: len(turns.taken) == before + len(inbounds))
    return tasks


async def test_a_quick_turn_shows_nothing() -> None:
    """A hundred turns that are ready at once, then a long while: nothing was called."""
    clock, turns, typist = FakeClock(), FakeTurns(), Typist()
    busy = Busy(turns, typist, clock)
    for number in range(100):
        assert await busy.take(_said(clock, f"o{number}"), _seal) == b"answer"
        clock.advance(0.3)
        await asyncio.sleep(0)
    clock.advance(10)
    await until(lambda: not busy._waiting)
    for _ in range(5):  # whoever was begun to be shown it would be by now
        await asyncio.sleep(0)
    assert typist.shown == []
    await busy.close()


async def test_a_slow_turn_shows_it_once_and_takes_it_away() -> None:
    """After a second it is shown, once however long it takes; with the answer it goes. Who was quick beside it sees nothing."""
    clock, turns, typist = FakeClock(), FakeTurns(hold=asyncio.Event()), Typist()
    busy = Busy(turns, typist, clock)
    (slow,) = await _started(busy, turns, _said(clock, "slow"))
    clock.advance(0.9)
    (later,) = await _started(busy, turns, _said(clock, "later"))
    assert typist.shown == []
    clock.advance(0.2)
    await until(lambda: typist.shown)
    clock.advance(0.5)
    await asyncio.sleep(0)
    assert typist.shown == [("slow", True)]
    assert turns.hold is not None
    turns.hold.set()
    assert [await slow, await later] == [b"answer"] * 2
    await until(lambda: len(typist.shown) == 2)
    clock.advance(60)
    await until(lambda: not busy._waiting)
    assert typist.shown == [("slow", True), ("slow", False)]
    await busy.close()


@pytest.mark.parametrize("errcode", [45080, 45081, 48001, None])
async def test_what_the_platform_says_to_it_changes_nothing(errcode: int | None) -> None:
    """Too late, shown already, not allowed, no answer: the turn is answered as ever, and nothing is taken away that was not shown."""
    clock, turns, typist = FakeClock(), FakeTurns(hold=asyncio.Event()), Typist(error=ApiError(errcode, "no"))
    busy = Busy(turns, typist, clock)
    (task,) = await _started(busy, turns, _said(clock, "o"))
    clock.advance(1.1)
    await until(lambda: typist.shown)
    assert turns.hold is not None
    turns.hold.set()
    assert await task == b"answer"
    for _ in range(5):
        await asyncio.sleep(0)
    assert typist.shown == [("o", True)]
    await busy.close()


async def test_events_show_nothing_and_an_error_takes_it_away() -> None:
    """A tap on the menu is no message, so the platform would refuse it; a turn that fails is over as well."""
    clock, turns, typist = FakeClock(), FakeTurns(hold=asyncio.Event(), error=RuntimeError("boom")), Typist()
    busy = Busy(turns, typist, clock)
    tasks = await _started(busy, turns, Pressed("event", "p", clock.now(), "P_PAY"), _said(clock, "o"))
    clock.advance(1.1)
    await until(lambda: typist.shown)
    assert turns.hold is not None
    turns.hold.set()
    assert all(isinstance(one, RuntimeError) for one in await asyncio.gather(*tasks, return_exceptions=True))
    await until(lambda: len(typist.shown) == 2)
    assert typist.shown == [("o", True), ("o", False)]
    await busy.close()


async def test_closing_ends_what_is_on_its_way() -> None:
    """A platform that does not answer holds nothing up at the end."""
    async with connected() as client:
        client.platform.hold = asyncio.Event()
        turns = FakeTurns(hold=asyncio.Event())
        busy = Busy(turns, client.api, client.clock)
        (task,) = await _started(busy, turns, _said(client.clock, "o"))
        client.clock.advance(1.1)
        await until(lambda: busy._background)
        await busy.close()
        assert turns.hold is not None
        turns.hold.set()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_call_is_the_platforms() -> None:
    """The two commands as documented; a refusal for time is not even in the log."""
    async with connected() as client:
        await client.api.typing("o")
        await client.api.typing("o", on=False)
        assert [call.body for call in client.platform.of(TYPING)] == [
            {"touser": "o", "command": "Typing"},
            {"touser": "o", "command": "CancelTyping"},
        ]
