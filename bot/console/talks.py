"""/console/talks: who waits for a person, the talk itself, answering, handing on, closing. The pages look again by themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.console.caseview import Row, case_row
from bot.console.filters import Due, age_words, due_words, moment_words
from bot.console.shell import ConsoleDeps, Seat, done, first_of, form, seated, view
from dialogs.masks import masked_name
from handlers.filings.office import NotAllowed
from handlers.humans.counter import CLOSED, LEFT, MOST_CHARACTERS, OPEN, ROLE, WAITING, Conversation, Counter, Waiting
from storage.ports.record import Record
from storage.ports.records import ThreadLine
from storage.ports.repositories import Conflict
from storage.ports.time import SHANGHAI

STATES: Final[Mapping[str, str]] = {WAITING: "排队中", OPEN: "接待中", LEFT: "留言", CLOSED: "已结束"}
_WHO: Final[Mapping[str, str]] = {"person": "对方", "bot": "机器人", "staff": "工作人员"}
_PHRASES: Final = Path(__file__).parent / "phrases.toml"


@cache
def phrases() -> tuple[tuple[str, str], ...]:
    """What staff say often: (label, text), in the file's order."""
    read = tomllib.loads(_PHRASES.read_text("utf-8"))
    return tuple((one["label"], one["text"]) for one in read["phrases"])


class TalkRow(Record):
    """One talk of the list."""

    id: int
    version: int
    topic: str
    region: str
    state: str
    state_text: str
    waited: str
    place: int
    due: Due | None
    holder: str
    mine: bool
    can_take: bool


class LineView(Record):
    """One message. `who` is said in words as well as shown by its side."""

    id: int
    kind: str
    who: str
    at: str
    text: str


