"""Every form that can be downloaded: printed under test keys, read back as paper (text, fonts, pages, code) and as a workbook (typed cells).

Figures are those of the rows in `tests.people`, `rights`, `paid` and of the cards and cases below; sums stand beside them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from python_calamine import CalamineWorkbook

from dialogs.statement import ColumnKind, Statement
from handlers.documents import (
    Issued,
    PaperKeys,
    content_hash,
    freeze,
    group_check_code,
    group_serial,
    new_check_code,
    new_serial,
    new_test_keys,
    paper_keys,
)
from handlers.documents.fonts import load_fonts
from handlers.documents.pdf import render_pdf
from handlers.documents.tokens import by_id, prove
from handlers.documents.typesetter import Typesetter
from handlers.documents.xlsx import render_xlsx
from handlers.orders.receipts import receipt_of
from handlers.queries import QUERIES
from handlers.query import Asker
from storage.ports.records import CardEvent, Case, CaseState, CaseStep, Order, OrderStatus, Swipe
from storage.ports.time import SHANGHAI, Month, Span
from tests import people
from tests.conversations import paid, rights
from tests.conversations.conftest import World

AT = datetime(2024, 9, 12, 10, 3, tzinfo=SHANGHAI)
CASE, READY = "202408010000017", "202408010000018"


@dataclass(frozen=True, slots=True)
class Form:
    """`words` stand on the paper (spaces left out); `sheet` of the workbook has the `cells` in its first row under the head."""

    query: str
    whose: str
    params: Mapping[str, str]
    words: tuple[str, ...]
    sheet: str
    cells: tuple[object, ...]
    totals: tuple[object, ...] = ()
    lying: bool = False
    tables: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


FORMS = (
    Form(
        "contributions",
        "jianguo",
        {"period": "2024-06..2024-08"},
        ("养老22024年07月1,600.00800.000", "已到账合计2,580.001,006.00"),  # 2 × 800 + 2 × 490; 2 × 400 + 2 × 103
        "缴费明细",
        (date(2024, 6, 1), "养老", 5000.0, 800.0, 400.0, "正常缴费", "已到账", rights.COMPANY),
        ("已到账合计", "", "", 2580.0, 1006.0, "", "", ""),
    ),
    Form(
        "gaps",
        "jianguo",
        {},
        ("养老2023年05月2023年05月1",),
        "断缴月份",
        ("养老", date(2009, 4, 1), date(2022, 11, 1), 164.0, rights.COMPANY),  # 9 months of 2009, 12 years, 11 months of 2022
    ),
    Form(
        "insured_info",
        "jianguo",
        {},
        ("电脑序号******7890", "定点医疗机构样例第一医院、样例第二医院", "工伤保险中断2010-01-012022年06月"),
        "参保信息",
        ("养老保险", "正常参保", date(2005, 7, 1), "", rights.COMPANY, "否"),
    ),
    Form(
        "annuity_payments",
        "jianguo",
        {"period": "2023-12..2024-02"},
        ("2024年02月8,000.00640.00320.00未到账—", "已到账合计1,280.00640.00"),  # two of the three months
        "职业年金缴费明细",
        (date(2023, 12, 1), 8000.0, 640.0, 320.0, "已到账", date(2024, 1, 31), rights.COMPANY),
        ("已到账合计", "", 1280.0, 640.0, "", "", ""),
    ),
    Form(
        "annuity_account",
        "jianguo",
        {"period": "2023"},
        ("2023年7,680.003,840.00512.3433,032.84",),
        "职业年金账户信息",
        ("2023年", 7680.0, 3840.0, 512.34, 33032.84),
    ),
    Form(
        "back_payments",
        "jianguo",
        {"period": "2022-01..2023-12"},
        ("2023年09月养老补缴5,000.00800.00400.002023-12-20已到账", "已到账合计865.00402.50"),  # 6 × 10 + 5 + 800; 2.50 + 400
        "个人补缴信息",
        (date(2022, 1, 1), "工伤", "还欠", 5000.0, 10.0, 0.0, date(2023, 3, 15), "已到账", rights.COMPANY),
    ),
    Form(
        "transfers",
        "jianguo",
        {},
        ("2000年1月至2000年12月12天津市天津市", "合计36", "合计6", "医疗保险转移接续信息"),  # 12 + 24; 6
        "养老保险转移接续信息",
        ("2000年1月 至 2000年12月", 12.0, "天津市", "天津市"),
        ("合计", 36.0, "", ""),
    ),
    Form(
        "statement",
        "jianguo",
        {"period": "2023"},
        (
            "2023年度北京市社会保险个人缴费信息对账单",
            "养老112023年12月5,000.008,800.004,400.000",
            "26,000.004,400.001,500.550.0031,900.55",
        ),
        "各险种缴费情况",
        ("养老", 11.0, date(2023, 12, 1), 5000.0, 8800.0, 4400.0, 0.0),  # eleven months of 800 and 400
    ),
    Form(
        "statement",
        "jianguo",
        {"period": "2009"},
        ("2009年度北京市社会保险对账单（四险）", "养老32009年03月2,000.001,200.00480.000"),  # 3 × 400, 3 × 160
        "各险种缴费情况",
        ("养老", 3.0, date(2009, 3, 1), 2000.0, 1200.0, 480.0, 0.0),
    ),
    Form(
        "contribution_proof",
        "jianguo",
        {"period": "2023-01..2024-08"},
        ("养老18个月、医疗7个月。特此证明。", "职工养老保险2023年01月2024年07月185,000.00", "本证明用于：", "2024年9月12日"),
        "缴费情况",
        ("职工养老保险", date(2023, 1, 1), date(2024, 7, 1), 18.0, 5000.0, rights.COMPANY),  # twenty less 2023-05 and 2024-08
    ),
    Form(
        "record_sheet",
        "jianguo",
        {"period": "2023"},
        (
            "个人权益记录如下。",
            "职工养老保险112023年12月55,000.008,800.004,400.00",
            "2023年养老保险26,000.004,400.001,500.550.0031,900.55",
        ),
        "缴费情况",
        ("职工养老保险", 11.0, date(2023, 12, 1), 55000.0, 8800.0, 4400.0),
    ),
    Form(
        "rights_record",
        "jianguo",
        {"period": "2022-01..2024-08"},
        ("合计17,895.007,923.50", "2022年养老保险20,000.00", "2023年养老保险26,000.00"),
        "缴费汇总",
        ("职工养老保险", date(2022, 12, 1), date(2024, 7, 1), 19.0, 14405.0, 7202.5),  # 18 × 800 + 5; 18 × 400 + 2.50
        ("合计", "", "", "", 17895.0, 7923.5),  # + 7 × 490 + 6 × 10; + 7 × 103
        tables={"养老保险个人账户": ("2022年", "养老保险", 20000.0, 4800.0, 1200.0, 0.0, 26000.0)},
    ),
    Form(
        "pension_account",
        "xiuying",
        {"period": "2021..2023"},
        ("2023年8,016.403,840.00561.150.0012,417.55", "合计11,520.00897.550.00"),  # 3 × 3840; 100 + 236.40 + 561.15
        "养老保险个人账户",
        ("2021年", 0.0, 3840.0, 100.0, 0.0, 3940.0),
        ("合计", "", 11520.0, 897.55, 0.0, ""),
    ),
    Form(
        "resident_statement",
        "shufen",
        {},
        (
            "个人账户收入",
            "发放养老待遇",
            "2011—————120.00660.003,960.00600.00120.002,165.40",
            "合计1,960.00100.0050.0060.0090.00",
        ),
        "账单信息",
        ("2009", 960.0, 100.0, 0.0, 30.0, 30.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1120.0),
        ("合计", 1960.0, 100.0, 50.0, 60.0, 90.0, 120.0, 660.0, 3960.0, 600.0, 120.0, ""),
        lying=True,
    ),
    Form(
        "resident_pension_paid",
        "xiuying",
        {"period": "2021"},
        ("2021年城乡居民养老保险300元档300.000.000.0030.002021-10-08",),  # 20 + 10 of grants
        "居民缴费历史",
        ("2021年", "城乡居民养老保险", "300元档", 300.0, 0.0, 0.0, 30.0, date(2021, 10, 8)),
    ),
    Form(
        "resident_medical_paid",
        "xiuying",
        {"period": "2023"},
        ("2023年居民医疗保险350元档350.000.000.000.002023-10-08",),
        "居民缴费历史",
        ("2023年", "居民医疗保险", "350元档", 350.0, 0.0, 0.0, 0.0, date(2023, 10, 8)),
    ),
    Form(
        "pension",
        "shufen",
        {"period": "2023-12..2024-01"},
        (
            "合计6,150.00",
            "养老保险待遇项目",
            "2024年01月3,000.0050.00—工行",
            "2024年01月——200.00样例银行",
            "合计5,900.0050.00200.00",
        ),  # 2900 + 3000 + 50 + 200
        "参保人员养老保险待遇明细",
        (date(2023, 12, 1), 2900.0, "", "", "本单位"),
        ("合计", 5900.0, 50.0, 200.0, ""),
    ),
    Form(
        "income_proof",
        "yulan",
        {"period": "2024-07..2024-08"},
        (
            "合计人民币5,760.50元，月平均2,880.25元",
            "2024年08月2,960.502,900.0060.50邮政储蓄",
            "合计5,760.505,700.0060.50",
        ),  # 2800 + 2900 + 60.50
        "养老金发放情况",
        (date(2024, 7, 1), 2800.0, 2800.0, "", "邮政储蓄"),
        ("合计", 5760.5, 5700.0, 60.5, ""),
    ),
    Form(
        "retirement_pay",
        "yulan",
        {"period": "2024-08"},
        ("基养2,900.00邮政储蓄", "合计2,960.50"),
        "职工退休金",
        ("基养", 2900.0, "邮政储蓄", "银行代发"),
        ("合计", 2960.5, "", ""),
    ),
    Form(
        "injury",
        "shufen",
        {"period": "2024-01..2024-03"},
        ("4,500.00300.00", "20,000.00"),  # 3 × 1500
        "工伤保险待遇信息",
        (date(2024, 1, 1), 1500.0, "", "", "", "", 20000.0, "", "", ""),
        ("合计", 4500.0, 300.0, "", "", "", 20000.0, "", "", 800.5),
    ),
    Form("injury_month", "xiuying", {"period": "2024-08"}, ("600.00", "45.50", "645.50"), "", ()),  # 600 + 45.50
    Form("unemployment", "xiuying", {"period": "2024-07"}, ("2024年07月", "1,500.00", "2024-07-25"), "", ()),
    Form("maternity", "xiuying", {"period": "2023-05"}, ("12,000.00",), "", ()),
    Form(
        "medical",
        "xiuying",
        {"period": "2024-08"},
        ("2024-08-20样例中心医院住院5,000.504,000.401,000.10", "5,500.504,350.401,150.10"),
        "",
        (),
    ),
    Form("labour_filing", "xiuying", {}, ("2024-01-012026-12-31店长", "2019-03-01"), "", ()),
    Form("card_info", "xiuying", {}, ("****1234",), "", ()),
    Form("card_progress", "defu", {}, ("****5678",), "", ()),
    Form(
        "card_events",
        "xiuying",
        {},
        ("2024-08-0209:30****1234正式挂失已挂失",),
        "处理记录",
        (datetime(2024, 8, 2, 9, 30), "****1234", "正式挂失", "已挂失", ""),  # noqa: DTZ001 - a cell has no zone
    ),
    Form(
        "card_swipes",
        "xiuying",
        {"period": "2024-08"},
        ("门诊1120.00", "药店购药145.50", "合计2165.50"),  # 120 + 45.50
        "刷卡明细",
        (datetime(2024, 8, 3, 9, 10), "样例药店", "药店购药", 45.5),  # noqa: DTZ001
    ),
    Form(
        "case_paper",
        "defu",
        {"case_no": CASE},
        ("社保关系转入回执", f"业务流水号{CASE}", "2024-08-0109:30窗口受理已受理"),
        "办理环节",
        (datetime(2024, 8, 1, 9, 30), "窗口受理", "已受理", ""),  # noqa: DTZ001
    ),
    Form("pickup_certificate", "jianguo", {"case_no": READY}, ("领卡证明", READY, "2024年8月9日"), "", ()),
    Form(
        "certification_records",
        "shufen",
        {},
        ("2023-09-27APP认证通过",),
        "认证记录",
        (date(2023, 9, 27), "APP认证", "通过", "本人", ""),
    ),
    Form("receipt", "xiuying", {}, ("4,200.00元", "肆仟贰佰元整", "养老5,000.00元×20%×3个月=3,000.00元"), "", ()),
)


@cache
def keys() -> PaperKeys:
    """One pair of test keys for all forms."""
    made = new_test_keys()
    return paper_keys(made.signing_key, made.signing_cert, "", made.token_key, "")


@cache
def typesetter() -> Typesetter:
    return Typesetter(load_fonts())


def printed(statement: Statement) -> Issued:
    """Issued as the product does it with test keys: the code holds the address and a token."""
    serial, code = new_serial(AT.date(), statement.region), new_check_code()
    made = keys()
    assert made.token is not None
    token = made.token.token(serial, code, statement.title, statement.holder, content_hash(freeze(statement)))
    return Issued(serial, code, AT, f"https://sb.example.test/v/{serial}/{code}#t={token}", statement, sample=made.sample)


async def load(world: World) -> dict[str, int]:
    """Everything; the persons by name. 李秀英 lost her card and bought and was treated; a new card waits for 张建国."""
    await rights.load(world)
    yulan = await paid.load(world)
    ids = world.ids

    def at(day: int, hour: int, minute: int) -> datetime:
        return datetime(2024, 8, day, hour, minute, tzinfo=SHANGHAI)

    async with world.store.transaction() as tx:
        await tx.cards.note(CardEvent(ids.xiuying, "990000001234", at(2, 9, 30), "正式挂失", "已挂失"))
        await tx.cards.put_swipes(
            [
                Swipe(ids.xiuying, at(3, 9, 10), "样例药店", "药店购药", Decimal("45.50")),
                Swipe(ids.xiuying, at(15, 10, 20), "样例医院", "门诊", Decimal("120.00")),
            ]
        )
        steps = (CaseStep(1, "提交申请", at(1, 9, 30), "已提交"), CaseStep(2, "制卡", at(9, 12, 20), "完成"))
        filed = Case(READY, "ready", "BJH-M-14", "社会保障卡补换卡", "beijing", ids.jianguo, at(1, 9, 30), "处理中", "等待领取")
        await tx.cases.add(replace(filed, steps=steps, filing="card_replace", state=CaseState.READY))
    return {"jianguo": ids.jianguo, "xiuying": ids.xiuying, "defu": ids.defu, "shufen": ids.shufen, "yulan": yulan}


def order(person: int) -> Order:
    """Three months of 养老 and 医疗 at 5000.00: 3000.00 + 1200.00."""
    lines = (("养老", "5,000.00 元 × 20% × 3 个月 = 3,000.00 元"), ("医疗", "5,000.00 元 × 8% × 3 个月 = 1,200.00 元"))
    return Order(
        "D1",
        "k",
        person,
        "o-one",
        "binzhou",
        "BZ-23",
        "个体人员缴费",
        ("pension", "medical"),
        Span(Month(2024, 6), Month(2024, 8)),
        Decimal("5000.00"),
        "",
        Decimal("4200.00"),
        OrderStatus.PAID,
        AT,
        AT,
        lines=lines,
        bank="样例银行",
        transaction_id="4200000001",
        paid_at=AT,
    )


async def found(world: World, form: Form) -> Statement:
    """The Statement of the form."""
    whose = (await load(world))[form.whose]
    async with world.store.reading() as tx:
        person = await tx.people.get(whose)
        assert person is not None
        region = world.services.regions[person.region]
        if form.query == "receipt":
            return receipt_of(order(whose), person, region)
        return await QUERIES[form.query](tx, Asker(person, region, AT.date()), form.params)


def fonts_in(pages: pikepdf.Pdf) -> Iterator[Any]:
    for page in pages.pages:
        for font in page.Resources.Font.values():
            yield from font.DescendantFonts


def read(pdf: bytes) -> tuple[list[str], list[str], tuple[float, float]]:
    """Texts of the pages without spaces, the codes that a scanner sees on the first at 150 dpi, and its size."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(re.sub(r"[\s\u200b\ufffe\x02]", "", str(text_page.get_text_range())))
            text_page.close()
        first = document[0]
        codes = [
            one.text
            for one in zxingcpp.read_barcodes(
                first.render(scale=150 / 72).to_pil(), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
            )
        ]
        return texts, codes, first.get_size()
    finally:
        document.close()


