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


def test_a_card_names_the_common_head_once() -> None:
    """On a phone each figure stands under its common head: 个人账户支出 of 发放养老待遇 is no other sum; the head is said at the first figure that shows."""
    html = page_of(WIDE)
    assert 'class="rows stack"' in html
    third = html.split("</tr>")[4]
    assert 'data-label="基础养老金" data-over="发放养老待遇">660.00' in third
    assert 'within" role="cell" data-label="个人账户支出">120.00' in third
    assert 'role="cell" data-label="个人账户余额">2,165.40' in third
    assert third.count("data-over") == 1


def test_a_card_leaves_out_what_is_nought_and_says_so() -> None:
    """Of five sums a row those of 0.00 are marked and one sentence tells; the table of a large screen keeps them. Less sums are all shown."""
    html = page_of(WIDE)
    assert "是 0 的项目没有列出。" in html
    assert html.count(" nought") == 4
    assert html.count(">0.00</td>") == 4
    narrow = replace(WIDE, columns=WIDE.columns[:4], rows=tuple(row[:4] for row in WIDE.rows))
    assert "nought" not in page_of(narrow)
    assert "没有列出" not in page_of(narrow)


def test_columns_of_nought_are_said_once_together() -> None:
    """What is 0.00 in every row is one line for all such columns, and no column."""
    rows = tuple((*row[:2], "0.00", "0.00", *row[4:]) for row in WIDE.rows)
    html = page_of(replace(WIDE, rows=rows))
    assert "个人账户收入·集体补助、个人账户收入·政府补贴 <b>0.00</b>" in html
    assert 'data-label="集体补助"' not in html


def test_a_list_of_names_alone_is_no_table() -> None:
    """Three insurances broken in the same months: the months stay in the rows; the employer, which is words, is said once."""
    table = Table(
        "断缴月份",
        (Column("险种"), Column("从", ColumnKind.MONTH), Column("到", ColumnKind.MONTH), Column("单位")),
        tuple((insurance, "2025-11", "2026-02", "晨帆机械（示例）有限公司") for insurance in ("养老", "医疗", "失业")),
    )
    html = page_of(table)
    assert html.count("2025年11月</td>") == 3
    assert html.count("2026年02月</td>") == 3
    assert "单位 <b>晨帆机械（示例）有限公司</b>" in html


MONTHLY = Table(
    "明细",
    (Column("月份", ColumnKind.MONTH), Column("险种"), Column("金额", ColumnKind.MONEY)),
    tuple(
        (f"2025-{month:02d}", insurance, f"{month}.00") for month in range(1, 7) for insurance in ("养", "医", "失", "工", "生")
    ),
)


def test_parts_for_elders_are_short_and_tear_no_month() -> None:
    """Thirty rows of five a month: 长辈版 has parts of three months, fifteen rows; 标准 has one. A part that does not exist is the last."""
    texts = []
    for number in ("1", "2", "3"):
        (part,) = parts_of(statement(MONTHLY), {"t0": number}, elder=True)
        texts.append([group.title for group in part.groups])
        assert [len(group.rows) for group in part.groups] == [5, 5, 5]
        assert part.parts == 2
    assert texts == [["2025年01月", "2025年02月", "2025年03月"], *[["2025年04月", "2025年05月", "2025年06月"]] * 2]
    (part,) = parts_of(statement(MONTHLY), {}, elder=False)
    assert part.parts == 1


def test_a_figure_that_comes_first_is_named() -> None:
    """Where months stand above the rows and the next column is a sum, the sum has its label and is no heading; so has the sum of all, also
    where a wide screen has no cards."""
    rows = tuple(
        (f"2025-{month:02d}", *row) for month in (1, 2) for row in (("55603.62", "", "邮政储蓄"), ("", "153.50", "工商银行"))
    )
    columns = (
        Column("月份", ColumnKind.MONTH),
        Column("基本养老金", ColumnKind.MONEY),
        Column("其他待遇（社会补贴、调整）", ColumnKind.MONEY),
        Column("代发机构的名称"),
    )
    (part,) = parts_of(statement(Table("明细", columns, rows, ("合计", "111207.24", "307.00", ""))), {}, elder=True)
    assert part.stacked
    html = str(LOOKS.environment.get_template("parts.html").module.table(part))  # type: ignore[attr-defined]
    assert html.count('data-label="基本养老金">55,603.62</td>') == 2
    assert 'data-total="合计" role="cell" data-label="基本养老金" data-over="合计">111,207.24</td>' in html


def test_a_head_of_one_row_stays_one_row() -> None:
    """Without groups nothing is added."""
    html = page_of(replace(WIDE, columns=tuple(replace(column, group="") for column in WIDE.columns)))
    assert "colgroup" not in html
    assert html.split("</thead>")[0].count("<tr") == 1
