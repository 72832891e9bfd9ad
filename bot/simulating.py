"""`python -m bot simulate`: the platform for any official-account bot: the phone, a chat in the terminal, the checks, a replay."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast, get_args

from aiohttp import web
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.clock import MovableClock, SystemClock
from bot.simulator import SimAccount, Simulator, start
from bot.simulator.account import AccountKind, Format, Mode
from bot.simulator.checks import CHECKS, examine
from bot.simulator.gestures import BadMessage
from bot.simulator.probe import Probe
from bot.simulator.replay import differences, replay
from bot.simulator.terminal import Terminal
from bot.simulator.transcript import BadTranscript, from_text
from bot.simulator.trial import Given
from storage.ports.record import Record

_STATES = {"ok": "[green]通过[/]", "fault": "[red]有问题[/]", "skipped": "[dim]没查[/]"}


class Target(Record):
    """The bot, its account, and where the simulator listens. `api_port` 0: the API is at `port` alone."""

    url: str
    account: SimAccount
    port: int
    api_port: int = 0


_NO_KEY = "A" * 43  # of an account in clear mode, which has none


def mistakes(target: str, mode: str, form: str, kind: str, aes_key: str, names: tuple[str, ...]) -> list[str]:
    """What is wrong with what was typed, in Chinese."""
    found = []
    if not re.match(r"https?://[^/]+", target):
        found.append("--target 是机器人收消息的地址，例如 http://127.0.0.1:8080/wechat")
    for name, value, choices in (
        ("mode", mode, get_args(Mode)),
        ("format", form, get_args(Format)),
        ("account-kind", kind, get_args(AccountKind)),
    ):
        if value not in choices:
            found.append(f"--{name} 是 {'、'.join(choices)} 之一")
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}", aes_key or (_NO_KEY if mode == "clear" else "")):
        found.append("--aes-key 是公众号后台的 EncodingAESKey，43 个字母和数字")
    if unknown := [name for name in names if name not in {one.name for one in CHECKS}]:
        found.append(f"没有 {'、'.join(unknown)} 这一项检查；有 {' '.join(one.name for one in CHECKS)}")
    return found


def account(
    app_id: str, app_secret: str, token: str, aes_key: str, original_id: str, mode: str, form: str, kind: str
) -> SimAccount:
    """The account as it was typed, after `mistakes` found none."""
    return SimAccount(
        app_id or "wx0000000000000000",
        app_secret,
        token,
        aes_key or _NO_KEY,
        original_id,
        name="公众号",
        intro="用模拟器测试的公众号。",
        mode=cast(Mode, mode),
        format=cast(Format, form),
        kind=cast(AccountKind, kind),
    )


@asynccontextmanager
async def simulated(target: Target) -> AsyncIterator[tuple[Simulator, str, str]]:
    """A running simulator; yields it, the address of the phone and the base address of the API."""
    clock = MovableClock()
    # Only our clock can be moved, not the bot's: what is sent is signed at the present moment, so that it is never too old.
    sim = Simulator(clock, target.account, target.url, move_clock=clock.set, signed_by=SystemClock())
    runner = await start(sim, "127.0.0.1", target.port)
    try:
        phone = f"http://127.0.0.1:{runner.addresses[0][1]}"
        api = phone
        if target.api_port:
            await web.TCPSite(runner, "127.0.0.1", target.api_port).start()
            api = f"http://127.0.0.1:{target.api_port}"
        yield sim, phone, api
    finally:
        await runner.cleanup()


def how_to_point(api: str) -> str:
    """What the operator does with the base address of the API."""
    return (
        f"接口地址：{api}（代替 https://api.weixin.qq.com）\n"
        f'  wechatpy：WeChatClient.API_BASE_URL = "{api}/cgi-bin/"；取令牌的地址写死在它的 fetch_access_token 里，'
        f"要继承 WeChatClient 改写这个方法，向 {api}/cgi-bin/token 取\n"
        f'  本项目：[wechat] api_base = "{api}"\n'
        f"  别的库：把代码或配置里的 https://api.weixin.qq.com 换成它；网页授权的 https://open.weixin.qq.com 也换成它"
    )


async def serve(target: Target, out: Console, until: Callable[[], Any]) -> None:
    """The phone in the browser, until `until()` returns."""
    async with simulated(target) as (sim, phone, api):
        out.print(f"手机模拟器：{phone}/")
        out.print(how_to_point(api), markup=False)
        problem = await sim.verify()
        out.print("验证地址：通过" if not problem else f"验证地址：没有通过（{escape(problem)}）；机器人起来以后可以接着用")
        await until()


async def chat(target: Target, out: Console) -> None:
    """A chat in the terminal; the phone in the browser shows the same."""
    async with simulated(target) as (sim, phone, api):
        out.print(f"浏览器里的手机：{phone}/    接口地址：{api}", markup=False)
        out.print("直接打字就是发消息；/help 看别的操作，/quit 结束。")
        await Terminal(sim, lambda line: out.print(line, markup=False, highlight=False)).run(typed())


async def check(target: Target, out: Console, text: str, slow_text: str, names: tuple[str, ...]) -> bool:
    """Make the checks and print a table. True when nothing was found."""
    async with simulated(target) as (sim, _, _api), Probe(sim.clock, target.account, target.url) as probe:
        found = [one async for one in examine(probe, Given(text, slow_text), names)]
    table = Table("检查", "结果", Column("看到的", overflow="fold"))
    for each, finding in found:
        table.add_row(each.title, _STATES[finding.state], escape(finding.saw))
    out.print(table)
    bad = [(each, finding) for each, finding in found if finding.state == "fault"]
    for each, _ in bad:
        out.print(
            f"· {each.title}：{each.does}，应当{each.expects}。{each.why}。（--only {each.name}）", markup=False, highlight=False
        )
    checked = sum(finding.state != "skipped" for _, finding in found)
    out.print(f"查了 {checked} 项，" + (f"{len(bad)} 项有问题。" if bad else "没有发现问题。"))
    return not bad


async def again(target: Target, out: Console, path: Path) -> bool:
    """Play a transcript and print what differs. True when nothing does."""
    async with simulated(target) as (sim, _, _api):
        try:
            told = from_text(await asyncio.to_thread(path.read_text, "utf-8"))
            steps = await replay(sim, told)
        except (BadTranscript, BadMessage, OSError, ValueError) as problem:
            out.print(f"{path} 不是能重放的对话记录（{problem}）。", markup=False, highlight=False)
            return False
    unlike = [line for step in steps for line in differences(step)]
    for line in unlike:
        out.print(line, markup=False, highlight=False)
    if any({"sms", "pay"} & one.get("faults", {}).keys() for one in told["steps"]):
        out.print("记录里短信或支付的故障没有重放：这里没有短信平台和微信支付，演示（demo）里有。")
    out.print(f"重放了 {len(steps)} 步，" + (f"{len(unlike)} 处不同。" if unlike else "和记录的一样。"))
    return not unlike


async def typed() -> AsyncIterator[str]:
    """The lines of standard input, from a terminal, a pipe or a file."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(queue.put_nowait, line)
        loop.call_soon_threadsafe(queue.put_nowait, None)

    # A thread that waits for a line does not hold up the end of the program.
    threading.Thread(target=read, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line
