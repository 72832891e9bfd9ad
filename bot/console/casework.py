"""/console/ (the queue) and /console/cases/<业务流水号>: what 受理 and 审核 do all day. What another region has looks like nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from aiohttp import web

from bot.console.caseview import INLINE, Row, Typed, case_row, holder_name, newest_by, page_of, title_of
from bot.console.filters import OVER, STATES, TO_DO, WAITING, Wanted, due_words, moment_words
from bot.console.shell import ConsoleDeps, Seat, done, first_of, form, seated, view
from dialogs.filings import FILINGS
from dialogs.masks import masked_id, masked_name
from handlers.filings.around import Surroundings
from handlers.filings.office import SEES_CASES, Dossier, NotAllowed
from storage.ports.record import Record
from storage.ports.records import Case, CaseState, QueueRow, Staff
from storage.ports.repositories import Conflict
from storage.ports.time import SHANGHAI

PAGE: Final = 25
_NOTE: Final = 500
_REASON: Final = 100

ACTS: Final[Mapping[str, str]] = {
    "claim": "已领取",
    "release": "已放回",
    "take_over": "已接手",
    "approve": "已通过",
    "reject": "已办为不予通过，原因已发给本人",
    "ask_more": "已要求补正，原因已发给本人",
    "stage_over": "这个环节已办完",
}
"""Act → the sentence on the next page."""

_NEEDS_REASON: Final = {
    "reject": "请写明不通过的原因，本人会看到。",
    "ask_more": "请写明要补什么、改什么，本人会看到。",
    "take_over": "请写明为什么接手，会记在审计日志里。",
}
TITLES: Final = {name: filing.title for name, filing in FILINGS.items()}


class _Chosen(Record):
    """One case of a batch, before it is confirmed: what would be approved, or why not."""

    case_no: str
    version: int
    title: str
    region: str
    facts: tuple[tuple[str, str], ...]
    why_not: str


class _Counts:
    """How many cases stand where, for the top of the queue. Counting a hundred thousand takes a while, so what was counted is kept for
    a hundred times as long as it took, at most ten seconds: it never costs more than a hundredth of the time, and few are counted anew."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._deps = deps
        self._kept: dict[tuple[frozenset[str], frozenset[str]], tuple[float, Mapping[CaseState, int]]] = {}

    async def of(self, staff: Staff) -> Mapping[CaseState, int]:
        """Of the regions and roles of that account."""
        key, begun = (staff.regions, staff.roles), self._deps.clock.monotonic()
        until, counts = self._kept.get(key, (0.0, {}))
        if begun < until:
            return counts
        counts = await self._deps.office.counts(staff)
        ended = self._deps.clock.monotonic()
        self._kept[key] = ended + min(10.0, 100 * (ended - begun)), counts
        return counts

    def forget(self) -> None:
        """Somebody has acted: whoever looks next wants to see it."""
        self._kept.clear()


