"""Sort and filter of the tables on a page: by the address alone, kept from one page to the next, with the sum of what is shown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.pages.sifting import newest_first, sift
from dialogs.statement import Column, ColumnKind, Statement, Table
from tests.documents import samples
from tests.pages.world import World

TABLE = Table(
    "明细",
    (
        Column("日期", ColumnKind.DATE),
        Column("险种"),
        Column("金额", ColumnKind.MONEY, unit="元"),
        Column("单位"),
    ),
    (
        ("2023-01-31", "养老", "900.00", "甲厂"),
        ("2023-02-28", "医疗", "1200.50", "乙厂"),
        ("2023-03-31", "养老", "", "丙厂"),
        ("2023-04-30", "失业", "85.00", "丁厂"),
        ("2024-01-31", "养老", "10000.00", "甲厂"),
        ("2024-02-29", "医疗", "1200.50", "乙厂"),
        ("2024-03-31", "失业", "90.00", "丙厂"),
        ("2024-04-30", "养老", "7.00", "丁厂"),
    ),
    ("合计", "", "13483.00", ""),
)


def listed(**query: str) -> list[str]:
    """The days that are left, in order."""
    found, _ = sift(samples.statement(TABLE), query)
    return [row[0] for row in found.tables[0].rows]


@pytest.mark.parametrize(
    ("asked", "amounts"),
    [
        ("3", ["7.00", "85.00", "90.00", "900.00", "1200.50", "1200.50", "10000.00", ""]),
        ("-3", ["10000.00", "1200.50", "1200.50", "900.00", "90.00", "85.00", "7.00", ""]),
    ],
)
def test_figures_are_sorted_by_size(asked: str, amounts: list[str]) -> None:
    """1,200.50 comes after 900.00, not before it; what says nothing is last both ways."""
    found, _ = sift(samples.statement(TABLE), {"s0": asked})
    assert [row[2] for row in found.tables[0].rows] == amounts


@pytest.mark.parametrize("odd", ["", "0", "5", "-9", "x", "³", "1e1", "--1", "99999999999"])
def test_an_odd_order_is_none(odd: str) -> None:
    """Rows stay as they came."""
    assert listed(s0=odd) == [row[0] for row in TABLE.rows]


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"f": "甲厂"}, ["2023-01-31", "2024-01-31"]),
        ({"f": "甲厂 2024"}, ["2024-01-31"]),
        ({"f": "10,000.00"}, ["2024-01-31"]),
        ({"f": "10000"}, ["2024-01-31"]),
        ({"i": "失业"}, ["2023-04-30", "2024-03-31"]),
        ({"i": "失业", "y": "2024"}, ["2024-03-31"]),
        ({"y": "2024", "s0": "-1"}, ["2024-04-30", "2024-03-31", "2024-02-29", "2024-01-31"]),
        ({"i": "火灾", "y": "1066"}, [row[0] for row in TABLE.rows]),
        ({"f": "没有这样的"}, []),
    ],
)
def test_a_filter_leaves_what_was_asked_for(query: dict[str, str], days: list[str]) -> None:
    """By words, 险种 and year together; a choice that was never offered is none."""
    assert listed(**query) == days


def test_what_can_be_chosen() -> None:
    """险种 in the order of the rows, years from the newest; with fewer than eight rows nothing is offered."""
    _, sifting = sift(samples.statement(TABLE), {})
    assert sifting is not None
    assert sifting.insurances == ("养老", "医疗", "失业")
    assert sifting.years == ("2024", "2023")
    assert (sifting.count, sifting.left, sifting.active) == (8, 8, False)
    short: Statement = samples.statement(replace(TABLE, rows=TABLE.rows[:7]))
    assert sift(short, {"f": "甲厂"}) == (short, None)


async def test_the_page_keeps_order_and_filter(world: World) -> None:
    """The sum says of how many rows it is; links of heads, pages and switches carry the filter; nothing typed becomes markup."""
    world.answers.statements["t"] = samples.statement(samples.long_table(120))
    browser, path = world.browser(), await world.page_link(sample="t")
    page = await browser.get(f"{path}?s0=-4&f=%E5%8D%95%E4%BD%8D&t0=2")
    assert 'aria-sort="descending"' in page.text
    assert "（找到的 120 行）" in page.text
    assert "2 / 3" in page.words
    links = re.findall(r'href="(\?[^"]+)"', page.text)
    kept = [link for link in links if "f=%E5%8D%95%E4%BD%8D" in link and "s0=" in link]
    assert len(kept) == len(links) >= 9
    assert '<input type="hidden" name="s0" value="-4">' in page.text
    odd = await browser.get(f"{path}?f=%22%3E%3Cb%3E&s0=%22%3E%3Cb%3E")
    assert odd.status == 200
    assert "<b>" not in odd.text.partition('class="block sift"')[2].partition("</details>")[0]
    assert "没有符合条件的记录" in odd.words


def test_the_sum_is_of_what_is_shown() -> None:
    """养老: 900.00, nothing, 10,000.00 and 7.00 are 10,907.00; with nothing found there is no sum, and none where the last row was no sum."""
    found, _ = sift(samples.statement(TABLE), {"i": "养老"})
    assert found.tables[0].totals == ("合计", "", "10907.00", "")
    nothing, _ = sift(samples.statement(TABLE), {"f": "没有这样的"})
    assert nothing.tables[0].totals == ()
    newest = replace(TABLE, totals=("最近", "", "7.00", ""))
    assert sift(samples.statement(newest), {"i": "养老"})[0].tables[0].totals == ()
    assert sift(samples.statement(newest), {})[0].tables[0].totals == newest.totals


def test_the_newest_comes_first() -> None:
    """Rows that came from the oldest are turned round, those of one month keep their order; rows in another order stay."""
    turned = newest_first(samples.statement(TABLE)).tables[0]
    assert [row[0] for row in turned.rows] == [row[0] for row in reversed(TABLE.rows)]
    months = tuple((month, name) for month in ("2025-01", "2025-02") for name in ("养老", "医疗"))
    table = Table("", (Column("月份", ColumnKind.MONTH), Column("险种")), months)
    assert newest_first(samples.statement(table)).tables[0].rows == (*months[2:], *months[:2])
    mixed = replace(TABLE, rows=(TABLE.rows[2], *TABLE.rows[:2]))
    assert newest_first(samples.statement(mixed)).tables[0].rows == mixed.rows
    undated = replace(TABLE, columns=(Column("名称"), *TABLE.columns[1:]))
    assert newest_first(samples.statement(undated)).tables[0].rows == TABLE.rows


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("2023年3月", ["2023-03-31"]),
        ("2023年03月", ["2023-03-31"]),
        ("２０２３年３月", ["2023-03-31"]),
        ("2023 年 3 月份", ["2023-03-31"]),
        ("23年3月", ["2023-03-31"]),
        ("2023-3", ["2023-03-31"]),
        ("2023/03", ["2023-03-31"]),
        ("2023.3", ["2023-03-31"]),
        ("202303", ["2023-03-31"]),
        ("二〇二三年三月", ["2023-03-31"]),
        ("2023年3月31日", ["2023-03-31"]),
        ("2023年3月31号", ["2023-03-31"]),
        ("20230331", ["2023-03-31"]),
        ("2023-03-31", ["2023-03-31"]),
        ("2023年3月30日", []),
        ("3月", ["2023-03-31", "2024-03-31"]),
        ("三月", ["2023-03-31", "2024-03-31"]),
        ("3月31日", ["2023-03-31", "2024-03-31"]),
        ("13月", []),
        ("2024年", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2024", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("今年2月", ["2024-02-29"]),
        ("去年", ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"]),
        ("2023年4月到2024年1月", ["2023-04-30", "2024-01-31"]),
        ("2023年2月至3月", ["2023-02-28", "2023-03-31"]),
        ("3月~4月 2024年", ["2024-03-31", "2024-04-30"]),
        ("2024年1月 养老", ["2024-01-31"]),
        ("2024年的医疗保险", ["2024-02-29"]),
        ("1,200.50", ["2023-02-28", "2024-02-29"]),
        ("1200.5元", ["2023-02-28", "2024-02-29"]),
        ("￥１，２００．５０", ["2023-02-28", "2024-02-29"]),
        ("10000元 甲厂", ["2024-01-31"]),
        ("1万", ["2024-01-31"]),
        ("甲厂，养老", []),
        ("甲厂， 养老", ["2023-01-31", "2024-01-31"]),
        ("。", [row[0] for row in TABLE.rows]),
    ],
)
def test_what_people_type_is_found(typed: str, days: list[str]) -> None:
    """Months and days in any writing, spans, amounts with and without separators and in full-width signs; the statement is of 2024-09-11."""
    assert listed(f=typed) == days


def test_january_is_not_november() -> None:
    """1月 finds rows of January only, also where a text says 11月; a year's row is found by its year and by no month; no figure is a month."""
    columns = (Column("月份", ColumnKind.MONTH), Column("备注"), Column("金额", ColumnKind.MONEY))
    rows = tuple((f"2025-{month:02d}", f"{month}月的", "2025.03") for month in range(1, 13))
    found, _ = sift(samples.statement(Table("", columns, rows)), {"f": "1月"})
    assert [row[0] for row in found.tables[0].rows] == ["2025-01"]
    found, _ = sift(samples.statement(Table("", columns, rows)), {"f": "2025年11月"})
    assert [row[0] for row in found.tables[0].rows] == ["2025-11"]
    years = Table("", (Column("年度"), Column("金额", ColumnKind.MONEY)), tuple((str(2010 + n), f"{n}.00") for n in range(9)))
    found, _ = sift(samples.statement(years), {"f": "2013年"})
    assert [row[0] for row in found.tables[0].rows] == ["2013"]
    found, _ = sift(samples.statement(years), {"f": "2013年3月"})
    assert found.tables[0].rows == ()


