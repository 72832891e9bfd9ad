"""Checks of once and in time: resends, one after the other and at the same moment, and what takes long (wechat.md A5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.simulator.probe import Seen
from bot.simulator.trial import Finding, Trial, same, told


async def resent(trial: Trial) -> Finding:
    """A message three times under one MsgId."""
    return await _again(trial, lambda openid: trial.probe.message(openid, Content=trial.given.text))


async def event_resent(trial: Trial) -> Finding:
    """An event three times: it has no MsgId."""
    return await _again(trial, lambda openid: trial.probe.message(openid, MsgType="event", Event="CLICK", EventKey="V1001"))


async def _again(trial: Trial, made: Callable[[str], dict[str, Any]]) -> Finding:
    """The same message three times, one after the other, as after two lost answers."""
    openid = trial.probe.openid()
    fields = made(openid)
    seen: list[Seen] = []

    async def act() -> None:
        seen.extend([await trial.probe.say(fields) for _ in range(3)])

    return _once(await trial.times(openid, act), seen)


def _once(ran: int | None, seen: list[Seen]) -> Finding:
    if bad := next((one for one in seen if one.ending in {"crashed", "malformed", "refused"}), None):
        return Finding("fault", told(bad))
    if ran is not None and ran > 1:
        return Finding("fault", f"一条消息处理了 {ran} 次")
    spoken = [one for one in seen if one.ending == "answered"]
    if any(not same(spoken[0], one) for one in spoken[1:]):
        return Finding("fault", "同一条消息，前后两次的回复不一样")
    return Finding("ok", "只处理了一次" if ran is not None else "几次的回复相同")


async def at_once(trial: Trial) -> Finding:
    """The platform does not wait for one try to end before the next."""
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    seen: list[Seen] = []

    async def act() -> None:
        seen.extend(await trial.at_once(fields, 3))

    return _once(await trial.times(openid, act), seen)


async def slow(trial: Trial) -> Finding:
    """What takes longer than a try lasts; skipped without words that do."""
    if not trial.given.slow_text:
        return Finding("skipped", "用 --slow-text 给一句要处理很久的话，才能查")
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.slow_text)
    patience = trial.given.patience_s or trial.probe.try_seconds
    seen: list[Seen] = []

    async def act() -> None:
        while len(seen) < 3 and (not seen or seen[-1].ending == "late"):
            seen.append(await trial.probe.say(fields, within_s=patience))
        late = sum(one.ending == "late" for one in seen)
        # A bot that works on one thing at a time has a queue now: let it come to an end before it is asked again.
        await asyncio.sleep(late * patience)

    ran = await trial.times(openid, act)
    if ran is not None and ran > 1:
        return Finding("fault", f"一条消息处理了 {ran} 次")
    if seen[-1].ending == "late":
        return Finding("fault", "三次都没有在规定时间内回应，用户看到“暂时无法提供服务”")
    return _once(ran, seen)