def test_every_form_that_can_be_downloaded_is_here() -> None:
    """A query that is added is printed here too."""
    assert {form.query for form in FORMS} == set(QUERIES)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join([form.query, *form.params.values()][:2]))
async def test_the_form_on_paper(world: World, form: Form) -> None:
    """One page; its figures, both numbers, data date, agency and 样章; fonts inside; the code of the raster proves the paper."""
    issued = printed(await found(world, form))
    pdf = render_pdf(issued, typesetter())
    (text,), codes, (width, height) = read(pdf)
    for part in form.words:
        assert part in text, (part, text)
    for part in (group_serial(issued.serial_no), group_check_code(issued.check_code)):
        assert part.replace(" ", "") in text
    for part in (issued.statement.agency, issued.statement.holder, "样章", "数据截至2024年9月12日", "第1页/共1页"):
        assert part in text
    assert codes == [issued.verify_url]
    made = keys()
    assert prove(codes[0], by_id(made.public.tokens)).genuine
    assert (width > height) == form.lying
    with pikepdf.open(io.BytesIO(pdf)) as document:
        embedded = [{"/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys()) for font in fonts_in(document)]
    assert embedded
    assert all(embedded)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join([form.query, *form.params.values()][:2]))
async def test_the_form_as_a_workbook(world: World, form: Form) -> None:
    """A sheet a table; money, counts, months, days and times are real cells, empty ones empty; the last row is the sum."""
    statement = await found(world, form)
    book = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(printed(statement))))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert len(sheets) == 1 + len(statement.tables)
    for table, rows in zip(statement.tables, list(sheets.values())[1:], strict=True):
        below = 2 if any(column.group for column in table.columns) else 1
        assert len(rows) == below + len(table.rows) + bool(table.totals)
        for row in rows[below : below + len(table.rows)]:
            for column, cell in zip(table.columns, row, strict=True):
                assert cell == "" or isinstance(cell, _TYPES[column.kind]), (column.title, cell)
    if form.sheet:
        rows = sheets[form.sheet]
        under = (
            2 if any(column.group for table in statement.tables if table.caption == form.sheet for column in table.columns) else 1
        )
        assert tuple(rows[under]) == form.cells
        assert not form.totals or tuple(rows[-1]) == form.totals
    for name, cells in form.tables.items():
        assert tuple(sheets[name][1]) == cells
    assert all(isinstance(cell, str) for row in sheets["单据信息"] for cell in row)
    assert people.JIANGUO.id_no not in str(sheets)


