"""Wide tables on a page: common heads over their columns, and beside each figure where a row is a small card."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.pages.shell import LOOKS
from bot.pages.tables import parts_of
from dialogs.statement import Column, ColumnKind, Table
from tests.documents.samples import statement

_MONEY = ("个人缴费", "集体补助", "政府补贴"), ("基础养老金", "个人账户支出")
WIDE = Table(
    "账单信息",
    (
        Column("年度"),
        *(Column(title, ColumnKind.MONEY, group="个人账户收入") for title in _MONEY[0]),
        *(Column(title, ColumnKind.MONEY, group="发放养老待遇") for title in _MONEY[1]),
        Column("个人账户余额", ColumnKind.MONEY),
    ),
    (
        ("2009", "960.00", "100.00", "30.00", "0.00", "0.00", "1120.00"),
        ("2010", "1000.00", "100.00", "60.00", "0.00", "0.00", "2285.40"),
        ("2011", "", "100.00", "", "660.00", "120.00", "2165.40"),
    ),
)


def page_of(table: Table) -> str:
    """The table as the page has it."""
    (part,) = parts_of(statement(table), {}, elder=False)
    module = LOOKS.environment.get_template("parts.html").module
    return str(module.table(part))  # type: ignore[attr-defined]


def test_common_heads_stand_over_the_columns_that_are_shown() -> None:
    """集体补助 is the same in every row and is said once, with its common head; the common head then spans the two columns that are left."""
    html = page_of(WIDE)
    assert re.findall(r'<th scope="colgroup" colspan="(\d)" class="over"[^>]*>([^<]+)</th>', html) == [
        ("2", "个人账户收入"),
        ("2", "发放养老待遇"),
    ]
    assert "个人账户收入·集体补助 <b>100.00</b>" in html


def test_a_card_names_the_common_head_too() -> None:
    """On a phone each figure says where it belongs: 个人账户支出 of 发放养老待遇 is no other sum."""
    html = page_of(WIDE)
    assert 'class="rows stack"' in html
    assert 'data-label="发放养老待遇·个人账户支出">120.00' in html
    assert 'data-label="个人账户余额">2,165.40' in html


def test_a_head_of_one_row_stays_one_row() -> None:
    """Without groups nothing is added."""
    html = page_of(replace(WIDE, columns=tuple(replace(column, group="") for column in WIDE.columns)))
    assert "colgroup" not in html
    assert html.split("</thead>")[0].count("<tr") == 1
