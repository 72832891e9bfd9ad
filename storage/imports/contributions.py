"""Import of 缴费月记录 (C1)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from storage import identity
from storage.imports import cells
from storage.imports.report import NOBODY_KNOWN, ImportReport, Problem, Refused, working
from storage.imports.source import Given, sheet_of
from storage.imports.table import Column, Sheet
from storage.ports.record import Record
from storage.ports.records import Contribution, Employer, Insurance, Kind, Person
from storage.ports.repositories import Store

_INSURANCES = {
    "养老": Insurance.PENSION,
    "职工养老": Insurance.PENSION,
    "养老保险": Insurance.PENSION,
    "职工养老保险": Insurance.PENSION,
    "基本养老保险": Insurance.PENSION,
    "企业职工基本养老保险": Insurance.PENSION,
    "机关事业单位养老保险": Insurance.PENSION,  # which of the two it is, the participation says
    "机关事业养老": Insurance.PENSION,
    "医疗": Insurance.MEDICAL,
    "职工医疗": Insurance.MEDICAL,
    "医疗保险": Insurance.MEDICAL,
    "职工医疗保险": Insurance.MEDICAL,
    "基本医疗": Insurance.MEDICAL,
    "基本医疗保险": Insurance.MEDICAL,
    "失业": Insurance.UNEMPLOYMENT,
    "失业保险": Insurance.UNEMPLOYMENT,
    "工伤": Insurance.INJURY,
    "工伤保险": Insurance.INJURY,
    "生育": Insurance.MATERNITY,
    "生育保险": Insurance.MATERNITY,
    **{insurance.value: insurance for insurance in Insurance},
}
_NOT_HERE = "这里只收养老、医疗、失业、工伤、生育五险的缴费"
_OTHERS = dict.fromkeys(("职业年金", "城乡居民养老", "居民养老", "居民医疗", "大额互助资金"), _NOT_HERE)
_KINDS = {
    "正常缴费": Kind.NORMAL,
    "正常": Kind.NORMAL,
    "补缴": Kind.BACK,
    "补差": Kind.DIFF,
    "还欠": Kind.ARREARS,
    "退费": Kind.REFUND,
}
_ARRIVED = {"已到账": True, "未到账": False}

COLUMNS = (
    Column("证件号码", ("公民身份号码", "身份证号码", "身份证号", "社会保障号码"), required=True),
    Column("姓名"),
    Column("险种", ("险种类型",), required=True),
    Column("费款所属期", ("缴费年月", "所属期"), required=True),
    Column("单位名称"),
    Column("统一社会信用代码", ("统一社会信用代码(组织机构代码)", "组织机构代码")),
    Column("社会保险登记号"),
    Column("缴费基数", required=True),
    Column("单位缴费金额", ("单位缴费",), required=True),
    Column("个人缴费金额", ("个人缴费",), required=True),
    Column("性质", ("缴费性质",)),
    Column("到账日期"),
    Column("是否已到账", ("到账状态",)),
)


class _Line(Record):
    """A row that is in order, before its person and employer are known to the store."""

    row: int
    id_no: str
    name: str | None
    employer: Employer | None
    record: Contribution


async def import_contributions(
    store: Store | None, region: str, data: Given, filename: str, dry_run: bool = False
) -> ImportReport:
    """Insert or replace the contribution rows of a file (CSV or XLSX) in one region, all of them or none.

    The people must be on file; employers are made as they come. Without 单位 it is 灵活就业. 性质 is 正常缴费 when left out;
    是否已到账 follows from 到账日期 where the file has that column. Idempotent. Problems are reported, never raised. Without a store it
    is a dry run that does not ask who is on file.
    """
    dry_run = dry_run or store is None
    try:
        sheet = await sheet_of(data, COLUMNS)
    except Refused as refused:
        return ImportReport(filename, region, 0, 0, 0, dry_run, (Problem(0, "", str(refused)),))
    problems = list(sheet.problems)
    lines = _lines(sheet, region, problems) if sheet.usable else []
    written = 0
    async with working(store) as repos:
        if repos is not None:
            known = await repos.people.many_by_id_no((line.id_no for line in lines), region)
            for line in lines:
                _check_person(line, known.get(line.id_no), problems)
        if repos is not None and not problems and not dry_run:
            ids = await repos.employers.put_many({line.employer.uscc: line.employer for line in lines if line.employer}.values())
            await repos.contributions.put_many(
                replace(
                    line.record,
                    person_id=known[line.id_no].id,
                    employer_id=None if line.employer is None else ids[region, line.employer.uscc],
                )
                for line in lines
            )
    if not problems:
        written = len(lines)
    problems.sort(key=lambda problem: problem.row)
    note = NOBODY_KNOWN if store is None else ""
    return ImportReport(filename, region, len(sheet.rows), written, 0, dry_run, tuple(problems), note=note)


def _check_person(line: _Line, person: Person | None, problems: list[Problem]) -> None:
    if person is None:
        mistyped = identity.check(line.id_no) if line.id_no[:17].isdecimal() and len(line.id_no) == 18 else None
        problems.append(Problem(line.row, "证件号码", mistyped or "这个人在本地区还没有参保登记，请先导入人员"))
    elif line.name is not None and line.name != person.name:
        problems.append(Problem(line.row, "姓名", "与登记的姓名不一致"))


def _lines(sheet: Sheet, region: str, problems: list[Problem]) -> list[_Line]:
    lines: list[_Line] = []
    seen: dict[tuple[object, ...], int] = {}
    companies: dict[str, tuple[str, int]] = {}
    for row in sheet.rows:
        reading = cells.Reading(row, problems)
        id_no = reading.required("证件号码", cells.other_id)
        name = reading.optional("姓名", cells.text)
        insurance = reading.required("险种", cells.word(_INSURANCES, _OTHERS))
        period = reading.required("费款所属期", cells.month)
        kind = reading.optional("性质", cells.word(_KINDS)) or Kind.NORMAL
        base = _amount(reading, "缴费基数", may_be_negative=False)
        by_employer = _amount(reading, "单位缴费金额", kind in {Kind.REFUND, Kind.DIFF})
        by_person = _amount(reading, "个人缴费金额", kind in {Kind.REFUND, Kind.DIFF})
        employer = _employer(reading, region, row.number, companies)
        paid_at = reading.optional("到账日期", cells.day)
        told = reading.optional("是否已到账", cells.word(_ARRIVED))
        if told is False and paid_at is not None:
            reading.complain("是否已到账", "写了“未到账”，就不应有到账日期")
        arrived = told if told is not None else paid_at is not None or "到账日期" not in sheet.columns
        if not reading.ok or id_no is None or insurance is None or period is None:
            continue
        if base is None or by_employer is None or by_person is None:
            continue
        key = (id_no, insurance, period, kind, employer.uscc if employer else "")
        if seen.setdefault(key, row.number) != row.number:
            reading.complain("", f"与第{seen[key]}行重复（同一人、险种、所属期、性质和单位）")
            continue
        record = Contribution(0, insurance, period, base, by_employer, by_person, kind, None, "", paid_at, arrived)
        lines.append(_Line(row.number, id_no, name, employer, record))
    return lines


def _amount(reading: cells.Reading, column: str, may_be_negative: bool) -> Decimal | None:
    amount = reading.required(column, cells.money)
    if amount is not None and amount < 0 and not may_be_negative:
        reading.complain(column, "不能是负数" if column == "缴费基数" else "只有退费和补差可以是负数")
        return None
    return amount


def _employer(reading: cells.Reading, region: str, row: int, companies: dict[str, tuple[str, int]]) -> Employer | None:
    """The row's employer; None for 灵活就业 or when something was wrong (which has then been noted)."""
    name = reading.optional("单位名称", cells.text)
    code = reading.optional("统一社会信用代码", cells.company_code)
    registration = reading.optional("社会保险登记号", cells.number_text) or ""
    for column, other in (("单位名称", "统一社会信用代码"), ("统一社会信用代码", "单位名称")):
        if not reading.given(column) and reading.given(other):
            reading.complain(column, f"填了{other}，这一格也要填")
    if name is None or code is None:
        return None
    first_name, first_row = companies.setdefault(code, (name, row))
    if first_name != name:
        reading.complain("单位名称", f"与第{first_row}行是同一个代码，名称却不同")
    return Employer(0, region, name, code, registration)