_TYPES: dict[ColumnKind, type | tuple[type, ...]] = {
    ColumnKind.TEXT: str,
    ColumnKind.MONEY: float,
    ColumnKind.COUNT: float,
    ColumnKind.MONTH: date,
    ColumnKind.DATE: date,
    ColumnKind.TIME: (datetime, date),
}


async def test_common_heads_stand_over_their_columns(world: World) -> None:
    """居民对账单: 个人账户收入 over five columns, 发放养老待遇 over four; each head once, the lower row frozen with the upper."""
    form = next(one for one in FORMS if one.query == "resident_statement")
    statement = await found(world, form)
    book = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(printed(statement))))
    upper, lower = book.get_sheet_by_name("账单信息").to_python()[:2]
    assert upper == [
        "年度",
        "个人账户收入",
        "",
        "",
        "",
        "",
        "个人账户支出（元）",
        "发放养老待遇",
        "",
        "",
        "",
        "个人账户余额（元）",
    ]
    assert lower[1:3] == ["个人缴费（元）", "集体补助（元）"]
    assert lower[10:] == ["个人账户支出（元）", ""]
    (text,), _, _ = read(render_pdf(printed(statement), typesetter()))
    assert text.count("个人账户收入") == 1
    assert text.count("发放养老待遇") == 1
