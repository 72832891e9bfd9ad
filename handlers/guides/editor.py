"""Editing guides in the console: what is shown now, what an editor typed, every version, and the way back.

A save is a new version; nothing is overwritten. Whoever saves says which version they saw: when another came since, nothing is saved and
both texts are shown. Every save is audited with who and which fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from handlers.guides.checks import Problem, problems_of, problems_of_all
from handlers.guides.versions import newest_of, packed, shipped_as, unpacked
from handlers.services import Services
from handlers.staff import record
from storage.ports.record import Record
from storage.ports.records import GUIDE_ROLES, Guide, GuideEdit, GuideWay, Staff
from storage.ports.regions import Region
from storage.ports.repositories import Conflict, Repositories, Store
from storage.windows import hours_text

LABELS: Mapping[str, str] = {
    "title": "标题",
    "short": "平常的叫法",
    "brief": "一句话",
    "aliases": "别名",
    "role": "给谁看",
    "applies": "适用",
    "conditions": "条件",
    "materials": "材料",
    "ways": "渠道与步骤",
    "hours": "办理时间",
    "fee": "费用",
    "result": "时限与结果",
    "forms": "表单",
    "notes": "注意",
    "validity": "时效说明",
    "window": "服务窗口",
    "sees": "相关指南",
}
"""The fields that an editor changes, in the order of the form."""

LINES = frozenset({"aliases", "conditions", "materials", "ways", "forms", "notes"})
"""Fields of several lines: one entry a line."""

_HEADING = re.compile(r"【(.{1,40})】")
_SPACES = re.compile(r"[^\S\n]+")


class Change(Record):
    """A field that differs: its label, what stood there, what stands there now."""

    label: str
    before: str
    after: str


class Version(Record):
    """One version in the history. `id` is 0 for the text as shipped; `changes` are against the version before it."""

    id: int
    at: datetime | None
    who: str
    note: str
    changes: tuple[Change, ...]
    restored: bool
    """The text as shipped was put back."""


class Row(Record):
    """A guide in the list of the console."""

    guide: Guide
    edited_at: datetime | None
    edited_by: str


class Looked(Record):
    """A guide with its history, newest version first; `seen` is the id of the newest, which a save must name."""

    guide: Guide
    seen: int
    versions: tuple[Version, ...]


class Saved(Record):
    """What became of a save: `problems` stopped it; `clash` is the text of another editor that came meanwhile (with its id in `seen`)."""

    guide: Guide
    seen: int
    problems: tuple[Problem, ...] = ()
    clash: Guide | None = None
    changes: tuple[Change, ...] = ()

    @property
    def done(self) -> bool:
        """Whether a new version was kept."""
        return not self.problems and self.clash is None and bool(self.changes)


def text_of(guide: Guide, field: str) -> str:
    """A field as it stands in the form: entries a line each, ways under their 【name】, related codes with blanks."""
    if field == "ways":
        return "\n".join(line for way in guide.ways for line in (f"【{way.title}】", *way.steps))
    value = getattr(guide, field)
    if field == "sees":
        return " ".join(value)
    return "\n".join(value) if field in LINES else str(value)


def typed(shipped: Guide, given: Mapping[str, str]) -> Guide:
    """The guide that an editor typed; code, region and part are those of the shipped one."""

    def line(field: str) -> str:
        return _SPACES.sub(" ", given.get(field, "").replace("\n", " ")).strip()

    def lines(field: str) -> tuple[str, ...]:
        found = (_SPACES.sub(" ", one).strip() for one in given.get(field, "").split("\n"))
        return tuple(one for one in found if one)

    return replace(
        shipped,
        title=line("title"),
        short=line("short"),
        brief=line("brief"),
        aliases=lines("aliases"),
        role=line("role"),
        applies=line("applies"),
        conditions=lines("conditions"),
        materials=lines("materials"),
        ways=_ways(lines("ways")),
        hours=line("hours"),
        fee=line("fee"),
        result=line("result"),
        forms=lines("forms"),
        notes=lines("notes"),
        validity=line("validity"),
        window=line("window"),
        sees=tuple(line("sees").split()),
    )


def _ways(lines: tuple[str, ...]) -> tuple[GuideWay, ...]:
    """【name】 begins a way; steps before any name are of a way called 办理."""
    ways: list[GuideWay] = []
    for line in lines:
        if heading := _HEADING.fullmatch(line):
            ways.append(GuideWay(heading[1].strip(), ()))
        elif ways:
            ways[-1] = GuideWay(ways[-1].title, (*ways[-1].steps, line))
        else:
            ways.append(GuideWay("办理", (line,)))
    return tuple(ways)


def names_in(region: Region) -> Mapping[str, str]:
    """What stands for a code where people read: the title of a guide, what a service window is for and when."""
    windows = {code: "：".join(part for part in (one.name, hours_text(one)) if part) for code, one in region.windows.items()}
    return {**windows, **{code: guide.title for code, guide in region.guides.items()}}


def changes_between(before: Guide, after: Guide, names: Mapping[str, str]) -> tuple[Change, ...]:
    """Field by field what differs, in the order of the form; codes as `names` (of `names_in`) call them."""
    found = []
    for field, label in LABELS.items():
        old, new = text_of(before, field), text_of(after, field)
        if old != new:
            if field == "sees":
                old, new = ("、".join(names.get(code, code) for code in one.split()) for one in (old, new))
            shown = GUIDE_ROLES if field == "role" else names if field == "window" else {}
            found.append(Change(label, shown.get(old, old), shown.get(new, new)))
    return tuple(found)


class GuideEditor:
    """Everything that the console does with guides."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    @staticmethod
    async def _name(tx: Repositories, staff_id: int) -> str:
        """Who edited, also when the account is switched off; 不在册 when it is gone."""
        staff = await tx.staff.get(staff_id)
        return staff.name if staff else "不在册的账号"

    def regions_of(self, by: Staff) -> tuple[str, ...]:
        """The regions of the account that have guides."""
        return tuple(code for code, region in self._services.regions.items() if code in by.regions and region.guides)

    def shipped(self, by: Staff, code: str) -> Guide:
        """The guide as shipped; raises LookupError for none, and for one of a region that is not the account's."""
        found = shipped_as(self._services.regions, code)
        if found is None or found.region not in by.regions:
            raise LookupError(code)
        return found

    async def listed(self, by: Staff) -> tuple[Row, ...]:
        """The guides of the account's regions as they are shown now, in their order."""
        rows: list[Row] = []
        async with self._store.reading() as tx:
            for code in self.regions_of(by):
                region, edits = self._services.regions[code], await tx.guide_edits.newest(code)
                names = {edit.staff_id: await self._name(tx, edit.staff_id) for edit in edits.values()}
                for guide in region.guides.values():
                    edit = edits.get(guide.code)
                    who = names[edit.staff_id] if edit else ""
                    rows.append(Row(unpacked(edit, guide), edit.at if edit else None, who))
        return tuple(rows)

    async def look(self, by: Staff, code: str) -> Looked:
        """The guide now and every version of it; raises LookupError."""
        shipped = self.shipped(by, code)
        async with self._store.transaction() as tx:
            edits = await tx.guide_edits.history(shipped.region, code)
            names = {edit.staff_id: await self._name(tx, edit.staff_id) for edit in edits}
        names_of_codes = names_in(self._services.regions[shipped.region])
        versions, before = [Version(0, None, "", "", (), restored=False)], shipped
        for edit in reversed(edits):
            guide = unpacked(edit, shipped)
            versions.append(
                Version(
                    edit.id,
                    edit.at,
                    names[edit.staff_id],
                    edit.note,
                    changes_between(before, guide, names_of_codes),
                    restored=not edit.body,
                )
            )
            before = guide
        return Looked(before, edits[0].id if edits else 0, tuple(reversed(versions)))

    async def problems(self, guide: Guide) -> tuple[Problem, ...]:
        """What is wrong with it, also beside all other guides as they are shown now."""
        found = problems_of(guide, self._services.regions[guide.region])
        async with self._store.transaction() as tx:
            others = [one for region in self._services.regions.values() for one in await newest_of(tx, region)]
        others = [one for one in others if one.code != guide.code]
        known = set(problems_of_all(others))
        return (*found, *(one for one in problems_of_all((*others, guide)) if one not in known))

    async def save(self, by: Staff, guide: Guide, seen: int, note: str = "") -> Saved:
        """Keep it as a new version, unless something is wrong with it, nothing has changed, or another version came since `seen`."""
        shipped = self.shipped(by, guide.code)
        if problems := await self.problems(guide):
            return Saved(guide, seen, problems)
        return await self._keep(by, shipped, guide, seen, "" if guide == shipped else packed(guide), note, "guide-edit")

    async def restore(self, by: Staff, code: str, version: int, seen: int) -> Saved:
        """Put an earlier version back (0: the text as shipped) as a new one; raises LookupError for no such version."""
        shipped = self.shipped(by, code)
        async with self._store.transaction() as tx:
            edits = {edit.id: edit for edit in await tx.guide_edits.history(shipped.region, code)}
        if version and version not in edits:
            raise LookupError(code)
        body = edits[version].body if version else ""
        guide = unpacked(edits[version], shipped) if version else shipped
        return await self._keep(by, shipped, guide, seen, body, "恢复到以前的版本", "guide-undo")

    async def _keep(self, by: Staff, shipped: Guide, guide: Guide, seen: int, body: str, note: str, action: str) -> Saved:
        now = self._services.clock.now()
        try:
            async with self._store.transaction() as tx:
                history = await tx.guide_edits.history(shipped.region, shipped.code, 1)
                current = unpacked(history[0] if history else None, shipped)
                newest = history[0].id if history else 0
                if newest != seen:
                    return Saved(guide, newest, clash=current)
                changes = changes_between(current, guide, names_in(self._services.regions[shipped.region]))
                if not changes:
                    return Saved(guide, seen)
                kept = await tx.guide_edits.add(GuideEdit(0, shipped.region, shipped.code, body, now, by.id, note[:200]), seen)
                fields = "、".join(change.label for change in changes)
                await record(tx, now, by, action, note=f"{shipped.code} {fields}"[:200])
                return Saved(guide, kept.id, changes=changes)
        except Conflict:
            looked = await self.look(by, shipped.code)
            return Saved(guide, looked.seen, clash=looked.guide)
