"""Times and values in many wordings: tables worked out by hand, and wordings that are made from the months they mean. Today is 2024-09-12."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.parse import find_period, tidy
from handlers.understanding.slots import slots_of
from storage.ports.time import Month, Span

TODAY = date(2024, 9, 12)

TABLE = """
前三个月的社保 2024-06..2024-08
这三个月社保 2024-06..2024-08
最近三个月缴费 2024-06..2024-08
近半年的医保 2024-03..2024-08
今年以来养老 2024-01..2024-09
打今年起 2024-01..2024-09
去年下半年 2023-07..2023-12
去年下半年到现在 2023-07..2024-09
从19年到现在 2019-01..2024-09
从2019到现在 2019-01..2024-09
自2019年起 2019-01..2024-09
自去年3月起 2023-03..2024-09
从前年开始 2022-01..2024-09
打前年起 2022-01..2024-09
去年以来 2023-01..2024-09
上上个月 2024-07..2024-07
上上月 2024-07..2024-07
上上个月到上个月 2024-07..2024-08
上上上个月 2024-06..2024-06
19年到22年 2019-01..2022-12
19到22年 2019-01..2022-12
19-22年 2019-01..2022-12
查19年到22年缴费 2019-01..2022-12
社保19年到22年 2019-01..2022-12
一九年到二二年 2019-01..2022-12
二〇一九到二〇二二 2019-01..2022-12
二零一九年至二零二二年 2019-01..2022-12
2023年1、2、3月 2023-01..2023-03
2023年1月2月3月 2023-01..2023-03
1、2、3月份 2024-01..2024-03
1,2月 2024-01..2024-02
一二三月 2024-01..2024-03
七八月份 2024-07..2024-08
七八九月 2024-07..2024-09
十一十二月 2023-11..2023-12
6、7、8三个月 2024-06..2024-08
今年六七八月 2024-06..2024-08
去年十一月十二月 2023-11..2023-12
去年年底到今年年初 2023-12..2024-01
去年底到现在 2023-12..2024-09
年初到现在 2024-01..2024-09
今年年初到6月 2024-01..2024-06
年初到上个月 2024-01..2024-08
今年上半年 2024-01..2024-06
前半年 2024-01..2024-06
后半年 2024-07..2024-09
头半年 2024-01..2024-06
今年头三个月 2024-01..2024-03
今年头仨月 2024-01..2024-03
23年头三月 2023-01..2023-03
去年最后两个月 2023-11..2023-12
近俩月 2024-07..2024-08
这俩月 2024-07..2024-08
这几个月 -
最近两年 2022-09..2024-08
近5年 2019-09..2024-08
五年来 2019-09..2024-08
近五年来的养老 2019-09..2024-08
这一年 2023-09..2024-08
这两年 2022-09..2024-08
一年以来 2023-09..2024-08
过去的一年 2023-09..2024-08
过去12个月 2023-09..2024-08
三季度 2024-07..2024-09
第三季 2024-07..2024-09
23年四季度 2023-10..2023-12
去年第四季度 2023-10..2023-12
今年一二季度 2024-01..2024-06
本季度 2024-07..2024-09
上季度 2024-04..2024-06
上半年的 2024-01..2024-06
2023全年 2023-01..2023-12
2023一整年 2023-01..2023-12
2023年1月到12月 2023-01..2023-12
23.1-23.12 2023-01..2023-12
23.1到23.6 2023-01..2023-06
23/01-23/06 2023-01..2023-06
2023.01.01-2023.12.31 2023-01..2023-12
2023年3月1日至2023年5月31日 2023-03..2023-05
3月上旬 2024-03..2024-03
八月下旬 2024-08..2024-08
8月中旬的养老金 2024-08..2024-08
八月份的钱 2024-08..2024-08
8月15号发的养老金 2024-08..2024-08
从3月份一直到8月份 2024-03..2024-08
3月至今 2024-03..2024-09
3月以来 2024-03..2024-09
3月份到现在 2024-03..2024-09
三月到这个月 2024-03..2024-09
3月-8月 2024-03..2024-08
3~8月 2024-03..2024-08
三至八月 2024-03..2024-08
23年10月到24年2月 2023-10..2024-02
2023年10月到次年2月 2023-10..2024-02
2022年11月到第二年3月 2022-11..2023-03
23年10月到今年2月 2023-10..2024-02
2020年以后 2020-01..2024-09
2020年之后 2020-01..2024-09
2020年3月之后的 2020-03..2024-09
2020年后 2020-01..2024-09
2021、2022、2023年 2021-01..2023-12
2021年和2022年 2021-01..2022-12
21和22年 2021-01..2022-12
21、22年 2021-01..2022-12
20 21 22年 2020-01..2022-12
去年和今年 2023-01..2024-09
前年跟去年 2022-01..2023-12
九八年到零五年 1998-01..2005-12
98年到05年 1998-01..2005-12
九六年 1996-01..1996-12
96年到现在 1996-01..2024-09
1996年-2005年 1996-01..2005-12
2005年7月到2010年 2005-07..2010-12
2005年到2010年7月 2005-01..2010-07
15年3月到18年6月 2015-03..2018-06
一五年三月到一八年六月 2015-03..2018-06
二零年 2020-01..2020-12
一零年 2010-01..2010-12
交了10年 -
满10年了 -
上一年 2023-01..2023-12
上一年度 2023-01..2023-12
上年度 2023-01..2023-12
本年度 2024-01..2024-09
今儿这个月 2024-09..2024-09
当月 2024-09..2024-09
上月份 2024-08..2024-08
前个月 2024-07..2024-07
前一个月 2024-08..2024-08
上两个月 2024-07..2024-08
上三个月 2024-06..2024-08
上个月和这个月 2024-08..2024-09
上月到本月 2024-08..2024-09
6月到上个月 2024-06..2024-08
半年来 2024-03..2024-08
大半年 -
小半年 -
2024 03 2024-03..2024-03
2024年 3 月 2024-03..2024-03
202403到现在 2024-03..2024-09
2024-3月 2024-03..2024-03
2024/3月份 2024-03..2024-03
24年三月份 2024-03..2024-03
2４年３月 2024-03..2024-03
二四年三月 2024-03..2024-03
2O23年 2023-01..2023-12
2o23 2023-01..2023-12
20２３ 2023-01..2023-12
两千零二十三年 2023-01..2023-12
2千23年 -
贰零贰叁年 2023-01..2023-12
二零二三 2023-01..2023-12
到去年底 -
截止到去年底 -
2022年7月到2023年6月的 2022-07..2023-06
上一季度 2024-04..2024-06
近一个季度 2024-06..2024-08
近两个季度 2024-03..2024-08
最近一季度 2024-06..2024-08
三个月内 2024-06..2024-08
三个月以内 2024-06..2024-08
近3个月内 2024-06..2024-08
前几个月 -
3月份和5月份 2024-03..2024-05
今年1到8月 2024-01..2024-08
今年1-8 2024-01..2024-08
去年1-12 2023-01..2023-12
2023年1-6 2023-01..2023-06
2023年下半 2023-07..2023-12
23下半年 2023-07..2023-12
2023下半年 2023-07..2023-12
2023上半年到2024上半年 2023-01..2024-06
去年10月开始 2023-10..2024-09
去年10月份以来 2023-10..2024-09
去年十月往后 2023-10..2024-09
大前年 2021-01..2021-12
大前年到去年 2021-01..2023-12
两个月前 2024-07..2024-07
前阵子 -
二零一五年一月到二零一八年十二月 2015-01..2018-12
05年7月 2005-07..2005-07
零五年七月 2005-07..2005-07
〇五年七月到一二年底 2005-07..2012-12
2012年底 2012-12..2012-12
从12年初到15年底 2012-01..2015-12
十年前交的社保 2014-01..2014-12
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_a_time_is_found_however_it_is_said(row: str) -> None:
    """Lists of months, short years, next years, open ends, halves, quarters and days give the months that are meant."""
    text, _, expected = row.rpartition(" ")
    found = find_period(text, TODAY)
    assert (str(found) if found else "-") == expected


