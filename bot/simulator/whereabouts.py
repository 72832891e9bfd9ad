"""Where a phone is while its chat is open: reported on entering, and every five seconds for as long (wechat.md A4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bot.simulator.gestures import BadMessage, Gesture
from bot.simulator.world import Phone

if TYPE_CHECKING:
    from bot.simulator.simulator import Simulator

EVERY_S = 5.0


class Whereabouts:
    """Who has the chat open, and where they are. `{"type": "enter", "lat", "lng", "reports": "once"|"always"}` opens it (without a place
    nothing is reported: the person has not agreed), `{"type": "leave"}` ends it."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._open: dict[str, asyncio.Task[None]] = {}

    def forget(self) -> None:
        """Nobody has it open."""
        for task in self._open.values():
            task.cancel()
        self._open.clear()

    async def change(self, phone: Phone, msg: dict[str, Any]) -> dict[str, Any]:
        """Enter or leave; the outcome of the first report, or of nothing. Raises BadMessage."""
        nothing = {"status": "empty", "tries": 0, "elapsed_ms": 0, "replies": []}
        if before := self._open.pop(phone.openid, None):
            before.cancel()
        if msg["type"] == "leave" or "lat" not in msg:
            return nothing
        place = {"Latitude": msg["lat"], "Longitude": msg.get("lng"), "Precision": 40.0}
        if not all(isinstance(one, int | float) for one in place.values()):
            raise BadMessage("lat and lng must be numbers")
        if msg.get("reports", "always") not in {"once", "always"}:
            raise BadMessage("reports must be once or always")
        report = Gesture({"MsgType": "event", "Event": "LOCATION"} | place, is_event=True)
        if msg.get("reports", "always") == "always":
            self._open[phone.openid] = asyncio.get_running_loop().create_task(self._go_on(phone, report))
        return nothing | await self._sim.perform(phone, report)

    async def _go_on(self, phone: Phone, report: Gesture) -> None:
        while phone.followed:
            await self._sim.clock.sleep(EVERY_S)
            await self._sim.perform(phone, report)
