"""/p/<ticket> 允许提醒: WeChat's own button for subscription notices (wechat.md A8), which is the only way to allow them.

What was allowed comes from the platform as an event; the page only shows the button, and says how else one is reminded where WeChat's
script is not there.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

import structlog
from aiohttp import web

from bot.pages.deps import PageDeps, Subscribing
from bot.pages.entry import Visit
from bot.pages.shell import content_policy, render, wants_elder
from bot.wechat.errors import ApiError
from bot.wechat.jsapi import NotOurs, page_signature
from handlers.links import new_secret
from handlers.subscribing import SUBSCRIBE_PAGE
from storage.ports.repositories import StorageError

KIND: Final = SUBSCRIBE_PAGE
_LOOK: Final = (
    "button{{width:100%;min-height:64px;padding:12px 16px;font:600 {size}px/1.4 sans-serif;color:#fff;background:#067a3a;"
    "border:0;border-radius:8px;cursor:pointer}}"
)

log = structlog.get_logger(__name__)


class Subscribe:
    """Shows the button. Nothing of a person's is on the page."""

    def __init__(self, deps: PageDeps, given: Subscribing) -> None:
        self._deps = deps
        self._given = given

    async def page(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """GET /p/<ticket>: signed for exactly this address."""
        wanted = tuple(self._given.templates)
        async with self._deps.store.reading() as tx:
            kept = [await tx.wishes.consent(visit.ticket.openid, one) for one in wanted]
        lasting = -1 in self._given.templates.values()
        look = _LOOK.format(size=26 if wants_elder(request) else 21)
        setting = await self._setting(self._deps.base + request.raw_path)
        response = render(
            request,
            "subscribe.html",
            script=self._given.script if setting else "",
            setting=setting,
            templates=",".join(wanted),
            lasting=lasting,
            always=any(one is not None and one.left < 0 for one in kept),
            left=sum(one.left for one in kept if one is not None and one.left > 0),
            look=look,
        )
        response.headers["Content-Security-Policy"] = policy(self._deps, self._given.script, look)
        return response

    async def _setting(self, url: str) -> dict[str, str]:
        """What WeChat's script is told, as attributes of the button's place; empty while the platform gives no ticket."""
        try:
            ticket = await self._given.ticket()
        except (ApiError, StorageError) as error:
            log.warning("no ticket for pages", error=type(error).__name__)
            return {}
        nonce, stamp = new_secret(), int(self._deps.clock.now().timestamp())
        try:
            signature = page_signature(ticket, nonce, stamp, url, (self._deps.base,))
        except NotOurs:
            return {}
        return {"app": self._given.app_id, "stamp": str(stamp), "nonce": nonce, "signature": signature}


def policy(deps: PageDeps, script: str, look: str) -> str:
    """The page's Content-Security-Policy: of foreign things exactly WeChat's script, and exactly the look of the button that it draws."""
    drawn = base64.b64encode(hashlib.sha256(look.encode()).digest()).decode()
    address = script.partition("?")[0].partition("#")[0]
    return content_policy(deps, scripts=f"'self' {address}", styles=f"'self' 'sha256-{drawn}'")
