"""Somebody answers a short message: told to whoever sent it, as the two clouds tell it, or a plain gateway, until they say that they have it."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

import aiohttp

from bot.simulator.carriers import Carriers, SimCarrier
from bot.simulator.reporter import PAUSES_S
from storage.ports.time import SHANGHAI, Clock

_PATIENCE_S = 5.0


class Replies:
    """Tells of answers. `gateway_url` hears `{"phone","text"}` of numbers that no cloud has sent anything to; empty: nobody does."""

    def __init__(self, clock: Clock, carriers: Carriers | None, gateway_url: str) -> None:
        self._clock = clock
        self._carriers = carriers
        self._gateway = gateway_url
        self._http: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make ready to send."""
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))

    async def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def way(self, number: str) -> tuple[str, str]:
        """Who tells of an answer of that number, and where: the cloud that sent to it last, else one that hears answers, else the gateway.
        Two empty strings when nobody does."""
        known = self._carriers.heard_by(number) if self._carriers is not None else None
        if known is not None:
            return known
        return ("gateway", self._gateway) if self._gateway else ("", "")

    async def tell(self, number: str, text: str) -> tuple[bool, bytes, str, str]:
        """The first try: whether it was acknowledged, and what `insist` needs; nobody hears it where there is no way."""
        cloud, url = self.way(number)
        if not url:
            return False, b"", "", ""
        body = json.dumps(self._told(cloud, number, text), ensure_ascii=False).encode()
        done = await self._try(cloud, url, body)
        faults = self._carriers.faults if self._carriers is not None else None
        if done and faults is not None and faults.take("duplicate_reply"):
            await self._try(cloud, url, body)
        return done, body, cloud, url

    async def insist(self, cloud: str, url: str, body: bytes) -> None:
        """Again, with pauses, until it is acknowledged or given up."""
        for pause in PAUSES_S:
            await self._clock.sleep(pause)
            if await self._try(cloud, url, body):
                return

    def _told(self, cloud: str, number: str, text: str) -> Any:
        now = self._clock.now()
        sign = _sign(self._carriers, cloud)
        if cloud == "tencent":
            stamp = int(now.timestamp())
            return {"extend": "", "mobile": number, "nationcode": "86", "sign": sign, "text": text, "time": stamp}
        if cloud == "aliyun":
            one = {
                "phone_number": number,
                "send_time": f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
                "content": text,
                "sign_name": sign,
                "dest_code": "0000",
                "sequence_id": secrets.randbelow(10**10),
            }
            return [one]
        return {"phone": number, "text": text}

    async def _try(self, cloud: str, url: str, body: bytes) -> bool:
        if self._http is None:
            raise RuntimeError("the simulator is not open")
        headers = {"Content-Type": "application/json"}
        try:
            async with asyncio.timeout(_PATIENCE_S), self._http.post(url, data=body, headers=headers) as answer:
                status, raw = answer.status, await answer.text()
            if cloud == "gateway":
                return status == 200
            told = json.loads(raw or "{}")
        except (TimeoutError, ValueError, aiohttp.ClientError):
            return False
        return status == 200 and isinstance(told, dict) and told.get("result" if cloud == "tencent" else "code") == 0


def _sign(carriers: Carriers | None, cloud: str) -> str:
    account: SimCarrier | None = carriers.account(cloud) if carriers is not None else None
    return account.sign if account is not None else ""
