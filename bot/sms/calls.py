"""One signed call to a cloud, and what can be said of it when no proper answer came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from bot.sms.outcomes import Doubtful, NotSent, Why
from storage.ports.record import Record

_MOST = 64 * 1024


class Patience(Record):
    """Seconds. Together with a second provider they stay below ten (F6): who does not take a connection gets `connect`, an answer `total`."""

    connect: float = 3.0
    total: float = 6.0


class Cloud(Record):
    """Where a provider's API is, and how long to wait for it. `base` has no path."""

    session: aiohttp.ClientSession
    base: str
    patience: Patience = Patience()

    @property
    def host(self) -> str:
        """As it goes out, and is signed, in the header Host."""
        return URL(self.base).authority.lower()

    async def post(self, query: str, headers: Mapping[str, str], body: bytes = b"") -> dict[str, Any] | NotSent | Doubtful:
        """The JSON object of the answer, whatever its status. `query` goes out as it is written.

        No connection: certainly not sent. Cut off, too late, or an answer that is no JSON: doubtful, for the request was written.
        """
        url = URL(f"{self.base}/?{query}" if query else f"{self.base}/", encoded=True)
        timeout = aiohttp.ClientTimeout(total=self.patience.total, connect=self.patience.connect)
        try:
            async with self.session.post(
                url,
                data=body or None,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                skip_auto_headers=("Content-Type",),
            ) as answer:
                return _object(await _body(answer)) or Doubtful(f"HTTP {answer.status}")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return NotSent(Why.AWAY, "no connection")
        except (TimeoutError, aiohttp.ClientError) as error:
            return Doubtful(type(error).__name__)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _MOST:
            break
    return bytes(body)


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
