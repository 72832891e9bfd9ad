"""/: where somebody ends who types the address of the service: what can be done here without WeChat, and where the rest is done."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.scan import PATH as SCAN
from bot.pages.shell import render


class Home:
    """The front door. Nobody is known here, and nothing is noted."""

    def __init__(self, deps: PageDeps) -> None:
        self._doors = tuple(_doors(deps))

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /."""
        return render(request, "home.html", doors=self._doors)


def _doors(deps: PageDeps) -> Iterator[tuple[str, str, str]]:
    """(address, name, what for) of everything that is open to anybody on this installation."""
    yield "/v", "校验单据", "核对一张单据是不是真的"
    if deps.screens is not None:
        yield SCAN, "在电脑上看我的社保", "用手机微信扫一扫就能打开"
    for region in deps.regions.values():
        if region.guides:
            yield f"/g/{region.code}", f"{region.name}办事指南", "要什么材料、去哪里办、多久办好"
