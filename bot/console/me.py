"""我的: where one is signed in, one's password, and how the keyboard works."""

from __future__ import annotations

from aiohttp import web

from bot.console.menu import ME
from bot.console.shell import SIGN_IN, ConsoleDeps, Seat, Trouble, done, first_of, form, seated, take_cookie, view
from handlers.secrecy import SHORTEST
from handlers.staff import StaffRefusal, must_change, role_of


class Me:
    """The pages of one's own account."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._deps = deps

    async def show(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/me."""
        return await self._page(request, seat)

    async def _page(self, request: web.Request, seat: Seat, failure: str = "") -> web.Response:
        accounts = self._deps.accounts
        names = {code: region.name for code, region in self._deps.services.regions.items()}
        return view(
            request,
            seat,
            "me.html",
            status=400 if failure else 200,
            first=must_change(seat.staff),
            failure=failure,
            shortest=SHORTEST,
            role=role_of(seat.staff),
            regions="、".join(names.get(code, code) for code in sorted(seat.staff.regions)),
            places=await accounts.places(seat.staff),
            history=await accounts.history(seat.staff),
        )

    async def password(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/me/password."""
        given = await form(request, seat)
        new = first_of(given, "new")
        failure = "两次填的新密码不一样。请再填一次。" if new != first_of(given, "again") else ""
        if not failure:
            try:
                await self._deps.accounts.change_password(
                    seat.staff, seat.session, first_of(given, "old"), first_of(given, "code"), new
                )
            except StaffRefusal as refusal:
                failure = refusal.sentence
        if failure:
            return await self._page(request, seat, failure)
        return done(ME, "密码改好了。您在别处的登录都已结束。")

    async def end(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/me/places: end one of them, or all the others."""
        given = await form(request, seat)
        which = first_of(given, "place")
        if which == "others":
            await self._deps.accounts.end_other_places(seat.staff, seat.session)
            return done(ME, "别处的登录都已结束。")
        if not which.isascii() or not which.isdecimal() or len(which) > 18:
            raise Trouble(400)
        if not await self._deps.accounts.end_place(seat.staff, int(which)):
            return done(ME, "这处登录已经结束了。")
        if int(which) == seat.session.id:
            response = web.Response(status=303, headers={"Location": SIGN_IN})
            take_cookie(self._deps, response, "place")
            return response
        return done(ME, "这处登录已经结束。")

    async def stay(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/me/stay: somebody is still here; nothing else."""
        await form(request, seat)
        return web.Response(status=204)

    async def help(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/help: keys, and what each role does."""
        return view(request, seat, "help.html")


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Addresses of one's own account."""
    me = Me(deps)
    return [
        web.get(ME, seated(deps, "me", me.show, unchanged=True)),
        web.post("/console/me/password", seated(deps, "me", me.password, unchanged=True)),
        web.post("/console/me/places", seated(deps, "me", me.end, unchanged=True)),
        web.post("/console/me/stay", seated(deps, "me", me.stay, unchanged=True)),
        web.get("/console/help", seated(deps, "help", me.help, unchanged=True)),
    ]
