"""Import of contributions: months in every spelling, money to the cent, and every mistake by row and column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from storage.identity import make, make_uscc
from storage.imports import Problem, import_contributions, import_people
from storage.imports.cells import AS_NUMBER
from storage.ports.records import Contribution, Insurance, Kind
from storage.ports.repositories import Store
from storage.ports.time import Month, Span
from tests.data.files import as_csv, as_xlsx

MAN = "000001199001010014"
WOMAN = make("000001", date(1985, 5, 5), 2)
NOBODY = make("000001", date(1970, 12, 31), 101)
CODE = make_uscc("91", "000000", "TE000001")
COMPANY = "溪石测试（示例）有限公司"
HEADS = (
    "证件号码",
    "险种",
    "费款所属期",
    "单位名称",
    "统一社会信用代码",
    "缴费基数",
    "单位缴费金额",
    "个人缴费金额",
    "性质",
    "到账日期",
)


@pytest.fixture
async def people(store: Store) -> Store:
    """The store with one man and one woman of 滨州."""
    data = as_csv(("姓名", "证件号码"), ("甲", MAN), ("乙", WOMAN))
    assert (await import_people(store, "binzhou", data, "people.csv")).ok
    return store


async def rows_of(store: Store, id_no: str) -> list[Contribution]:
    async with store.reading() as repos:
        person = (await repos.people.by_id_no(id_no, "binzhou"))[0]
        return list(await repos.contributions.between(person.id, Span(Month(1990, 1), Month(2030, 12))))


async def test_months_and_dates_in_every_spelling(people: Store) -> None:
    """2021-01, 202101, 2020年07月, 2021/1 and date cells are the same kind of month; so are the spellings of a day."""
    data = as_csv(
        HEADS,
        (MAN, "养老", "2021-01", COMPANY, CODE, "5000", "800.00", "400.00", "", "2021-01-20"),
        (MAN, "职工医疗保险", "202102", COMPANY, CODE, "5,000.00", "450", "100", "正常缴费", "20210220"),
        (MAN, "失业", "2020年07月", COMPANY, CODE, "5000", "25", "25", "补缴", "2021年1月5日"),
        (MAN, "工伤", "2021/3", COMPANY, CODE, "¥5000元", "20", "0", "正常", "2021/3/15"),
        (MAN, "maternity", "２０２１-04", COMPANY, CODE, "5000", "40", "0", "", ""),
    )
    report = await import_contributions(people, "binzhou", data, "a.csv")
    assert report.problems == ()
    assert (report.rows, report.added) == (5, 5)
    found = await rows_of(people, MAN)
    assert [(row.insurance, row.period, row.kind, row.paid_at, row.arrived) for row in found] == [
        (Insurance.UNEMPLOYMENT, Month(2020, 7), Kind.BACK, date(2021, 1, 5), True),
        (Insurance.PENSION, Month(2021, 1), Kind.NORMAL, date(2021, 1, 20), True),
        (Insurance.MEDICAL, Month(2021, 2), Kind.NORMAL, date(2021, 2, 20), True),
        (Insurance.INJURY, Month(2021, 3), Kind.NORMAL, date(2021, 3, 15), True),
        (Insurance.MATERNITY, Month(2021, 4), Kind.NORMAL, None, False),
    ]
    assert {row.employer for row in found} == {COMPANY}
    assert {row.base for row in found} == {Decimal("5000.00")}


async def test_cents_survive_a_spreadsheet(people: Store) -> None:
    """Number cells that no binary fraction can hold come out to the cent, and date cells are months and days."""
    sheet = as_xlsx(
        HEADS,
        (MAN, "养老", date(2021, 1, 1), COMPANY, CODE, 4321.1, 691.376 - 0.006, 0.1 + 0.2, "正常缴费", date(2021, 1, 25)),
        (MAN, "医疗", 202101, COMPANY, CODE, 9999999.99, 1234567.89, 86.42, None, 20210125),
    )
    report = await import_contributions(people, "binzhou", sheet, "a.xlsx")
    assert report.problems == ()
    pension, medical = await rows_of(people, MAN)
    assert (pension.base, pension.employer_amount, pension.personal_amount) == (
        Decimal("4321.10"),
        Decimal("691.37"),
        Decimal("0.30"),
    )
    assert (medical.base, medical.employer_amount, medical.personal_amount) == (
        Decimal("9999999.99"),
        Decimal("1234567.89"),
        Decimal("86.42"),
    )
    assert (pension.period, pension.paid_at, medical.period, medical.paid_at) == (
        Month(2021, 1),
        date(2021, 1, 25),
        Month(2021, 1),
        date(2021, 1, 25),
    )


async def test_every_problem_is_told_and_nothing_written(people: Store) -> None:
    """A mistake in every kind of cell: each is told by row and column, and the good first row is not written either."""
    good = (MAN, "养老", "2021-01", COMPANY, CODE, "5000", "800", "400", "", "2021-01-20")
    data = as_csv(
        HEADS,
        good,
        (NOBODY, "养老", "2021-01", COMPANY, CODE, "5000", "800", "400", "", ""),
        (MAN[:-1] + "5", "养老", "2021-01", COMPANY, CODE, "5000", "800", "400", "", ""),
        (MAN, "意外险", "2021-13", COMPANY, CODE, "5000", "800", "400", "", ""),
        (MAN, "居民养老", "2021", COMPANY, CODE[:-1] + "0", "五千", "800.005", "", "预缴", "2021-02-30"),
        good,
        (MAN, "养老", "2021-02", COMPANY, CODE, "-5000", "-800", "-400", "补缴", ""),
        (MAN, "养老", "2021-02", COMPANY, "", "5000", "800", "400", "", ""),
        (MAN, "养老", "2021-03", "", CODE, "5000", "800", "400", "", ""),
        (MAN, "养老", "2021-04", "另一个名字", CODE, "5000", "800", "400", "", ""),
        ("1.10105E+17", "养老", "2021-04", COMPANY, CODE, "5E3", "99999999999999", "400", "", ""),
    )
    report = await import_contributions(people, "binzhou", data, "bad.csv")
    told = {(problem.row, problem.column): problem.problem for problem in report.problems}
    assert list(told) == [
        (3, "证件号码"),
        (4, "证件号码"),
        (5, "险种"),
        (5, "费款所属期"),
        (6, "险种"),
        (6, "费款所属期"),
        (6, "性质"),
        (6, "缴费基数"),
        (6, "单位缴费金额"),
        (6, "个人缴费金额"),
        (6, "统一社会信用代码"),
        (6, "到账日期"),
        (7, ""),
        (8, "缴费基数"),
        (8, "单位缴费金额"),
        (8, "个人缴费金额"),
        (9, "统一社会信用代码"),
        (10, "单位名称"),
        (11, "单位名称"),
        (12, "证件号码"),
        (12, "缴费基数"),
        (12, "单位缴费金额"),
    ]
    assert len(told) == len(report.problems)
    assert "还没有参保登记" in told[3, "证件号码"]
    assert "校验码" in told[4, "证件号码"]
    assert told[5, "险种"].startswith("只能填：养老")
    assert "2021-01" in told[5, "费款所属期"]
    assert "五险" in told[6, "险种"]
    assert "两位小数" in told[6, "单位缴费金额"]
    assert told[6, "个人缴费金额"] == "这一格没有填写"
    assert "校验码" in told[6, "统一社会信用代码"]
    assert told[7, ""].startswith("与第2行重复")
    assert told[8, "缴费基数"] == "不能是负数"
    assert told[8, "个人缴费金额"] == "只有退费和补差可以是负数"
    assert "第2行是同一个代码" in told[11, "单位名称"]
    assert told[12, "证件号码"] == AS_NUMBER
    assert "太大" in told[12, "单位缴费金额"]
    assert (report.rows, report.added) == (11, 0)
    assert await rows_of(people, MAN) == []
    async with people.reading() as repos:
        assert await repos.employers.count() == 0
    assert MAN not in str(report)


async def test_refunds_and_adjustments_may_be_negative(people: Store) -> None:
    """退费 and 补差 below zero are taken; a minus before nothing is dropped."""
    data = as_csv(
        HEADS,
        (MAN, "养老", "2021-01", COMPANY, CODE, "500", "-80.00", "-40.00", "退费", "2021-03-20"),
        (MAN, "养老", "2021-01", COMPANY, CODE, "0", "-1.50", "-0.00", "补差", "2021-03-20"),
    )
    assert (await import_contributions(people, "binzhou", data, "a.csv")).problems == ()
    found = {row.kind: (row.employer_amount, row.personal_amount) for row in await rows_of(people, MAN)}
    assert found == {
        Kind.REFUND: (Decimal("-80.00"), Decimal("-40.00")),
        Kind.DIFF: (Decimal("-1.50"), Decimal("0.00")),
    }
    assert not str(found[Kind.DIFF][1]).startswith("-")


async def test_without_an_employer_it_is_flexible_work(people: Store) -> None:
    """Rows without 单位 are kept without one; without a column 到账日期 they count as arrived, and 是否已到账 wins."""
    heads = ("姓名", "证件号码", "险种", "费款所属期", "缴费基数", "单位缴费金额", "个人缴费金额", "是否已到账")
    data = as_csv(
        heads,
        ("甲", MAN, "养老", "2021-01", "5000", "0", "1000", ""),
        ("甲", MAN, "养老", "2021-02", "5000", "0", "1000", "未到账"),
    )
    assert (await import_contributions(people, "binzhou", data, "a.csv")).ok
    found = await rows_of(people, MAN)
    assert [(row.employer_id, row.employer, row.paid_at, row.arrived) for row in found] == [
        (None, "", None, True),
        (None, "", None, False),
    ]
    wrong = as_csv(heads, ("乙", MAN, "养老", "2021-03", "5000", "0", "1000", ""))
    report = await import_contributions(people, "binzhou", wrong, "b.csv")
    assert report.problems == (Problem(2, "姓名", "与登记的姓名不一致"),)


async def test_the_same_file_twice_is_the_same_rows(people: Store) -> None:
    """Nothing is doubled, and a corrected amount replaces the old one."""
    row = (MAN, "养老", "2021-01", COMPANY, CODE, "5000", "800", "400", "", "2021-01-20")
    for amount in ("400", "400", "401.01"):
        data = as_csv(HEADS, (*row[:7], amount, *row[8:]))
        assert (await import_contributions(people, "binzhou", data, "a.csv")).added == 1
    found = await rows_of(people, MAN)
    assert [row.personal_amount for row in found] == [Decimal("401.01")]
    async with people.reading() as repos:
        assert await repos.employers.count() == 1


async def test_a_dry_run_writes_nothing(people: Store) -> None:
    """The report counts the rows, and they are not there."""
    data = as_csv(HEADS, (MAN, "养老", "2021-01", COMPANY, CODE, "5000", "800", "400", "", ""))
    report = await import_contributions(people, "binzhou", data, "a.csv", dry_run=True)
    assert (report.ok, report.added) == (True, 1)
    assert await rows_of(people, MAN) == []


async def test_people_of_another_region_are_unknown_here(people: Store) -> None:
    """A row of somebody who is registered elsewhere is not taken."""
    data = as_csv(HEADS, (MAN, "养老", "2021-01", COMPANY, CODE, "5000", "800", "400", "", ""))
    report = await import_contributions(people, "beijing", data, "a.csv")
    assert [(problem.row, problem.column) for problem in report.problems] == [(2, "证件号码")]
