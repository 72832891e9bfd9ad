"""Words that somebody begins with: the whole of a record, an estimate, the money on the card, the program itself, nothing but marks. Today is 2024-09-12."""

from __future__ import annotations

import pytest

from dialogs.parse import EVER, find_everything
from handlers.understanding import default_understanding
from handlers.understood.deciding import decide_for
from storage.regions import load_regions
from tests.words.score import TODAY
from tests.words.test_understanding import understood

REGIONS = load_regions()
ALL_THE_TIME = f"{EVER}..2024-09"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("全部缴费", "contributions"),
        ("历年", "contributions"),
        ("历年医保", "contributions"),
        ("所有的养老", "contributions"),
        ("全部社保", "contributions"),
        ("从参保到现在的缴费记录", "contributions"),
        ("全部养老金", "pension_paid"),
        ("历年的退休金", "pension_paid"),
        ("历年对账单", "statement"),
    ],
)
def test_the_whole_of_a_record_is_a_time(text: str, name: str) -> None:
    """From the first contribution that can be until now; the conversation hears 全部."""
    found = understood(text, "beijing")
    assert (found.name, found.slots.get("period")) == (name, ALL_THE_TIME)
    wish = decide_for(default_understanding(), text, "beijing", TODAY, REGIONS).wish
    assert wish is not None
    assert wish.said["period"] == "全部"


@pytest.mark.parametrize("text", ["全部退出", "全部险种", "全部下载", "所有人", "全市参保人"])
def test_all_of_something_else_is_no_time(text: str) -> None:
    """All devices, all insurances, everybody."""
    assert find_everything(text, TODAY) is None


def test_all_of_nothing_is_asked_about() -> None:
    """全部 alone: all of what?"""
    found = understood("全部", "beijing")
    assert (found.action, found.name) == ("clarify", "查询")


@pytest.mark.parametrize("text", ["养老金大约多少", "退休金差不多多少", "退休能拿多少", "退休金大概有多少"])
def test_about_how_much_is_an_estimate(text: str) -> None:
    """What was paid is known to the cent; 大约 asks for what will be."""
    assert understood(text, "binzhou").name == "pension_estimate"


@pytest.mark.parametrize("text", ["医保余额", "余额医保", "医保卡里还有多少钱", "医保个人账户还剩多少"])
def test_the_money_on_the_medical_card_is_no_contribution(text: str) -> None:
    """The card where the region shows it; else it is said by its name that it is not shown here."""
    wish = decide_for(default_understanding(), text, "beijing", TODAY, REGIONS).wish
    assert wish is not None
    assert (wish.dialog, wish.said["asked"]) == ("card_info", "医保个人账户余额")


@pytest.mark.parametrize("text", ["评价", "我要评价", "给你们打分"])
def test_a_mark_is_given_to_what_was_done(text: str) -> None:
    """评价 alone begins the conversation that asks for the mark."""
    wish = decide_for(default_understanding(), text, "beijing", TODAY, REGIONS).wish
    assert wish is not None
    assert wish.dialog == "rate"


@pytest.mark.parametrize("text", ["你是谁", "你叫什么", "你是真人吗"])
def test_the_program_says_what_it_is(text: str) -> None:
    """A word about itself and what it can do; a person is one word away, and no telephone number is all that is said."""
    found = understood(text, "beijing")
    assert found.question is not None
    assert "不是真人" in found.question
    assert "人工" in found.question
    assert "12333" not in found.question


@pytest.mark.parametrize("text", ["？？", "?!", "。。", "...", "！！！"])
def test_nothing_but_marks_is_answered_with_what_can_be_said(text: str) -> None:
    """No function and no talk, and yet a sentence that helps on."""
    found = understood(text, "beijing")
    assert (found.action, found.features) == ("unknown", ())
    assert found.question is not None
    assert "菜单" in found.question


def test_nothing_at_all_is_not_understood() -> None:
    """Blanks hold no word and no mark."""
    assert understood("  ", "beijing").action == "unknown"
