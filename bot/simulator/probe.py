"""One line to a bot on which anything may be said: right requests, and requests that are wrong in exactly one way.

The checks (`bot.simulator.checks`) are made of these. Requests are built here from wechat.md A1 and A2 alone, so that a check can leave the
right way at any point: another key, another app id, a padding that is none, a signature over something else.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import aiohttp
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.simulator import markup
from bot.simulator.account import SimAccount
from bot.simulator.envelope import Envelope, key_bytes
from bot.simulator.judge import Exchange, Verdict, judge
from bot.simulator.world import World
from storage.ports.time import Clock

Ending = Literal["answered", "silent", "malformed", "refused", "crashed", "late"]

_BLOCK = 32
_MAX_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one request.

    `ending`: answered (a reply that the platform would show), silent (`success` or nothing), malformed (200 with anything else), refused
    (another status below 500), crashed (5xx, or the connection was cut), late (nothing in time). `text` is what a person would read.
    """

    ending: Ending
    status: int = 0
    text: str = ""
    plain: str = ""
    reason: str = ""
    acted: bool = False
    """The answer is a reply of some sort, in the right form or not: the bot took the request for a real one."""


class Probe:
    """Speaks to `target` as the platform of `account`. Use as a context manager; one at a time for each bot."""

    def __init__(self, clock: Clock, account: SimAccount, target: str, *, try_seconds: float = 5.0) -> None:
        self.clock = clock
        self.account = account
        self.mode = account.mode
        self.form = account.format
        self.try_seconds = try_seconds
        self._target = target
        self._envelope = Envelope(account)
        self._world = World(clock)
        self._key = key_bytes(account.encoding_aes_key)
        self._ids = count(int(clock.now().timestamp()) * 10**9 + secrets.randbelow(10**6) * 1000)
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Probe:
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, limit=0))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    # ── what is said ────────────────────────────────────────────────────────────────────────────────────────────────

    @staticmethod
    def openid() -> str:
        """Somebody whom the bot has never met."""
        return "o" + secrets.token_urlsafe(21)[:27]

    def message(self, openid: str, **fields: Any) -> dict[str, Any]:
        """The fields of a new message of `openid`: a text unless `fields` say otherwise. A field that is None is left out."""
        common: dict[str, Any] = {
            "ToUserName": self.account.original_id,
            "FromUserName": openid,
            "CreateTime": int(self.clock.now().timestamp()),
            "MsgType": "text",
        }
        identity = {} if fields.get("MsgType") == "event" else {"MsgId": next(self._ids)}
        return {name: value for name, value in (common | fields | identity).items() if value is not None}

    def text_of(self, fields: Mapping[str, Any]) -> str:
        """A message in the account's data format."""
        return _json(fields) if self.form == "json" else markup.write(fields)

    def encrypted(
        self, text: str | bytes, *, app_id: str = "", key: bytes = b"", pad: bytes | None = None, length: int = -1
    ) -> str:
        """The ciphertext of A2, with a part of it replaced: another app id or key, a padding of one's own, a length field that lies."""
        said = text.encode() if isinstance(text, str) else text
        size = length if length >= 0 else len(said)
        plain = secrets.token_bytes(16) + size.to_bytes(4, "big") + said + (app_id or self.account.app_id).encode()
        if pad is None:
            number = _BLOCK - len(plain) % _BLOCK
            pad = bytes([number]) * number
        plain += pad
        plain += bytes(-len(plain) % 16)  # the cipher's own block, whatever the padding said
        secret = key or self._key
        cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
        return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()

    def query(self, *, age_s: float = 0, nonce: str = "", forged: bool = False) -> dict[str, str]:
        """A signed query; `age_s` seconds old; `forged` by somebody who does not know the token."""
        stamp = str(int(self.clock.now().timestamp() - age_s))
        number = nonce or str(secrets.randbelow(9 * 10**9) + 10**9)
        return {
            "signature": _sha1(secrets.token_hex(8) if forged else self.account.token, stamp, number),
            "timestamp": stamp,
            "nonce": number,
        }

    def sealed_query(self, encrypted: str, openid: str, query: Mapping[str, str]) -> dict[str, str]:
        """`query` with what an encrypted body adds to it."""
        signed = _sha1(self.account.token, query["timestamp"], query["nonce"], encrypted)
        return {**query, "openid": openid, "encrypt_type": "aes", "msg_signature": signed}

    def request(self, fields: Mapping[str, Any], query: Mapping[str, str] | None = None) -> tuple[dict[str, str], bytes]:
        """The right request for a message in the account's mode: query and body."""
        openid, text = str(fields.get("FromUserName", "")), self.text_of(fields)
        base = dict(query or self.query())
        if self.mode == "clear":
            return {**base, "openid": openid}, text.encode()
        encrypted = self.encrypted(text)
        outer: dict[str, Any] = {"ToUserName": self.account.original_id, "Encrypt": encrypted}
        if self.mode == "compat":
            outer = {**fields, "Encrypt": encrypted}
        return self.sealed_query(encrypted, openid, base), self.text_of(outer).encode()

    # ── saying it ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def say(self, fields: Mapping[str, Any], query: Mapping[str, str] | None = None, *, within_s: float = 0) -> Seen:
        """Send a message rightly."""
        params, body = self.request(fields, query)
        return await self.post(params, body, fields, within_s=within_s)

    async def post(
        self,
        query: Mapping[str, str] | list[tuple[str, str]],
        body: bytes,
        fields: Mapping[str, Any],
        content_type: str = "",
        *,
        within_s: float = 0,
    ) -> Seen:
        """Send a body as it is. `fields` tell whose message it is meant to be, to judge the answer by."""
        kind = content_type or ("application/json" if self.form == "json" else "text/xml")
        limit = within_s or self.try_seconds
        try:
            async with asyncio.timeout(limit):
                async with self._session.post(
                    self._target, params=query, data=io.BytesIO(body), headers={"Content-Type": kind}, allow_redirects=False
                ) as answer:
                    content = await answer.content.read(_MAX_ANSWER)
                    status = answer.status
        except TimeoutError:
            return Seen("late", reason=f"{limit:g} 秒内没有回应")
        except aiohttp.ClientConnectorError:
            return Seen("crashed", reason="连不上这个地址")
        except aiohttp.ClientError:
            return Seen("crashed", reason="没答完就断开了")
        return self._seen(status, content, fields)

    async def get(self, query: Mapping[str, str]) -> tuple[int, bytes]:
        """Ask as the platform does when the address is saved; (0, b"") when nothing came."""
        try:
            async with asyncio.timeout(self.try_seconds), self._session.get(self._target, params=query) as answer:
                return answer.status, await answer.content.read(1 << 12)
        except (TimeoutError, aiohttp.ClientError):
            return 0, b""

    def _seen(self, status: int, content: bytes, fields: Mapping[str, Any]) -> Seen:
        if status >= 500:
            return Seen("crashed", status, reason=f"回了 {status}")
        acted = _is_reply(content, str(fields.get("FromUserName", "")))
        if status != 200:
            return Seen("refused", status, reason=f"回了 {status}", acted=acted)
        verdict = self._verdict(content, fields)
        if verdict.outcome == "empty":
            return Seen("silent", status)
        if verdict.outcome == "malformed":
            return Seen("malformed", status, reason=verdict.reason, acted=acted)
        said = "\n".join(str(verdict.body.get(name, "")) for name in ("title", "text") if verdict.body.get(name))
        return Seen("answered", status, said, verdict.plain, acted=True)

    def _verdict(self, content: bytes, fields: Mapping[str, Any]) -> Verdict:
        exchange = Exchange(
            str(fields.get("FromUserName", "")), self.account.original_id, is_event=fields.get("MsgType") == "event"
        )
        return judge(content, exchange, self._envelope, self._world)

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("the probe is not open")
        return self._http


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _is_reply(content: bytes, openid: str) -> bool:
    """Whether somebody was answered, whatever the form."""
    text = content.decode(errors="replace")
    return "Encrypt" in text or ("MsgType" in text and bool(openid) and openid in text)
