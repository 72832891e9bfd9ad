"""Times in what people tell: verbs between two times, what is pointed at, short years beside a word, what is said of each month. Today is 2024-09-12."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from dialogs.parse import find_coming, find_insurances, find_period, normal
from dialogs.parse.english import in_chinese
from dialogs.parse.occasions import in_months
from dialogs.parse.writings import _WRITINGS, one_way
from handlers.understanding import default_understanding
from storage.ports.time import Month

TODAY = date(2024, 9, 12)
DEVELOPMENT = Path(__file__).parent / "dev"


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("上份工作从21年4月干到23年2月，看看全不全", "2021-04..2023-02"),
        ("从入职到现在交了多少个月，入职是2021年3月", "2021-03..2024-09"),
        ("从娃出生那个月，一九年四月，一直看到上月", "2019-04..2024-08"),
        ("我从五月开始领失业金 六月那笔有多少", "2024-06..2024-06"),
        ("前年腊月里住的院 按阳历是去年一月 报了多少", "2023-01..2023-01"),
        ("职工医疗 23年 缴费", "2023-01..2023-12"),
        ("合作医疗23年交没交", "2023-01..2023-12"),
        ("单位那部分19年缴没缴", "2019-01..2019-12"),
        ("群里说咱们厂九八年到零一年没给交", "1998-01..2001-12"),
        ("申请的九六到九九年补缴", "1996-01..1999-12"),
        ("年度对账，我21年22年各一份", "2021-01..2022-12"),
        ("居民养老12年到现在交的", "2012-01..2024-09"),
        ("从去年开春到现今", "2023-02..2024-09"),
        ("2023.7 年金", "2023-07..2023-07"),
        ("张三 2024.1-6", "2024-01..2024-06"),
        ("去年立秋到立冬", "2023-08..2023-11"),
        ("上上个月", "2024-07..2024-07"),
        ("大前年", "2021-01..2021-12"),
        ("2020年到2022年", "2020-01..2022-12"),
        ("payments from January to June this year", "2024-01..2024-06"),
        ("last quarter社保", "2024-04..2024-06"),
    ],
)
def test_a_time_is_found_in_what_is_told(said: str, months: str) -> None:
    """Both ends, the one that is asked for, and years of two digits where nothing else can be meant."""
    assert str(find_period(said, TODAY)) == months


@pytest.mark.parametrize(
    "said",
    [
        "从入职到现在交了多少",
        "退休前年金缴了几个月",
        "一月两千六还是两千八",
        "这四五年换了六个站",
        "养老15年能退吗",
        "养老23年了",
        "单位欠薪三月了，保险呢",
    ],
)
def test_what_only_counts_is_no_time(said: str) -> None:
    """How long, how much a month, and what happened nobody says when."""
    assert find_period(said, TODAY) is None


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("到今年六月为止今年交了多少", "2024-01..2024-06"),
        ("截至上个月今年交了多少", "2024-01..2024-08"),
        ("2022年全年加2023年全年", "2022-01..2023-12"),
        ("去年后半年还有今年前半年", "2023-07..2024-06"),
        ("前年去年今年三年的", "2022-01..2024-09"),
        ("去年五月或者六月", "2023-05..2023-06"),
        ("去年11月到次年3月", "2023-11..2024-03"),
        ("11月到次年2月", "2023-11..2024-02"),
        ("3月到次年5月的缴费", "2023-03..2024-05"),
        ("起始201903终止202108", "2019-03..2021-08"),
        ("开始时间2019年3月，结束时间2021年8月", "2019-03..2021-08"),
        ("起2019-03止2021-08", "2019-03..2021-08"),
        ("2019年3月（入职）到2021年8月（离职）", "2019-03..2021-08"),
        ("从我15年6月进厂一直到去年8月厂子黄了", "2015-06..2023-08"),
        ("2022年5月到离职那个月2023年8月", "2022-05..2023-08"),
        ("从201511到现在的社保", "2015-11..2024-09"),
        ("今年头俩季度", "2024-01..2024-06"),
        ("刚过去的这个季度", "2024-04..2024-06"),
        ("上季的", "2024-04..2024-06"),
        ("刚过去的8月", "2024-08..2024-08"),
        ("近来三个月", "2024-06..2024-08"),
        ("今年开头两个月", "2024-01..2024-02"),
        ("今年年后的社保", "2024-02..2024-02"),
        ("去年冬月那个月", "2023-11..2023-11"),
        ("一八年以来", "2018-01..2024-09"),
        ("我08年入职的，到现在交了几年", "2008-01..2024-09"),
        ("俺05年下岗，07年又上班，看俺07年到10年的", "2007-01..2010-12"),
        ("二O一八年", "2018-01..2018-12"),
        ("2023一年的", "2023-01..2023-12"),
        ("23整年", "2023-01..2023-12"),
        ("打一年的权益单", "2023-09..2024-08"),
        ("要半年的流水", "2024-03..2024-08"),
        ("近两年也就是22年23年的", "2022-01..2023-12"),
        ("8月的到了没", "2024-08..2024-08"),
        ("2024 8月", "2024-08..2024-08"),
        ("8月 2024年", "2024-08..2024-08"),
        ("2023 1-6月 医保", "2023-01..2023-06"),
        ("去年后半截的", "2023-07..2023-12"),
        ("去年三到五", "2023-03..2023-05"),
        ("去年的567月", "2023-05..2023-07"),
        ("5678月", "2024-05..2024-08"),
        ("12月的", "2023-12..2023-12"),
        ("去年首季", "2023-01..2023-03"),
        ("上上年", "2022-01..2022-12"),
        ("Q1 2024", "2024-01..2024-03"),
        ("first half of 2023", "2023-01..2023-06"),
        ("second half of last year", "2023-07..2023-12"),
        ("first quarter of this year", "2024-01..2024-03"),
        ("contributions between March and May 2024", "2024-03..2024-05"),
        ("contributions for July and August", "2024-07..2024-08"),
        ("August payment", "2024-08..2024-08"),
        ("from June last year until now", "2023-06..2024-09"),
        ("year to date", "2024-01..2024-09"),
    ],
)
def test_both_ends_however_they_are_tied(said: str, months: str) -> None:
    """An end before its year, lists, the next year, words of beginning and ending, what happened at either end, spans with 的."""
    assert str(find_period(said, TODAY)) == months


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("我2019年毕业，想看2020年全年缴费", "2020-01..2020-12"),
        ("我2010年开始上班，想看近三年的", "2021-09..2024-08"),
        ("7月离职8月还交了吗", "2024-08..2024-08"),
        ("我是68年出生的，查去年的", "2023-01..2023-12"),
        ("娃2023年9月生的，医保交到这个月没", "2024-09..2024-09"),
        ("去年3月，哦不对，是前年3月", "2022-03..2022-03"),
        ("查8月，不，7月的", "2024-07..2024-07"),
        ("上个月的不对应该是上上个月的", "2024-07..2024-07"),
    ],
)
def test_the_time_that_is_asked_for_is_found_beside_one_that_is_told(said: str, months: str) -> None:
    """Births, what happened at work and slips of the tongue name a time too; the other one is meant."""
    assert str(find_period(said, TODAY)) == months


@pytest.mark.parametrize("said", ["92年出生", "我1968年3月生的，什么时候退休", "9月30号前能交吗", "2000年前的", "12月25号截止吗"])
def test_a_birthday_or_a_last_day_is_no_time_to_look_at(said: str) -> None:
    """Neither when somebody was born nor until when something is open."""
    assert find_period(said, TODAY) is None


def test_two_days_are_a_time_and_no_number_of_a_case() -> None:
    """20200101-20221231: sixteen digits, and yet from one month to another."""
    found = default_understanding().understand("20200101-20221231的社保", today=TODAY)
    assert (found.slots.get("period"), "case_no" in found.slots) == ("2020-01..2022-12", False)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("新农合今年交了没", "medical"),
        ("农保交了多少", "pension"),
        ("不是养老是医保", "medical"),
        ("不要医保的，看失业的", "unemployment"),
        ("生孩子的险交了没", "maternity"),
        ("看病那份保险断没断", "medical"),
        ("pension and medical in 2023", "pension,medical"),
        ("unemployment insurance this year", "unemployment"),
        ("work injury insurance record", "injury"),
    ],
)
def test_an_insurance_is_heard_by_its_old_name_and_beside_one_that_is_not_meant(said: str, codes: str) -> None:
    """农合 is the residents' medical insurance, 农保 their pension; what follows 不是 is left out."""
    assert default_understanding().understand(said, region="binzhou", today=TODAY).slots["insurance"] == codes


