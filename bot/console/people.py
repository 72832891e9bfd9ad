"""人员: accounts of the console, for the administrator. What is secret is shown once, in the answer to the form that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from markupsafe import Markup

from bot.console.menu import STAFF_ROLES
from bot.console.shell import ConsoleDeps, Seat, Trouble, done, first_of, form, seated, view
from handlers.documents import qr_svg
from handlers.personnel import Issued, Personnel
from handlers.staff import ROLES, StaffRefusal, must_change, role_of
from storage.ports.records import Staff

STAFF: Final = "/console/staff"
_ACTS: Final = "change|off|on|code|password"


class People:
    """The pages of accounts."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._regions = {code: region.name for code, region in deps.services.regions.items()}
        self._personnel = Personnel(deps.accounts, self._regions)

    def _row(self, one: Staff) -> dict[str, Any]:
        return {
            "id": one.id,
            "login": one.login,
            "name": one.name,
            "roles": role_of(one),
            "regions": "、".join(self._regions.get(code, code) for code in sorted(one.regions)),
            "state": ("已停用", "bad") if not one.active else ("初始密码未改", "wait") if must_change(one) else ("在用", "good"),
        }

    async def everybody(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: everybody, those in use first, and the form for one more."""
        return await self._listed(request, seat)

    async def _listed(
        self,
        request: web.Request,
        seat: Seat,
        failure: str = "",
        given: Mapping[str, list[str]] | None = None,
        wrong: Mapping[str, str] | None = None,
    ) -> web.Response:
        found = sorted(await self._personnel.all(), key=lambda one: (not one.active, one.login))
        return view(
            request,
            seat,
            "staff.html",
            status=400 if failure else 200,
            rows=[self._row(one) for one in found],
            failure=failure,
            given=given or {},
            wrong=wrong or {},
            roles=[(role, role) for role in ROLES],
            regions=list(self._regions.items()),
        )

    async def add(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: a new account."""
        given = await form(request, seat)
        login, name, roles, regions = (
            first_of(given, "login"),
            first_of(given, "name"),
            given.get("role", []),
            given.get("region", []),
        )
        if wrong := self._personnel.wrong(login, name, roles, regions):
            failure = f"还没有建账号：有 {len(wrong)} 处要改，下面标出来了。"
            return await self._listed(request, seat, failure, given, wrong)
        try:
            issued = await self._personnel.add(seat.staff, login, name, roles, regions)
        except StaffRefusal as refusal:
            return await self._listed(request, seat, refusal.sentence, given)
        return self._issued(request, seat, issued, "账号建好了")

    async def one(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: one account."""
        return await self._shown(request, seat)

    async def _shown(self, request: web.Request, seat: Seat, failure: str = "") -> web.Response:
        found = await self._personnel.get(int(request.match_info["id"]))
        if found is None:
            raise Trouble(404)
        return view(
            request,
            seat,
            "staff_one.html",
            status=400 if failure else 200,
            one=found,
            row=self._row(found),
            own=found.id == seat.staff.id,
            failure=failure,
            roles=[(role, role) for role in ROLES],
            regions=list(self._regions.items()),
        )

    async def act(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: change, switch off or on, a new code, a new first password."""
        given = await form(request, seat)
        staff_id, version = int(request.match_info["id"]), first_of(given, "version")
        if not version.isascii() or not version.isdecimal() or len(version) > 9:
            raise Trouble(400)
        try:
            return await self._done(request, seat, staff_id, int(version), given)
        except StaffRefusal as refusal:
            return await self._shown(request, seat, refusal.sentence)

    async def _done(
        self, request: web.Request, seat: Seat, staff_id: int, version: int, given: Mapping[str, list[str]]
    ) -> web.StreamResponse:
        by, here = seat.staff, f"{STAFF}/{staff_id}"
        match request.match_info["act"]:
            case "off":
                await self._personnel.switch(by, staff_id, version, active=False)
                return done(here, "账号已停用，登录马上失效。")
            case "on":
                await self._personnel.switch(by, staff_id, version, active=True)
                return done(here, "账号已恢复使用。")
            case "code":
                issued = await self._personnel.renew_code(by, staff_id, version)
                return self._issued(request, seat, issued, "动态口令已换新")
            case "password":
                issued = await self._personnel.renew_password(by, staff_id, version)
                return self._issued(request, seat, issued, "初始密码已换新")
        name, roles, regions = first_of(given, "name"), given.get("role", []), given.get("region", [])
        await self._personnel.change(by, staff_id, version, name, roles, regions)
        return done(here, "改好了，要重新登录才能继续用。")

    def _issued(self, request: web.Request, seat: Seat, issued: Issued, heading: str) -> web.Response:
        # The one string that is not escaped: drawn by us from the address, which stands in it as modules only.
        picture = Markup(qr_svg(issued.address, sized=False)) if issued.address else ""  # noqa: S704
        secret = " ".join(issued.secret[at : at + 4] for at in range(0, len(issued.secret), 4))
        return view(request, seat, "staff_issued.html", heading=heading, issued=issued, picture=picture, secret=secret)


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Addresses of accounts."""
    people = People(deps)
    one = rf"{STAFF}/{{id:\d{{1,12}}}}"

    async def back(request: web.Request, seat: Seat) -> web.StreamResponse:
        """The address of a form, opened again: its page."""
        raise web.HTTPSeeOther(request.path.rpartition("/")[0])

    return [
        web.get(STAFF, seated(deps, "staff", people.everybody, *STAFF_ROLES)),
        web.post(STAFF, seated(deps, "staff", people.add, *STAFF_ROLES)),
        web.get(one, seated(deps, "staff", people.one, *STAFF_ROLES)),
        web.post(f"{one}/{{act:{_ACTS}}}", seated(deps, "staff", people.act, *STAFF_ROLES)),
        web.get(f"{one}/{{act:{_ACTS}}}", seated(deps, "staff", back, *STAFF_ROLES)),
    ]