class Talks:
    """Pages of 客服."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._deps = deps
        self._counter = Counter(deps.store, deps.services)

    # ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def everyone(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/talks."""
        return view(request, seat, "talks.html", **await self._listed(seat))

    async def everyone_part(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/talks/list: the list alone, for the page that looks again."""
        return view(request, seat, "talks_list.html", **await self._listed(seat))

    async def _listed(self, seat: Seat) -> dict[str, Any]:
        rows = [self._row(one, seat) for one in await self._counter.waiting(seat.staff)]
        now = self._deps.clock.now().astimezone(SHANGHAI)
        return {
            "mine": [row for row in rows if row.mine],
            "waiting": [row for row in rows if row.state == WAITING and not row.mine],
            "left": [row for row in rows if row.state == LEFT and not row.mine],
            "others": [row for row in rows if row.state == OPEN and not row.mine],
            "at": f"{now:%H:%M:%S}",
            "csrf": seat.csrf,
        }

    def _row(self, one: Waiting, seat: Seat) -> TalkRow:
        thread = one.thread
        region = self._deps.services.regions.get(thread.region)
        today = self._deps.clock.now().astimezone(SHANGHAI).date()
        mine = thread.claimed_by == seat.staff.id
        return TalkRow(
            id=thread.id,
            version=thread.version,
            topic=thread.topic or "没有说主题",
            region=region.name if region else thread.region,
            state=thread.state,
            state_text=STATES[thread.state],
            waited=age_words(one.waited),
            place=one.place,
            due=due_words(one.answer_by, today) if one.answer_by else None,
            holder="您" if mine else one.holder,
            mine=mine,
            can_take=thread.claimed_by is None and thread.state != CLOSED,
        )

    # ── one talk ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def talk(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/talks/<id>."""
        return await self._page(request, seat)

    async def _page(
        self, request: web.Request, seat: Seat, trouble: str = "", text: str = "", status: int = 200
    ) -> web.StreamResponse:
        found = await self._counter.thread(seat.staff, int(request.match_info["talk"]))
        if found is None:
            raise web.HTTPNotFound
        return view(
            request,
            seat,
            "talk.html",
            status=status,
            row=self._row(found.line, seat),
            lines=self._lines(found.lines, found.names, seat),
            person=masked_name(found.person.name) if found.person else "",
            cases=self._cases(found),
            colleagues=tuple((one.id, one.name) for one in found.colleagues),
            phrases=phrases(),
            trouble=trouble,
            text=text,
            most=MOST_CHARACTERS,
            csrf=seat.csrf,
        )

    def _cases(self, found: Conversation) -> tuple[Row, ...]:
        now = self._deps.clock.now()
        return tuple(case_row(case, self._deps.services.regions, now) for case in found.cases)

    def _lines(self, lines: tuple[ThreadLine, ...], names: Mapping[int, str], seat: Seat) -> tuple[LineView, ...]:
        now = self._deps.clock.now()
        return tuple(
            LineView(
                line.id,
                line.who,
                _WHO.get(line.who, line.who)
                if line.by is None
                else "您"
                if line.by == seat.staff.id
                else names.get(line.by, "同事"),
                moment_words(line.at, now),
                line.text,
            )
            for line in lines
        )

    async def lines(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/talks/<id>/lines?after=<line>: what was said since, for the page that looks again."""
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 16):
            raise web.HTTPBadRequest
        found = await self._counter.news(seat.staff, int(request.match_info["talk"]), int(after))
        if found is None:
            raise web.HTTPNotFound
        thread, lines, names = found
        response = view(request, seat, "talk_lines.html", lines=self._lines(lines, names, seat))
        response.headers["X-Talk-Version"] = str(thread.version)
        return response

    async def act(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/talks/<id>/<act>: take, take_over, answer, hand_on, close. What was typed comes back when it could not be done."""
        given = await form(request, seat)
        talk, act = int(request.match_info["talk"]), request.match_info["act"]
        text = first_of(given, "text")
        try:
            where, notice = await self._carried_out(seat, talk, act, given)
        except Conflict:
            return await self._page(request, seat, await self._who_was_faster(seat, talk), text, 409)
        except NotAllowed as refused:
            return await self._page(request, seat, refused.sentence, text, 422)
        except LookupError:
            raise web.HTTPNotFound from None
        raise done(where, notice)

    async def _carried_out(self, seat: Seat, talk: int, act: str, given: Mapping[str, list[str]]) -> tuple[str, str]:
        """Where to go then, and what to say there."""
        staff, version = seat.staff, first_of(given, "version")
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1
        here = f"/console/talks/{talk}"
        match act:
            case "take" | "take_over":
                await self._counter.take(staff, talk, number, over=act == "take_over")
                return here, "已接入。"
            case "answer":
                await self._counter.answer(staff, talk, first_of(given, "text"))
                return f"{here}#reply", ""
            case "hand_on":
                to = first_of(given, "to")
                await self._counter.hand_on(
                    staff, talk, number, int(to) if to.isascii() and to.isdigit() and len(to) < 10 else None
                )
                return "/console/talks", "已转给同事。" if to else "已放回排队。"
            case _:
                await self._counter.close(staff, talk)
                return "/console/talks", "对话已结束，已请对方评价。"

    async def _who_was_faster(self, seat: Seat, talk: int) -> str:
        found = await self._counter.thread(seat.staff, talk)
        if found is None:
            raise web.HTTPNotFound
        if found.thread.state == CLOSED:
            return "这次对话刚才已经结束了。"
        if found.mine:
            return "这次对话刚才有变化，现在由您接待。"
        return (
            f"刚才{found.line.holder or '另一位同事'}已经接入了这次对话。"
            if found.thread.claimed_by
            else "这次对话刚才有变化，请再看一下。"
        )

    async def back(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET on the address of a form: the talk."""
        raise web.HTTPSeeOther(f"/console/talks/{request.match_info['talk']}")


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """The addresses of talks."""
    talks = Talks(deps)
    one = r"/console/talks/{talk:\d{1,12}}"
    acts = "take|take_over|answer|hand_on|close"
    return [
        web.get("/console/talks", seated(deps, "console_talks", talks.everyone, ROLE)),
        web.get("/console/talks/list", seated(deps, "console_talks_part", talks.everyone_part, ROLE, quiet=True)),
        web.get(one, seated(deps, "console_talk", talks.talk, ROLE)),
        web.get(f"{one}/lines", seated(deps, "console_talk_part", talks.lines, ROLE, quiet=True)),
        web.post(f"{one}/{{act:{acts}}}", seated(deps, "console_talk_act", talks.act, ROLE)),
        web.get(f"{one}/{{act:{acts}}}", seated(deps, "console_back", talks.back, ROLE)),
    ]
