"""/p/<ticket> of 导出我的数据: waits until it is packed, then gives the file."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bot.pages.deps import Exports, PageDeps
from bot.pages.entry import Visit, holding, submitted
from bot.pages.shell import csrf_token, render
from handlers.links import PAGE

KIND: Final = "export"


class Export:
    """What is not this chat's looks like what does not exist."""

    def __init__(self, deps: PageDeps, exports: Exports) -> None:
        self._deps = deps
        self._exports = exports

    async def page(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """GET /p/<ticket>: a button for the file, or that it is being packed."""
        ready = await self._exports.ready(visit.ticket.params, visit.ticket.openid)
        if ready is None:
            raise web.HTTPNotFound
        csrf = csrf_token(visit.holder, visit.token)
        response = render(request, "export.html", ready=ready, token=visit.token, csrf=csrf)
        if not ready:
            response.headers["Refresh"] = "5"
        return response

    async def other_browser(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/link: a fresh link to the same file, for a browser that can save it: WeChat's own saves no archive."""
        visit, _ = await submitted(self._deps, request, PAGE)
        ticket = visit.ticket
        if await self._exports.ready(ticket.params, ticket.openid) is None:
            raise web.HTTPNotFound
        async with self._deps.store.transaction() as tx:
            url = await self._deps.links.page(tx, ticket.openid, dict(ticket.params))
        minutes, back = self._deps.links.minutes(PAGE), (f"/p/{visit.token}", "返回")
        return render(request, "link.html", url=url, back=back, minutes=minutes)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /p/<ticket>/data.zip: the file itself."""
        visit = await holding(self._deps, request, PAGE)
        body = await self._exports.file(visit.ticket.params, visit.ticket.openid)
        if body is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Disposition": "attachment; filename=my-data.zip; filename*=UTF-8''%E6%88%91%E7%9A%84%E6%95%B0%E6%8D%AE.zip"
        }
        return web.Response(body=body, content_type="application/zip", headers=headers)