def test_months_that_have_not_come_can_only_be_paid() -> None:
    """今年1月到12月 is no time to look at, and the one to pay for; next year is neither."""
    assert find_period("从今年1月到12月", TODAY) is None
    assert str(find_coming("从今年1月到12月", TODAY)) == "2024-01..2024-12"
    assert find_coming("从今年1月到明年3月", TODAY) is None
    found = default_understanding().understand("我是个体户想交养老保险 从今年1月到12月", region="binzhou", today=TODAY)
    assert (found.name, found.slots["period"]) == ("pay_flexible", "2024-01..2024-12")


@pytest.mark.parametrize("said", ["my pension last month", "maternity allowance", "unemployment benefit"])
def test_a_benefit_in_english_names_no_insurance(said: str) -> None:
    """What is drawn, as 养老金 and 生育津贴 are."""
    assert find_insurances(said) == ()


@pytest.mark.parametrize(
    ("said", "months"), [("90天内认证到期的", "3"), ("一季度内到期认证", "3"), ("60天内到期认证的名单", "2")]
)
def test_days_ahead_are_months(said: str, months: str) -> None:
    """Who is to be certified soon is asked in days too."""
    found = default_understanding().understand(said, role="employer", region="beijing", today=TODAY)
    assert found.slots["months"] == months


def test_a_look_at_this_year_ends_now() -> None:
    """What was paid from 1月 to 12月 is asked for in September: so far as it goes; a month that has not begun is none."""
    understanding = default_understanding()
    assert understanding.understand("查今年1到12月的社保", region="beijing", today=TODAY).slots["period"] == "2024-01..2024-09"
    assert "period" not in understanding.understand("查今年11月的社保", region="beijing", today=TODAY).slots


def test_the_order_of_the_writings_says_nothing() -> None:
    """Every development sentence is written the same way when they are tried from the last to the first."""
    now = Month.of(TODAY)
    sentences = [
        json.loads(line)["text"] for path in DEVELOPMENT.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()
    ]
    for said in map(normal, sentences):
        plain = in_months(in_chinese(said), now)
        for pattern, written in reversed(_WRITINGS):
            plain = pattern.sub(written if isinstance(written, str) else lambda found, by=written: by(found, now), plain)
        assert plain == one_way(said, now), said
