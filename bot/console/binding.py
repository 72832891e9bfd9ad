"""/console/family/<person>/code: a code with which a person whom staff have identified binds their own WeChat."""

from __future__ import annotations

from aiohttp import web
from markupsafe import Markup

from bot.console.family import FAMILY
from bot.console.menu import FAMILY_ROLES
from bot.console.shell import ConsoleDeps, Seat, first_of, form, seated, view
from handlers.documents import qr_svg
from handlers.family.counter import LONGEST_REASON, Unfit
from handlers.scenes.counter import WAYS, Issued, SceneCounter
from handlers.staff import StaffRefusal
from storage.ports.time import SHANGHAI


class Binding:
    """The form, and the code that it makes. The code is shown once: a reload makes no other."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._counter = SceneCounter(deps.store, deps.services, deps.codes)

    async def ask(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: why, and for where."""
        return self._asked(request, seat, "", {}, "counter", "")

    async def make(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: the code."""
        given = await form(request, seat)
        way, reason = first_of(given, "way"), first_of(given, "reason")
        try:
            issued = await self._counter.issue(seat.staff, int(request.match_info["id"]), way, reason)
        except Unfit as unfit:
            return self._asked(request, seat, "还没有出码，请把标出来的填好。", unfit.wrong, way, reason)
        except StaffRefusal as refusal:
            return self._asked(request, seat, refusal.sentence, {}, way, reason)
        return self._shown(request, seat, issued)

    @staticmethod
    def _asked(
        request: web.Request, seat: Seat, failure: str, wrong: dict[str, str], way: str, reason: str
    ) -> web.StreamResponse:
        return view(
            request,
            seat,
            "binding.html",
            status=400 if failure else 200,
            id=int(request.match_info["id"]),
            issued=None,
            failure=failure,
            wrong=wrong,
            ways=[(name, one.label) for name, one in WAYS.items()],
            way=way,
            reason=reason,
            longest=LONGEST_REASON,
        )

    @staticmethod
    def _shown(request: web.Request, seat: Seat, issued: Issued) -> web.StreamResponse:
        until = issued.until.astimezone(SHANGHAI)
        # The one string that is not escaped: drawn by us from the address, which stands in it as modules only.
        picture = Markup(qr_svg(issued.url, sized=False))  # noqa: S704
        return view(
            request,
            seat,
            "binding.html",
            id=int(request.match_info["id"]),
            issued=issued,
            picture=picture,
            until=f"{until.month}月{until.day}日 {until:%H:%M}",
        )


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Its one address."""
    pages = Binding(deps)
    at = rf"{FAMILY}/{{id:\d{{1,12}}}}/code"
    return [
        web.get(at, seated(deps, "binding", pages.ask, *FAMILY_ROLES)),
        web.post(at, seated(deps, "binding", pages.make, *FAMILY_ROLES)),
    ]
