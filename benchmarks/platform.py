"""WeChat's side of the wire: messages made before the clock runs, answers opened after it has stopped.

Made and opened with wechatpy, so that every answer that passes is the agreement of two implementations.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from urllib.parse import urlencode
from xml.etree import ElementTree

from wechatpy.crypto import WeChatCrypto

from benchmarks.account import AES_KEY, APP_ID, ORIGINAL_ID, TOKEN

_ENCRYPTED = re.compile(r"<Encrypt><!\[CDATA\[(.*?)\]\]></Encrypt>", re.DOTALL)
_SIGNATURE = re.compile(r"<MsgSignature><!\[CDATA\[(.*?)\]\]></MsgSignature>")
_numbers: Iterator[int] = count(time.time_ns())


def new_id() -> str:
    """A MsgId that was not used before, in this run or an earlier one."""
    return str(next(_numbers))


async def response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next one; without a length the body is empty."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, rest = head.partition(b"\r\ncontent-length:")
    return int(head[9:12]), await reader.readexactly(int(rest.partition(b"\r\n")[0] or 0))


@dataclass(frozen=True, slots=True)
class Message:
    """One request as it will be sent, and what must come back.

    `expected` must be in the text of the answer; `same_as` is the place of the message that this one is a resend of; a `forged` one must
    be refused. `age_s` is how long ago it was written when it is sent: a resend comes five seconds later or more.
    """

    openid: str
    text: str
    msg_id: str
    expected: str = ""
    same_as: int | None = None
    forged: bool = False
    age_s: int = 0


class Platform:
    """One account, at a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)

    def request(self, message: Message, in_s: float = 0.0) -> bytes:
        """The bytes of a whole HTTP request in safe mode, to be sent in `in_s` seconds, with a nonce of its own."""
        sent_at = int(time.time() + in_s)
        now, nonce = str(sent_at), str(secrets.randbelow(10**10))
        clear = (
            f"<xml><ToUserName><![CDATA[{ORIGINAL_ID}]]></ToUserName><FromUserName><![CDATA[{message.openid}]]></FromUserName>"
            f"<CreateTime>{sent_at - message.age_s}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{message.text}]]></Content>"
            f"<MsgId>{message.msg_id}</MsgId></xml>"
        )
        made = self._crypto.encrypt_message(clear, nonce, now)
        encrypted, signature = _ENCRYPTED.findall(made)[0], _SIGNATURE.findall(made)[0]
        if message.forged:
            # Half of them somebody else's signature, half a right one over another body.
            if int(nonce) % 2:
                signature = hashlib.sha1(signature.encode(), usedforsecurity=False).hexdigest()
            else:
                encrypted = encrypted[:20] + ("A" if encrypted[20] != "A" else "B") + encrypted[21:]
        plain = hashlib.sha1("".join(sorted((TOKEN, now, nonce))).encode(), usedforsecurity=False).hexdigest()
        query = urlencode(
            {
                "signature": plain,
                "timestamp": now,
                "nonce": nonce,
                "openid": message.openid,
                "encrypt_type": "aes",
                "msg_signature": signature,
            }
        )
        body = f"<xml><ToUserName><![CDATA[{ORIGINAL_ID}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
        head = (
            f"POST /wechat?{query} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUser-Agent: Mozilla/4.0\r\nAccept: */*\r\n"
            f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def words(self, body: bytes) -> str:
        """What an answer says, '' for one that says nothing. Raises for one that cannot be opened."""
        if not body or body == b"success":
            return ""
        outer = _fields(body.decode())
        clear = self._crypto.decrypt_message(outer, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
        return _fields(clear).get("Content", "")

    def trouble(self, message: Message, status: int, body: bytes) -> str:
        """What is wrong with an answer; '' if it is right. The same bytes for a resend are checked by whoever has both."""
        if message.forged:
            return "" if (status, body) == (403, b"") else f"a forgery was answered with {status}"
        if status != 200:
            return f"status {status}"
        try:
            outer = _fields(body.decode())
            clear = self._crypto.decrypt_message(outer, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
            answer = _fields(clear)
        except Exception as error:
            return f"cannot be opened: {type(error).__name__}"
        if (answer["FromUserName"], answer["ToUserName"]) != (ORIGINAL_ID, message.openid):
            return "goes to somebody else"
        text = answer.get("Content", "")
        return "" if message.expected in text else f"says {text[:40]!r}, not {message.expected!r}"


def _fields(xml: str) -> dict[str, str]:
    return {one.tag: one.text or "" for one in ElementTree.fromstring(xml)}  # noqa: S314 - it comes from our own child


_RESENDS, _FORGERIES = 0.1, 0.05
"""Of all messages (targets.md L4)."""


def with_guards(messages: list[Message], rng: Random) -> list[Message]:
    """The same messages with some sent twice and forged ones between them. Half of the resends come at once, half much later."""
    mixed: list[Message] = []
    waiting: deque[tuple[int, int]] = deque()
    for message in messages:
        place = len(mixed)
        if rng.random() < _RESENDS:
            mixed.append(replace(message, age_s=6))
            if rng.random() < 0.5:
                waiting.append((place + 1500, place))
            else:
                mixed.append(replace(mixed[place], same_as=place))
        else:
            mixed.append(message)
        if rng.random() < _FORGERIES:
            mixed.append(replace(message, msg_id=new_id(), forged=True))
        while waiting and waiting[0][0] <= len(mixed):
            _, place = waiting.popleft()
            mixed.append(replace(mixed[place], same_as=place))
    mixed.extend(replace(mixed[place], same_as=place) for _, place in waiting)
    return mixed
