"""/p/<ticket> 我的页面: records, unfinished filings and documents of one person, for a browser that has proved itself by a link, by scanning or
by WeChat's authorisation. Everything on it opens as a page of its own, held by the same browser."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.entry import Visit, submitted
from bot.pages.shell import csrf_token, error_page, render
from bot.pages.turn import on_to, on_to_document, turn
from dialogs.phrases import hour_and_minute
from handlers.links import PAGE
from handlers.policy import TooMuch
from handlers.scenes.pages import PARTS, Mine, MyPages, Target
from handlers.scenes.screens import ME
from handlers.verification import come_back
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

KIND: Final = ME
_EMPTY: Final = "这一项现在没有您的记录。可能还没有发生，也可能数据还没有到；有疑问请拨打 {hotline}。"


class Me:
    """What is not the person's looks like what does not exist."""

    def __init__(self, deps: PageDeps, pages: MyPages) -> None:
        self._deps = deps
        self._pages = pages

    async def page(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """GET /p/<ticket>: the whole page, or the part that the link names."""
        return await self._shown(request, visit, "")

    async def go(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/go: open a line of it."""
        visit, posted = await submitted(self._deps, request, PAGE)
        params, openid = visit.ticket.params, visit.ticket.openid
        url = ""

        async def find(tx: Repositories) -> tuple[Target | None, bool]:
            nonlocal url
            target = await self._pages.target(tx, params, openid, posted.get("to", ""))
            if target is None:
                return None, False
            if target.serial_no:
                url = await self._deps.links.document(tx, openid, target.serial_no)
                return target, True
            if "query" not in target.params:
                return target, True
            statement = await self._deps.queries.statement(tx, target.params, openid)
            return target, statement is not None and bool(statement.tables)

        try:
            target, there = await turn(self._deps, find)
        except TooMuch as ceiling:
            when = come_back(ceiling.retry_at, self._deps.clock.now())
            return error_page(self._deps, request, 429, f"查得太多了，请在{when}以后再来。")
        if target is None:
            raise web.HTTPNotFound
        if not there:
            return await self._shown(request, visit, _EMPTY)
        return await (on_to_document(self._deps, url) if url else on_to(self._deps, openid, target.params))

    async def _shown(self, request: web.Request, visit: Visit, sentence: str) -> web.StreamResponse:
        async def look(tx: Repositories) -> Mine | None:
            return await self._pages.look(tx, visit.ticket.params, visit.ticket.openid)

        mine = await turn(self._deps, look)
        if mine is None:
            raise web.HTTPNotFound
        part = visit.ticket.params.get("part", "")
        return render(
            request,
            "me.html",
            mine=mine,
            parts=[part] if part in PARTS else PARTS,
            sentence=sentence.format(hotline=mine.region.hotline),
            until=hour_and_minute(visit.ticket.expires_at.astimezone(SHANGHAI), self._deps.clock.now().astimezone(SHANGHAI)),
            token=visit.token,
            csrf=csrf_token(visit.holder, visit.token),
        )
