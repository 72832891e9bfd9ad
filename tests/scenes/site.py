"""The pages of tests/pages with computers that wait, 我的页面 and WeChat's authorisation."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from bot.pages import PageDeps
from bot.wechat.errors import ApiError
from bot.wechat.oauth import Visitor
from handlers.desk import TurnDesk
from handlers.scenes.pages import MyPages
from handlers.scenes.screens import Screens
from storage.ports.records import User
from tests.pages.world import ANN, PUBLIC_URL, Browser, World
from tests.scenes.platform import Codes

HOST = urlsplit(PUBLIC_URL).netloc


class WeChat:
    """The platform's authorisation by the book (wechat.md A12): a code is good once, for whom it was made."""

    def __init__(self) -> None:
        self.codes: dict[str, Visitor] = {}
        self.used: set[str] = set()
        self.away = False
        self.refuses = 0
        """An errcode that every code gets."""
        self.slow: asyncio.Event | None = None
        """Where there is one, answers wait for it."""
        self.crowded = asyncio.Semaphore(0)
        """Released by each that waits."""
        self.asked: list[str] = []

    def address(self, back: str, state: str) -> str:
        return f"https://open.weixin.qq.com/connect/oauth2/authorize?redirect_uri={back}&state={state}"

    def allow(self, openid: str, *, anonymous: bool = False) -> str:
        """A fresh code for that chat."""
        code = f"code{len(self.codes)}"
        self.codes[code] = Visitor(openid, anonymous)
        return code

    async def who(self, code: str) -> Visitor:
        self.asked.append(code)
        if self.slow is not None:
            self.crowded.release()
            await self.slow.wait()
        if self.away:
            raise ApiError(None, "no answer in time", may_have_happened=True)
        if self.refuses:
            raise ApiError(self.refuses, "refused")
        if code not in self.codes:
            raise ApiError(40029, "invalid code")
        if code in self.used:
            raise ApiError(40163, "code been used")
        self.used.add(code)
        return self.codes[code]


class Site(World):
    """As a 服务号 has it; `codes` and `wechat` set to None before `start` make it an account that may do neither."""

    codes: Codes | None
    wechat: WeChat | None

    def prepare(self) -> None:
        """An account that may do everything."""
        self.codes, self.wechat = Codes(), WeChat()

    def dressed(self, deps: PageDeps) -> PageDeps:
        return replace(
            deps,
            screens=Screens(self.store, self.services, self.codes),
            my_pages=MyPages(self.services),
            wechat=self.wechat,
            digest=self.services.digest,
        )

    def desktop(self) -> Browser:
        """A computer's browser."""
        agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
        return self.browser(**{"Host": HOST, "User-Agent": agent})

    async def scanned(self, openid: str = ANN, *, yes: bool = True, name: str = "", word: str = "") -> bool:
        """What the chat does when that person scans the newest code (or types the word) and answers."""
        name = name or (list(self.codes.names.values())[-1] if self.codes and self.codes.names else "")
        async with self.store.transaction() as tx:
            user = await tx.users.get(openid)
            assert user is not None
            desk = await TurnDesk.open(tx, user, self.services)
            if word:
                scene = await desk.scenes.by_word(word)
            else:
                wish = await desk.scenes.wish_of(name)
                scene = wish.said.get("scene", "") if wish else ""
            if not scene:
                return False
            if yes:
                return await desk.scenes.open_screen(scene)
            await desk.scenes.refuse(scene)
            return True

    async def takes(self, openid: str = ANN) -> None:
        """That person scans the newest code and has not answered yet."""
        assert self.codes is not None
        async with self.store.transaction() as tx:
            user = await tx.users.get(openid)
            assert user is not None
            desk = await TurnDesk.open(tx, user, self.services)
            assert await desk.scenes.wish_of(list(self.codes.names.values())[-1])

    async def follower(self, openid: str, *, subscribed: bool = True) -> None:
        """A chat that speaks for nobody."""
        async with self.store.transaction() as tx:
            await tx.users.save(User(openid, subscribed, "visitor", "beijing", None))


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