_DIGITS, _MONTHS = "〇一二三四五六七八九", ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
Said = Callable[[Month], str]
WRITTEN: tuple[Said, ...] = (
    lambda m: f"{m.year}年{m.month}月",
    lambda m: f"{m.year}年{m.month}月份",
    lambda m: f"{m.year % 100:02d}年{m.month}月",
    lambda m: "".join(_DIGITS[int(c)] for c in str(m.year)) + f"年{_MONTHS[m.month - 1]}月",
    lambda m: "".join(_DIGITS[int(c)] for c in f"{m.year % 100:02d}") + f"年{_MONTHS[m.month - 1]}月份",
    lambda m: f"{m.year}{m.month:02d}",
    lambda m: f"{m.year}.{m.month}",
    lambda m: f"{m.year}-{m.month:02d}",
    lambda m: {2024: "今年", 2023: "去年", 2022: "前年"}.get(m.year, f"{m.year}年") + f"{m.month}月",
)
AROUND = (
    ("", ""),
    ("查", "的养老"),
    ("帮我看看", "社保交没交"),
    ("我想查", "这段时间的医保"),
    ("从", "的缴费记录"),
    ("养老 ", ""),
)
some_month = st.integers(Month(1992, 1).index, Month(2024, 9).index).map(Month.from_index)
some_number = st.integers(1, 12)


@given(
    some_month,
    some_month,
    st.sampled_from(WRITTEN),
    st.sampled_from(WRITTEN),
    st.sampled_from(["到", "至", "-", "~", "一直到"]),
    st.sampled_from(AROUND),
)
def test_a_span_in_a_sentence_is_read_back(
    one: Month, other: Month, form: Said, second: Said, to: str, around: tuple[str, str]
) -> None:
    """Two months in any two ways of writing, joined in any way, in a sentence."""
    begin, end = sorted((one, other))
    second = form if to == "-" else second
    if form(begin)[0].isdigit() and around[0].endswith(" "):
        around = ("查", around[1])
    assert find_period(f"{around[0]}{form(begin)}{to}{second(end)}{around[1]}", TODAY) == Span(begin, end)


