"""/scan: a computer shows a code, WeChat scans it, and the page goes on by itself (handlers.scenes.screens).

The browser is known by a cookie that it gets with its first answer and that never stands in an address. Without scripts the page asks again
every few seconds; with them it asks for one word. Both end with the code, so that a forgotten page keeps nobody busy.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web
from markupsafe import Markup

from bot.pages.deps import PageDeps
from bot.pages.entry import doorway, only_looks
from bot.pages.shell import csrf_right, csrf_token, error_page, give_cookie, loads_ahead, read_form, render
from bot.pages.turn import on_to
from bot.places import place_of
from handlers.documents import qr_svg
from handlers.links import looks_secret, new_secret
from handlers.scenes.screens import Screen, Screens
from handlers.verification import come_back

PATH: Final = "/scan"
_COOKIE: Final = "waiting"
_KEPT_S: Final = 30 * 60
_FORM: Final = "scan"


class Scan:
    """Pages of a browser that nobody is known by yet."""

    def __init__(self, deps: PageDeps, screens: Screens) -> None:
        self._deps = deps
        self._screens = screens

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /scan: the code, how it stands with it, or, once, the way on to the pages."""
        if loads_ahead(request):
            return error_page(self._deps, request, 503)
        holder = _holder(request)
        if holder is None:
            return self._doorway(request)
        if request.method == "HEAD":
            return web.Response()
        if "go" in request.query:
            await self._screens.show(holder, self._deps.asker(request), self._place(request))
            return self._again()
        screen = await self._screens.state(holder)
        if screen.state == "agreed":
            entered = await self._screens.enter(holder)
            if entered is not None:
                response = await on_to(self._deps, *entered)
                response.del_cookie(_COOKIE, path=PATH)
                return response
            screen = Screen("over")
        return self._shown(request, holder, screen)

    async def renew(self, request: web.Request) -> web.StreamResponse:
        """POST /scan: another code."""
        holder, posted = _holder(request), await read_form(request)
        if holder is None or not csrf_right(posted.get("csrf", ""), holder, _FORM):
            raise web.HTTPForbidden
        screen = await self._screens.renew(holder, self._deps.asker(request), self._place(request))
        return self._shown(request, holder, screen) if screen.state == "busy" else self._again()

    async def state(self, request: web.Request) -> web.StreamResponse:
        """GET /scan/state: how it stands, in a word. Whoever shows no code is told that it is over."""
        holder = _holder(request)
        screen = await self._screens.state(holder) if holder else Screen("over")
        return web.json_response({"state": screen.state})

    def _shown(self, request: web.Request, holder: str, screen: Screen) -> web.StreamResponse:
        now = self._deps.clock.now()
        if screen.state == "busy":
            when = come_back(screen.until, now) if screen.until else "一小时"
            return error_page(self._deps, request, 429, f"这里要的二维码太多了，请在{when}以后再来，或者直接在手机公众号里看。")
        left = int((screen.until - now).total_seconds()) if screen.until else 0
        # The one string that is not escaped: drawn by us from the address, which stands in it as modules only.
        picture = Markup(qr_svg(screen.url, sized=False)) if screen.url and screen.state == "code" else ""  # noqa: S704
        return render(
            request,
            "scan.html",
            screen=screen,
            picture=picture,
            minutes=max(1, round(left / 60)),
            left=left,
            waits=screen.state in {"code", "taken"},
            csrf=csrf_token(holder, _FORM),
        )

    def _doorway(self, request: web.Request) -> web.StreamResponse:
        """The first answer gives the cookie; robots get none and cost nothing."""
        looks = only_looks(request)
        response = doorway(request, f"{PATH}?go=1", give=not looks)
        if not looks:
            give_cookie(self._deps, response, _COOKIE, new_secret(), PATH, _KEPT_S)
        return response

    def _place(self, request: web.Request) -> str:
        return place_of(request.headers.get("User-Agent", ""), request.remote or "")

    @staticmethod
    def _again() -> web.Response:
        return web.Response(status=303, headers={"Location": PATH})


def _holder(request: web.Request) -> str | None:
    found = request.cookies.get(_COOKIE, "")
    return found if looks_secret(found) else None
