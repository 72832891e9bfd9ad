"""One message is one turn, answered in time whatever the turn does (five-second rule, resends, shutdown)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.wechat.delivery import Delivery
from dialogs.messages import Delivered, Left, Noticed, Reply, Said, Say
from tests.clock import START, FakeClock
from tests.edge.platform import OPENID, Edge, FakeTurns, opened, safe, start_edge, stop_edge, text_xml, until


def render(reply: Reply) -> bytes:
    assert isinstance(reply.first, Say)
    return reply.first.text.encode()


def said(text: str = "查缴费", key: str = "k1") -> Said:
    return Said(OPENID, key, START, text)


class Bench:
    """A delivery with everything around it."""

    def __init__(self, can_push: bool = True) -> None:
        self.clock = FakeClock()
        self.turns = FakeTurns()
        self.delivery = Delivery(self.turns, self.clock, can_push=can_push)

    def ask(self, inbound: Said | None = None) -> asyncio.Task[bytes]:
        return asyncio.create_task(self.delivery.answer(inbound or said(), render))

    async def deadline(self) -> None:
        await until(lambda: self.clock.sleepers)
        self.clock.advance(4.5)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    for gate in (bench.turns.hold, bench.turns.hold_commit, bench.turns.hold_postpone):
        if gate is not None:
            gate.set()
    await bench.delivery.close(0)


async def test_quick_turn_is_answered_with_its_own_bytes(bench: Bench) -> None:
    """A turn that is ready in time is the answer."""
    assert (await bench.ask()).decode() == "收到：查缴费"
    assert bench.turns.pushed == []
    assert bench.turns.postponed == []


async def test_resend_joins_the_running_turn(bench: Bench) -> None:
    """Three tries of one message while the turn runs: one turn, one answer for all."""
    bench.turns.hold = asyncio.Event()
    asked = [bench.ask() for _ in range(3)]
    await until(lambda: bench.turns.taken)
    bench.turns.hold.set()
    answers = await asyncio.gather(*asked)
    assert len(set(answers)) == 1
    assert len(bench.turns.taken) == 1


async def test_resend_after_the_answer_gets_the_stored_bytes(bench: Bench) -> None:
    """Long after, from another process or after a restart: what was stored comes back, and no turn runs."""
    first = await bench.ask()
    again = Delivery(bench.turns, bench.clock, can_push=True)
    assert await again.answer(said(), render) == first
    assert len(bench.turns.taken) == 1
    await again.close(0)


@pytest.mark.parametrize(("can_push", "words"), [(True, "马上发给您"), (False, "回复任意内容")])
async def test_slow_turn_is_announced_and_its_answer_pushed(can_push: bool, words: str) -> None:
    """At the deadline the person is told what will happen; the message is remembered; what the turn says later is not answered but queued."""
    bench = Bench(can_push)
    bench.turns.hold = asyncio.Event()
    asked = bench.ask()
    await bench.deadline()
    interim = await asked
    assert words in interim.decode()
    assert bench.turns.postponed == ["k1"]
    assert await bench.ask() == interim
    bench.turns.hold.set()
    await until(lambda: bench.turns.pushed)
    assert bench.turns.pushed == [Reply(Say("收到：查缴费"))]
    assert await bench.ask() == interim
    assert len(bench.turns.taken) == 1
    await bench.delivery.close(0)


async def test_not_a_moment_before_the_deadline(bench: Bench) -> None:
    """A turn that needs 4.4 seconds is answered with its own words."""
    bench.turns.hold = asyncio.Event()
    asked = bench.ask()
    await until(lambda: bench.clock.sleepers)
    bench.clock.advance(4.4)
    bench.turns.hold.set()
    assert (await asked).decode() == "收到：查缴费"
    assert bench.turns.postponed == []


async def test_sealed_answer_is_waited_for(bench: Bench) -> None:
    """Sealed before the deadline and committing at it: the answer itself is given, since nobody would push it."""
    bench.turns.hold_commit = asyncio.Event()
    asked = bench.ask()
    await bench.deadline()
    await until(lambda: not bench.clock.sleepers)
    assert not asked.done()
    bench.turns.hold_commit.set()
    assert (await asked).decode() == "收到：查缴费"
    assert bench.turns.postponed == []
    assert bench.turns.pushed == []


async def test_turn_that_ends_while_it_is_postponed_is_not_lost(bench: Bench) -> None:
    """The turn ends while the interim answer is being stored: its words are queued, the interim answer goes out, both once."""
    bench.turns.hold, bench.turns.hold_postpone = asyncio.Event(), asyncio.Event()
    asked = bench.ask()
    await bench.deadline()
    await until(lambda: bench.turns.postponing)
    bench.turns.hold.set()
    await until(lambda: bench.turns.pushed)
    joined = bench.ask()
    bench.turns.hold_postpone.set()
    assert "正在为您办理" in (await asked).decode()
    assert await joined == await asked
    assert len(bench.turns.taken) == 1


async def test_stored_bytes_found_late_win_over_the_interim_answer(bench: Bench) -> None:
    """The turn turns out to have been answered before (another process was faster) while the interim is stored: those bytes are given."""

    class AnsweredElsewhere(FakeTurns):
        async def take(self, inbound: object, seal: object) -> bytes:
            assert self.hold is not None
            await self.hold.wait()
            return b"answered elsewhere"

    turns = AnsweredElsewhere(hold=asyncio.Event(), hold_postpone=asyncio.Event())
    delivery = Delivery(turns, bench.clock, can_push=True)
    asked = asyncio.create_task(delivery.answer(said(), render))
    await bench.deadline()
    await until(lambda: turns.postponing)
    assert turns.hold is not None
    assert turns.hold_postpone is not None
    turns.hold.set()
    assert await asked == b"answered elsewhere"
    turns.hold_postpone.set()
    await delivery.close(0)


async def test_failure_is_an_apology_and_a_line_without_content(bench: Bench) -> None:
    """An error out of a turn is answered with an apology; the log says where and what kind, not what was in it."""
    bench.turns.error = RuntimeError("110101 is the secret of somebody")
    with capture_logs() as lines:
        answer = await bench.ask()
    assert "抱歉" in answer.decode()
    (line,) = lines
    assert line["error"] == "RuntimeError"
    assert line["where"].startswith("platform.py:")
    assert "secret" not in repr(lines)
    bench.turns.error = None
    assert (await bench.ask()).decode() == "收到：查缴费"


async def test_failure_after_the_deadline_changes_nothing(bench: Bench) -> None:
    """The turn fails after the person was told to wait: logged; the message is remembered, so somebody finishes it."""
    bench.turns.hold, bench.turns.error = asyncio.Event(), RuntimeError()
    asked = bench.ask()
    await bench.deadline()
    interim = await asked
    with capture_logs() as lines:
        bench.turns.hold.set()
        await until(lambda: lines)
    assert lines[0]["event"] == "turn_failed"
    assert await bench.ask() == interim


async def test_interim_answer_is_given_even_if_it_cannot_be_stored(bench: Bench) -> None:
    """Storage is away at the deadline: the person is still answered in time."""
    bench.turns.hold, bench.turns.postpone_error = asyncio.Event(), OSError("no disk")
    asked = bench.ask()
    with capture_logs() as lines:
        await bench.deadline()
        assert "正在为您办理" in (await asked).decode()
    assert [line["event"] for line in lines] == ["postpone_failed"]


async def test_interim_answer_does_not_wait_for_a_storage_that_hangs(bench: Bench) -> None:
    """Storage does not answer at the deadline: the person does not wait for it; it is stored when storage is back."""
    bench.turns.hold, bench.turns.hold_postpone = asyncio.Event(), asyncio.Event()
    asked = bench.ask()
    await bench.deadline()
    await until(lambda: bench.turns.postponing and bench.clock.sleepers)
    assert not asked.done()
    bench.clock.advance(0.3)
    assert "正在为您办理" in (await asked).decode()
    bench.turns.hold_postpone.set()
    await until(lambda: bench.turns.postponed)


@pytest.mark.parametrize(
    "inbound",
    [Noticed(OPENID, "n", START, "VIEW"), Left(OPENID, "l", START), Delivered(OPENID, "d", START, "1", ok=True)],
)
async def test_silent_events_are_turns_too(bench: Bench, inbound: Noticed | Left | Delivered) -> None:
    """Events without an answer are handled in a turn, once, and acknowledged; a slow one at the deadline, remembered."""
    assert await bench.delivery.answer(inbound, render) == b"success"
    assert bench.turns.taken == [inbound]
    bench.turns.stored.clear()
    bench.turns.hold = asyncio.Event()
    asked = asyncio.create_task(bench.delivery.answer(inbound, render))
    await bench.deadline()
    assert await asked == b"success"
    assert bench.turns.postponed == [inbound.key]


async def test_hanging_turn_keeps_nobody_else_waiting(bench: Bench) -> None:
    """Somebody's turn hangs; others are answered meanwhile, and each of several slow ones has its own deadline."""
    bench.turns.hold = asyncio.Event()
    slow = bench.ask(said("慢", "slow"))
    await until(lambda: bench.turns.taken)
    await until(lambda: bench.clock.sleepers)
    bench.clock.advance(2)
    slower = bench.ask(said("更慢", "slower"))
    await until(lambda: len(bench.turns.taken) == 2)
    hold, bench.turns.hold = bench.turns.hold, None
    assert (await bench.ask(said("快", "quick"))).decode() == "收到：快"
    bench.clock.advance(2.5)
    assert "正在为您办理" in (await slow).decode()
    await until(lambda: bench.clock.sleepers)
    assert not slower.done()
    bench.clock.advance(2)
    assert "正在为您办理" in (await slower).decode()
    hold.set()
    await until(lambda: len(bench.turns.pushed) == 2)


