"""Import of 权益记录 and of jobs: every kind from CSV and XLSX, and every mistake by row and column."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from bot.importing import IMPORTED
from storage.identity import make
from storage.imports import LABELS, ImportReport, Problem, example, import_jobs, import_people, import_rights
from storage.imports.cells import AS_NUMBER
from storage.imports.rights_kinds import KINDS
from storage.ports.records import (
    AccountYear,
    AnnuityPayment,
    AnnuityYear,
    InjuryPayment,
    LabourFiling,
    MaternityPayment,
    MedicalPayment,
    Participation,
    PensionPayment,
    Registration,
    ResidentPayment,
    ResidentYear,
    Right,
    Transfer,
    UnemploymentPayment,
)
from storage.ports.repositories import Store
from storage.ports.time import Month
from tests.data.files import as_csv, as_xlsx

MAN = "000001199001010014"
WOMAN = make("000001", date(1985, 5, 5), 2)
NOBODY = make("000001", date(1970, 12, 31), 101)
D = Decimal
AUGUST = Month(2024, 8)

# What the example lines of the command say, by hand.
EXAMPLES: dict[str, Any] = {
    "registration": Registration(
        0,
        "000001199001010014",
        "9000000001",
        "900000001S",
        "汉族",
        "中国",
        "someone@example.com",
        "外地非农业户口(外地城镇)",
        "示例市示例区示例路1号",
        "示例市示例区示例路1号",
        "示例市示例区示例路1号",
        "000000",
        "工人",
        date(2012, 7, 1),
        0,
        ("示例市第一医院", "示例区中医医院"),
        False,
    ),
    "participation": Participation(0, "pension", date(2012, 7, 1), "示例机械有限公司", "正常参保"),
    "annuity_payment": AnnuityPayment(0, AUGUST, "示例教育服务中心", D("9600.00"), D("768.00"), D("384.00"), date(2024, 8, 20)),
    "annuity_account": AnnuityYear(0, 2023, D("9216.00"), D("4608.00"), D("207.36"), D("14031.36")),
    "account_year": AccountYear(0, "pension", 2023, D("7800.05"), D("7680.00"), D("300.00"), D("0.00"), D("15780.05")),
    "resident_contribution": ResidentPayment(
        0,
        "resident_pension",
        2023,
        "1000元档",
        D("1000.00"),
        D("0.00"),
        D("0.00"),
        D("80.00"),
        D("30.00"),
        date(2024, 8, 20),
    ),
    "resident_statement": ResidentYear(0, 2023, D("0.00"), D("1176.00"), D("7860.00"), D("360.00"), D("658.80"), D("5120.44")),
    "transfer_record": Transfer(0, "pension", 1, Month(2012, 7), Month(2015, 6), 36, "示例省甲市", "示例省乙市"),
    "pension_payment": PensionPayment(0, AUGUST, "basic", "邮政储蓄", D("3366.26"), "企业职工养老", "bank", date(2024, 8, 15)),
    "injury_payment": InjuryPayment(0, AUGUST, "allowance", D("3366.26"), "bank"),
    "unemployment_benefit": UnemploymentPayment(0, AUGUST, "monthly", D("3366.26"), date(2024, 8, 15)),
    "maternity_benefit": MaternityPayment(0, AUGUST, "birth", D("3366.26"), date(2024, 7, 6), "bank"),
    "medical_benefit": MedicalPayment(
        0, AUGUST, date(2024, 8, 12), "示例市人民医院", "门诊", D("420.00"), D("252.00"), D("168.00")
    ),
    "labour_filing": LabourFiling(
        0,
        "示例机械有限公司",
        date(2021, 3, 1),
        date(2024, 2, 29),
        "质检员",
        "城镇合同制职工",
        date(2021, 3, 10),
        "在职",
    ),
}


@pytest.fixture
async def people(store: Store) -> Store:
    """The store with one man and one woman of 滨州."""
    data = as_csv(("姓名", "证件号码"), ("张示例", MAN), ("乙", WOMAN))
    assert (await import_people(store, "binzhou", data, "people.csv")).ok
    return store


async def put(store: Store | None, code: str, *rows: tuple[str, ...], dry_run: bool = False) -> ImportReport:
    return await import_rights(store, code, "binzhou", as_csv(*rows), "a.csv", dry_run)


async def the(store: Store, id_no: str) -> int:
    async with store.reading() as tx:
        return (await tx.people.by_id_no(id_no, "binzhou"))[0].id


async def of(store: Store, kind: type[Any], id_no: str = MAN) -> tuple[Any, ...]:
    person_id = await the(store, id_no)
    async with store.reading() as tx:
        if kind is Registration:
            found = await tx.rights.registration(person_id)
            return () if found is None else (found,)
        rows: tuple[Any, ...] = await tx.rights.of(kind, person_id)
        return rows


def test_every_kind_can_be_imported() -> None:
    """The command, the readers and the records know the same kinds by the same names."""
    assert {kind.record for kind in KINDS.values()} == set(get_args(Right))
    assert {code: IMPORTED[code] for code in LABELS} == dict(LABELS)
    assert set(IMPORTED) - set(LABELS) == {"people", "contributions", "certifications"}
    assert set(EXAMPLES) == set(KINDS)


@pytest.mark.parametrize("code", list(EXAMPLES))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_the_example_is_what_it_says(people: Store, code: str, form: str) -> None:
    """The example of each kind comes in from CSV and XLSX, field by field; twice is once."""
    text = example(code)
    data = text.encode("gb18030") if form == "csv" else as_xlsx(*csv.reader(text.splitlines()))
    for _ in range(2):
        report = await import_rights(people, code, "binzhou", data, "例子")
        assert report.problems == ()
        assert (report.rows, report.added) == (1, 1)
    assert await of(people, KINDS[code].record) == (replace(EXAMPLES[code], person_id=await the(people, MAN)),)


@pytest.mark.parametrize("code", list(IMPORTED))
def test_an_example_has_a_head_for_every_cell(code: str) -> None:
    """Two lines of equal length, whose identity number is nobody's; the mandatory cells are filled in."""
    heads, cells = csv.reader(example(code).splitlines())
    assert len(heads) == len(cells) == len(set(heads))
    if code in KINDS:
        filled = dict(zip(heads, cells, strict=True))
        assert all(filled[one.column.name] for one in KINDS[code].fields if one.column.required)


