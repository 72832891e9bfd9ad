"""同意, 不同意, 确认: bare words of yes and no begin nothing by themselves, and a question that is open stays open."""

from __future__ import annotations

import pytest

from dialogs.declare import Wish
from handlers.aside import only_choice
from handlers.session import Talk
from tests.conversations.conftest import Chat

BARE = ["同意", "不同意", "我同意", "确认", "确定", "好", "好的", "可以", "不是", "不行", "否", "拒绝", "愿意"]


@pytest.mark.parametrize("word", BARE)
async def test_a_bare_word_begins_nothing(chat: Chat, word: str) -> None:
    """With nothing open it is answered in a sentence: no place is asked for, no function begins."""
    await chat.says(word)
    chat.expect_not("要先登录", "我的数据", "您在哪里参保", "没太明白")


@pytest.mark.parametrize("word", BARE)
async def test_the_question_where_one_is_insured_is_asked_again_with_its_reason(chat: Chat, word: str) -> None:
    """A yes or no says no place: the question stands again, with what it is for, and the wish is kept for the answer."""
    await chat.says("社保卡挂失")
    chat.expect("您在哪里参保？", "1 北京", "2 滨州")
    asked = chat.last
    await chat.says(word)
    chat.expect("请从下面选一个", *asked.splitlines())
    await chat.says(word)
    assert chat.last.count("请从下面选一个") == 1
    await chat.says("2")
    chat.expect("“社保卡挂失”要先登录")


async def test_a_bare_word_in_a_dialog_is_told_what_to_type(chat: Chat) -> None:
    """Where a phone is asked for, 不同意 is no phone: what to send is said, without a chat in between."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says("不同意")
    chat.expect("11位")
    chat.expect_not("有事随时说", "我的数据")


def test_yes_to_the_only_choice_of_a_question_takes_it() -> None:
    """您是想问“失业金”吗？ with one choice is answered by 是; by 不是, or among several, it is not."""
    talk = Talk().with_offers((("失业金", Wish("unemployment")),))
    asked = Talk(offers=talk.offers, asking="您是想问“失业金”吗？")
    assert only_choice(asked, talk.offers, "是的") == talk.offers[0]
    assert only_choice(asked, talk.offers, "不是") is None
    assert only_choice(talk, talk.offers, "是的") is None
