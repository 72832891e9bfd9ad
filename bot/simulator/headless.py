"""The simulator in somebody's test suite: no browser, no command line, a few verbs.

    async with platform(clock, account, "http://127.0.0.1:8080/wechat") as wechat:
        ann = wechat.person("ann")
        outcome = await ann.say("你好")

`wechat.api` is the base address that stands for https://api.weixin.qq.com; `wechat.sim` is the simulator itself. Everything ends with the block.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.simulator.account import SimAccount
from bot.simulator.checks import examine
from bot.simulator.ordering import order
from bot.simulator.probe import Probe
from bot.simulator.simulator import Simulator
from bot.simulator.trial import Given
from bot.simulator.web import start
from storage.ports.time import Clock


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one thing that a person did: answered, empty or failed, after so many tries, with these replies (DESIGN section 6)."""

    status: str
    tries: int
    replies: list[dict[str, Any]]
    reason: str = ""

    @property
    def text(self) -> str:
        """The words of all replies, one below the other."""
        return "\n".join(str(one.get("text") or one.get("title") or "") for one in self.replies)


class Person:
    """Somebody with a phone. Each verb returns once the bot has answered, or the platform has given up."""

    def __init__(self, sim: Simulator, openid: str) -> None:
        self.openid = openid
        self._sim = sim

    async def do(self, **msg: Any) -> Outcome:
        """Any message of `POST /sim/send`, such as `type="event", event="SCAN", key="7"`. Raises BadMessage."""
        told = await self._sim.send(self.openid, msg)
        return Outcome(told["status"], told["tries"], told["replies"], told.get("reason", ""))

    async def say(self, text: str) -> Outcome:
        """A text."""
        return await self.do(type="text", content=text)

    async def follow(self, scene: str = "") -> Outcome:
        """Follow the account, by the QR code of a scene when one is given."""
        return await self.do(type="event", event="subscribe", key=scene)

    async def leave(self) -> Outcome:
        """Unfollow it."""
        return await self.do(type="event", event="unsubscribe")

    async def click(self, key: str) -> Outcome:
        """An entry of the menu, by its key."""
        return await self.do(type="event", event="CLICK", key=key)

    async def pick(self, item: str) -> Outcome:
        """An entry of the last msgmenu, by its words. Raises KeyError when it has none of that name."""
        menus = [one for one in self.inbox if one["type"] == "menu"]
        found = {one["text"]: one["id"] for one in (menus[-1]["items"] if menus else ())}
        return await self.do(type="text", content=item, menu_id=found[item])

    async def photo(self, content: bytes) -> Outcome:
        """A picture: PNG, JPEG, GIF or BMP."""
        return await self.do(type="image", base64=base64.b64encode(content).decode())

    async def speak(self, text: str, *, heard: bool = True) -> Outcome:
        """A voice message; the platform recognises what was said, or (`heard` false) does not."""
        return await self.do(type="voice", text=text, **({"recognition": text} if heard else {}))

    async def place(self, lat: float, lng: float, label: str = "") -> Outcome:
        """A place."""
        return await self.do(type="location", lat=lat, lng=lng, label=label)

    @property
    def inbox(self) -> list[dict[str, Any]]:
        """Everything that this person has been shown, oldest first, as GET /sim/inbox tells it."""
        return [one.reply() for one in self._sim.world.phone(self.openid).entries if one.side != "me"]


class Platform:
    """A running simulator. `api` is the base address of the platform's interface."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.api = sim.base_url

    def person(self, name: str) -> Person:
        """Somebody who follows already; the same name (letters, digits, _ and -) is the same person."""
        self.sim.world.phone(name)
        return Person(self.sim, name)

    def order(self, **sides: Any) -> None:
        """Order trouble: `order(push={"drop": 1})`, `order(api={"errcode": 45009})`; an empty side ends it. Raises BadFault."""
        order(self.sim, sides)

    async def settle(self) -> None:
        """Return once everything that runs in the background (events that a call has caused) is through."""
        await self.sim.idle()


@asynccontextmanager
async def platform(
    clock: Clock,
    account: SimAccount,
    target: str,
    *,
    port: int = 0,
    move_clock: Callable[[datetime], object] | None = None,
    try_seconds: float = 5.0,
) -> AsyncIterator[Platform]:
    """The platform of `account` for the bot at `target`, on a port of the loopback (0: any free one)."""
    sim = Simulator(clock, account, target, move_clock=move_clock, try_seconds=try_seconds)
    runner = await start(sim, "127.0.0.1", port)
    try:
        yield Platform(sim)
    finally:
        await runner.cleanup()


async def faults_of(clock: Clock, account: SimAccount, target: str, given: Given | None = None) -> list[str]:
    """What `simulate --check` finds: a sentence (Chinese) for each fault, empty when there is none."""
    async with Probe(clock, account, target) as probe:
        return [f"{check.title}：{found.saw}" async for check, found in examine(probe, given) if found.state == "fault"]
