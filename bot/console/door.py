"""The door: signing in with password and one-time code, and out."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

from aiohttp import hdrs, web

from bot.console.menu import ME, home
from bot.console.shell import (
    SIGN_IN,
    ConsoleDeps,
    Seat,
    Trouble,
    bare,
    check_origin,
    cookie,
    done,
    first_of,
    form,
    form_token,
    give_cookie,
    read_fields,
    safe_next,
    seated,
    standing,
    take_cookie,
)
from bot.places import place_of
from handlers.staff import must_change

_LONGEST = 256
_MISSING = {
    "login": "请填登录名。",
    "password": "请填密码。",
    "code": "请填动态口令：身份验证器里现在显示的 6 位数字。",
}
"""What is said beside a field that is empty."""


class Door:
    """Sign-in and sign-out."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._deps = deps

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET: the form. Whoever is signed in already goes on."""
        token = cookie(self._deps, request, "place")
        found = await self._deps.accounts.seat(token, quiet=True) if token else None
        if found is not None:
            raise web.HTTPSeeOther(home(found[0]))
        said = "登录已经结束，请重新登录。没有提交的内容不会保存。" if "ended" in request.query else ""
        return await self._page(request, said=said, going=safe_next(request.query.get("next", "")))

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """POST: all three at once; one sentence for whatever is wrong, and the login stays in its field. What was left empty is said beside its
        field, and is no try."""
        given = await read_fields(request)
        check_origin(request)
        door = cookie(self._deps, request, "door")
        if not door or not hmac.compare_digest(first_of(given, "csrf").encode(), form_token(door).encode()):
            return await self._page(
                request, status=403, said="这一页放得太久了，请再登录一次。", login=first_of(given, "login")[:64]
            )
        login, password, code = (first_of(given, name)[:_LONGEST] for name in ("login", "password", "code"))
        given_all = {"login": login, "password": password, "code": code}
        if wrong := {name: said for name, said in _MISSING.items() if not given_all[name].strip()}:
            return await self._page(request, status=400, wrong=wrong, login=login[:64], going=safe_next(first_of(given, "next")))
        address = request.remote or ""
        place = place_of(request.headers.get(hdrs.USER_AGENT, ""), address)
        found = await self._deps.accounts.sign_in(login, password, code, place, address)
        if found is None:
            refused = self._deps.accounts.refused
            return await self._page(
                request, status=403, failure=refused, login=login[:64], going=safe_next(first_of(given, "next"))
            )
        going = ME if must_change(found.staff) else safe_next(first_of(given, "next")) or home(found.staff)
        response = web.Response(status=303, headers={"Location": going})
        give_cookie(self._deps, response, "place", found.token)
        take_cookie(self._deps, response, "door")
        return response

    async def leave(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: this place ends."""
        await form(request, seat)
        await self._deps.accounts.sign_out(seat.staff, seat.session)
        response = web.Response(status=303, headers={"Location": SIGN_IN})
        take_cookie(self._deps, response, "place")
        return response

    async def _page(
        self,
        request: web.Request,
        *,
        status: int = 200,
        failure: str = "",
        said: str = "",
        login: str = "",
        going: str = "",
        wrong: Mapping[str, str] | None = None,
    ) -> web.Response:
        door = cookie(self._deps, request, "door") or secrets.token_urlsafe(32)
        hints = await self._deps.hints() if self._deps.hints else ()
        response = bare(
            "sign_in.html",
            status=status,
            csrf=form_token(door),
            failure=failure,
            wrong=wrong or {},
            said=said,
            login=login,
            going=going,
            hints=hints,
        )
        give_cookie(self._deps, response, "door", door)
        return response


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Addresses of the door, and of whatever does not exist."""
    door = Door(deps)

    async def lost(request: web.Request, seat: Seat) -> web.StreamResponse:
        """An address that is none: said to whoever is signed in, the door for everybody else."""
        raise Trouble(404)

    async def inside(request: web.Request) -> web.StreamResponse:
        raise done("/console/")

    return [
        web.get("/console", standing(deps, "start", inside)),
        web.get(SIGN_IN, standing(deps, "sign-in", door.show)),
        web.post(SIGN_IN, standing(deps, "sign-in", door.enter)),
        web.post("/console/sign-out", seated(deps, "sign-out", door.leave, unchanged=True)),
        web.route("*", "/console/{tail:.*}", seated(deps, "lost", lost)),
    ]
