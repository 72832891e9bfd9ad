"""指南: guides in the console: the list, a guide with its history, editing with a preview, and the way back.

Every page works without a script. What was typed is never lost: a mistake, a preview and somebody else's edit all come back with it.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from bot.console.menu import GUIDE_ROLES
from bot.console.shell import ConsoleDeps, Seat, Trouble, done, first_of, form, seated, view
from dialogs.chapters.guides import FORMS, MATERIALS, STEPS, brief_lines, parts_of, section_lines, sections_of
from handlers.guides.checks import Problem
from handlers.guides.editor import LABELS, LINES, GuideEditor, Saved, changes_between, names_in, text_of, typed
from storage.ports.records import GUIDE_ROLES as READERS
from storage.ports.records import Guide

GUIDES: Final = "/console/guides"
EDITOR: Final = "运营"
_ROWS: Final = {"aliases": 5, "conditions": 5, "materials": 8, "ways": 14, "forms": 5, "notes": 5}
_AREAS: Final = ("brief", "applies", "hours", "fee", "result", "validity")
_HINTS: Final = {
    "title": "最多 32 个字。",
    "short": "列表和聊天里这样叫；标题大家都懂就空着。",
    "brief": "聊天里的第一句，最多 100 个字，直接回答怎么办。",
    "aliases": "别人会怎么说这件事，一行一个；同一个说法只能属于一篇指南。",
    "conditions": "一行一条。",
    "materials": "一行一条；不用材料就空着。",
    "ways": "渠道名称单独一行，写在【】里；下面一行一步。",
    "hours": "不知道就空着，不要写“未写明”。",
    "fee": "不知道就空着。",
    "forms": "一行一个表。",
    "notes": "一行一条。",
    "validity": "从什么时候起、后来有什么变化、办理前该问哪里。每篇都要有。",
    "sees": "看完这篇可能还要看的，勾上就行。",
}


class Guides:
    """The pages; what they do is in `handlers.guides.editor`."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._editor = GuideEditor(deps.store, deps.services)
        self._regions = deps.services.regions

    async def listed(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/guides, and `?q=` for those that have all these words in title, aliases, number or what they say."""
        rows = await self._editor.listed(seat.staff)
        asked = request.query.get("q", "")[:60].strip()
        parts: dict[str, list[Any]] = {}
        for row in rows:
            if not _has(row.guide, asked):
                continue
            parts.setdefault(f"{self._regions[row.guide.region].name} · {row.guide.part}", []).append(row)
        return view(request, seat, "guides.html", parts_by=parts, asked=asked, edits=EDITOR in seat.staff.roles)

    async def one(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/guides/<code>: as people see it, and every version."""
        try:
            looked = await self._editor.look(seat.staff, request.match_info["code"])
        except LookupError:
            raise Trouble(404) from None
        return view(
            request,
            seat,
            "guide.html",
            looked=looked,
            guide=looked.guide,
            preview=preview_of(looked.guide),
            region=self._regions[looked.guide.region],
            edits=EDITOR in seat.staff.roles,
            problems=await self._editor.problems(looked.guide),
        )

    async def edit(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /console/guides/<code>/edit."""
        try:
            looked = await self._editor.look(seat.staff, request.match_info["code"])
        except LookupError:
            raise Trouble(404) from None
        return self._form(request, seat, looked.guide, looked.seen)

    async def save(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/guides/<code>/edit: preview, or save."""
        given = await form(request, seat)
        try:
            shipped = self._editor.shipped(seat.staff, request.match_info["code"])
        except LookupError:
            raise Trouble(404) from None
        fields = {field: first_of(given, field) for field in LABELS} | {"sees": " ".join(given.get("sees", ()))}
        guide = typed(shipped, fields)
        seen, note = _number(first_of(given, "seen")), first_of(given, "note").strip()
        if first_of(given, "do") != "save":
            problems = await self._editor.problems(guide)
            return self._form(request, seat, guide, seen, note=note, problems=problems, shown=True)
        saved = await self._editor.save(seat.staff, guide, seen, note)
        return self._after(request, seat, saved, note)

    async def restore(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /console/guides/<code>/undo: an earlier version, or the text as shipped (version 0)."""
        given, code = await form(request, seat), request.match_info["code"]
        try:
            saved = await self._editor.restore(
                seat.staff, code, _number(first_of(given, "version")), _number(first_of(given, "seen"))
            )
        except LookupError:
            raise Trouble(404) from None
        if saved.clash is not None:
            raise done(f"{GUIDES}/{code}", "刚才有别人先改了这篇指南，这次没有恢复。请看一下现在的内容再决定。")
        words = (
            f"已恢复，改动了：{_labels(saved)}。公众号里马上就是这个版本，页面一分钟内更新。"
            if saved.changes
            else "这个版本和现在的一样，没有改动。"
        )
        raise done(f"{GUIDES}/{code}", words)

    def _after(self, request: web.Request, seat: Seat, saved: Saved, note: str) -> web.StreamResponse:
        if saved.done:
            words = f"已保存，改动了：{_labels(saved)}。公众号里马上就是这个版本，页面一分钟内更新。"
            raise done(f"{GUIDES}/{saved.guide.code}", words)
        if saved.problems or saved.clash is not None:
            return self._form(
                request, seat, saved.guide, saved.seen, note=note, problems=saved.problems, clash=saved.clash, shown=True
            )
        raise done(f"{GUIDES}/{saved.guide.code}", "内容没有变化，没有保存新版本。")

    def _form(
        self,
        request: web.Request,
        seat: Seat,
        guide: Guide,
        seen: int,
        *,
        note: str = "",
        problems: tuple[Problem, ...] = (),
        clash: Guide | None = None,
        shown: bool = False,
    ) -> web.StreamResponse:
        region = self._regions[guide.region]
        names = names_in(region)
        windows = [("", "没有"), *((code, names[code]) for code in region.windows)]
        others = [(one.code, one.title) for one in region.guides.values() if one.code != guide.code]
        wrong: dict[str, str] = {}
        for problem in problems:
            wrong[problem.field] = wrong.get(problem.field, "") + problem
        return view(
            request,
            seat,
            "guide_edit.html",
            status=409 if clash is not None else 200,
            guide=guide,
            fields={field: text_of(guide, field) for field in LABELS},
            labels=LABELS,
            lines=LINES,
            areas=_AREAS,
            rows=_ROWS,
            hints=_HINTS,
            readers=list(READERS.items()),
            windows=windows,
            seen=seen,
            note=note,
            others=others,
            problems=problems,
            wrong=wrong,
            clash=changes_between(clash, guide, names) if clash is not None else (),
            clashed=clash is not None,
            preview=preview_of(guide) if shown else (),
        )


def preview_of(guide: Guide) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The guide as chat answers it: a name and its messages for the short answer and for each section."""
    found: list[tuple[str, tuple[str, ...]]] = [("简短回答", ("\n".join(brief_lines(guide)),))]
    there = {wish.said["section"] for _, wish in sections_of(guide)}
    for section, name in ((MATERIALS, "材料"), (STEPS, "步骤"), (FORMS, "表单")):
        if section in there:
            found.append((name, tuple(parts_of(section_lines(guide, section)))))
    return tuple(found)


def _has(guide: Guide, words: str) -> bool:
    there = "\n".join((guide.code, guide.title, guide.part, guide.brief, *guide.aliases)).lower()
    return all(word in there for word in words.lower().split())


def _labels(saved: Saved) -> str:
    return "、".join(change.label for change in saved.changes)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        raise Trouble(400)
    return int(text)


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Addresses of guides."""
    pages = Guides(deps)
    one = rf"{GUIDES}/{{code:[A-Z0-9a-z-]{{2,20}}}}"

    async def back(request: web.Request, seat: Seat) -> web.StreamResponse:
        """The address of a form, opened again: its page."""
        raise web.HTTPSeeOther(request.path.rpartition("/")[0])

    return [
        web.get(GUIDES, seated(deps, "guides", pages.listed, *GUIDE_ROLES)),
        web.get(one, seated(deps, "guide", pages.one, *GUIDE_ROLES)),
        web.get(f"{one}/edit", seated(deps, "guide_edit", pages.edit, EDITOR)),
        web.post(f"{one}/edit", seated(deps, "guide_edit", pages.save, EDITOR)),
        web.post(f"{one}/undo", seated(deps, "guide_undo", pages.restore, EDITOR)),
        web.get(f"{one}/undo", seated(deps, "guide_undo", back, *GUIDE_ROLES)),
    ]
