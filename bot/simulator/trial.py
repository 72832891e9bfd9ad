"""What a check works with: a probe, a text that the bot answers, and, if the bot counts, how often its handler ran.

A bot that writes a number into its answer which grows by one with every message (第 3 条) lets a check see what was really done, also behind a
refusal. A bot that does not is judged by its answers alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.simulator.account import Mode
from bot.simulator.probe import Probe, Seen

State = Literal["ok", "fault", "skipped"]
_NUMBER = re.compile(r"\d+")
_ENDINGS = {
    "answered": "照常回复了",
    "silent": "回了 200，没有内容",
    "malformed": "回了 200，但不是微信认得的回复",
    "refused": "拒绝了",
    "crashed": "程序出错",
    "late": "没有及时回应",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw, in Chinese."""

    state: State
    saw: str


@dataclass(frozen=True, slots=True)
class Check:
    """One declared check: what is done, what is expected, why it matters (all Chinese), in which modes it applies, and how it is done."""

    name: str
    title: str
    does: str
    expects: str
    why: str
    run: Callable[[Trial], Awaitable[Finding]]
    modes: tuple[Mode, ...] = ("clear", "compat", "safe")


@dataclass(frozen=True, slots=True)
class Given:
    """What the operator may tell about the bot: a text that it answers, and one on which it works longer than the platform waits.

    `patience_s` is how long a try of the slow text may take; 0: as long as all others.
    """

    text: str = "你好"
    slow_text: str = ""
    patience_s: float = 0.0


class Trial:
    """One bot on trial. `prepare` first."""

    def __init__(self, probe: Probe, given: Given) -> None:
        self.probe = probe
        self.given = given
        self.counts = False
        self._place = -1

    async def prepare(self) -> str:
        """Find out whether the bot answers and counts. Returns what is in the way of trying it at all, or nothing."""
        openid = self.probe.openid()
        seen = [await self.ask(openid) for _ in range(3)]
        if bad := next((one for one in seen if one.ending in {"crashed", "late", "refused"}), None):
            return told(bad)
        numbers = [[int(found) for found in _NUMBER.findall(one.text)] for one in seen]
        shapes = {_NUMBER.sub("#", one.text) for one in seen}
        if len(shapes) == 1 and all(one.ending == "answered" for one in seen):
            grows = [
                place
                for place, first in enumerate(numbers[0])
                if [one[place] for one in numbers] == [first, first + 1, first + 2]
            ]
            if len(grows) == 1:
                self.counts, self._place = True, grows[0]
        return ""

    async def ask(self, openid: str, text: str = "") -> Seen:
        """Somebody writes."""
        return await self.probe.say(self.probe.message(openid, Content=text or self.given.text))

    async def times(self, openid: str, act: Callable[[], Awaitable[Any]]) -> int | None:
        """How often the handler ran for `openid` during `act`; None when the bot does not count, or cannot be asked any more."""
        before = self._number(await self.ask(openid)) if self.counts else None
        await act()
        if before is None:
            return None
        after = self._number(await self.ask(openid))
        return None if after is None else after - before - 1

    def _number(self, seen: Seen) -> int | None:
        found = _NUMBER.findall(seen.text)
        return int(found[self._place]) if len(found) > self._place >= 0 else None

    # ── judging ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def not_accepted(
        self, openid: str, query: Mapping[str, str] | list[tuple[str, str]], body: bytes, fields: Mapping[str, Any]
    ) -> Finding:
        """Send what must be refused: nobody is answered, nothing is done, nothing crashes."""
        got: list[Seen] = []

        async def act() -> None:
            got.append(await self.probe.post(query, body, fields))

        ran = await self.times(openid, act)
        seen = got[0]
        if seen.ending == "crashed":
            return Finding("fault", f"{told(seen)}，应当拒绝")
        if seen.acted and seen.ending != "refused":
            return Finding("fault", "当成真的消息处理并回复了")
        if ran:
            return Finding("fault", f"{told(seen)}，可是处理程序照样运行了 {ran} 次")
        if seen.ending == "late":
            return Finding("fault", told(seen))
        return Finding("ok", told(seen))

    async def survives(self, *requests: Mapping[str, Any]) -> Finding:
        """Send what must be taken without trouble: an answer that the platform can show, or none."""
        for fields in requests:
            seen = await self.probe.say(fields)
            if seen.ending not in {"answered", "silent"}:
                return Finding("fault", told(seen))
        return Finding("ok", "都正常")

    async def at_once(self, fields: Mapping[str, Any], number: int) -> list[Seen]:
        """The same request several times at the same moment."""
        query, body = self.probe.request(fields)
        return list(await asyncio.gather(*(self.probe.post(query, body, fields) for _ in range(number))))


def told(seen: Seen) -> str:
    """What became of a request, in Chinese."""
    words = _ENDINGS[seen.ending]
    return f"{words}（{seen.reason}）" if seen.reason else words


def same(one: Seen, other: Seen) -> bool:
    """Whether two answers say the same to the person; the second in which they were made is no difference."""
    strip = re.compile(r"<CreateTime>.*?</CreateTime>|\"CreateTime\":\s*\d+")
    return strip.sub("", one.plain) == strip.sub("", other.plain)
