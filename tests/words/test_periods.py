"""Months, periods and years in words. Today is 2024-09-12 unless a test says otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.parse import Invalid, everything, find_period, find_year, month, normal, period, year
from storage.ports.time import Month, Span

TODAY = date(2024, 9, 12)

PERIODS = """
2024-03 2024-03..2024-03
202403 2024-03..2024-03
2024.3 2024-03..2024-03
2024/3 2024-03..2024-03
2024年3月 2024-03..2024-03
2024年03月份 2024-03..2024-03
２０２４年３月 2024-03..2024-03
2O24年3月 2024-03..2024-03
24年3月 2024-03..2024-03
98年5月 1998-05..1998-05
二零二四年三月 2024-03..2024-03
二〇二三年十二月 2023-12..2023-12
一九九八年五月 1998-05..1998-05
去年3月 2023-03..2023-03
去年十二月 2023-12..2023-12
去年我3月份 2023-03..2023-03
上个月 2024-08..2024-08
上月 2024-08..2024-08
上上个月 2024-07..2024-07
本月 2024-09..2024-09
这个月 2024-09..2024-09
3月 2024-03..2024-03
9月份 2024-09..2024-09
十月 2023-10..2023-10
元月 2024-01..2024-01
3个月前 2024-06..2024-06
去年年底 2023-12..2023-12
去年 2023-01..2023-12
去年一年 2023-01..2023-12
去年全年 2023-01..2023-12
头年 2023-01..2023-12
上一年度 2023-01..2023-12
前年 2022-01..2022-12
大前年 2021-01..2021-12
今年 2024-01..2024-09
今年以来 2024-01..2024-09
今年到现在 2024-01..2024-09
年初到现在 2024-01..2024-09
2023年 2023-01..2023-12
2023年度 2023-01..2023-12
2024年 2024-01..2024-09
23年 2023-01..2023-12
二三年 2023-01..2023-12
近半年 2024-03..2024-08
最近半年 2024-03..2024-08
半年 2024-03..2024-08
近一年 2023-09..2024-08
一年 2023-09..2024-08
一年内 2023-09..2024-08
近12个月 2023-09..2024-08
近十二个月 2023-09..2024-08
最近三个月 2024-06..2024-08
前三个月 2024-06..2024-08
近3月 2024-06..2024-08
近两年 2022-09..2024-08
过去两年 2022-09..2024-08
近三年 2021-09..2024-08
一年半 2023-03..2024-08
一个月 2024-08..2024-08
俩月 2024-07..2024-08
上半年 2024-01..2024-06
下半年 2024-07..2024-09
去年下半年 2023-07..2023-12
2023年上半年 2023-01..2023-06
2023年的下半年 2023-07..2023-12
一季度 2024-01..2024-03
第二季度 2024-04..2024-06
四季度 2023-10..2023-12
2023年第四季度 2023-10..2023-12
去年一季度 2023-01..2023-03
24年Q1 2024-01..2024-03
上个季度 2024-04..2024-06
今年前三个月 2024-01..2024-03
去年后三个月 2023-10..2023-12
2024年3月到6月 2024-03..2024-06
2024年3-6月 2024-03..2024-06
2024年3月至2024年6月 2024-03..2024-06
2023年3月至2024年2月 2023-03..2024-02
202403-202406 2024-03..2024-06
202403一202406 2024-03..2024-06
202401-06 2024-01..2024-06
2023-01至2023-12 2023-01..2023-12
2024-01..2024-06 2024-01..2024-06
2024.01~2024.06 2024-01..2024-06
2024.01-06 2024-01..2024-06
2024/01—2024/06 2024-01..2024-06
2023.11-2024.2 2023-11..2024-02
20240301-20240630 2024-03..2024-06
2024年3月15日到2024年6月1号 2024-03..2024-06
二零二四年三月到六月 2024-03..2024-06
三到六月 2024-03..2024-06
三四月份 2024-03..2024-04
3月和4月 2024-03..2024-04
1月、2月、3月 2024-01..2024-03
11月到2月 2023-11..2024-02
2023年11月到2月 2023-11..2024-02
3月到2024年6月 2024-03..2024-06
从去年3月到现在 2023-03..2024-09
去年3月至今 2023-03..2024-09
2023年3月起 2023-03..2024-09
2024年3月开始 2024-03..2024-09
从2020年一直到现在 2020-01..2024-09
2023到2024年 2023-01..2024-09
2022-2023 2022-01..2023-12
前年到去年 2022-01..2023-12
今年1月到年底 2024-01..2024-09
去年10月到今年2月 2023-10..2024-02
"""


@pytest.mark.parametrize("row", PERIODS.strip().splitlines())
def test_a_period_is_read_as_it_is_said(row: str) -> None:
    """Every way of naming a period gives the months that a person means."""
    text, _, expected = row.rpartition(" ")
    assert str(period(text, TODAY)) == expected


SENTENCES = """
查去年的养老缴费 2023-01..2023-12
我想看看二零二四年三月到六月交了多少医保 2024-03..2024-06
给我看看前年一年交了好多钱 2022-01..2022-12
帮我查一下近半年社保 2024-03..2024-08
上个月的社保扣了没有 2024-08..2024-08
查2023的养老 2023-01..2023-12
查23年的缴费 2023-01..2023-12
我2024年3月份到2024年8月份的缴费记录 2024-03..2024-08
从2023年3月到现在一共交了多少 2023-03..2024-09
这半年单位给我交了吗 2024-03..2024-08
医保202401-202406 2024-01..2024-06
打印2023年度对账单 2023-01..2023-12
今年养老钱交了没 2024-01..2024-09
7月份的医保咋没到账 2024-07..2024-07
交了15年了 -
15年够不够 -
满15年就能退休吗 -
断了半年怎么补 -
一年交多少钱 -
以前年度 -
我目前没工作 -
上年纪了不会弄 -
流水号202409121147258813 -
我的手机13900002024 -
明年养老金涨多少 -
2024年12月的 -
2024年6月到3月的 -
社保卡丢了 -
"""


@pytest.mark.parametrize("row", SENTENCES.strip().splitlines())
def test_a_period_is_found_in_a_sentence(row: str) -> None:
    """What names a searchable period is found; lengths, ages, long numbers and the future are not taken for one."""
    text, _, expected = row.rpartition(" ")
    found = find_period(text, TODAY)
    assert (str(found) if found else "-") == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024年6月到3月", "2024-03 至 2024-06"),
        ("202406-202403", "2024-03 至 2024-06"),
        ("去年到前年", "2022-12"),
        ("2024年12月", "2024年12月还没到"),
        ("下个月", "2024年10月还没到"),
        ("明年", "2025年1月还没到"),
        ("2024年3月到2025年3月", "最晚可以查到2024年9月"),
        ("2024年13月", "1到12月"),
        ("2024-00", "1到12月"),
        ("1024年", "例如 2024-03"),
        ("1930年3月", "四位年份"),
        ("到2024年6月", "开始的年月"),
        ("2011年7月以前", "开始的年月"),
        ("", "去年"),
        ("abc", "近半年"),
        ("12", "例如 2024-03 至 2024-08"),
        ("<script>", "例如"),
    ],
)
def test_what_cannot_be_a_period_is_answered_with_what_to_type(text: str, said: str) -> None:
    """Reversed, future and impossible periods are refused in a sentence that helps."""
    with pytest.raises(Invalid, match=r".") as refused:
        period(text, TODAY)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("today", "text", "expected"),
    [
        (date(2024, 1, 1), "近半年", "2023-07..2023-12"),
        (date(2024, 1, 31), "今年", "2024-01..2024-01"),
        (date(2024, 1, 31), "上个月", "2023-12..2023-12"),
        (date(2024, 3, 5), "下半年", "2023-07..2023-12"),
        (date(2024, 3, 5), "3月到6月", "2023-03..2023-06"),
        (date(2024, 2, 29), "近一年", "2023-02..2024-01"),
        (date(2024, 12, 31), "今年", "2024-01..2024-12"),
        (date(2024, 5, 1), "上半年", "2024-01..2024-05"),
    ],
)
def test_relative_words_follow_the_day(today: date, text: str, expected: str) -> None:
    """The same words on another day name other months, over the turn of a year too."""
    assert str(period(text, today)) == expected


def test_all_of_it_needs_the_first_month() -> None:
    """全部 is a period only for a caller that knows where the record begins."""
    assert period("全部", TODAY, earliest=Month(2011, 7)) == Span(Month(2011, 7), Month(2024, 9))
    assert everything("查我历年的缴费")
    assert not everything("查去年")
    with pytest.raises(Invalid):
        period("全部", TODAY)


MONTHS = [
    ("2024-03", "2024-03"),
    ("三月", "2024-03"),
    ("03", "2024-03"),
    ("24-03", "2024-03"),
    ("上个月份", "2024-08"),
    ("十二月", "2023-12"),
]


@pytest.mark.parametrize(("text", "expected"), MONTHS)
def test_one_month(text: str, expected: str) -> None:
    """A month alone, with or without its year, is the most recent one of that name."""
    assert str(month(text, TODAY)) == expected


@pytest.mark.parametrize("text", ["去年", "2024年3月到6月", "13月", "00", "", "养老", "2025-01"])
def test_one_month_is_one_month(text: str) -> None:
    """Longer periods, months that do not exist and the future are refused."""
    with pytest.raises(Invalid):
        month(text, TODAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023", 2023),
        ("23", 2023),
        ("去年", 2023),
        ("2023年度", 2023),
        ("二零二三年", 2023),
        ("前年", 2022),
        ("九八年", 1998),
        ("今年的", 2024),
    ],
)
def test_one_year(text: str, expected: int) -> None:
    """A year in digits, in two digits, in characters or in a word."""
    assert year(text, TODAY) == expected
    assert text in {"23"} or find_year(text, TODAY) == expected


@pytest.mark.parametrize("text", ["2025", "明年", "2024年3月", "近一年", "abc", "1900", "2022到2023"])
def test_one_year_is_one_year(text: str) -> None:
    """The future, parts of years and several years are refused."""
    with pytest.raises(Invalid):
        year(text, TODAY)


_CHARS = "零一二三四五六七八九"


def _spelled(month_: Month) -> str:
    tens = {10: "十", 11: "十一", 12: "十二"}
    return "".join(_CHARS[int(c)] for c in str(month_.year)) + "年" + tens.get(month_.month, _CHARS[month_.month % 10]) + "月"


FORMATS = [
    str,
    lambda m: m.label,
    lambda m: f"{m.year}{m.month:02d}",
    lambda m: f"{m.year}.{m.month}",
    lambda m: f"{m.year}/{m.month:02d}",
    lambda m: f" {m.year} 年 {m.month} 月 份 ",
    lambda m: f"{m.year}年{m.month:02d}月",
    _spelled,
    lambda m: str(m).translate(str.maketrans("0123456789-", "０１２３４５６７８９－")),
]
some_month = st.integers(Month(1980, 1).index, Month(2024, 9).index).map(Month.from_index)
some_day = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@given(some_month, st.sampled_from(FORMATS))
def test_every_month_survives_every_way_of_writing_it(written: Month, form) -> None:  # type: ignore[no-untyped-def]
    """Whatever month, in whatever form, is read back as itself."""
    assert month(form(written), TODAY) == written


@given(
    some_month,
    some_month,
    st.sampled_from(FORMATS),
    st.sampled_from(FORMATS),
    st.sampled_from(["到", "至", "-", "~", " 至 ", "—", "～", "..", "直到"]),
)
def test_every_range_survives_every_way_of_writing_it(one: Month, other: Month, form, second, to: str) -> None:  # type: ignore[no-untyped-def]
    """Two months joined in any way give the span between them; the wrong way round offers the swap."""
    text = f"{form(one)}{to}{second(other)}"
    if one <= other:
        assert period(text, TODAY) == Span(one, other)
    else:
        with pytest.raises(Invalid, match=f"{other} 至 {one}"):
            period(text, TODAY)


WORDS = [
    "去年",
    "今年",
    "2024",
    "年",
    "3",
    "月",
    "到",
    "至",
    "-",
    "半",
    "近",
    "个",
    "十",
    "二",
    "季度",
    "上",
    "下",
    "前",
    "查",
    "养老",
    "99",
    "0",
    "12",
    ".",
    "现在",
    "以前",
    "起",
    "第",
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join) | st.text(max_size=80), some_day)
def test_nothing_but_invalid_is_ever_raised_and_no_span_ends_in_the_future(text: str, today: date) -> None:
    """Any text on any day gives a value that is not in the future, or Invalid with a Chinese sentence."""
    now = Month.of(today)
    for read in (period, month, year):
        try:
            found = read(text, today)
        except Invalid as why:
            assert any("一" <= c <= "鿿" for c in why.message)  # noqa: PT017
            continue
        last = found.end if isinstance(found, Span) else found if isinstance(found, Month) else Month(int(found), 1)
        assert last <= now
    anywhere = find_period(text, today)
    assert anywhere is None or anywhere.end <= now


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more_for_plain_text(text: str) -> None:
    """`normal` never fails and leaves neither line breaks nor doubled blanks."""
    plain = normal(text)
    assert "\n" not in plain
    assert "  " not in plain
