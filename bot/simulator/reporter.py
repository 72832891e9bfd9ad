"""What became of a short message, told to whoever sent it until somebody says that they have it."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from bot.simulator.carriers import Accepted, Carriers
from storage.ports.time import Clock

PAUSES_S = (60, 300, 600)
"""After each report that was not acknowledged."""

_PATIENCE_S = 5.0


class Reporter:
    """Sends delivery reports. `open` before use, `close` after."""

    def __init__(self, clock: Clock, carriers: Carriers | None) -> None:
        self._clock = clock
        self._carriers = carriers
        self._http: aiohttp.ClientSession | None = None
        self.sent: list[tuple[str, int]] = []
        """(cloud, status) of every try; 0: nobody answered."""

    async def open(self) -> None:
        """Make ready to send."""
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))

    async def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def tell(self, one: Accepted) -> None:
        """The report of one message, with what was ordered by `POST /sim/faults`, and again until it is acknowledged or given up."""
        if self._carriers is None or not one.report_url:
            return
        faults = self._carriers.faults
        if faults.take("lost_report"):
            return
        await self._clock.sleep(faults.late_report_s)
        again = faults.take("duplicate_report")
        for pause in (*PAUSES_S, None):
            if await self._try(one):
                break
            if pause is None:
                return
            await self._clock.sleep(pause)
        if again:
            await self._try(one)

    async def _try(self, one: Accepted) -> bool:
        if self._http is None:
            return True
        body = json.dumps([one.report], ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        status, told = 0, {}
        try:
            async with asyncio.timeout(_PATIENCE_S), self._http.post(one.report_url, data=body, headers=headers) as answer:
                status, told = answer.status, json.loads(await answer.text() or "{}")
        except (TimeoutError, ValueError, aiohttp.ClientError):
            told = {}
        self.sent.append((one.cloud, status))
        return status == 200 and isinstance(told, dict) and told.get("result" if one.cloud == "tencent" else "code") == 0
