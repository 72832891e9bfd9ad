"""Playing a transcript again, on the same bot or another, and telling what came out otherwise.

Codes, numbers and addresses that a bot makes up anew each time are told from the rest by their place: a long word with figures or mixed case
that stands where the record has another is taken for the same thing (unless it is a day), and so is every number of a short message. What a person typed from the record
(a code, a scanned address) is typed in its new form. So nothing has to be written by hand for a log-in to be played again.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.simulator.faults import BadFault
from bot.simulator.ordering import order
from bot.simulator.simulator import Simulator
from bot.simulator.transcript import BadTranscript, checked
from bot.simulator.world import Entry, Sms

__all__ = ["BadTranscript", "Step", "differences", "replay"]

_Thing = TypeVar("_Thing")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_LONG = 10
_MADE = re.compile(r"[0-9]|[a-z].*[A-Z]|[A-Z].*[a-z]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:$|T)")
_CODE = re.compile(r"\d{4,8}")
_FIELDS = ("channel", "type", "title", "text", "url", "picture")
_SAID = {"channel": "渠道", "type": "种类", "title": "标题", "text": "文字", "url": "链接", "picture": "图片", "items": "选项"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a replay: what was done, what the record says came of it, and what came of it now."""

    number: int
    did: dict[str, Any]
    expected: dict[str, Any]
    got: dict[str, Any]
    same_as: dict[str, str] = field(default_factory=dict, repr=False)
    """Words of the record and what stands for them now."""


class _Words:
    """What stands for what."""

    def __init__(self) -> None:
        self.now: dict[str, str] = {}

    def learn(self, then: Any, now: Any, *, codes: bool = False) -> None:
        """Two tellings of the same thing: pair the words that are made up anew."""
        if isinstance(then, str) and isinstance(now, str):
            before, after = _WORD.findall(then), _WORD.findall(now)
            if len(before) != len(after):
                return
            for old, new in zip(before, after, strict=True):
                if old != new and (_made_up(old, new) or (codes and _CODE.fullmatch(old) and _CODE.fullmatch(new))):
                    self.now[old] = new
        elif isinstance(then, dict) and isinstance(now, dict):
            for name in then.keys() & now.keys():
                self.learn(then[name], now[name], codes=codes)
        elif isinstance(then, list) and isinstance(now, list):
            for one, other in zip(then, now, strict=False):
                self.learn(one, other, codes=codes)

    def put(self, value: Any) -> Any:
        """The record's value as it would be now."""
        if isinstance(value, str):
            return _WORD.sub(lambda found: self.now.get(found[0], found[0]), value)
        if isinstance(value, dict):
            return {name: one if name == "base64" else self.put(one) for name, one in value.items()}
        return [self.put(one) for one in value] if isinstance(value, list) else value


async def replay(sim: Simulator, transcript: dict[str, Any], *, fresh: bool = True, patience_s: float = 5.0) -> list[Step]:
    """Do again what the transcript says, in order, at the same distances by the simulator's clock (where it can be moved). With `fresh`
    every phone is somebody whom the bot has never met. What the bot sends by itself is waited for, `patience_s` at most. Raises
    BadTranscript, BadMessage."""
    told = checked(transcript)
    words, people, steps = _Words(), dict[str, str](), list[Step]()
    started = datetime.fromisoformat(told["started"])
    beginning = max(started, sim.clock.now()) if sim.move_clock else started
    heard: dict[str, int] = {}
    arrived: dict[str, int] = {}
    for number, one in enumerate(told["steps"], 1):
        moment = beginning + timedelta(seconds=one["at_s"])
        if sim.move_clock and moment > sim.clock.now():
            sim.move_clock(moment)
        if "faults" in one:
            _order(sim, one["faults"])
        elif "sms" in one:
            await _hear(sim, one["sms"], words, heard, patience_s)
        else:
            openid = people.setdefault(one["openid"], "o" + secrets.token_hex(13) if fresh else one["openid"])
            words.now[one["openid"]] = openid
            if "msg" in one:
                steps.append(await _do(sim, openid, one, words, number))
            else:
                steps.append(await _see(sim, openid, one, words, number, arrived, patience_s))
    return steps