class Casework:
    """The queue, the case, and what is done from them."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._deps = deps
        self._counts = _Counts(deps)
        self._around = Surroundings(deps.store, deps.services)

    # ── the queue ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def queue(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/: the cases that are asked for, 25 a page."""
        return await self._queue_page(request, seat, Wanted.of(request.query, seat.staff, TITLES))

    async def _queue_page(
        self, request: web.Request, seat: Seat, wanted: Wanted, trouble: str = "", chosen: tuple[str, ...] = ()
    ) -> web.Response:
        deps, staff, now = self._deps, seat.staff, self._deps.clock.now()
        today = now.astimezone(SHANGHAI).date()
        rows, counts = await asyncio.gather(
            deps.office.queue(staff, wanted.filter(staff, today), wanted.after, PAGE + 1), self._counts.of(staff)
        )
        names, people = await self._around.of_queue(rows[:PAGE])
        return view(
            request,
            seat,
            "queue.html",
            wanted=wanted,
            rows=tuple(self._row(row, seat, names, people, chosen) for row in rows[:PAGE]),
            more=wanted.after_row(rows[PAGE - 1]) if len(rows) > PAGE else None,
            to_do=sum(counts.get(state, 0) for state in TO_DO),
            shortcuts=tuple((state, STATES[state], counts.get(state, 0)) for state in (*TO_DO, *WAITING)),
            over=tuple((state, STATES[state]) for state in OVER),
            filings=TITLES,
            regions={code: region.name for code, region in deps.services.regions.items() if code in staff.regions},
            trouble=trouble,
            csrf=seat.csrf,
        )

    def _row(
        self, row: QueueRow, seat: Seat, names: Mapping[int, str], people: Mapping[str, str], chosen: tuple[str, ...]
    ) -> Row:
        now = self._deps.clock.now()
        region = self._deps.services.regions.get(row.region)
        colleague = names.get(row.claimed_by, "一位同事") if row.claimed_by else ""
        return Row(
            case_no=row.case_no,
            title=row.title,
            stage=row.stage,
            region=region.name if region else row.region,
            state=row.state,
            state_text=STATES[row.state],
            at=moment_words(row.submitted_at, now),
            due=due_words(row.due_on, now.astimezone(SHANGHAI).date(), row.state),
            holder="您" if row.claimed_by == seat.staff.id else colleague,
            mine=row.claimed_by == seat.staff.id,
            version=row.version,
            chosen=row.case_no in chosen,
            here=_ticked(row, seat.staff),
            person=people.get(row.case_no, ""),
            free=self._deps.office.may_claim(seat.staff, row),
            seen=row.state is CaseState.SECOND and row.first_reviewer == seat.staff.id,
        )

    async def search(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/search: a case by its number, or a person by 证件号码; never in an address."""
        given = await form(request, seat)
        words = first_of(given, "what")[:60]
        wanted = Wanted.of(request.query, seat.staff, TITLES)
        number = await self._around.case_no(seat.staff, words)
        if number is not None:
            raise done(f"/console/cases/{number}{wanted.query()}")
        found = await self._around.person(seat.staff, words) if words.strip() else ()
        now = self._deps.clock.now()
        regions = self._deps.services.regions
        people = tuple(
            (
                masked_name(one.person.name),
                masked_id(one.person.id_no),
                regions[one.person.region].name,
                tuple(case_row(case, regions, now) for case in one.cases),
            )
            for one in found
        )
        return view(request, seat, "queue_found.html", people=people, wanted=wanted, csrf=seat.csrf, empty=not words.strip())

    async def next(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/next: take the most urgent case that nobody has, of those that the address asks for."""
        await form(request, seat)
        return await self._take_next(seat, Wanted.of(request.query, seat.staff, TITLES))

    async def _take_next(self, seat: Seat, wanted: Wanted, notice: str = "") -> web.StreamResponse:
        staff, today = seat.staff, self._deps.clock.now().astimezone(SHANGHAI).date()
        free = replace(replace(wanted, whose="free", trail=()).filter(staff, today), claimed_by=None, unclaimed=True)
        for row in await self._deps.office.queue(staff, free, None, PAGE):
            try:
                await self._deps.office.claim(staff, row.case_no, row.version)
            except (Conflict, NotAllowed, LookupError):
                continue  # a colleague was faster, or it is not for this role: the one after it
            raise done(f"/console/cases/{row.case_no}{wanted.query()}", f"{notice}已为您领取下一笔。" if notice else "已领取。")
        raise done(f"/console/{wanted.query()}", f"{notice}这里没有等着您领取的业务了。")

    # ── several at once ─────────────────────────────────────────────────────────────────────────────────────────────

    async def batch(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/approve: what would be approved, to be read once more; POST with `sure` carries it out, each by itself."""
        given = await form(request, seat)
        wanted = Wanted.of(request.query, seat.staff, TITLES)
        picked = _picked(given.get("case", []))
        if not picked:
            return await self._queue_page(request, seat, wanted, "还没有选业务。请先在左边打勾，再点“批量通过”。")
        if first_of(given, "sure") == "1":
            return await self._carried_out(request, seat, wanted, picked)
        chosen = [await self._judged(seat, case_no, version) for case_no, version in picked]
        return view(
            request,
            seat,
            "queue_batch.html",
            wanted=wanted,
            ready=tuple(one for one in chosen if not one.why_not),
            left=tuple(one for one in chosen if one.why_not),
            csrf=seat.csrf,
        )

    async def _judged(self, seat: Seat, case_no: str, version: int) -> _Chosen:
        dossier = await self._deps.office.look(seat.staff, case_no)
        if dossier is None:
            return _Chosen(case_no, version, "", "", (), "没有找到这笔业务。")
        case = dossier.case
        why = ""
        if case.version != version:
            why = "刚才有同事处理过，请打开看看现在的情况。"
        elif not batchable(case.filing) or case.state is not CaseState.REVIEW:
            why = "这类业务要逐笔审核，请打开办理。"
        elif "approve" not in dossier.may:
            why = "您现在不能审核这一笔，请打开看看原因。"
        facts = tuple((label, value) for label, value, _ in dossier.facts)
        region = self._deps.services.regions.get(case.region)
        return _Chosen(case_no, version, case.title, region.name if region else "", facts, why)

    async def _carried_out(
        self, request: web.Request, seat: Seat, wanted: Wanted, picked: list[tuple[str, int]]
    ) -> web.StreamResponse:
        allowed: list[_Chosen] = []
        refused: list[_Chosen] = []
        for case_no, version in picked:
            judged = await self._judged(seat, case_no, version)
            (refused if judged.why_not else allowed).append(judged)
        self._counts.forget()
        outcomes = {one.case_no: one.why_not for one in refused}
        outcomes |= dict(await self._deps.office.approve_many(seat.staff, [(one.case_no, one.version) for one in allowed]))
        titles = {one.case_no: one.title for one in (*allowed, *refused)}
        results = tuple((case_no, titles[case_no], outcomes.get(case_no, "")) for case_no, _ in picked)
        return view(request, seat, "queue_outcome.html", wanted=wanted, results=results, good=sum(not why for *_, why in results))

    # ── one case ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def case(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/cases/<case_no>."""
        return await self._case_page(request, seat)

    async def _case_page(
        self, request: web.Request, seat: Seat, typed: Typed | None = None, status: int = 200, seen: Dossier | None = None
    ) -> web.Response:
        deps, staff, now = self._deps, seat.staff, self._deps.clock.now()
        dossier = seen or await self._dossier(request, seat)
        names = await self._around.names()
        around = await self._around.of(staff, dossier.case)
        typed = typed or Typed()
        page = page_of(dossier, around, staff, deps.services.regions, names, now, typed)
        wanted = Wanted.of(request.query, staff, TITLES)
        return view(
            request,
            seat,
            "case.html",
            status=status,
            page=page,
            case=dossier.case,
            wanted=wanted,
            typed=typed,
            csrf=seat.csrf,
            note_length=_NOTE,
            reason_length=_REASON,
        )

    async def _dossier(self, request: web.Request, seat: Seat) -> Dossier:
        dossier = await self._deps.office.look(seat.staff, request.match_info["case_no"])
        if dossier is None:
            raise web.HTTPNotFound
        return dossier

    async def act(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/cases/<case_no>/<act>: claim, release, approve, reject, ask_more, stage_over. Nothing that was typed is lost."""
        given = await form(request, seat)
        case_no, act = request.match_info["case_no"], request.match_info["act"]
        wanted = Wanted.of(request.query, seat.staff, TITLES)
        note, version = first_of(given, "note").strip(), _number(first_of(given, "version"))
        trouble = _NEEDS_REASON.get(act, "") if not note else ""
        if len(note) > _NOTE:
            trouble = f"最多写 {_NOTE} 个字，现在有 {len(note)} 个字，请写短一点。"
        if trouble:
            return await self._case_page(request, seat, Typed(act, note, trouble), 422)
        try:
            case = await self._carry_out(seat, case_no, act, version, note)
        except Conflict:
            return await self._faster(request, seat, act, note)
        except NotAllowed as refused:
            return await self._case_page(request, seat, Typed(act, note, refused.sentence), 403)
        except LookupError:
            raise web.HTTPNotFound from None
        sentence = f"{ACTS[act]}：{case.title} {case_no}。"
        if first_of(given, "from") == "queue":
            raise done(f"/console/{wanted.query()}", sentence)
        if act in {"claim", "take_over"}:
            raise done(f"/console/cases/{case_no}{wanted.query()}", f"{ACTS[act]}。")
        if first_of(given, "next") == "1" and act != "release":
            return await self._take_next(seat, wanted, sentence)
        raise done(f"/console/{wanted.query()}", sentence)

    async def _carry_out(self, seat: Seat, case_no: str, act: str, version: int, note: str) -> Case:
        self._counts.forget()
        office, staff = self._deps.office, seat.staff
        match act:
            case "claim":
                return await office.claim(staff, case_no, version)
            case "take_over":
                return await office.take_over(staff, case_no, version, note)
            case "release":
                return await office.release(staff, case_no, version)
            case "approve":
                return await office.approve(staff, case_no, version, note)
            case "reject":
                return await office.reject(staff, case_no, version, note)
            case "ask_more":
                return await office.ask_more(staff, case_no, version, note)
            case "stage_over":
                return await office.stage_over(staff, case_no, version, note)
        raise web.HTTPNotFound

    async def _faster(self, request: web.Request, seat: Seat, act: str, note: str) -> web.StreamResponse:
        """Somebody else was faster: who, what it is now, and what was typed."""
        dossier = await self._dossier(request, seat)
        case = dossier.case
        names = await self._around.names()
        holder = holder_name(case, seat.staff, names)
        who = newest_by(case, names) if act != "claim" or not holder else holder
        colleague = who if who and who != "您" else "另一位同事"
        state = STATES[case.state] if case.state else ""
        kept = "您写的话还在下面。" if note else ""
        sentence = f"刚才{colleague}已经处理了这笔业务，现在是“{state}”，您的这一步没有办。{kept}"
        return await self._case_page(request, seat, Typed(act, note, sentence), 409, dossier)

    async def reveal(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/cases/<case_no>/reveal: one clear value, in this answer alone, after a reason."""
        given = await form(request, seat)
        label, reason = first_of(given, "label"), first_of(given, "reason").strip()
        if not 2 <= len(reason) <= _REASON:
            trouble = "请写一下为什么要看完整内容，例如“核对材料”。" if len(reason) < 2 else f"原因请写在 {_REASON} 个字以内。"
            return await self._case_page(request, seat, Typed("reveal", trouble=trouble, label=label, reason=reason), 422)
        try:
            clear = await self._deps.office.reveal(seat.staff, request.match_info["case_no"], label, reason)
        except NotAllowed as refused:
            return await self._case_page(
                request, seat, Typed("reveal", trouble=refused.sentence, label=label, reason=reason), 403
            )
        if clear is None:
            raise web.HTTPNotFound
        return await self._case_page(request, seat, Typed(revealed={label: clear}))

    # ── materials ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def material(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET …/materials/<id>: the picture itself. Whatever it calls itself, a browser may do nothing with it but show it."""
        found = await self._deps.office.attachment(
            seat.staff, request.match_info["case_no"], int(request.match_info["attachment"])
        )
        if found is None:
            raise web.HTTPNotFound
        attachment, body = found
        ending = INLINE.get(attachment.content_type)
        response = web.Response(body=body, content_type=attachment.content_type if ending else "application/octet-stream")
        how = "inline" if ending else "attachment"
        response.headers["Content-Disposition"] = f'{how}; filename="material-{attachment.id}.{ending or "bin"}"'
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    async def zoom(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET …/materials/<id>/view: one picture as large as the window, with the way to the others."""
        dossier = await self._dossier(request, seat)
        files = [one for one in dossier.attachments if one.content_type in INLINE]
        ids = [one.id for one in files]
        wanted_id = int(request.match_info["attachment"])
        if wanted_id not in ids:
            raise web.HTTPNotFound
        place = ids.index(wanted_id)
        wanted = Wanted.of(request.query, seat.staff, TITLES)
        return view(
            request,
            seat,
            "case_material.html",
            case=dossier.case,
            file=files[place],
            title=title_of(dossier.filing, files[place]),
            number=place + 1,
            count=len(files),
            before=ids[place - 1] if place else None,
            after=ids[place + 1] if place + 1 < len(ids) else None,
            query=wanted.query(),
        )

    async def back(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET on the address of a form (somebody reloads): the page that the form stands on."""
        case_no = request.match_info.get("case_no")
        wanted = Wanted.of(request.query, seat.staff, TITLES)
        query = wanted.query()
        raise web.HTTPSeeOther(f"/console/cases/{case_no}{query}" if case_no else f"/console/{query}")


def batchable(filing: str) -> bool:
    """Whether several may be approved at once: reviewed by one person, nothing to look at, nothing sensitive, nobody to be answered."""
    found = FILINGS.get(filing)
    if found is None or found.review is None:
        return False
    return not (found.review.four_eyes or found.materials or found.sensitive or found.inside)


def _ticked(row: QueueRow, staff: Staff) -> bool:
    """Whether a row can be chosen for a batch by that member of staff."""
    found = FILINGS.get(row.filing)
    mine = found is not None and found.review is not None and found.review.role in staff.roles
    return mine and batchable(row.filing) and row.state is CaseState.REVIEW and row.claimed_by in {None, staff.id}


def _number(text: str) -> int:
    """A version; one that nothing has for anything that is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _picked(values: list[str]) -> list[tuple[str, int]]:
    """`<case_no>:<version>` of the rows that were ticked, each once."""
    found = {}
    for value in values[:PAGE]:
        case_no, _, version = value.partition(":")
        if case_no.isascii() and case_no.isalnum() and _number(version) >= 0:
            found[case_no] = _number(version)
    return list(found.items())


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """The addresses of the queue and of cases."""
    work = Casework(deps)
    roles = tuple(sorted(SEES_CASES))
    one = r"/console/cases/{case_no:[0-9A-Za-z]{1,40}}"
    acts = "|".join(ACTS)
    return [
        web.get("/console/", seated(deps, "console_queue", work.queue, *roles)),
        web.post("/console/search", seated(deps, "console_search", work.search, *roles)),
        web.post("/console/next", seated(deps, "console_next", work.next, *roles)),
        web.post("/console/approve", seated(deps, "console_batch", work.batch, *roles)),
        *[web.get(f"/console/{name}", seated(deps, "console_back", work.back, *roles)) for name in ("search", "next", "approve")],
        web.get(one, seated(deps, "console_case", work.case, *roles)),
        web.post(f"{one}/{{act:{acts}}}", seated(deps, "console_act", work.act, *roles)),
        web.get(f"{one}/{{act:{acts}|reveal}}", seated(deps, "console_back", work.back, *roles)),
        web.post(f"{one}/reveal", seated(deps, "console_reveal", work.reveal, *roles)),
        web.get(one + r"/materials/{attachment:\d{1,12}}", seated(deps, "console_material", work.material, *roles)),
        web.get(one + r"/materials/{attachment:\d{1,12}}/view", seated(deps, "console_zoom", work.zoom, *roles)),
    ]
