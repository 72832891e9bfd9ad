"""Columns as data: tables with their totals, lines of the chat, and what an agency makes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from dialogs.statement import Column, ColumnKind
from handlers.queries.sheets import Sheet, amount, cell_of, count, insurance_named, month, text, there_is, unknown_columns
from storage.ports.regions import SheetColumns
from storage.ports.time import Month
from tests.fresh import regions


@dataclass(frozen=True)
class Row:
    """A row of the made-up record."""

    period: Month
    payer: str
    paid: Decimal
    months: int
    arrived: bool = True


SHEET: Sheet[Row] = Sheet(
    code="sample",
    caption="样例",
    counted=lambda row: row.arrived,
    columns=(
        month("period", "年月"),
        text("payer", "单位"),
        amount("paid", "缴费", chat=True),
        count("months", "月数", total=True, chat=True, say="共 {} 个月"),
    ),
)
ROWS = (
    Row(Month(2024, 1), "甲", Decimal("100.10"), 1),
    Row(Month(2024, 2), "乙", Decimal("1200.20"), 2),
    Row(Month(2024, 3), "丙", Decimal("5.00"), 4, arrived=False),
)
HERE = regions()["beijing"]


def test_a_table_has_its_totals_of_what_counts() -> None:
    """100.10 + 1200.20 = 1300.30 and 1 + 2 = 3: the third row has not arrived, and the last row says so."""
    table = SHEET.table(HERE, ROWS)
    assert [column.title for column in table.columns] == ["年月", "单位", "缴费", "月数"]
    assert table.columns[2] == Column("缴费", ColumnKind.MONEY, 1.2, "元")
    assert table.rows[1] == ("2024-02", "乙", "1200.20", "2")
    assert table.totals == ("已到账合计", "", "1300.30", "3")
    assert SHEET.table(HERE, ROWS[:2]).totals[2:] == ("1300.30", "3")
    assert SHEET.table(HERE, ROWS[:1]).totals == ()
    assert SHEET.table(HERE, (), "无").rows == ()


def test_a_form_may_have_its_last_row_always() -> None:
    """One row, and 合计 under it."""
    assert replace(SHEET, always_total=True).table(HERE, ROWS[:1]).totals == ("合计", "", "100.10", "1")


def test_a_line_of_the_chat_has_the_first_column_and_what_is_marked() -> None:
    """Months as people say them, money with 元."""
    assert SHEET.lines(HERE, ROWS[1:2]) == ("2024年2月：缴费 1,200.20 元，共 2 个月",)


def test_an_agency_renames_leaves_out_and_reorders() -> None:
    """What is left out is in no line either."""
    there = replace(HERE, columns={"sample": SheetColumns(("months", "period"), {"months": "缴费月数"})})
    table = SHEET.table(there, ROWS[:2])
    assert [column.title for column in table.columns] == ["缴费月数", "年月"]
    assert table.rows == (("1", "2024-01"), ("2", "2024-02"))
    assert table.totals == ("3", "合计")
    assert SHEET.line(there, ROWS[0]) == "1"
    renamed = replace(HERE, columns={"sample": SheetColumns(titles={"paid": "实缴金额"})})
    assert SHEET.line(renamed, ROWS[0]) == "2024年1月：实缴金额 100.10 元，共 1 个月"


def test_columns_that_nobody_declares_are_found() -> None:
    """A sheet and a column by a wrong name are a sentence each; the table is made all the same."""
    there = replace(HERE, columns={"sample": SheetColumns(("period", "wage")), "other": SheetColumns(("x",))})
    assert unknown_columns({"sample": SHEET}, {"beijing": there}) == (
        "beijing: columns.sample: there is no column 'wage'",
        "beijing: columns.other: there is no such sheet",
    )
    assert [column.title for column in SHEET.table(there, ROWS).columns] == ["年月"]


def test_the_facts_of_one_record() -> None:
    """Labels and values as people read them; what is empty is left out."""
    assert SHEET.facts(HERE, replace(ROWS[1], payer="")) == (("年月", "2024年02月"), ("缴费", "1,200.20"), ("月数", "2"))


def test_cells_are_canonical() -> None:
    """Money with two decimals, days as ISO, several joined, nothing for None."""
    assert [cell_of(one) for one in (Decimal("3"), date(2024, 3, 1), ("甲", "乙"), None, True, 7)] == [
        "3.00",
        "2024-03-01",
        "甲、乙",
        "",
        "是",
        "7",
    ]
    assert [insurance_named(code) for code in ("pension", "resident_medical", "annuity", "新险种")] == [
        "养老保险",
        "居民医疗保险",
        "职业年金",
        "新险种",
    ]


def test_what_there_is_is_a_sentence() -> None:
    """Months, years, one year alone, nothing at all."""
    assert there_is((Month(2022, 1), Month(2023, 6)), "缴费") == "您名下有 2022年1月 至 2023年6月 的缴费，可以换个时间再查。"
    assert there_is((2021, 2021), "缴费") == "您名下有 2021年 的缴费，可以换个时间再查。"
    assert there_is(None, "缴费") == "您名下还没有缴费的记录。"
    assert there_is(None, "账户记录") == "您名下还没有账户记录。"