async def _do(sim: Simulator, openid: str, one: dict[str, Any], words: _Words, number: int) -> Step:
    msg = words.put(one["msg"])
    outcome = await sim.send(openid, msg)
    got = {"status": outcome["status"], "replies": outcome["replies"]}
    expected = {"status": one.get("status", ""), "replies": one["replies"]}
    words.learn(expected, got)
    return Step(number, {"openid": openid, "msg": msg}, expected, got, dict(words.now))


async def _see(
    sim: Simulator, openid: str, one: dict[str, Any], words: _Words, number: int, arrived: dict[str, int], patience_s: float
) -> Step:
    """A message that came by itself: the next of its channel that this phone gets."""
    channel, phone, after = one["later"].get("channel"), sim.world.phone(openid), arrived.get(openid, 0)

    def found() -> Entry | None:
        return next((each for each in phone.entries if each.number > after and each.body.get("channel") == channel), None)

    entry = await _awaited(sim, found, patience_s)
    if entry is not None:
        arrived[openid] = entry.number
    got = {"status": "shown" if entry else "missing", "replies": [entry.reply()] if entry else []}
    expected = {"status": "shown", "replies": [one["later"]]}
    words.learn(expected, got)
    return Step(number, {"openid": openid, "later": channel}, expected, got, dict(words.now))


async def _hear(sim: Simulator, sms: dict[str, Any], words: _Words, heard: dict[str, int], patience_s: float) -> None:
    """The next short message to that number stands for the record's."""
    phone = str(sms.get("phone", ""))
    place = heard[phone] = heard.get(phone, 0) + 1

    def found() -> Sms | None:
        told = [one for one in sim.world.sms if one.phone == phone and not one.mine]
        return told[place - 1] if len(told) >= place else None

    if (now := await _awaited(sim, found, patience_s)) is not None:
        words.learn(sms.get("text"), now.text, codes=True)


async def _awaited(sim: Simulator, found: Callable[[], _Thing | None], patience_s: float) -> _Thing | None:
    """What `found` finds, now or as soon as something has happened; None when it never does."""
    with sim.world.listening() as news:
        try:
            async with asyncio.timeout(patience_s):
                while (thing := found()) is None:
                    await news.get()
        except TimeoutError:
            return found()
        return thing


def _order(sim: Simulator, wanted: dict[str, Any]) -> None:
    try:
        order(sim, wanted)
    except BadFault as error:
        raise BadTranscript(str(error)) from None


def differences(step: Step) -> list[str]:
    """What came out otherwise, in Chinese, a line each; empty when nothing did. Times are not compared."""
    words = _Words()
    words.now = step.same_as
    head = f"第 {step.number} 步"
    then, now = words.put(step.expected), step.got
    found = []
    if then["status"] and then["status"] != now["status"]:
        found.append(f"{head}：原来是 {then['status']}，现在是 {now['status']}")
    if len(then["replies"]) != len(now["replies"]):
        found.append(f"{head}：原来有 {len(then['replies'])} 条回复，现在有 {len(now['replies'])} 条")
    for place, (old, new) in enumerate(zip(then["replies"], now["replies"], strict=False), 1):
        found += [
            f"{head}第 {place} 条的{_SAID[name]}：原来是“{old.get(name, '')}”，现在是“{new.get(name, '')}”"
            for name in _FIELDS
            if not _alike(old.get(name), new.get(name))
        ]
        if _texts(old) != _texts(new):
            found.append(f"{head}第 {place} 条的{_SAID['items']}：原来是 {_texts(old)}，现在是 {_texts(new)}")
    return found


def _texts(reply: dict[str, Any]) -> list[str]:
    return [str(one.get("text", "")) for one in reply.get("items", [])]


def _alike(then: Any, now: Any) -> bool:
    """The same but for words that are made up anew."""
    old, new = str(then or ""), str(now or "")
    if old == new:
        return True
    before, after = _WORD.findall(old), _WORD.findall(new)
    if _WORD.split(old) != _WORD.split(new) or len(before) != len(after):
        return False
    return all(one == other or _made_up(one, other) for one, other in zip(before, after, strict=True))


def _made_up(one: str, other: str) -> bool:
    """Both could be a ticket or a serial number: long, no day, and no mere word of a language."""
    return all(len(word) >= _LONG and _MADE.search(word) is not None and _DAY.match(word) is None for word in (one, other))
