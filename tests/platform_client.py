"""The platform's side of the wire for tests: signs and encrypts with wechatpy, posts, and opens the answer. Knows nothing of `bot.wechat`."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from itertools import count

import aiohttp
import xmltodict
from wechatpy.crypto import WeChatCrypto

ORIGINAL_ID = "gh_test00000001"


@dataclass
class Platform:
    """One account at one address."""

    url: str
    app_id: str
    token: str
    aes_key: str
    numbers: count[int] = field(default_factory=lambda: count(1))

    def new_id(self) -> str:
        """A MsgId that was not used before."""
        return str(24_000_000_000_000_000 + next(self.numbers))

    def envelope(self, openid: str, text: str, msg_id: str) -> tuple[dict[str, str], bytes]:
        """Query and body of a text message in safe mode."""
        now = int(time.time())
        clear = (
            f"<xml><ToUserName><![CDATA[{ORIGINAL_ID}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
            f"<MsgId>{msg_id}</MsgId></xml>"
        )
        return self.sealed(openid, clear, now)

    def event(self, openid: str, event: str) -> tuple[dict[str, str], bytes]:
        """Query and body of an event without a key in safe mode."""
        now = int(time.time())
        clear = (
            f"<xml><ToUserName><![CDATA[{ORIGINAL_ID}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
            f"<EventKey><![CDATA[]]></EventKey></xml>"
        )
        return self.sealed(openid, clear, now)

    def sealed(self, openid: str, clear: str, now: int) -> tuple[dict[str, str], bytes]:
        """Query and body of any content in safe mode, signed for the moment `now`."""
        nonce, stamp = str(secrets.randbelow(10**10)), str(now)
        crypto = WeChatCrypto(self.token, self.aes_key, self.app_id)
        sealed = xmltodict.parse(crypto.encrypt_message(clear, nonce, stamp))["xml"]
        signature = hashlib.sha1("".join(sorted([self.token, stamp, nonce])).encode(), usedforsecurity=False).hexdigest()
        query = {
            "signature": signature,
            "timestamp": stamp,
            "nonce": nonce,
            "openid": openid,
            "encrypt_type": "aes",
            "msg_signature": str(sealed["MsgSignature"]),
        }
        body = f"<xml><ToUserName><![CDATA[{ORIGINAL_ID}]]></ToUserName><Encrypt><![CDATA[{sealed['Encrypt']}]]></Encrypt></xml>"
        return query, body.encode()

    def open(self, answer: bytes) -> str:
        """The text of a passive answer; '' for `success`."""
        if answer == b"success":
            return ""
        crypto = WeChatCrypto(self.token, self.aes_key, self.app_id)
        outer = xmltodict.parse(answer)["xml"]
        clear = crypto.decrypt_message(answer, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
        return str(xmltodict.parse(clear)["xml"].get("Content", ""))

    async def post(self, session: aiohttp.ClientSession, openid: str, text: str, msg_id: str | None = None) -> bytes:
        """Send a text; the raw answer. Raises what aiohttp raises when the process dies on the way."""
        query, body = self.envelope(openid, text, msg_id or self.new_id())
        async with session.post(self.url, params=query, data=body) as response:
            assert response.status == 200, response.status
            return await response.read()