async def test_dropped_connection_does_not_stop_the_turn(bench: Bench) -> None:
    """The platform drops the connection and tries again: the turn goes on, and the second try gets its answer."""
    bench.turns.hold = asyncio.Event()
    first = bench.ask()
    await until(lambda: bench.turns.taken)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    second = bench.ask()
    await until(lambda: bench.clock.sleepers)
    bench.turns.hold.set()
    assert (await second).decode() == "收到：查缴费"
    assert len(bench.turns.taken) == 1


async def test_shutdown_waits_for_running_turns(bench: Bench) -> None:
    """Closing waits until the turns under way are answered and stored."""
    bench.turns.hold = asyncio.Event()
    asked = bench.ask()
    await until(lambda: bench.turns.taken)
    closing = asyncio.create_task(bench.delivery.close(10))
    await until(lambda: bench.clock.sleepers == 2)
    assert not closing.done()
    bench.turns.hold.set()
    await closing
    assert (await asked).decode() == "收到：查缴费"
    assert "k1" in bench.turns.stored


async def test_shutdown_remembers_what_is_not_ready(bench: Bench) -> None:
    """When the time for closing is over, what still runs is remembered and announced, then ended; nothing stays behind."""
    bench.turns.hold = asyncio.Event()
    asked = bench.ask()
    await until(lambda: bench.turns.taken)
    closing = asyncio.create_task(bench.delivery.close(2))
    await until(lambda: bench.clock.sleepers == 2)
    bench.clock.advance(2)
    await closing
    assert "正在为您办理" in (await asked).decode()
    assert bench.turns.postponed == ["k1"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_many_turns_leave_nothing_behind(bench: Bench) -> None:
    """Five hundred messages at once, of different people: each is answered with its own words, and nothing is left running."""
    texts = [f"第{number}条" for number in range(500)]
    answers = await asyncio.gather(*(bench.ask(said(text, text)) for text in texts))
    assert [answer.decode() for answer in answers] == [f"收到：{text}" for text in texts]
    await bench.delivery.close(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_turns_one_after_another_leave_nothing_behind(bench: Bench) -> None:
    """Message after message of one person, long before any deadline: nothing is left running but one watch at most."""
    for number in range(50):
        assert (await bench.ask(said("好", f"k{number}"))).decode() == "收到：好"
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) <= 2


async def test_answer_that_cannot_be_made_is_success(bench: Bench) -> None:
    """Even if rendering itself fails, in time or at the deadline, the platform gets a valid body."""

    def broken(reply: Reply) -> bytes:
        raise TypeError

    with capture_logs() as lines:
        assert await bench.delivery.answer(said(), broken) == b"success"
        bench.turns.hold = asyncio.Event()
        asked = asyncio.create_task(bench.delivery.answer(said(key="k2"), broken))
        await until(lambda: len(bench.turns.taken) == 2)
        await bench.deadline()
        assert await asked == b"success"
    assert [line["event"] for line in lines] == ["turn_failed", "answer_failed", "render_failed"]


async def test_over_the_wire_a_slow_turn_is_announced_and_resends_get_the_same() -> None:
    """Webhook, delivery and a slow conversation together: an encrypted interim answer in time, and the same bytes for each resend."""
    edge: Edge = await start_edge(can_push=False)
    edge.turns.hold = asyncio.Event()
    sent = safe(text_xml("去年的养老"), edge.clock)
    first = asyncio.create_task(edge.post(sent))
    await until(lambda: edge.turns.taken and edge.clock.sleepers)
    edge.clock.advance(4.5)
    interim = await (await first).read()
    assert "回复任意内容" in opened(sent, interim)
    for _ in range(2):
        edge.clock.advance(timedelta(seconds=5).total_seconds())
        assert await (await edge.post(safe(text_xml("去年的养老"), edge.clock))).read() == interim
    edge.turns.hold.set()
    await until(lambda: edge.turns.pushed)
    assert await (await edge.post(safe(text_xml("去年的养老"), edge.clock))).read() == interim
    assert len(edge.turns.taken) == 1
    await stop_edge(edge)
