"""Values of template messages, checked before they are sent (wechat.md A8)."""

from __future__ import annotations

import pytest

from bot.wechat.fields import problems

GOOD = {
    "thing1": "资格认证 即将到期",
    "number1": "-12.50",
    "letter1": "abcXYZ",
    "symbol1": "+-*/!",
    "character_string1": "BJ-2024_09#1",
    "time1": "2024年9月12日 10:00~18:00",
    "time2": "10:00:59",
    "date1": "2024-09-12",
    "date2": "2024/9/12 08:30~2024/9/30",
    "date3": "2024.09.12",
    "amount1": "￥1234567890.55元",
    "amount2": "12",
    "phone_number1": "+86-10-12345678",
    "car_number1": "京A12345挂",
    "name1": "阿卜杜拉",
    "name2": "Smith, J.",
    "phrase1": "即将到期",
    "keyword1": "任何文字都可以，没有自己的规则，长一些也没有关系",
    "const1": "任意",
}
BAD = {
    "thing1": "两\n行",
    "thing2": "",
    "thing3": " ",
    "thing4": "\u2028x",
    "number1": "12a",
    "number2": "１２",
    "letter1": "a1",
    "symbol1": "+a",
    "character_string1": "编号1",
    "time1": "25:00",
    "time2": "2024-09-12",
    "time3": "10:00~11:00~12:00",
    "date1": "2024-13-01",
    "date2": "2024-09/12",
    "date3": "明天",
    "amount1": "12345678901",
    "amount2": "¥",
    "phone_number1": "电话12345",
    "car_number1": "A京12345",
    "name1": "一二三四五六七八九十一",
    "phrase1": "OK",
    "first": "您好",
}


def test_good_template_fields() -> None:
    """What follows the table passes."""
    assert problems(GOOD) == []


@pytest.mark.parametrize("key", BAD)
def test_bad_template_fields(key: str) -> None:
    """What breaks the table is named by its key, without its value."""
    (problem,) = problems({key: BAD[key]})
    assert problem.startswith(f"data.{key}.value invalid: ")
    assert not BAD[key].strip() or BAD[key] not in problem


def test_listed_values() -> None:
    """A field with listed values takes only those."""
    assert problems({"const1": "未认证"}, {"const1": {"已认证"}}) == ["data.const1.value invalid: not one of the listed values"]
    assert problems({"const1": "已认证"}, {"const1": {"已认证"}}) == []
