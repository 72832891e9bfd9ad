"""/o/<page>: our pages from the menu, without a link from the chat: WeChat says whose chat it is (wechat.md A12).

The state that goes to WeChat and back is signed, belongs to the browser by a cookie, is good for ten minutes and once; the code is exchanged
once. What comes out is a page of the chat's own, held by this browser, as after any other link: nothing of a person stands in an address,
and the only address that anybody is sent back to is the configured one.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from aiohttp import web
from yarl import URL

from bot.pages.deps import Authorisation, PageDeps
from bot.pages.entry import only_looks
from bot.pages.shell import error_page, give_cookie, loads_ahead, render
from bot.pages.turn import on_to
from bot.wechat.errors import ApiError
from bot.wechat.oauth import STALE_CODE, Visitor
from bot.wechat.operators import advice
from handlers.links import looks_secret, new_secret
from handlers.scenes.pages import MyPages
from handlers.scenes.screens import ME
from storage.ports.record import Record
from storage.ports.time import Clock

log = structlog.get_logger(__name__)

GUIDES: Final = "guides"
PAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "me": {},
    "records": {"part": "records"},
    "filings": {"part": "filings"},
    "papers": {"part": "papers"},
    GUIDES: {},
}
"""What can be entered, with the params of its page. 办事指南 is for everybody, known or not."""

STATE_LIFE: Final = timedelta(minutes=10)
_COOKIE: Final = "visit"
_PATH: Final = "/o"
_BACK: Final = "/o/back"
_STATE: Final = re.compile(r"([0-9a-f]{10})([01])([a-z]{2,10})x([0-9a-f]{32})([0-9a-f]{32})")
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,512}")

_AT_ONCE: Final = 16
"""Codes that are exchanged at the same moment: whoever makes codes up must not take the connections that the rest of the account needs."""

_AGAIN: Final = "请回到公众号，重新点一次菜单。"
_SNAPSHOT: Final = "现在看到的是微信的快照页，认不出是您。请点页面右下角的“使用完整服务”，或者回到公众号重新点一次。"
_LOG_IN: Final = "还不知道您是哪一位。请回到公众号（还没有关注的，先关注），回复“登录”，登录好了再点一次。"
"""Also for an openid of which nothing was ever heard: most followers of an account have never written to it, and WeChat does not say here whether
somebody follows."""
_HEADING: Final = "请从公众号打开"
_LOG_IN_FIRST: Final = "请先登录"
_NOT_NOW: Final = "这一页暂时不能从菜单打开。请在公众号里回复“我的页面”，我给您发打开的链接。"
"""Nobody but the operator can mend it, who is told: trying again would help nobody."""
_AWAY: Final = "微信那边暂时没有回应。请过一会儿从公众号重新点，或者回复“我的页面”，我给您发链接。"


class State(Record):
    """What a genuine state says: which page, whether it is the second try, and until when."""

    page: str
    again: bool
    until: datetime


class States:
    """Makes and reads states. `digest` is a keyed hash: the state needs no row until it comes back."""

    def __init__(self, clock: Clock, digest: Callable[[str, str], str]) -> None:
        self._clock = clock
        self._digest = digest

    def new(self, page: str, cookie: str, *, again: bool) -> str:
        """Letters and digits only, under 128 bytes, of which 128 bits are random and 128 sign the rest with the browser's cookie."""
        until = int((self._clock.now() + STATE_LIFE).timestamp())
        head = f"{until:010x}{int(again)}{page}x{secrets.token_hex(16)}"
        return head + self._sign(head, cookie)

    def read(self, text: str, cookie: str) -> State | None:
        """None for one that is forged, of another browser, or over."""
        found = _STATE.fullmatch(text)
        if found is None:
            return None
        until, again, page, _, signature = found.groups()
        if not hmac.compare_digest(signature, self._sign(text[: -len(signature)], cookie)):
            return None
        ends = datetime.fromtimestamp(int(until, 16), self._clock.now().tzinfo)
        return State(page, again == "1", ends) if page in PAGES and self._clock.now() < ends else None

    def _sign(self, head: str, cookie: str) -> str:
        return self._digest(f"{head}|{cookie}", "oauth.state")