@given(
    some_month, st.sampled_from(WRITTEN), st.sampled_from(["到现在", "至今", "以来", "起", "到目前", "以后", "之后", "到今天"])
)
def test_what_began_then_lasts_until_now(begin: Month, form: Said, word: str) -> None:
    """从…到现在, 自…起: the end is the current month."""
    assert find_period(f"从{form(begin)}{word}的社保", TODAY) == Span(begin, Month(2024, 9))


@given(st.integers(1, 12), st.integers(1, 12), st.integers(2001, 2023), st.sampled_from([",", "、", "月、", "月,", "月和", "月"]))
def test_a_list_of_months_is_from_the_first_to_the_last(one: int, other: int, year: int, between: str) -> None:
    """2023年1、2、3月 are its months."""
    first, last = sorted((one, other))
    said = between.join(str(number) for number in range(first, last + 1))
    assert find_period(f"{year}年{said}月社保", TODAY) == Span(Month(year, first), Month(year, last))


@given(
    st.integers(2001, 2023),
    st.integers(2001, 2023),
    st.sampled_from(["{}年到{}年", "{}到{}年", "{}-{}年", "{}年至{}年", "{}年-{}年"]),
)
def test_years_in_two_digits_are_whole_years(one: int, other: int, written: str) -> None:
    """19到22年: from January 2019 to December 2022."""
    first, last = sorted((one, other))
    found = find_period("查" + written.format(f"{first % 100:02d}", f"{last % 100:02d}"), TODAY)
    assert found == Span(Month(first, 1), Month(last, 12))


@given(st.integers(1, 60), st.sampled_from(["近{}个月", "最近{}个月", "过去{}个月", "近{}个月来", "最近{}个月内", "前{}个月"]))
def test_the_last_months_end_with_the_month_that_is_over(count: int, written: str) -> None:
    """近n个月: n whole months, the current one not among them."""
    assert find_period(written.format(count) + "缴费", TODAY) == Span(Month(2024, 8).plus(1 - count), Month(2024, 8))


STORY = "去年我从上一家离职以后休息了一阵子，今年三月入职现在这家，试用期六个月，人事说试用期也会交社保，我想看看{}五险的情况"


@given(some_month, st.sampled_from(WRITTEN))
def test_of_a_story_the_time_behind_the_wish_is_meant(begin: Month, form: Said) -> None:
    """Times that are told before are not what is asked for."""
    assert find_period(STORY.format(f"从{form(begin)}到现在"), TODAY) == Span(begin, Month(2024, 9))


@pytest.mark.parametrize(
    ("said", "role", "expected"),
    [
        ("查9999 0019 6512 1485 3X的缴费", "employer", {"ids": "99990019651214853X"}),
        ("99990019651214853X和999900197309192046", "employer", {"ids": "99990019651214853X,999900197309192046"}),
        ("９９９９００１９６５１２１４８５３Ｘ缴费", "employer", {"ids": "99990019651214853X"}),
        ("9999-00-19651214-853x", "employer", {"ids": "99990019651214853X"}),
        ("99990019651214853叉", "employer", {"ids": "99990019651214853X"}),
        ("999900199602043487，999900197309192046 两个人减员", "employer", {"ids": "999900199602043487,999900197309192046"}),
        ("流水号2O24O9121147258813 校验码 7KXM-29HW-T4FY", "person", {"serial": "202409121147258813", "code": "7KXM29HWT4FY"}),
        (
            "流水号：2024 0912 1147 2588 13，校验码 7kxm29hwt4fy",
            "person",
            {"serial": "202409121147258813", "code": "7KXM29HWT4FY"},
        ),
        ("未来半年谁要认证", "employer", {"months": "6"}),
        ("接下来三个月到期的", "employer", {"months": "3"}),
        ("四险缴费", "person", {"insurance": "pension,unemployment,injury,maternity"}),
        ("除医疗以外的都查", "person", {"insurance": "pension,unemployment,injury,maternity"}),
        ("五险除开生育", "person", {"insurance": "pension,medical,unemployment,injury"}),
        ("不看工伤，其他都要", "person", {"insurance": "pension,medical,unemployment,maternity"}),
        ("各险种缴费", "person", {}),
        ("业务流水号 2024 0912 0001 23456 办好没", "person", {"case_no": "20240912000123456"}),
    ],
)
def test_values_are_read_in_many_writings(said: str, role: str, expected: dict[str, str]) -> None:
    """Groups, full width, letters for digits, a spoken X, what is left out: the values alone, and nothing beside them."""
    assert slots_of(tidy(said), TODAY, role) == expected
