"""A simulator on the loopback with a small bot behind it, and no product: for tests of the phone itself."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image
from playwright.async_api import Locator, Page, expect
from wechatpy import create_reply
from wechatpy.replies import (
    ImageReply,
    MusicReply,
    TransferCustomerServiceReply,
    VideoReply,
    VoiceReply,
)

from bot.simulator import Simulator, start
from tests.clock import FakeClock
from tests.simulator.bots import ACCOUNT, Bot, cards
from tests.simulator.conftest import PEOPLE

MENU = {
    "button": [
        {
            "name": "办事",
            "sub_button": [
                {"type": "click", "name": "查缴费", "key": "K1"},
                {"type": "scancode_waitmsg", "name": "扫码", "key": "K2"},
                {"type": "location_select", "name": "发位置", "key": "K3"},
                {"type": "pic_weixin", "name": "发照片", "key": "K4"},
            ],
        },
        {"type": "view", "name": "网页", "url": "https://example.com/"},
        {"type": "click", "name": "帮助", "key": "K5"},
    ]
}


def picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#3a7").save(out, "PNG")
    return out.getvalue()


@dataclass
class Stand:
    """The simulator, its bot, its address and the clock that only the test moves."""

    sim: Simulator
    bot: Bot
    clock: FakeClock
    address: str
    came: list[dict[str, str]]
    """What the bot's page was asked with, after authorisation."""

    async def open(self, page: Page, query: str = "") -> None:
        """Go there and follow."""
        await page.goto(f"{self.address}{query}")
        await page.locator("#follow, #tops button, #words").first.wait_for(state="attached")
        await expect(page.locator("#profile-name")).not_to_be_empty()
        if await page.locator("#follow").is_visible():
            await page.click("#follow")
            await expect(page.locator("#log [data-number]").first).to_be_visible()

    def openid(self) -> str:
        """Of the phone that followed last."""
        return list(self.sim.world.phones)[-1]

    async def call(self, page: Page, path: str, body: dict[str, Any]) -> None:
        """The platform's API, as the bot would call it."""
        token = self.sim.tokens.stable(
            {"grant_type": "client_credential", "appid": ACCOUNT.app_id, "secret": ACCOUNT.app_secret}
        )["access_token"]
        answer = await page.request.post(
            f"{self.address}cgi-bin/{path}?access_token={token}", data=json.dumps(body, ensure_ascii=False).encode()
        )
        told = await answer.json()
        assert told["errcode"] == 0, told

    async def inbox(self, page: Page, openid: str) -> list[dict[str, Any]]:
        """GET /sim/inbox."""
        found: list[dict[str, Any]] = await (await page.request.get(f"{self.address}sim/inbox?openid={openid}")).json()
        return found


@asynccontextmanager
async def standing() -> AsyncIterator[Stand]:
    """A stand that answers each word of `replies` with that kind of message, and everything else with an echo."""
    clock = FakeClock()
    files: dict[str, str] = {}

    def answer(message: Any) -> Any:
        if message.type == "event":
            return None if message.event == "unsubscribe" else create_reply(f"事件 {message.event}", message)
        made = kinds.get(message.content if message.type == "text" else "")
        return made(message) if made else create_reply(f"您说：{getattr(message, 'content', message.type)}", message)

    kinds: dict[str, Any] = {
        "图片": lambda message: ImageReply(media_id=files["image"], message=message),
        "语音": lambda message: VoiceReply(media_id=files["voice"], message=message),
        "视频": lambda message: VideoReply(media_id=files["video"], title="录像", description="一段", message=message),
        "音乐": lambda message: MusicReply(
            title="小曲", description="慢板", music_url="https://example.com/a", thumb_media_id=files["thumb"], message=message
        ),
        "图文": cards(1),
        "链接": lambda message: create_reply('请看<a href="https://example.com/x?a=1&amp;b=2">办事指南</a>，谢谢', message),
        "授权": lambda message: create_reply(f'<a href="{files["authorise"]}">看看我是谁</a>', message),
        "人工": lambda message: TransferCustomerServiceReply(message=message),
        "选项": lambda message: create_reply("请选：\n1 养老\n2 医疗", message),
    }
    bot = Bot(answer)
    app, came = bot.app(), list[dict[str, str]]()

    async def back(request: web.Request) -> web.Response:
        came.append(dict(request.query))
        return web.Response(text="<h1>谢谢</h1>", content_type="text/html")

    app.router.add_get("/back", back)
    async with TestServer(app) as server:

        async def people() -> list[dict[str, Any]]:
            return PEOPLE

        sim = Simulator(clock, ACCOUNT, str(server.make_url("/wechat")), people, clock.set)
        runner = await start(sim, "127.0.0.1", 0)
        try:
            asked = {
                "appid": ACCOUNT.app_id,
                "redirect_uri": str(server.make_url("/back")),
                "response_type": "code",
                "scope": "snsapi_userinfo",
                "state": "s1",
            }
            files["authorise"] = f"{sim.base_url}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect".replace(
                "&", "&amp;"
            )
            files |= {
                "image": sim.world.store("image", "image/png", picture()).media_id,
                "voice": sim.world.store("voice", "audio/amr", b"#!AMR\n").media_id,
                "video": sim.world.store("video", "video/mp4", b"").media_id,
                "thumb": sim.world.store("thumb", "image/jpeg", b"\xff\xd8\xff").media_id,
            }
            stand = Stand(sim, bot, clock, f"{sim.base_url}/", came)
            stand.sim.menus.default = MENU
            yield stand
        finally:
            await runner.cleanup()


async def says(page: Page, text: str) -> None:
    """Type and send with the keyboard."""
    if not await page.locator("#words").is_visible():
        await page.click("#to-keyboard")
    before = await page.locator("#log [data-number]").count()
    await page.fill("#words", text)
    await page.press("#words", "Enter")
    await expect(page.locator("#log [data-number]").nth(before + 1)).to_be_attached()


def theirs(page: Page) -> Locator:
    """What the account and the app itself have put on the screen, oldest first."""
    return page.locator("#log .account[data-number], #log .card[data-number], #log .notice[data-number]")
