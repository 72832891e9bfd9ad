"""The workbook, read back by another library."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from dialogs.statement import Column, ColumnKind, Table
from handlers.documents.xlsx import render_xlsx
from tests.documents.samples import CODE, COLUMNS, SERIAL, THREE_MONTHS, issued, long_table, statement, with_cell


def sheets(workbook: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts(workbook: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def test_cells_have_the_type_of_their_column() -> None:
    """Money and counts are numbers, months and dates are dates, an empty cell is empty, the totals stand last."""
    rows = sheets(render_xlsx(issued()))["养老保险缴费明细"]
    assert rows[0] == ["费款所属期", "单位名称", "缴费基数（元）", "单位缴费（元）", "个人缴费（元）", "到账日期", "月数"]
    assert rows[1] == [date(2024, 1, 1), "海淀某某科技有限公司", 6821.0, 1091.36, 545.68, date(2024, 1, 15), 1.0]
    assert rows[3][5] == ""
    assert rows[4] == ["合计", "", "", 4931.44, 2465.72, "", 3.0]
    assert len(rows) == 5


@pytest.mark.parametrize("money", ["78.40", "758.56", "84304.68", "8477.37", "-0.10", "9999999999999.99"])
def test_money_stands_in_the_file_as_it_is(money: str) -> None:
    """In the XML itself, digit by digit: no 78.40000000000001, so a program that compares finds the sum of the paper."""
    table = Table("明细", (Column("金额", ColumnKind.MONEY),), ((money,),))
    sheet = parts(render_xlsx(issued(statement(table))))["xl/worksheets/sheet2.xml"]
    assert re.findall(r"<v>([^<]*)</v></c></row></sheetData>", sheet) == [money]


def test_the_first_sheet_tells_what_it_is() -> None:
    """Both numbers, holder, facts with the identity number as text of 18 digits, period, data date and notes."""
    facts = dict(row[:2] for row in sheets(render_xlsx(issued()))["单据信息"][1:])
    assert facts["流水号"].replace(" ", "") == SERIAL
    assert facts["校验码"].replace("-", "") == CODE
    assert facts["公民身份号码"] == "110199196203151234"
    assert facts["数据截至"] == "2024-09-11"
    assert facts["查询期间"] == "2024年1月 至 2024年3月"
    assert facts["生成时间"] == "2024-09-12 10:03"
    assert "持有人" not in facts
    assert list(facts)[-1] == "说明1"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+8613800000000",
        "-1",
        "@SUM(A1)",
        "=cmd|' /C calc'!A0",
        "\t=1+1",
        '#panic("x") *粗* {{ 7*7 }}',
        "http://x.example",
        "_x0041_",
        "<b>&]]>",
    ],
)
def test_nothing_is_run(text: str) -> None:
    """What looks like a formula or a link is the text it is, in cells and in facts (S18, S20)."""
    made = render_xlsx(issued(with_cell(text)))
    cell = sheets(made)["养老保险缴费明细"][1][1]
    assert cell == text.replace("\t", " ")
    assert {row[1] for row in sheets(made)["单据信息"] if row[0] in ("备注", "说明1")} == {text.replace("\t", " ")}
    assert not [name for name, content in parts(made).items() if "<f>" in content or "<hyperlink" in content]


def test_what_is_not_what_its_column_says_stays_text() -> None:
    """An unknown date, a word among the money, more digits than a number can hold: kept as text, nothing lost, nothing raised."""
    row = ("2024-13", "", "九百", "1234567890123456.78", "NaN", "1899-12-31", "12345678901234567")
    rows = sheets(render_xlsx(issued(statement(Table("怪", COLUMNS, (row,))))))["怪"]
    assert rows[1] == list(row)


def test_identifiers_keep_their_zeros_and_digits() -> None:
    """A text column is text whatever stands in it."""
    table = Table("号码", (Column("证件号码"), Column("邮编")), (("110199196203151234", "010000"),))
    made = render_xlsx(issued(statement(table)))
    assert sheets(made)["号码"][1] == ["110199196203151234", "010000"]


def test_the_head_is_frozen_and_repeated() -> None:
    """The first row stays in view and on every printed page."""
    content = parts(render_xlsx(issued()))
    assert 'ySplit="1"' in content["xl/worksheets/sheet2.xml"]
    assert "_xlnm.Print_Titles" in content["xl/workbook.xml"]


def test_each_table_has_a_sheet_with_a_name_that_excel_accepts() -> None:
    """Forbidden characters, too long, the same name twice, reserved names, no name: all become different, valid names."""
    captions = ("a/b:c*[d]?\\e", "长" * 40, "长" * 40, "History", "", "单据信息", "'引号'")
    tables = tuple(replace(THREE_MONTHS, caption=caption) for caption in captions)
    names = list(sheets(render_xlsx(issued(replace(statement(), tables=tables)))))
    assert len({name.casefold() for name in names}) == len(names) == len(captions) + 1
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") and name[0] != "'" != name[-1] for name in names)
    assert names[5] == "明细5"


def test_columns_are_wide_enough_for_chinese() -> None:
    """A month (2024年01月) has room for its two Chinese characters; nothing is wider than a screen."""
    content = parts(
        render_xlsx(issued(statement(replace(THREE_MONTHS, rows=tuple((r[0], "某" * 100, *r[2:]) for r in THREE_MONTHS.rows)))))
    )
    sheet = content["xl/worksheets/sheet2.xml"]
    widths = [float(part.split('"')[0]) for part in sheet.split(' width="')[1:]]
    assert widths[0] >= 15
    assert 55 < widths[1] < 62


def test_a_revoked_document_says_so() -> None:
    """Under the title; a valid one does not."""
    assert sheets(render_xlsx(issued(status="revoked")))["单据信息"][1][0] == "本单据已作废，不再作为凭证使用。"
    assert "作废" not in str(sheets(render_xlsx(issued())))


def test_long_texts_and_control_characters_do_no_harm() -> None:
    """A cell longer than Excel allows is cut, control characters are carried escaped, the file stays readable."""
    rows = sheets(render_xlsx(issued(with_cell("字" * 40_000))))["养老保险缴费明细"]
    assert len(rows[1][1]) == 32_000
    assert render_xlsx(issued(with_cell("a\x07b"))).startswith(b"PK")


def test_the_same_document_is_the_same_workbook() -> None:
    """No clock and no chance in it."""
    assert render_xlsx(issued()) == render_xlsx(issued())


def test_a_long_table_is_all_there() -> None:
    """600 rows, the sum of the last row against the sum of the cells."""
    rows = sheets(render_xlsx(issued(statement(long_table(600)))))["缴费明细"]
    assert len(rows) == 602
    assert sum(row[4] for row in rows[1:601]) == rows[601][4] == 600 * 100 + 600 * 599 // 2


def test_kinds_cover_every_column_kind() -> None:
    """A new kind of column cannot be forgotten here: each kind is written in a format of its own."""
    columns = tuple(Column(kind.value, kind) for kind in ColumnKind)
    table = Table("全部", columns, (tuple("" for _ in columns),))
    assert sheets(render_xlsx(issued(statement(table))))["全部"][0] == [kind.value for kind in ColumnKind]
