"""Short messages without a cloud: the console, a file, an agency's own gateway."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp

from bot.sms.outcomes import Doubtful, NotSent, Outcome, Sent, Why
from handlers.codes import Sms
from storage.ports.time import Clock


class ConsoleSms:
    """Prints to standard output, outside the log: for trying out on one's own machine, where no phone is."""

    name = "console"

    async def send(self, sms: Sms) -> Outcome:
        print(f"[短信] {sms.phone}: {sms.text}", flush=True)
        return Sent()


class FileSms:
    """Appends JSON lines to a file that only the owner can read."""

    name = "file"

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    async def send(self, sms: Sms) -> Outcome:
        line = json.dumps({"at": self._clock.now().isoformat(), "phone": sms.phone, "text": sms.text}, ensure_ascii=False)
        await asyncio.to_thread(self._append, line)
        return Sent()

    def _append(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class HttpSms:
    """Posts `{"phone", "text"}` to a gateway. What it refuses was not sent; a time-out may have been."""

    name = "http"

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def send(self, sms: Sms) -> Outcome:
        body = {"phone": sms.phone, "text": sms.text}
        timeout = aiohttp.ClientTimeout(total=10, connect=3)
        try:
            async with self._session.post(self._url, json=body, timeout=timeout) as response:
                return NotSent(Why.AWAY, str(response.status)) if response.status >= 400 else Sent()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return NotSent(Why.AWAY)
        except (TimeoutError, aiohttp.ClientError) as error:
            return Doubtful(type(error).__name__)