async def test_what_is_left_out_is_not_known(people: Store) -> None:
    """Blank cells and missing columns become what the record has for nothing; 0.00 for purses; the first table of 养老."""
    assert (await put(people, "registration", ("证件号码", "个人身份"), (MAN, "干部"))).ok
    assert await of(people, Registration) == (Registration(await the(people, MAN), personal_status="干部"),)
    heads = ("证件号码", "险种", "年度", "缴费档次", "个人缴费")
    assert (await put(people, "resident_contribution", heads, (MAN, "居民医疗", "2024年", "", "400"))).ok
    assert await of(people, ResidentPayment) == (
        ResidentPayment(
            await the(people, MAN),
            "resident_medical",
            2024,
            "",
            D("400.00"),
            D("0.00"),
            D("0.00"),
            D("0.00"),
            D("0.00"),
        ),
    )
    heads = ("证件号码", "险种", "起始年月", "截止年月", "实际缴费月数")
    assert (await put(people, "transfer_record", heads, (MAN, "医疗", "2012-07", "2012-09", "3个月"))).ok
    assert await of(people, Transfer) == (Transfer(await the(people, MAN), "medical", 1, Month(2012, 7), Month(2012, 9), 3),)


async def test_the_words_of_the_items(people: Store) -> None:
    """基础 is 基调, as one manual prints it; a settlement may be negative; 本单位 is 单位代发."""
    rows = [
        ("证件号码", "待遇发放年月", "待遇项目", "金额", "代发机构", "发放方式"),
        (MAN, "202408", "基础", "171.30", "工行", "本单位"),
        (MAN, "2024年7月", "清账", "-12.5", "工行", ""),
        (WOMAN, "2024/8", "职业年金", "1,175.28", "工行", "银行代发"),
    ]
    assert (await put(people, "pension_payment", *rows)).added == 3
    assert [(one.item, one.amount, one.pay_method) for one in await of(people, PensionPayment)] == [
        ("settle", D("-12.50"), "bank"),
        ("basic_adj", D("171.30"), "employer"),
    ]
    assert [one.amount for one in await of(people, PensionPayment, WOMAN)] == [D("1175.28")]


