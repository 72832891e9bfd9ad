"""`simulate --check`: what it finds in bots on wechatpy + Flask and on WeRoBot, and that ours has nothing to find."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import SystemClock
from bot.simulator import SimAccount
from bot.simulator.checks import CHECKS, examine
from bot.simulator.probe import Probe
from bot.simulator.trial import Finding, Given
from tests.outside.children import ACCOUNT, started
from tests.simulator.bots import Bot, echo, raw

GIVEN = Given(slow_text="慢", patience_s=0.4)


async def findings(
    target: str, account: SimAccount = ACCOUNT, given: Given = GIVEN, names: tuple[str, ...] = ()
) -> dict[str, Finding]:
    async with Probe(SystemClock(), account, target) as probe:
        return {check.name: found async for check, found in examine(probe, given, names)}


def faults(found: dict[str, Finding]) -> set[str]:
    return {name for name, one in found.items() if one.state == "fault"}


async def test_a_bot_on_wechatpy_and_flask_is_told_its_faults() -> None:
    """Resends are counted, clear bodies and old requests are believed, and what people type breaks it."""
    async with started("flask_wechatpy") as target:
        found = await findings(target)
    assert faults(found) == {
        "clear_in_safe",
        "ancient",
        "garbage",
        "resend",
        "event_resend",
        "at_once",
        "slow",
        "cdata",
        "control",
        "entities",
        "not_a_message",
        "other_format",
        "long_text",
    }
    assert found["resend"].saw == "一条消息处理了 3 次"
    assert found["slow"].saw == "一条消息处理了 3 次"
    assert found["clear_in_safe"].saw == "当成真的消息处理并回复了"
    assert len(found) == len(CHECKS)


async def test_a_bot_on_werobot_is_told_its_faults() -> None:
    """A forged request is refused in words, and yet its handler runs."""
    async with started("werobot_tornado") as target:
        found = await findings(target)
    assert faults(found) >= {"unsigned", "forged_url", "clear_in_safe", "ancient", "other_account", "garbage"}
    assert faults(found) >= {"resend", "event_resend", "at_once", "slow", "cdata", "control", "not_a_message", "other_format"}
    assert found["forged_url"].saw == "拒绝了（回了 403），可是处理程序照样运行了 1 次"
    assert found["resend"].saw == "一条消息处理了 3 次"


async def test_a_bot_that_does_not_answer_is_not_asked_further() -> None:
    """One line says what is in the way."""

    async def broken(_: web.Request) -> web.Response:
        return web.Response(status=502)

    app = web.Application()
    app.router.add_post("/wechat", broken)
    async with TestServer(app) as server:
        found = await findings(str(server.make_url("/wechat")))
    assert list(found) == ["answers"]
    assert found["answers"].saw == "程序出错（回了 502）"


async def test_only_what_was_named_is_checked() -> None:
    """And a bot that does not count is judged by its answers: the same words again are in order."""
    async with TestServer(Bot(echo).app()) as server:
        found = await findings(str(server.make_url("/wechat")), names=("resend", "verify"))
    assert {name: one.state for name, one in found.items()} == {"verify": "ok", "resend": "ok"}
    assert found["resend"].saw == "几次的回复相同"


async def test_what_a_mode_does_not_have_is_not_checked() -> None:
    """Without encryption there is no ciphertext to spoil."""
    account = replace(ACCOUNT, mode="clear")
    names = ("clear_in_safe", "forged_msg_signature", "garbage")
    async with TestServer(raw("success")) as server:
        found = await findings(str(server.make_url("/wechat")), account, names=names)
    assert {name: one.state for name, one in found.items()} == dict.fromkeys(names, "skipped")
