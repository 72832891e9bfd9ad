"""A place that is said alone."""

from __future__ import annotations

import pytest

from handlers.places import place_said
from tests import people
from tests.conversations.conftest import Chat
from tests.fresh import regions


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("北京", "beijing"),
        ("济南市", "jinan"),
        ("我在滨州", "binzhou"),
        ("我是济南的", "jinan"),
        ("我的社保在北京交的", "beijing"),
    ],
)
def test_a_place_alone_is_a_place(said: str, code: str) -> None:
    """With or without 市, 我在 and 参保: the region that is meant."""
    found = place_said(said, regions())
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("said", ["北京通", "济南怎么转出", "查缴费", "上海", "从北京转到济南", "北京医保", "我在北京有房", ""])
def test_a_place_beside_a_wish_is_none(said: str) -> None:
    """Whatever else is asked for decides, and so does a place that is not served here."""
    assert place_said(said, regions()) is None


async def test_a_visitor_is_served_there_from_now_on(chat: Chat) -> None:
    """The place is kept, its menu shown, and a wish that needs one does not ask for it again; another place takes its turn."""
    await chat.says("济南")
    chat.expect("好的，记下了：济南。您想办哪一件？", "1 ")
    await chat.says("滨州")
    chat.expect("好的，记下了：滨州。", "1 ")
    await chat.says("社保卡挂失")
    chat.expect("“社保卡挂失”要先登录")
    chat.expect_not("您在哪里参保")


async def test_whoever_is_logged_in_stays_where_the_record_is(chat: Chat) -> None:
    """张建国 of 北京 says 滨州: he is told whose business this is and how to go elsewhere."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("滨州")
    chat.expect("现在办的是北京的业务。要办滨州的，请回复“切换身份”。", "1 ")
    await chat.says("北京")
    chat.expect("好的，记下了：北京。")
