"""Every form that can be downloaded: printed under test keys, read back as paper (text, fonts, pages, code) and as a workbook (typed cells).

Figures are those of the rows in `tests.people`, `rights`, `paid` and of the cards and cases below; sums stand beside them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
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
from tests.conversations.forms import AT, FORMS, READY, Form


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
