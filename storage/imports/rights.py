"""Import of 权益记录: every kind of record by one reader, from a table of heads; and of 招聘信息 and 求职信息."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from storage import identity
from storage.imports import cells
from storage.imports.report import NOBODY_KNOWN, ImportReport, Problem, Refused, working
from storage.imports.rights_kinds import KINDS, Kind
from storage.imports.source import Given, sheet_of
from storage.imports.table import Cell, Column, Sheet
from storage.ports.record import Record
from storage.ports.records import JobNotice, Person, Right
from storage.ports.repositories import Store

WHO = (
    Column("证件号码", ("公民身份号码", "身份证号码", "身份证号", "社会保障号码"), required=True),
    Column("姓名"),
)
"""The columns that every kind of record has first."""
_MASKED = re.compile(r".*[*＊×某].*|.+(先生|女士|同志)")

JOBS: Mapping[str, str] = {"job_vacancy": "招聘信息", "job_seeker": "求职信息"}
LABELS: Mapping[str, str] = {**{code: kind.label for code, kind in KINDS.items()}, **JOBS}
"""What this module imports: the code and what it is called."""


class _Line(Record):
    """A row that is in order, before its person is known to the store."""

    row: int
    id_no: str
    name: str | None
    record: Any


async def import_rights(
    store: Store | None, code: str, region: str, data: Given, filename: str, dry_run: bool = False
) -> ImportReport:
    """Insert or replace the rows of one kind of record of a file (CSV or XLSX) in one region, all of them or none.

    The people must be on file. A blank cell is what the record says where nothing is known. Idempotent. Problems are reported, never
    raised. Without a store it is a dry run that does not ask who is on file.
    """
    dry_run = dry_run or store is None
    kind = KINDS[code]
    try:
        sheet = await sheet_of(data, (*WHO, *(one.column for one in kind.fields)))
    except Refused as refused:
        return ImportReport(filename, region, 0, 0, 0, dry_run, (Problem(0, "", str(refused)),))
    problems = list(sheet.problems)
    lines = _lines(sheet, kind, problems) if sheet.usable else []
    async with working(store) as repos:
        if repos is not None:
            known = await repos.people.many_by_id_no((line.id_no for line in lines), region)
            for line in lines:
                _check_person(line, known.get(line.id_no), problems)
            if not problems and not dry_run:
                rows: list[Right] = [replace(line.record, person_id=known[line.id_no].id) for line in lines]
                await repos.rights.put_many(rows)
    problems.sort(key=lambda problem: problem.row)
    note = NOBODY_KNOWN if store is None else ""
    added = 0 if problems else len(lines)
    return ImportReport(filename, region, len(sheet.rows), added, 0, dry_run, tuple(problems), note=note)


def _lines(sheet: Sheet, kind: Kind, problems: list[Problem]) -> list[_Line]:
    lines: list[_Line] = []
    seen: dict[tuple[object, ...], int] = {}
    defaults = {one.name: one.default for one in fields(kind.record) if one.default is not MISSING}
    for row in sheet.rows:
        reading = cells.Reading(row, problems)
        id_no = reading.required("证件号码", cells.other_id)
        name = reading.optional("姓名", cells.text)
        found: dict[str, Any] = {}
        for one in kind.fields:
            read = reading.required if one.column.required else reading.optional
            value = read(one.column.name, one.read)
            found[one.name] = defaults.get(one.name, one.blank) if value is None else value
        if not reading.ok or id_no is None:
            continue
        record = kind.record(0, **found)
        if (wrong := kind.check(record)) is not None:
            reading.complain(*wrong)
            continue
        key = (id_no, *(found[name] for name in kind.key))
        if seen.setdefault(key, row.number) != row.number:
            heads = {one.name: one.column.name for one in kind.fields}
            same = "、".join(("同一人", *(heads[name] for name in kind.key)))
            reading.complain("", f"与第{seen[key]}行重复（{same}）")
            continue
        lines.append(_Line(row.number, id_no, name, record))
    return lines


def _check_person(line: _Line, person: Person | None, problems: list[Problem]) -> None:
    if person is None:
        mistyped = identity.check(line.id_no) if line.id_no[:17].isdecimal() and len(line.id_no) == 18 else None
        problems.append(Problem(line.row, "证件号码", mistyped or "这个人在本地区还没有参保登记，请先导入人员"))
    elif line.name is not None and line.name != person.name:
        problems.append(Problem(line.row, "姓名", "与登记的姓名不一致"))


# ── 招聘信息, 求职信息 ──────────────────────────────────────────────────────────────────────────────────────────────


def _masked(cell: Cell) -> str:
    found = cells.text(cell)
    if not _MASKED.fullmatch(found):
        raise cells.Wrong("求职信息是公开的，姓名要隐去一部分，如 王*、李女士")
    return found


def _headcount(cell: Cell) -> int:
    found = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip().removesuffix("人")
    if not found.isdecimal() or len(found) > 6:
        raise cells.Wrong("人数请写成数字，如 5")
    return int(found)


def _wage(cell: Cell) -> str:
    """As the agency words it; a bare number is 元 a month."""
    return f"{cell:.0f}元/月" if isinstance(cell, float) else cells.text(cell)


_READ: dict[str, Callable[[Cell], Any]] = {"published_on": cells.day, "headcount": _headcount, "who": _masked, "wage": _wage}
HEADS: dict[str, tuple[tuple[Column, str, str], ...]] = {
    "招聘信息": (
        (Column("职位", ("岗位", "招聘岗位", "招聘职位"), required=True), "title", "电焊工"),
        (Column("单位", ("单位名称", "招聘单位"), required=True), "employer", "示例机械有限公司"),
        (Column("地点", ("工作地点",)), "place", "滨城区"),
        (Column("薪资", ("工资", "薪资待遇", "月薪")), "wage", "5000–7000元/月"),
        (Column("人数", ("招聘人数",)), "headcount", "4"),
        (Column("发布日期", ("日期",), required=True), "published_on", "2024-09-01"),
        (Column("联系方式", ("联系电话",)), "contact", "0543-0000000"),
    ),
    "求职信息": (
        (Column("求职意向", ("意向", "职位", "意向职位"), required=True), "title", "会计"),
        (Column("姓名(脱敏)", ("姓名",), required=True), "who", "王*"),
        (Column("薪资", ("期望薪资", "工资")), "wage", "4000元/月以上"),
        (Column("地点", ("意向地点", "工作地点")), "place", "滨城区"),
        (Column("发布日期", ("日期",), required=True), "published_on", "2024-09-01"),
    ),
}


async def import_jobs(
    store: Store | None, code: str, region: str, data: Given, filename: str, dry_run: bool = False
) -> ImportReport:
    """Put the rows of a file in the place of all 招聘信息 (`job_vacancy`) or 求职信息 (`job_seeker`) of a region, or change nothing.

    Idempotent. Problems are reported, never raised; a file without a row is one, since it would wipe the list.
    """
    dry_run = dry_run or store is None
    heads = HEADS[JOBS[code]]
    try:
        sheet = await sheet_of(data, tuple(column for column, _, _ in heads))
    except Refused as refused:
        return ImportReport(filename, region, 0, 0, 0, dry_run, (Problem(0, "", str(refused)),))
    problems = list(sheet.problems)
    kind = code.removeprefix("job_")
    notices: list[JobNotice] = []
    for row in sheet.rows if sheet.usable else ():
        reading = cells.Reading(row, problems)
        found: dict[str, Any] = {}
        for column, name, _ in heads:
            read = reading.required if column.required else reading.optional
            value = read(column.name, _READ.get(name, cells.text))
            found[name] = value if value is not None else 0 if name == "headcount" else ""
        if reading.ok:
            notices.append(JobNotice(0, region, kind, **found))
    if not problems and not notices:
        problems.append(Problem(0, "", "没有一行内容，原来的信息保持不变"))
    async with working(store) as repos:
        if repos is not None and not problems and not dry_run:
            # The newest list comes newest first: the later a row is stored, the earlier it is shown.
            await repos.job_notices.replace(region, kind, reversed(notices))
    problems.sort(key=lambda problem: problem.row)
    added = 0 if problems else len(notices)
    return ImportReport(filename, region, len(sheet.rows), added, 0, dry_run, tuple(problems))
