"""SMS out: the provider that the configuration names. Cloud providers come with the reminders at scale; `http` reaches any gateway."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Protocol

import aiohttp
import structlog

from bot.config import Sms as SmsConfig
from handlers.jobs import RetryLater
from storage.ports.time import Clock

log = structlog.get_logger(__name__)


class SmsSender(Protocol):
    """Raises RetryLater when it definitely was not sent; returns when it was, or may have been."""

    async def send(self, phone: str, text: str) -> None: ...


class ConsoleSms:
    """Prints to standard output, outside the log: for trying out on one's own machine, where no phone is."""

    async def send(self, phone: str, text: str) -> None:
        print(f"[短信] {phone}: {text}", flush=True)


class FileSms:
    """Appends JSON lines to a file that only the owner can read."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    async def send(self, phone: str, text: str) -> None:
        line = json.dumps({"at": self._clock.now().isoformat(), "phone": phone, "text": text}, ensure_ascii=False)
        await asyncio.to_thread(self._append, line)

    def _append(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class HttpSms:
    """Posts `{"phone", "text"}` to a gateway. A refused connection was not sent and is tried again; a time-out may have been sent and is not."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def send(self, phone: str, text: str) -> None:
        try:
            async with self._session.post(
                self._url, json={"phone": phone, "text": text}, timeout=aiohttp.ClientTimeout(total=10)
            ) as response:
                if response.status >= 400:
                    raise RetryLater(f"gateway answered {response.status}")
        except aiohttp.ClientConnectorError:
            raise RetryLater("gateway unreachable") from None
        except (TimeoutError, aiohttp.ClientError) as error:
            log.warning("sms in doubt", error=type(error).__name__)


def sender(config: SmsConfig, session: aiohttp.ClientSession, clock: Clock) -> SmsSender:
    """The provider that the configuration names."""
    match config.provider:
        case "http":
            return HttpSms(session, config.url)
        case "file":
            return FileSms(Path(config.file), clock)
        case _:
            return ConsoleSms()
