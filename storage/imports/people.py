"""Import of 参保人 (B1)."""

from __future__ import annotations

from dataclasses import replace

from storage import identity
from storage.imports import cells
from storage.imports.report import NOBODY_KNOWN, ImportReport, Problem, Refused, working
from storage.imports.source import Given, sheet_of
from storage.imports.table import Column, Sheet
from storage.ports.records import Person
from storage.ports.repositories import Store

RESIDENT = "居民身份证(户口簿)"
_WITH_CHECK_DIGIT = {RESIDENT, "港澳台居民居住证", "外国人永久居留证"}
_ID_TYPES = {
    RESIDENT: RESIDENT,
    "居民身份证": RESIDENT,
    "居民身份证（户口簿）": RESIDENT,
    "护照": "护照",
    "台湾居民来往大陆通行证": "台湾居民来往大陆通行证",
    "港澳居民来往内地通行证": "港澳居民来往内地通行证",
    "港澳台居民居住证": "港澳台居民居住证",
    "外国人永久居留证": "外国人永久居留证",
    "外国人永久居留身份证": "外国人永久居留证",
}
_GENDERS = {"男": "男", "女": "女"}
_STATUSES = {"在职": "在职", "中断": "中断", "已退休": "已退休", "退休": "已退休", "死亡": "死亡"}

COLUMNS = (
    Column("姓名", required=True),
    Column("证件号码", ("公民身份号码", "身份证号码", "身份证号", "社会保障号码"), required=True),
    Column("证件类型"),
    Column("手机号码", ("手机号", "预留手机号", "预留手机号码")),
    Column("性别"),
    Column("出生日期"),
    Column("人员状态"),
    Column("缴费人员类别"),
    Column("死亡日期"),
)


async def import_people(store: Store | None, region: str, data: Given, filename: str, dry_run: bool = False) -> ImportReport:
    """Insert or update the people of a file (CSV or XLSX) in one region, all of them or none.

    性别 and 出生日期 may be left out where the 证件号码 tells them; 人员状态 is 在职 for new people when it is left out. For
    people on file a blank cell changes nothing. Idempotent. Problems are reported, never raised. Without a store it is a dry run that
    knows nobody on file.
    """
    dry_run = dry_run or store is None
    try:
        sheet = await sheet_of(data, COLUMNS)
    except Refused as refused:
        return ImportReport(filename, region, 0, 0, 0, dry_run, (Problem(0, "", str(refused)),))
    problems = list(sheet.problems)
    found = _people(sheet, region, problems) if sheet.usable else []
    people: list[Person] = []
    added = updated = 0
    async with working(store) as repos:
        on_file = {} if repos is None else await repos.people.many_by_id_no((read.id_no for _, read, _ in found), region)
        for row, read, given in found:
            known = on_file.get(read.id_no)
            person = _brought_up_to_date(known, read, given) if known else read
            if person.death_date is not None and person.person_status != "死亡":
                problems.append(Problem(row, "死亡日期", "填了死亡日期，人员状态就应是“死亡”"))
            added, updated = added + (known is None), updated + (known is not None)
            people.append(person)
        if repos is not None and not problems and not dry_run:
            await repos.people.put_many(people)
    if problems:
        added = updated = 0
    problems.sort(key=lambda problem: problem.row)
    note = NOBODY_KNOWN if store is None else ""
    return ImportReport(filename, region, len(sheet.rows), added, updated, dry_run, tuple(problems), note=note)


def _brought_up_to_date(known: Person, read: Person, given: frozenset[str]) -> Person:
    kept = {
        "phone": "手机号码",
        "person_status": "人员状态",
        "id_type": "证件类型",
        "payer_category": "缴费人员类别",
        "death_date": "死亡日期",
    }
    return replace(read, id=known.id, **{name: getattr(known, name) for name, column in kept.items() if column not in given})


def _people(sheet: Sheet, region: str, problems: list[Problem]) -> list[tuple[int, Person, frozenset[str]]]:
    """The people of the rows that are in order, with row number and the columns that were filled in."""
    found: list[tuple[int, Person, frozenset[str]]] = []
    seen: dict[str, int] = {}
    for row in sheet.rows:
        reading = cells.Reading(row, problems)
        name = reading.required("姓名", cells.text)
        id_type = reading.optional("证件类型", cells.word(_ID_TYPES)) or RESIDENT
        checked = id_type in _WITH_CHECK_DIGIT
        id_no = reading.required("证件号码", cells.id_card if checked else cells.other_id)
        if id_no is not None and seen.setdefault(id_no, row.number) != row.number:
            reading.complain("证件号码", f"与第{seen[id_no]}行重复")
        gender = reading.optional("性别", cells.word(_GENDERS))
        born = reading.optional("出生日期", cells.day)
        if checked and id_no is not None:
            told_gender, told_born = identity.gender(id_no), identity.birth_date(id_no)
            if gender is not None and gender != told_gender:
                reading.complain("性别", "与证件号码不一致")
            if born is not None and born != told_born:
                reading.complain("出生日期", "与证件号码不一致")
            gender, born = told_gender, told_born
        elif not checked:
            for column, value in (("性别", gender), ("出生日期", born)):
                if value is None and not reading.given(column):
                    reading.complain(column, "这种证件要填写这一格")
        phone = reading.optional("手机号码", cells.phone)
        status = reading.optional("人员状态", cells.word(_STATUSES)) or "在职"
        category = reading.optional("缴费人员类别", cells.text) or ""
        died = reading.optional("死亡日期", cells.day)
        if died is not None and born is not None and died < born:
            reading.complain("死亡日期", "早于出生日期")
        if reading.ok and name and id_no and gender and born:
            person = Person(0, region, name, id_no, phone, gender, born, status, id_type, category, died)
            found.append((row.number, person, frozenset(row.cells)))
    return found
