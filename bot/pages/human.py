"""/c/<ticket>: the captcha. The picture travels inside the page, so its digits are nowhere but in the picture."""

from __future__ import annotations

import base64

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.entry import Visit, enter, submitted
from bot.pages.shell import content_policy, csrf_token, render
from handlers.captcha import Challenge, Refused, Wrong
from handlers.links import CAPTCHA
from handlers.verification import come_back


class Human:
    """Asks whether a person is there."""

    def __init__(self, deps: PageDeps) -> None:
        self._deps = deps

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """GET /c/<ticket>: a new question; `?way=words` asks in words. Once passed, it says so."""
        visit = await enter(self._deps, request, CAPTCHA)
        if not isinstance(visit, Visit):
            return visit
        openid = visit.ticket.openid
        async with self._deps.store.transaction() as tx:
            if await self._deps.captcha.passed(tx, openid):
                return render(request, "done.html")
            in_words = request.query.get("way") == "words"
            challenge = await self._deps.captcha.challenge(tx, openid, in_words=in_words)
        return self._page(request, visit, challenge, "")

    async def judge(self, request: web.Request) -> web.StreamResponse:
        """POST /c/<ticket>: judge the answer; after a wrong one there is a new question of the same kind."""
        visit, fields = await submitted(self._deps, request, CAPTCHA)
        openid, in_words = visit.ticket.openid, fields.get("way") == "words"
        async with self._deps.store.transaction() as tx:
            verdict = await self._deps.captcha.answer(tx, openid, fields.get("challenge", ""), fields.get("answer", ""))
            if not isinstance(verdict, Wrong | Refused):
                return web.Response(status=303, headers={"Location": f"/c/{visit.token}"})
            challenge = await self._deps.captcha.challenge(tx, openid, in_words=in_words)
        left = verdict.left if isinstance(verdict, Wrong) else 0
        return self._page(request, visit, challenge, f"答得不对，已经换了一题，还可以试 {left} 次。")

    def _page(self, request: web.Request, visit: Visit, challenge: Challenge | Refused, failure: str) -> web.StreamResponse:
        if isinstance(challenge, Refused):
            when = come_back(challenge.retry_at, self._deps.clock.now())
            return render(request, "throttled.html", 429, sentence=f"答错的次数多了，请在{when}以后再点开这一页。", back="")
        response = render(
            request,
            "captcha.html",
            challenge=challenge,
            picture=base64.b64encode(challenge.picture).decode(),
            failure=failure,
            token=visit.token,
            csrf=csrf_token(visit.holder, visit.token),
        )
        response.headers["Content-Security-Policy"] = content_policy(self._deps, "'self' data:")
        return response
