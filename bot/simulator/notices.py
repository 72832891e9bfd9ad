"""支付通知: telling the merchant that something was paid, until it says that it has it; the pauses are WeChat Pay's, by the simulator's clock."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

import aiohttp

from bot.simulator.cashier import Cashier, Transaction
from storage.ports.time import SHANGHAI, Clock

PAUSES_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
"""After each try that was not acknowledged: together a little over a day."""

_PATIENCE_S = 5.0


class Notifier:
    """Sends notices. `open` before use, `close` after."""

    def __init__(self, clock: Clock, cashier: Cashier) -> None:
        self._clock = clock
        self._cashier = cashier
        self._http: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make ready to send."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True), headers={"User-Agent": "Mozilla/4.0"}
        )

    async def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def tell(self, one: Transaction) -> bool:
        """The first try, with what was ordered by `POST /sim/faults`. Whether nothing more has to be sent."""
        faults = self._cashier.faults
        if faults.take("lost"):
            one.notices.append(self._note("lost", 0))
            return True
        await self._clock.sleep(faults.late_s)
        while faults.take("forged"):
            await self._send(one, self._notice(one), kind="forged")
        notice = self._notice(one)
        if not await self._send(one, notice):
            return False
        while faults.take("duplicate"):
            await self._send(one, notice, kind="duplicate")
        return True

    async def insist(self, one: Transaction) -> None:
        """Send again and again, with growing pauses, until it is acknowledged or given up."""
        notice = self._notice(one)
        for pause in PAUSES_S:
            await self._clock.sleep(pause)
            if await self._send(one, notice):
                return

    def _notice(self, one: Transaction) -> bytes:
        told = {
            "id": secrets.token_hex(16),
            "create_time": self._clock.now().astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "resource_type": "encrypt-resource",
            "event_type": "TRANSACTION.SUCCESS",
            "summary": "支付成功",
            "resource": self._cashier.vault.seal(self._cashier.resource(one), "transaction"),
        }
        return json.dumps(told, ensure_ascii=False).encode()

    async def _send(self, one: Transaction, notice: bytes, kind: str = "notice") -> bool:
        """One try; acknowledged is 200 or 204 within five seconds."""
        if self._http is None:
            raise RuntimeError("the simulator is not open")
        stamp = int(self._clock.now().timestamp())
        headers = self._cashier.vault.headers(notice, stamp, forged=kind == "forged")
        headers["Content-Type"] = "application/json"
        try:
            async with (
                asyncio.timeout(_PATIENCE_S),
                self._http.post(one.notify_url, data=notice, headers=headers, allow_redirects=False) as answer,
            ):
                await answer.content.read(4096)
                status = answer.status
        except (TimeoutError, aiohttp.ClientError):
            status = 0
        one.notices.append(self._note(kind, status))
        return status in {200, 204}

    def _note(self, kind: str, status: int) -> dict[str, Any]:
        """`status` 0: nobody answered."""
        return {"at": self._clock.now().isoformat(), "kind": kind, "status": status}
