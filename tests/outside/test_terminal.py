"""The chat in the terminal, and `python -m bot simulate` itself."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from rich.console import Console
from typer.testing import CliRunner

from bot import simulating
from bot.__main__ import app
from bot.simulator import Simulator, create_app
from bot.simulator.api_messages import custom_send
from bot.simulator.terminal import Terminal
from bot.simulator.transcript import from_text
from tests import nursery
from tests.browser.stand import MENU, picture
from tests.clock import FakeClock
from tests.outside.children import ACCOUNT, started
from tests.simulator.bots import Bot, echo


class Seat:
    """Somebody at a terminal, the simulator, and what was written."""

    def __init__(self, sim: Simulator, clock: FakeClock, bot: Bot) -> None:
        self.sim = sim
        self.clock = clock
        self.bot = bot
        self.lines: list[str] = []
        self.terminal = Terminal(sim, self.lines.append)

    async def types(self, *lines: str) -> list[str]:
        """What was written since, after all of these lines."""
        before = len(self.lines)
        for line in lines:
            await self.terminal.do(line)
        return self.lines[before:]


@asynccontextmanager
async def seated() -> AsyncIterator[Seat]:
    clock, bot = FakeClock(), Bot(echo)
    async with TestServer(bot.app()) as server:
        sim = Simulator(clock, ACCOUNT, str(server.make_url("/wechat")), move_clock=clock.set)
        async with TestServer(create_app(sim)):
            yield Seat(sim, clock, bot)


async def test_lines_are_messages_and_strokes_are_gestures(tmp_path: Path) -> None:
    """Text, voice, place, photo, scan; the answers come in words."""
    photo = tmp_path / "a.png"
    photo.write_bytes(picture())
    async with seated() as seat:
        assert await seat.types("你好") == ["社保服务：您说：你好"]
        assert await seat.types("/voice 查缴费") == ["社保服务：您说：voice"]
        assert seat.bot.seen[-1]["Recognition"] == "查缴费"
        assert await seat.types("/location 37.4 118.0 滨州 滨城") == ["社保服务：您说：location"]
        assert seat.bot.seen[-1]["Label"] == "滨州 滨城"
        assert (await seat.types(f"/photo {photo}"))[0].startswith("社保服务：［图片］/sim/media/")
        scanned = await seat.types("/scan 4711")
        assert seat.bot.seen[-1]["ScanCodeInfo"]["ScanResult"] == "4711"
        assert scanned[:2] == ["社保服务：［图文］第1张 说明", "  http://bot.test/0"]


async def test_the_menu_and_its_choices_are_picked_by_number() -> None:
    """By place, by key; a msgmenu by its row; what is not there is said."""
    async with seated() as seat:
        assert await seat.types("/menu") == ["这个公众号没有菜单。"]
        seat.sim.menus.default = MENU
        assert (await seat.types("/menu"))[:2] == ["1 办事", "  1.1 查缴费  click K1"]
        await seat.types("/click 1.1", "/click K5")
        assert [one["EventKey"] for one in seat.bot.seen[-2:]] == ["K1", "K5"]
        assert await seat.types("/click 1") == ["这一栏下面还有几个，写成 /click 1.2 这样。"]
        assert await seat.types("/tap 1") == ["还没有收到可以点的选项。"]
        menu = {"head_content": "满意吗", "list": [{"id": "9", "content": "满意"}]}
        openid = next(iter(seat.sim.world.phones))
        await seat.types("谢谢")
        custom_send(seat.sim, {"touser": openid, "msgtype": "msgmenu", "msgmenu": menu})
        assert await seat.types("/tap 1") == ["社保服务〔客服消息〕：满意吗", "  [1] 满意", "社保服务：您说：满意"]
        assert seat.bot.seen[-1]["bizmsgmenuid"] == "9"


async def test_time_and_trouble_are_ordered() -> None:
    """The clock goes by spans and to moments; a lost answer is asked for again; mistakes are sentences."""
    async with seated() as seat:
        assert await seat.types("/clock +2h") == ["现在是 2024-09-12 12:00"]
        assert await seat.types("/clock 2024-10-01 08:30") == ["现在是 2024-10-01 08:30"]
        assert (await seat.types("/clock morgen"))[0].startswith("写成 /clock +2h")
        assert await seat.types("/faults push.drop=1", "在吗") == ["记下了。", "社保服务：您说：在吗"]
        assert len(seat.bot.seen) == 2
        assert (await seat.types("/faults push.never=1"))[0].startswith("发不出去：unknown fault")
        assert await seat.types("/faults off") == ["故障都取消了。"]
        assert await seat.types("/nothing") == ["没有 /nothing 这个操作。/help 看有哪些。"]
        assert (await seat.types("/help"))[0].startswith("直接打字就是发消息")


async def test_whoever_has_left_writes_nothing() -> None:
    """Until they follow again; another phone is another person."""
    async with seated() as seat:
        assert await seat.types("/unfollow", "在吗") == ["（没有回复）", "！还没有关注这个公众号，先 /follow"]
        assert (await seat.types("/follow"))[0] == "社保服务：［图文］第1张 说明"
        assert (await seat.types("/phone 李明"))[0].startswith("现在是 李明 的手机")
        assert await seat.types("我是李明") == ["社保服务：您说：我是李明"]
        assert len(await seat.types("/phones")) == 2
        assert [line[6:] for line in await seat.types("/inbox")] == ["我：我是李明", "社保服务：您说：我是李明"]


async def test_what_comes_by_itself_is_written_as_it_comes() -> None:
    """While nobody types: the listener shows it; /quit ends."""
    async with seated() as seat:
        typed: asyncio.Queue[str] = asyncio.Queue()
        written = asyncio.Event()

        def write(line: str) -> None:
            seat.lines.append(line)
            written.set()

        terminal = Terminal(seat.sim, write, "二号")
        openid = list(seat.sim.world.phones)[-1]

        async def lines() -> AsyncIterator[str]:
            while True:
                yield await typed.get()

        running = asyncio.create_task(terminal.run(lines()))
        typed.put_nowait("你好")
        await asyncio.wait_for(written.wait(), 10)
        written.clear()
        custom_send(seat.sim, {"touser": openid, "msgtype": "text", "text": {"content": "办好了"}})
        await asyncio.wait_for(written.wait(), 10)
        typed.put_nowait("/quit")
        await asyncio.wait_for(running, 10)
        assert seat.lines == ["社保服务：您说：你好", "社保服务〔客服消息〕：办好了"]


async def test_a_saved_chat_is_played_again_and_a_change_is_told(tmp_path: Path) -> None:
    """The same bot says the same; another answer is a line and exit code 1."""
    kept = tmp_path / "chat.json"
    async with seated() as seat:
        assert await seat.types("你好", f"/save {kept}") == ["社保服务：您说：你好", f"存好了：{kept}"]
        out = Console(width=200, record=True)
        target = simulating.Target(seat.sim.target_url, ACCOUNT, 0)
        assert await simulating.again(target, out, kept)
        transcript = from_text(kept.read_text("utf-8"))
        transcript["steps"][0]["replies"][0]["text"] = "早上好"
        kept.write_text(json.dumps(transcript, ensure_ascii=False), "utf-8")
        assert not await simulating.again(target, out, kept)
        kept.write_text("[]", "utf-8")
        assert not await simulating.again(target, out, kept)
    said = out.export_text()
    assert "重放了 1 步，和记录的一样。" in said
    assert "原来是“早上好”，现在是“您说：你好”" in said
    assert "不是能重放的对话记录" in said


@pytest.mark.xdist_group("children")
async def test_the_command_prints_a_table_and_ends_with_1() -> None:
    """`simulate --check` in a process of its own, as somebody runs it; the phone in the terminal from a pipe."""
    async with started("flask_wechatpy") as target:
        told = ("--target", target, "--token", ACCOUNT.token, "--aes-key", ACCOUNT.encoding_aes_key, "--app-id", ACCOUNT.app_id)

        async def run(*more: str) -> tuple[int, str]:
            child = await nursery.start("bot", "simulate", *told, "--check", *more, stdout=True)
            assert child.stdout is not None
            said = (await child.stdout.read()).decode()
            return await child.wait(), said

        code, said = await run("--only", "clear_in_safe", "--only", "verify")
        assert code == 1
        assert "安全模式下收到明文" in said
        assert "查了 2 项，1 项有问题。" in said
        assert (await run("--only", "verify"))[0] == 0

        chat = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "simulate", *told, "--terminal", "--port", "0"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        written, _ = await chat.communicate("你好\n/quit\n".encode())
        assert chat.returncode == 0
        assert "第 1 条：你好" in written.decode()


def test_what_was_typed_wrongly_is_explained() -> None:
    """All of it at once, in Chinese."""
    typed = "simulate --target nowhere --token t --mode half --format yaml --only never"
    done = CliRunner().invoke(app, typed.split(), prog_name="python -m bot")
    assert done.exit_code == 2
    for said in (
        "--target 是机器人收消息的地址",
        "--mode 是 clear、compat、safe 之一",
        "--format 是",
        "--aes-key 是",
        "没有 never 这一项检查",
    ):
        assert said in done.output
