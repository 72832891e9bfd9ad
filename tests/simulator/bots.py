"""Tiny bots written by hand: one that is right, and one for each way of being wrong. They share nothing with the product."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

import xmltodict
from aiohttp import web
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import ArticlesReply, ImageReply, TransferCustomerServiceReply
from wechatpy.utils import check_signature

from bot.simulator import SimAccount

ACCOUNT = SimAccount(
    app_id="wx0123456789abcdef",
    app_secret="a-secret-of-the-tests",
    token="tokenoftests",
    encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    original_id="gh_tests",
)

Answer = Callable[[Any], Any]
"""From wechatpy's message to a wechatpy reply, a plain string of XML, or None for `success`."""


class Callback(ABC):
    """A server at `/wechat` that lets its address be saved."""

    account: SimAccount

    def app(self) -> web.Application:
        """The application to serve."""
        app = web.Application()
        app.router.add_get("/wechat", self._verify)
        app.router.add_post("/wechat", self._post)
        return app

    async def _verify(self, request: web.Request) -> web.Response:
        query = request.query
        check_signature(self.account.token, query["signature"], query["timestamp"], query["nonce"])
        return web.Response(text=self._echoed(query["echostr"]))

    def _echoed(self, echo: str) -> str:
        return echo

    @abstractmethod
    async def _post(self, request: web.Request) -> web.Response:
        """What is pushed."""


class Bot(Callback):
    """A callback server around `answer`; keeps what it got, in order: decrypted XML, its fields, the query."""

    def __init__(self, answer: Answer, account: SimAccount = ACCOUNT) -> None:
        self.answer = answer
        self.account = account
        self.crypto = WeChatCrypto(account.token, account.encoding_aes_key, account.app_id)
        self.seen: list[dict[str, Any]] = []
        self.queries: list[dict[str, str]] = []
        self.refused = 0

    async def _post(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        check_signature(self.account.token, query["signature"], query["timestamp"], query["nonce"])
        try:
            plain = self.crypto.decrypt_message(await request.text(), query["msg_signature"], query["timestamp"], query["nonce"])
        except Exception:
            self.refused += 1
            raise web.HTTPForbidden from None
        self.seen.append(xmltodict.parse(plain)["xml"])
        self.queries.append(query)
        reply = self.answer(parse_message(plain))
        if asyncio.iscoroutine(reply):
            reply = await reply
        if reply is None:
            return web.Response(text="success")
        sealed = self.crypto.encrypt_message(reply, query["nonce"], query["timestamp"])
        return web.Response(text=sealed, content_type="application/xml")


def echo(message: Any) -> Any:
    """The right bot: says what was said; a card after an event; the picture back; a human when asked; nothing on leaving."""
    if message.type == "event":
        return None if message.event == "unsubscribe" else cards(3)(message)
    if message.type == "image":
        return ImageReply(media_id=message.media_id, message=message)
    if message.type == "text" and message.content == "人工":
        return TransferCustomerServiceReply(message=message)
    if message.type == "text" and message.content == "安静":
        return None
    said = message.content if message.type == "text" else message.type
    return create_reply(f"您说：{said}", message=message)


def cards(number: int) -> Answer:
    """A bot that answers with so many article cards."""

    def answer(message: Any) -> Any:
        reply = ArticlesReply(message=message)
        for index in range(number):
            reply.add_article(
                {"title": f"第{index + 1}张", "description": "说明", "image": "", "url": f"http://bot.test/{index}"}
            )
        return reply

    return answer


def raw(content: bytes | str, *, status: int = 200) -> web.Application:
    """A bot that answers everything with the same bytes."""
    body = content.encode() if isinstance(content, str) else content

    async def post(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    return served(post)


def served(post: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.Application:
    """A bot with this handler."""
    app = web.Application()
    app.router.add_post("/wechat", post)
    return app
