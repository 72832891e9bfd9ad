"""提醒: the list of those that nothing reached, for visits, and of what is in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.console.campaigns import CAMPAIGNS
from bot.console.menu import CAMPAIGN_ROLES
from bot.console.shell import ConsoleDeps, Seat, Trouble, done, first_of, form, seated, view
from handlers.reminders.campaigns import CampaignDesk
from handlers.reminders.doubts import CHOICES, DoubtDesk
from handlers.reminders.visits import NO_ADDRESS, VisitDesk
from handlers.staff import StaffRefusal
from storage.ports.record import Record

VISITS: Final = f"{CAMPAIGNS}/visits"
DOUBTFUL: Final = f"{CAMPAIGNS}/doubtful"
PAGE: Final = 25
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Wanted(Record):
    """What the address asks for; whatever it does not know is nothing."""

    region: str = ""
    campaign: str = ""
    done: str = ""
    after: int = 0

    @classmethod
    def of(cls, given: Mapping[str, str], regions: tuple[str, ...]) -> Wanted:
        """From the query of an address."""
        region, campaign, after = given.get("region", ""), given.get("campaign", ""), given.get("after", "0")
        return cls(
            region if region in regions else "",
            campaign if _is_number(campaign) else "",
            "1" if given.get("done") == "1" else "",
            int(after) if _is_number(after) else 0,
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.region or self.campaign)

    @property
    def query(self) -> str:
        """As the query of an address; '' for nothing."""
        return self.at(self.after)

    def at(self, after: int) -> str:
        """The same, from another place on."""
        pairs = {"region": self.region, "campaign": self.campaign, "done": self.done, "after": str(after or "")}
        kept = {name: value for name, value in pairs.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


class Lists:
    """The pages of both lists."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._names = {code: region.name for code, region in deps.services.regions.items()}
        self._clock = deps.clock
        self._desk = CampaignDesk(deps.store, deps.services)
        self._visits = VisitDesk(self._desk)
        self._doubts = DoubtDesk(self._desk)

    async def visits(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: a page of the list for visits, masked."""
        return await self._page(request, seat, self._wanted(request.query, seat))

    def _wanted(self, given: Mapping[str, str], seat: Seat) -> Wanted:
        return Wanted.of(given, self._desk.regions_of(seat.staff))

    async def _page(
        self,
        request: web.Request,
        seat: Seat,
        wanted: Wanted,
        failure: str = "",
        typed_in: Mapping[str, str] | None = None,
        *,
        exporting: bool = False,
    ) -> web.Response:
        found = await self._visits.unreached(
            seat.staff, wanted.region, int(wanted.campaign or 0), wanted.after, PAGE + 1, visited=bool(wanted.done)
        )
        return view(
            request,
            seat,
            "campaign_visits.html",
            status=400 if failure else 200,
            failure=failure,
            typed_in=typed_in or {},
            open_export=exporting,
            wanted=wanted,
            rows=found[:PAGE],
            first=f"{VISITS}{wanted.at(0)}" if wanted.after else "",
            next=f"{VISITS}{wanted.at(found[PAGE - 1].notice_id)}" if len(found) > PAGE else "",
            regions=[(code, self._names[code]) for code in self._desk.regions_of(seat.staff)],
            campaigns=[(str(one.campaign.id), one.campaign.title) for one in await self._desk.listed(seat.staff)],
            acts=self._desk.acts(seat.staff),
            no_address=NO_ADDRESS,
        )

    async def visited(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: somebody was visited or called; what came of it."""
        given = await form(request, seat)
        wanted, number = self._wanted(request.query, seat), request.match_info["notice"]
        try:
            await self._visits.visit(seat.staff, int(number), first_of(given, "note"))
        except LookupError:
            raise Trouble(404) from None
        except StaffRefusal as refusal:
            return await self._page(request, seat, wanted, refusal.sentence, {"row": number, "note": first_of(given, "note")})
        return done(f"{VISITS}{wanted.query}", "记好了，已从名单里去掉。")

    async def export(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: the list as a workbook."""
        given = await form(request, seat)
        wanted = self._wanted({name: values[0] for name, values in given.items()}, seat)
        try:
            found = await self._visits.export(seat.staff, first_of(given, "reason"), wanted.region, int(wanted.campaign or 0))
        except StaffRefusal as refusal:
            typed = {"reason": first_of(given, "reason")}
            return await self._page(request, seat, wanted, refusal.sentence, typed, exporting=True)
        more = f"{'前' if found.more else ''}{found.people}人"
        name = quote(f"上门名单-{self._clock.now():%Y%m%d}-{more}.xlsx")
        headers = {"Content-Disposition": f"attachment; filename=\"visits.xlsx\"; filename*=UTF-8''{name}"}
        return web.Response(body=found.body, content_type=_XLSX, headers=headers)

    async def doubtful(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: what may or may not have been sent."""
        return await self._doubtful(request, seat)

    async def _doubtful(self, request: web.Request, seat: Seat, failure: str = "") -> web.Response:
        wanted = self._wanted(request.query, seat)
        try:
            found = await self._visits.doubtful(seat.staff, int(wanted.campaign or 0), wanted.after, PAGE + 1)
        except LookupError:
            raise Trouble(404) from None
        following = f"{DOUBTFUL}{wanted.at(found[PAGE - 1].notice_id)}" if len(found) > PAGE else ""
        return view(
            request,
            seat,
            "campaign_doubtful.html",
            status=400 if failure else 200,
            failure=failure,
            rows=found[:PAGE],
            next=following,
            wanted=wanted,
            choices=list(CHOICES.items()),
            acts=self._desk.acts(seat.staff),
        )

    async def decided(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: what became of a row in doubt."""
        given = await form(request, seat)
        try:
            sentence = await self._doubts.decide(seat.staff, int(request.match_info["notice"]), first_of(given, "choice"))
        except LookupError:
            raise Trouble(404) from None
        except StaffRefusal as refusal:
            return await self._doubtful(request, seat, refusal.sentence)
        return done(f"{DOUBTFUL}{self._wanted(request.query, seat).query}", sentence)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 12


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Addresses of the lists."""
    lists = Lists(deps)

    async def back(request: web.Request, seat: Seat) -> web.StreamResponse:
        """The address of a form, opened again: its page."""
        raise web.HTTPSeeOther(VISITS)

    async def back_to_doubts(request: web.Request, seat: Seat) -> web.StreamResponse:
        """The address of a decision, opened again: the list."""
        raise web.HTTPSeeOther(DOUBTFUL)

    return [
        web.post(rf"{DOUBTFUL}/{{notice:\d{{1,12}}}}", seated(deps, "decided", lists.decided, "运营")),
        web.get(rf"{DOUBTFUL}/{{notice:\d{{1,12}}}}", seated(deps, "doubtful", back_to_doubts, *CAMPAIGN_ROLES)),
        web.get(VISITS, seated(deps, "visits", lists.visits, *CAMPAIGN_ROLES)),
        web.get(DOUBTFUL, seated(deps, "doubtful", lists.doubtful, *CAMPAIGN_ROLES)),
        web.post(f"{VISITS}/export", seated(deps, "visits_export", lists.export, "运营")),
        web.get(f"{VISITS}/export", seated(deps, "visits", back, *CAMPAIGN_ROLES)),
        web.post(rf"{VISITS}/{{notice:\d{{1,12}}}}", seated(deps, "visited", lists.visited, "运营")),
        web.get(rf"{VISITS}/{{notice:\d{{1,12}}}}", seated(deps, "visits", back, *CAMPAIGN_ROLES)),
    ]