@pytest.mark.parametrize(
    ("code", "heads", "row", "column", "said"),
    [
        ("pension_payment", "支付年月,待遇项目,金额", "2024-13,基养,1", "支付年月", "年月请写成"),
        ("pension_payment", "支付年月,待遇项目,金额", "2024-08,奖金,1", "待遇项目", "只能填：基养"),
        ("pension_payment", "支付年月,待遇项目,金额", "2024-08,基养,", "金额", "这一格没有填写"),
        ("injury_payment", "支付年月,项目,金额", "2024-08,工津,1.234", "金额", "最多两位小数"),
        ("annuity_account", "年度,单位部分,个人部分,收益,余额", "23,1,1,1,1", "年度", "四位数字"),
        ("annuity_account", "年度,单位部分,个人部分,收益,余额", "2023,-1,1,1,1", "单位部分", "不能是负数"),
        ("account_year", "险种,年度,上年末余额,本年记账本金,本年利息,年末余额", "医疗,2023,0,0,0,0", "险种", "只能填"),
        ("transfer_record", "险种,起始年月,截止年月,实际缴费月数", "养老,2012-07,2012-06,1", "截止年月", "早于起始年月"),
        ("transfer_record", "险种,起始年月,截止年月,实际缴费月数", "养老,2012-07,2012-09,4", "实际缴费月数", "起止年月"),
        ("transfer_record", "险种,表段,起始年月,截止年月,实际缴费月数", "养老,3,2012-07,2012-09,3", "表段", "1 或 2"),
        ("participation", "险种,参保日期,终止年月,参保状态", "养老,2012-07-01,2012-06,终止", "终止年月", "早于参保日期"),
        ("labour_filing", "单位名称,合同起日期,合同止日期,备案日期", "甲,2021-03-01,2021-02-01,2021-03-02", "合同止日期", "早于"),
        ("medical_benefit", "年月,结算日期,医院,费用,支付,个人支付", "2024-08,2024-08-01,甲院,10,11,0", "支付", "比费用还多"),
        ("registration", "电脑序号", "12345", "电脑序号", "10位数字"),
        ("registration", "邮箱", "没有", "邮箱", "写法不对"),
        ("registration", "视同缴费月数", "三年", "视同缴费月数", "月数"),
        ("registration", "城乡居民", "也许", "城乡居民", "只能填：是、否"),
    ],
)
async def test_each_mistake_by_row_and_column(people: Store, code: str, heads: str, row: str, column: str, said: str) -> None:
    """What is wrong is told where it stands; the good row beside it is not written either, and no value is repeated."""
    wrong = (MAN, *row.split(","))
    report = await put(people, code, ("证件号码", *heads.split(",")), wrong)
    (problem,) = report.problems
    assert (problem.row, problem.column) == (2, column)
    assert said in problem.problem
    assert MAN not in str(report)
    assert await of(people, KINDS[code].record) == ()


async def test_nothing_is_written_when_one_row_is_wrong(people: Store) -> None:
    """People who are not on file, other names, mistyped numbers and the same row twice, all told at once, in order of rows."""
    heads = ("证件号码", "姓名", "支付年月", "方式", "金额")
    report = await put(
        people,
        "unemployment_benefit",
        heads,
        (MAN, "张示例", "2024-08", "按月", "1620"),
        (NOBODY, "", "2024-08", "按月", "1620"),
        (MAN, "张三", "2024-07", "按月", "1620"),
        (MAN[:-1] + "5", "", "2024-08", "", "1620"),
        (MAN, "", "202408", "", "1620"),
    )
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (3, "证件号码"),
        (4, "姓名"),
        (5, "证件号码"),
        (6, ""),
    ]
    assert report.problems[-1].problem == "与第2行重复（同一人、支付年月、方式）"
    assert report.added == 0
    assert await of(people, UnemploymentPayment) == ()


async def test_an_identity_number_stored_as_a_number_is_refused(people: Store) -> None:
    """Excel drops its last digits: refused with what to do; so is a 电脑序号."""
    heads = ("证件号码", "支付年月", "项目", "金额")
    sheet = as_xlsx(heads, (float(MAN), date(2024, 8, 1), "工津", 100.5))
    report = await import_rights(people, "injury_payment", "binzhou", sheet, "a.xlsx")
    assert report.problems == (Problem(2, "证件号码", AS_NUMBER),)
    sheet = as_xlsx(("证件号码", "电脑序号"), (MAN, 9000000001))
    report = await import_rights(people, "registration", "binzhou", sheet, "a.xlsx")
    assert report.problems == (Problem(2, "电脑序号", AS_NUMBER),)
    good = as_xlsx(heads, (MAN, date(2024, 8, 1), "工津", 100.5))
    assert (await import_rights(people, "injury_payment", "binzhou", good, "a.xlsx")).ok
    assert [(one.period, one.amount) for one in await of(people, InjuryPayment)] == [(AUGUST, D("100.50"))]