class OAuth:
    """The two addresses. `wechat` is None for an account without web authorisation: then people are told how else to come in."""

    def __init__(self, deps: PageDeps, wechat: Authorisation | None, states: States, pages: MyPages) -> None:
        self._deps = deps
        self._wechat = wechat
        self._states = states
        self._pages = pages
        self._host = (URL(deps.base).host or "").lower()
        self._exchanging = asyncio.Semaphore(_AT_ONCE)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """GET /o/<page>: off to WeChat, which sends the browser back at once."""
        page = request.match_info["page"]
        if page not in PAGES:
            raise web.HTTPNotFound
        if loads_ahead(request):
            return error_page(self._deps, request, 503)
        if self._wechat is None:
            return await self._without(request, page)
        self._must_be_ours(request)
        if only_looks(request):
            return render(request, "doorway.html", path=f"{_PATH}/{page}", again=False)
        return self._off(request, self._wechat, page, again=False)

    async def back(self, request: web.Request) -> web.StreamResponse:
        """GET /o/back: exchange the code, and on to the page. Every state works once, whatever comes of it."""
        wechat, cookie = self._wechat, _cookie(request)
        if wechat is None or request.method == "HEAD":
            raise web.HTTPNotFound
        self._must_be_ours(request)
        text, code = request.query.get("state", ""), request.query.get("code", "")
        state = self._states.read(text, cookie) if cookie else None
        if state is None or not await self._once(text):
            return error_page(self._deps, request, 403, _AGAIN, _HEADING)
        if not _CODE.fullmatch(code):
            return error_page(self._deps, request, 403, _AGAIN, _HEADING)
        if self._exchanging.locked():
            return error_page(self._deps, request, 503, _AWAY)
        try:
            async with self._exchanging:
                visitor = await wechat.who(code)
        except ApiError as error:
            if error.errcode in STALE_CODE and not state.again:
                return self._off(request, wechat, state.page, again=True)
            stale = error.errcode in STALE_CODE
            if stale:
                return error_page(self._deps, request, 403, _AGAIN, _HEADING)
            return error_page(self._deps, request, 503, _AWAY if advice(error.errcode) is None else _NOT_NOW)
        return await self._on(request, state.page, visitor)

    async def _on(self, request: web.Request, page: str, visitor: Visitor) -> web.StreamResponse:
        if visitor.anonymous:
            return self._guides("") if page == GUIDES else error_page(self._deps, request, 403, _SNAPSHOT, _HEADING)
        async with self._deps.store.reading() as tx:
            known = await self._pages.known(tx, visitor.openid)
        if page == GUIDES:
            return self._guides(known.region)
        if known.person_id is None:
            return error_page(self._deps, request, 403, _LOG_IN, _LOG_IN_FIRST)
        response = await on_to(self._deps, visitor.openid, {"page": ME, "person": str(known.person_id), **PAGES[page]})
        response.del_cookie(_COOKIE, path=_PATH)
        return response

    def _guides(self, region: str) -> web.Response:
        code = region if region in self._deps.regions else next(iter(self._deps.regions), "")
        if not code:
            raise web.HTTPNotFound
        return web.Response(status=303, headers={"Location": f"/g/{code}"})

    async def _without(self, request: web.Request, page: str) -> web.StreamResponse:
        if page == GUIDES:
            return self._guides("")
        return error_page(self._deps, request, 403, "请在公众号里回复“我的页面”，我给您发打开的链接。", _HEADING)

    def _off(self, request: web.Request, wechat: Authorisation, page: str, *, again: bool) -> web.Response:
        cookie = _cookie(request) or new_secret()
        address = wechat.address(f"{self._deps.base}{_BACK}", self._states.new(page, cookie, again=again))
        response = web.Response(status=303, headers={"Location": address})
        give_cookie(self._deps, response, _COOKIE, cookie, _PATH, int(STATE_LIFE.total_seconds()))
        return response

    async def _once(self, state: str) -> bool:
        now = self._deps.clock.now()
        async with self._deps.store.transaction() as tx:
            return (await tx.limits.hit("oauth.state", state, 1, 2 * STATE_LIFE, now)).allowed

    def _must_be_ours(self, request: web.Request) -> None:
        """Under another name than the configured one WeChat would not come back to this browser's cookies: no such page."""
        if (request.url.host or "").lower() != self._host:
            log.warning("oauth_host", hint="the reverse proxy must pass the Host header")
            raise web.HTTPNotFound


def _cookie(request: web.Request) -> str:
    found = request.cookies.get(_COOKIE, "")
    return found if looks_secret(found) else ""
