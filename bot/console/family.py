"""/console/family: 亲情 of a person, found by 证件号码: who may help, adding a relative with a reason, ending one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from bot.console.menu import FAMILY_ROLES
from bot.console.shell import ConsoleDeps, Seat, Trouble, done, first_of, form, seated, view
from dialogs.desk_family import SCOPE_WORDS, scopes_said
from dialogs.masks import masked_id, masked_name
from handlers.family.counter import LONGEST_REASON, FamilyCounter, Kept, Unfit, Wish
from handlers.family.granting import years_on
from handlers.staff import StaffRefusal
from storage.ports.records import MOST_RELATIVES

FAMILY: Final = "/console/family"
_LONGEST_NUMBER: Final = 40


class FamilyPages:
    """Pages of 受理 and 客服. Nothing that identifies the person is in an address."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._deps = deps
        self._counter = FamilyCounter(deps.store, deps.services)

    async def search(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: the form."""
        return self._found(request, seat)

    async def find(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: the people of that number, in the staff's regions; one of them is opened at once."""
        given = await form(request, seat)
        number = first_of(given, "what").strip()[:_LONGEST_NUMBER]
        found = await self._counter.find(seat.staff, number) if number else ()
        if len(found) == 1:
            return done(f"{FAMILY}/{found[0].id}")
        people = [
            {"id": one.id, "name": masked_name(one.name), "id_no": masked_id(one.id_no), "region": self._region(one.region)}
            for one in found
        ]
        failure = "" if people else "没有找到。请核对证件号码；别的地区的人这里看不到。" if number else "请输入证件号码。"
        return self._found(request, seat, people, failure, number)

    def _found(
        self, request: web.Request, seat: Seat, people: list[dict[str, Any]] | None = None, failure: str = "", number: str = ""
    ) -> web.Response:
        status = 400 if failure else 200
        return view(request, seat, "family.html", status=status, people=people or [], failure=failure, number=number)

    async def one(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: one person."""
        return await self._shown(request, seat)

    async def add(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: a grant."""
        given = await form(request, seat)
        person_id = int(request.match_info["id"])
        wish = Wish(
            code=first_of(given, "code"),
            scopes=given.get("scope", []),
            label=first_of(given, "label"),
            until=first_of(given, "until"),
            together=first_of(given, "together") == "together",
            reason=first_of(given, "reason"),
        )
        try:
            granted = await self._counter.add(seat.staff, person_id, wish)
        except Unfit as unfit:
            failure = f"还没有授权：有 {len(unfit.wrong)} 处要改，下面标出来了。"
            return await self._shown(request, seat, failure, given, unfit.wrong)
        except StaffRefusal as refusal:
            return await self._shown(request, seat, refusal.sentence, given)
        return done(f"{FAMILY}/{person_id}", f"授权好了，家属的微信已经通知。{granted.told}")

    async def end(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: a grant ends."""
        given = await form(request, seat)
        person_id = int(request.match_info["id"])
        try:
            await self._counter.end(seat.staff, person_id, int(request.match_info["grant"]), first_of(given, "reason"))
        except Unfit as unfit:
            ending = int(request.match_info["grant"])
            return await self._shown(request, seat, "还没有结束，请把标出来的填好。", ending=ending, why=unfit.wrong["reason"])
        except StaffRefusal as refusal:
            return await self._shown(request, seat, refusal.sentence)
        return done(f"{FAMILY}/{person_id}", "这个亲情授权已经结束，双方都会收到通知。")

    async def _shown(
        self,
        request: web.Request,
        seat: Seat,
        failure: str = "",
        given: Mapping[str, list[str]] | None = None,
        wrong: Mapping[str, str] | None = None,
        ending: int = 0,
        why: str = "",
    ) -> web.Response:
        kept = await self._counter.look(seat.staff, int(request.match_info["id"]))
        if kept is None:
            raise Trouble(404)
        today = self._counter.today
        given = given or {}
        return view(
            request,
            seat,
            "family_one.html",
            status=400 if failure else 200,
            id=kept.person.id,
            name=masked_name(kept.person.name),
            facts=[("证件号码", masked_id(kept.person.id_no)), ("参保地", self._region(kept.person.region))],
            rows=self._rows(kept),
            full=len(kept.grants) >= MOST_RELATIVES,
            most=MOST_RELATIVES,
            failure=failure,
            wrong=wrong or {},
            ending=ending,
            why=why,
            scopes=list(SCOPE_WORDS.items()),
            chosen=given.get("scope", []),
            together=given.get("together", ["later"]),
            until=first_of(given, "until") or years_on(today, 1).isoformat(),
            typed={name: first_of(given, name) for name in ("code", "label", "reason")},
            longest=LONGEST_REASON,
        )

    def _rows(self, kept: Kept) -> list[dict[str, Any]]:
        return [
            {
                "id": one.id,
                "label": one.label,
                "scopes": scopes_said(one.scopes),
                "until": one.until.isoformat(),
                "remind": "" if "remind" not in one.scopes else "和本人一起" if one.together else "联系不上本人时",
                "by": "本人" if one.granted_by == "code" else kept.staff.get(one.granted_by, "工作人员"),
                "reason": one.reason,
            }
            for one in kept.grants
        ]

    def _region(self, code: str) -> str:
        region = self._deps.services.regions.get(code)
        return region.name if region else code


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Addresses of 亲情."""
    pages = FamilyPages(deps)
    one = rf"{FAMILY}/{{id:\d{{1,12}}}}"

    async def back(request: web.Request, seat: Seat) -> web.StreamResponse:
        """The address of a form, opened again: the page of the person."""
        raise web.HTTPSeeOther(f"{FAMILY}/{request.match_info['id']}")

    end = rf"{one}/{{grant:\d{{1,12}}}}/end"
    return [
        web.get(FAMILY, seated(deps, "family", pages.search, *FAMILY_ROLES)),
        web.post(FAMILY, seated(deps, "family", pages.find, *FAMILY_ROLES)),
        web.get(one, seated(deps, "family", pages.one, *FAMILY_ROLES)),
        web.post(f"{one}/add", seated(deps, "family", pages.add, *FAMILY_ROLES)),
        web.get(f"{one}/add", seated(deps, "family", back, *FAMILY_ROLES)),
        web.post(end, seated(deps, "family", pages.end, *FAMILY_ROLES)),
        web.get(end, seated(deps, "family", back, *FAMILY_ROLES)),
    ]