async def test_a_table_in_which_nothing_was_found_is_left_out(world: World) -> None:
    """Of two tables the one with a hit stays alone; with no hit anywhere the page says so."""
    other = replace(TABLE, caption="汇总", rows=tuple((*row[:3], "戊厂") for row in TABLE.rows))
    world.answers.statements["t"] = replace(samples.statement(TABLE), tables=(other, TABLE))
    browser, path = world.browser(), await world.page_link(sample="t")
    words = (await browser.get(f"{path}?f=%E4%B9%99%E5%8E%82")).words
    assert "16 行里找到 2 行" in words
    assert "汇总" not in words
    assert "没有符合条件的记录" not in words
    assert (await browser.get(f"{path}?f=%E5%B7%B1%E5%8E%82")).words.count("没有符合条件的记录") == 2


async def test_elders_have_no_orders_to_choose(world: World) -> None:
    """长辈版 has plain heads and keeps the order that was chosen before; 标准 has a link in each head."""
    world.answers.statements["t"] = samples.statement(TABLE)
    browser, path = world.browser(), await world.page_link(sample="t")
    page = await browser.get(f"{path}?s0=-3&view=elder")
    assert "sorter" not in page.text
    assert "排序" not in page.words
    assert page.words.index("10,000.00") < page.words.index("1,200.50")
    assert (await browser.get(f"{path}?s0=-3&view=normal")).text.count('class="sorter"') == 4