async def test_a_dry_run_writes_nothing(people: Store) -> None:
    """With a store it knows who is on file; without one it says that it did not look. Unknown heads and missing columns are told."""
    heads, row = csv.reader(example("injury_payment").splitlines())
    dry = await put(people, "injury_payment", tuple(heads), tuple(row), dry_run=True)
    assert dry.ok
    assert "没有写入" in str(dry)
    assert await of(people, InjuryPayment) == ()
    nobody = await put(None, "injury_payment", tuple(heads), (NOBODY, *row[1:]))
    assert nobody.ok
    assert "没有核对" in str(nobody)
    wrong = await put(people, "injury_payment", ("证件号码", "支付年月", "项目", "奖金"), (MAN, "2024-08", "工津", "1"))
    assert {problem.column for problem in wrong.problems} == {"D", "金额"}
    assert not (await put(people, "injury_payment")).ok


# ── jobs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

OFFERS = ("职位", "单位", "地点", "薪资", "人数", "发布日期", "联系方式")


async def jobs(store: Store, kind: str = "vacancy") -> list[str]:
    async with store.reading() as tx:
        return [found.title for found in await tx.job_notices.search("binzhou", kind)]


async def test_a_list_of_jobs_replaces_the_one_before(store: Store) -> None:
    """Newest first, within a day in the order of the file; the old ones are gone, the 求职 stay; twice is once."""
    first = as_csv(OFFERS, ("旧", "甲厂", "", "", "", "2024-08-01", ""))
    assert (await import_jobs(store, "job_vacancy", "binzhou", first, "a.csv")).added == 1
    seekers = as_csv(("求职意向", "姓名（脱敏）", "期望薪资", "地点", "日期"), ("会计", "王*", "面议", "滨城区", "2024-08-02"))
    assert (await import_jobs(store, "job_seeker", "binzhou", seekers, "s.csv")).ok
    sheet = as_xlsx(
        OFFERS,
        ("焊工", "甲厂", "滨城区", "4000–6000元/月", 3, date(2024, 9, 1), "示例电话"),
        ("会计", "甲厂", "滨城区", 5000, "2人", date(2024, 9, 1), ""),
        ("厨师", "乙店", "", "", "", date(2024, 9, 2), ""),
    )
    for _ in range(2):
        assert (await import_jobs(store, "job_vacancy", "binzhou", sheet, "b.xlsx")).added == 3
        assert await jobs(store) == ["厨师", "焊工", "会计"]
    assert await jobs(store, "seeker") == ["会计"]
    async with store.reading() as tx:
        found = (await tx.job_notices.search("binzhou", "vacancy"))[1]
        assert (found.wage, found.headcount, found.published_on, found.contact) == (
            "4000–6000元/月",
            3,
            date(2024, 9, 1),
            "示例电话",
        )
        assert [one.wage for one in await tx.job_notices.search("binzhou", "vacancy", ["会计"])] == ["5000元/月"]


async def test_a_bad_list_of_jobs_changes_nothing(store: Store) -> None:
    """A name that is not masked, a number that is none, no row at all: told, and the old list stays."""
    good = as_csv(OFFERS, ("焊工", "甲厂", "", "", "", "2024-08-01", ""))
    await import_jobs(store, "job_vacancy", "binzhou", good, "a.csv")
    bad = as_csv(OFFERS, ("焊工", "", "", "", "几个", "昨天", ""))
    report = await import_jobs(store, "job_vacancy", "binzhou", bad, "b.csv")
    assert {problem.column for problem in report.problems} == {"单位", "人数", "发布日期"}
    empty = await import_jobs(store, "job_vacancy", "binzhou", as_csv(OFFERS), "c.csv")
    assert "没有一行内容" in str(empty)
    assert await jobs(store) == ["焊工"]
    heads = ("求职意向", "姓名", "发布日期")
    named = await import_jobs(store, "job_seeker", "binzhou", as_csv(heads, ("会计", "王小明", "2024-08-01")), "d.csv")
    assert [problem.column for problem in named.problems] == ["姓名(脱敏)"]
    assert "王小明" not in str(named)
    assert (await import_jobs(None, "job_vacancy", "binzhou", good, "a.csv")).dry_run
