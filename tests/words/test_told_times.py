"""Times in what people tell: verbs between two times, what is pointed at, short years beside a word, what is said of each month. Today is 2024-09-12."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from dialogs.parse import find_coming, find_period, normal
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


def test_months_that_have_not_come_can_only_be_paid() -> None:
    """今年1月到12月 is no time to look at, and the one to pay for; next year is neither."""
    assert find_period("从今年1月到12月", TODAY) is None
    assert str(find_coming("从今年1月到12月", TODAY)) == "2024-01..2024-12"
    assert find_coming("从今年1月到明年3月", TODAY) is None
    found = default_understanding().understand("我是个体户想交养老保险 从今年1月到12月", region="binzhou", today=TODAY)
    assert (found.name, found.slots["period"]) == ("pay_flexible", "2024-01..2024-12")


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
