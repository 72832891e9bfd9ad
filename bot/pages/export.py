"""/p/<ticket> of 导出我的数据: waits until it is packed, then gives the file."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bot.pages.deps import Exports, PageDeps
from bot.pages.entry import Visit, holding
from bot.pages.shell import render
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
        response = render(request, "export.html", ready=ready, token=visit.token)
        if not ready:
            response.headers["Refresh"] = "5"
        return response

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
