"""The phone as a chat in the terminal: lines are messages, lines that begin with a stroke are what else a person can do.

It works on the same simulator as the phone in the browser: what one sends, the other shows.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.simulator.faults import BadFault
from bot.simulator.gestures import BadMessage
from bot.simulator.ordering import order
from bot.simulator.simulator import Simulator
from bot.simulator.spelled import lines_of
from bot.simulator.transcript import export
from bot.simulator.world import Phone
from storage.ports.time import SHANGHAI

HELP = """直接打字就是发消息。以 / 开头的是别的操作：
  /menu                      看公众号菜单
  /click KEY 或 /click 2.1   点菜单（KEY，或第几栏第几个）
  /tap 2                     点最近一条里的第 2 个选项
  /scan 内容                 扫一扫，扫到的是这些内容
  /photo 文件                发照片
  /location 纬度 经度 名称   发位置
  /voice 文字                发语音；/mute 文字 是没有识别结果的语音
  /send JSON                 发任何一种消息，例如 /send {"type":"event","event":"VIEW","key":"http://…"}
  /follow [场景]、/unfollow  关注（可以带二维码场景）、取消关注
  /phone 名字                换一部手机（没有就新拿一部）；/phones 看有哪些
  /clock +2h                 把时间往后拨（s m h d），或 /clock 2026-11-25 09:00；不写就是看时间
  /faults push.drop=1        下单一个故障；/faults off 全部取消
  /inbox                     看这部手机收到的全部内容
  /save 文件                 把这部手机的对话存成可以重放的记录
  /quit                      结束"""

_SPAN = re.compile(r"([+-]\d+(?:\.\d+)?)([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Terminal:
    """One person at a terminal, with one phone in hand at a time. `write` gets whole lines."""

    def __init__(self, sim: Simulator, write: Callable[[str], None], name: str = "terminal") -> None:
        self._sim = sim
        self._write = write
        self._seen: dict[str, int] = {}
        self._phones: dict[str, str] = {}
        self._done = False
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "help": self._help,
            "menu": self._menu,
            "click": self._click,
            "tap": self._tap,
            "scan": lambda words: self._send({"type": "scan", "text": words}),
            "photo": self._photo,
            "location": self._location,
            "voice": lambda words: self._send({"type": "voice", "recognition": words}),
            "mute": lambda words: self._send({"type": "voice", "text": words}),
            "send": self._anything,
            "follow": lambda words: self._send({"type": "event", "event": "subscribe", "key": words}),
            "unfollow": lambda _: self._send({"type": "event", "event": "unsubscribe"}),
            "phone": self._take,
            "phones": self._list,
            "clock": self._clock,
            "faults": self._faults,
            "inbox": self._inbox,
            "save": self._save,
            "quit": self._quit,
        }
        self._phone = self._named(name)

    async def run(self, lines: AsyncIterator[str]) -> None:
        """Take lines until they end or /quit; what comes in by itself is written as it comes."""
        with self._sim.world.listening() as queue:
            listener = asyncio.get_running_loop().create_task(self._listen(queue))
            try:
                async for line in lines:
                    await self.do(line)
                    if self._done:
                        return
            finally:
                listener.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listener

    async def do(self, line: str) -> None:
        """One line."""
        words = line.strip()
        if not words:
            return
        try:
            if not words.startswith("/"):
                await self._send({"type": "text", "content": words})
                return
            name, _, rest = words[1:].partition(" ")
            command = self._commands.get(name)
            if command is None:
                self._write(f"没有 /{name} 这个操作。/help 看有哪些。")
                return
            await command(rest.strip())
        except _Cannot as problem:
            self._write(str(problem))
        except (BadMessage, BadFault) as problem:
            self._write(f"发不出去：{problem}")

    # ── what is written ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _listen(self, queue: asyncio.Queue[dict[str, Any] | None]) -> None:
        while (news := await queue.get()) is not None:
            if news["kind"] == "entry":
                self._catch_up()
            elif news["kind"] == "sms" and not news.get("mine"):
                self._write(f"［短信 {news['phone']}］{news['text']}")

    def _catch_up(self) -> None:
        """Write what this phone shows and has not been written yet; what was typed here stands there already."""
        after = self._seen.get(self._phone.openid, 0)
        for entry in self._phone.entries:
            if entry.number > after:
                self._seen[self._phone.openid] = entry.number
                if entry.side != "me":
                    for line in lines_of(entry.shown(), self._sim.account.name):
                        self._write(line)

    async def _send(self, msg: dict[str, Any]) -> None:
        outcome = await self._sim.send(self._phone.openid, msg)
        self._catch_up()
        if outcome["status"] == "failed":
            why = "还没有关注这个公众号，先 /follow" if not outcome["tries"] else f"没有合格的回应：{outcome.get('reason', '')}"
            self._write(f"！{why}")
        elif outcome["status"] == "empty":
            self._write("（没有回复）")
        for again in outcome.get("duplicates", ()):
            self._write(f"（又送了一遍：{'回复相同' if again['same'] else '回复不一样'}）")

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _help(self, _: str) -> None:
        self._write(HELP)

    async def _quit(self, _: str) -> None:
        self._done = True

    def _buttons(self) -> list[tuple[str, dict[str, Any]]]:
        menu = self._sim.menu_of(self._phone) or {"button": []}
        found = []
        for column, top in enumerate(menu["button"], 1):
            subs = top.get("sub_button") or []
            found.append((str(column), top))
            found.extend((f"{column}.{row}", sub) for row, sub in enumerate(subs, 1))
        return found

    async def _menu(self, _: str) -> None:
        if not self._buttons():
            self._write("这个公众号没有菜单。")
        for place, one in self._buttons():
            told = "" if one.get("sub_button") else f"  {one.get('type', '')} {one.get('key') or one.get('url') or ''}"
            self._write(f"{'  ' if '.' in place else ''}{place} {one['name']}{told}")

    async def _click(self, words: str) -> None:
        if not words:
            raise _Cannot("写上菜单的 KEY 或位置，例如 /click 1.2。/menu 看有哪些。")
        place, found = next(
            ((place, one) for place, one in self._buttons() if words in {place, one.get("key"), one["name"]}), ("", {})
        )
        if found.get("sub_button"):
            raise _Cannot("这一栏下面还有几个，写成 /click 1.2 这样。")
        # A key that the menu does not show can still be under the thumb of somebody whose menu is old.
        await self._send({"type": "menu", "path": place} if found else {"type": "event", "event": "CLICK", "key": words})
        if found.get("type") == "view":
            self._write(f"（会打开 {found.get('url', '')}）")

    async def _tap(self, words: str) -> None:
        menus = [entry.body for entry in self._phone.entries if entry.body.get("type") == "menu"]
        items = menus[-1]["items"] if menus else []
        if not words.isdigit() or not 1 <= int(words) <= len(items):
            raise _Cannot(f"最近的选项有 {len(items)} 个，写 /tap 1 这样。" if items else "还没有收到可以点的选项。")
        one = items[int(words) - 1]
        await self._send({"type": "text", "content": one["text"], "menu_id": one["id"]})

    async def _photo(self, words: str) -> None:
        try:
            content = await asyncio.to_thread(_read, words)
        except OSError:
            raise _Cannot(f"读不到文件 {words}") from None
        await self._send({"type": "image", "base64": base64.b64encode(content).decode()})

    async def _location(self, words: str) -> None:
        parts = words.split(maxsplit=2)
        try:
            lat, lng = float(parts[0]), float(parts[1])
        except (IndexError, ValueError):
            raise _Cannot("写成 /location 39.9 116.4 北京市西城区") from None
        await self._send({"type": "location", "lat": lat, "lng": lng, "label": parts[2] if len(parts) > 2 else ""})

    async def _anything(self, words: str) -> None:
        try:
            msg = json.loads(words)
        except ValueError:
            raise _Cannot('写成 JSON，例如 /send {"type":"text","content":"你好"}') from None
        await self._send(msg)

    def _named(self, name: str) -> Phone:
        known = self._phones.get(name)
        if known is None:
            phone = self._sim.world.new_phone(None)
            phone.followed, phone.followed_at = True, self._sim.clock.now()
            self._phones[name] = phone.openid
            return phone
        return self._sim.world.phone(known)

    async def _take(self, words: str) -> None:
        if not words:
            raise _Cannot("写上手机的名字，例如 /phone 李明")
        self._phone = self._named(words)
        self._write(f"现在是 {words} 的手机（{self._phone.openid}）")
        self._catch_up()

    async def _list(self, _: str) -> None:
        for name, openid in self._phones.items():
            self._write(f"{'*' if openid == self._phone.openid else ' '} {name}  {openid}")

    async def _clock(self, words: str) -> None:
        sim = self._sim
        if words:
            if sim.move_clock is None:
                raise _Cannot("这次的时间不能调。")
            sim.move_clock(_moment(words, sim.clock.now()))
            sim.world.tell("clock", now=sim.clock.now().isoformat())
        self._write(f"现在是 {sim.clock.now():%Y-%m-%d %H:%M}")

    async def _faults(self, words: str) -> None:
        sides = ("push", "api", "receipt", "pay", "sms")
        if words == "off":
            order(self._sim, {side: {} for side in sides})
            self._write("故障都取消了。")
            return
        ordered: dict[str, dict[str, Any]] = {}
        for word in words.split():
            name, _, value = word.partition("=")
            side, _, fault = name.partition(".")
            ordered.setdefault(side, {})[fault] = _number(value)
        if not ordered:
            raise _Cannot("写成 /faults push.drop=1 api.errcode=45009 这样；/faults off 取消。")
        order(self._sim, ordered)
        self._write("记下了。")

    async def _inbox(self, _: str) -> None:
        for entry in self._phone.entries:
            for line in lines_of(entry.shown(), self._sim.account.name):
                self._write(f"{entry.at:%H:%M} {line}")

    async def _save(self, words: str) -> None:
        if not words:
            raise _Cannot("写上文件名，例如 /save 对话.json")
        text = json.dumps(export(self._sim, self._phone.openid), ensure_ascii=False, indent=1)
        try:
            await asyncio.to_thread(_write, words, text + "\n")
        except OSError:
            raise _Cannot(f"写不了文件 {words}") from None
        self._write(f"存好了：{words}")


class _Cannot(Exception):
    """What was typed cannot be done; the sentence says what to type instead."""


def _read(name: str) -> bytes:
    return Path(name).expanduser().read_bytes()


def _write(name: str, text: str) -> None:
    Path(name).expanduser().write_text(text, "utf-8")


def _moment(words: str, now: datetime) -> datetime:
    if span := _SPAN.fullmatch(words):
        return now + timedelta(seconds=float(span[1]) * _UNITS[span[2]])
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise _Cannot("写成 /clock +2h、/clock +1d，或 /clock 2026-11-25 09:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _number(value: str) -> int | float | str:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(value)
    return value
