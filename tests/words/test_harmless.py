"""Sentences that sound like a refusal and are none, that say nothing, and that ask for another's matter in ordinary words. Today is 2024-09-12."""

from __future__ import annotations

import pytest

from tests.words.test_understanding import understood


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我想把密码改成好记的", "password"),
        ("给我姥姥弄一下养老那个刷脸", "certification"),
        ("照片是三十年前的，跟现在长得不像，认证通不过", "certification_no_face"),
        ("我妈五十六了，想把早年没交的补上", "guide_10"),
        ("咱家老太太让我问，她那养老交够十五年没有", "contributions"),
        ("缺哪几个月的社保，俺好找老板", "gaps"),
        ("系统显示我中断失业，新单位增不上", "guide_04"),
        ("户口性质登的是农业还是城镇", "insured_info"),
        ("卡片褪色名字看不见", "card_replace"),
        ("听讲不去认证要停工资，我如今人在长沙，何解搞", "certification"),
    ],
)
def test_words_that_sound_refused_or_taken_back_are_served(text: str, name: str) -> None:
    """改成, 长得不像, 系统显示 and 不去 are said of harmless wishes too; 户口 is a part of what is registered here."""
    assert understood(text, "beijing").name == name


@pytest.mark.parametrize("text", ["给我弄一下", "帮我查一下呗", "有个事问问", "怎么办"])
def test_words_that_say_nothing_are_asked_about(text: str) -> None:
    """Neither refused nor unknown: which matter is meant is asked."""
    found = understood(text, "binzhou")
    assert (found.action, found.name) == ("clarify", "查询")


@pytest.mark.parametrize(
    "text", ["隔壁厂的老刘认证了没", "捡到一张社保卡，帮看看失主单位我好送去", "把我哥的登录密码重置到我手机"]
)
def test_anothers_matter_is_refused_however_ordinary_it_sounds(text: str) -> None:
    """A named neighbour, a finder of a card, a brother's password."""
    assert understood(text, "binzhou").action == "refuse"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我跟人打官司，法院要收入，我的缴费基数是多少", "contributions"),
        ("离婚了，律师催，看看我的缴费明细", "contributions"),
    ],
)
def test_ones_own_record_is_asked_for_here_whoever_wants_it(text: str, name: str) -> None:
    """A court, a lawyer or a divorce before the wish makes it no matter of other offices."""
    assert understood(text, "beijing").name == name


@pytest.mark.parametrize(
    "text",
    [
        "see you",
        "who are you",
        "good morning",
        "你有对象没",
        "回聊",
        "nice",
        "恭喜发财红包拿来",
        "[玫瑰][玫瑰]",
        "(^_^)",
        "没关系",
        "裂开",
        "哇塞",
    ],
)
def test_what_is_said_to_a_program_as_to_a_person_is_talk(text: str) -> None:
    """Greetings in English, questions about the program itself, faces in letters: neither refused nor a function."""
    assert understood(text, "binzhou").action == "smalltalk"


@pytest.mark.parametrize("text", ["举报单位挂靠社保", "医院骗保，我要举报"])
def test_who_reports_a_deed_wants_a_person(text: str) -> None:
    """A report names the deed and is no wish for it."""
    assert understood(text, "beijing").action == "human"
