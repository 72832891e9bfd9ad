"""The words that lead to one's pages and to the computer's digits."""

from __future__ import annotations

import pytest

from dialogs.declare import Wish
from handlers.understood import direct_wish
from tests import people
from tests.conversations.conftest import Chat


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("电脑 482913", Wish("open_screen", {"scene": "482913"})),
        ("电脑登录：482913", Wish("open_screen", {"scene": "482913"})),
        ("电脑上的数字是482913", Wish("open_screen", {"scene": "482913"})),
        ("电脑登录", Wish("open_screen")),
        ("电脑", Wish("open_screen")),
        ("我的页面", Wish("my_page")),
        ("打开我的社保页面", Wish("my_page")),
        ("怎么用电脑看社保", Wish("my_page")),
        ("在电脑上办业务", Wish("my_page")),
    ],
)
def test_words_for_a_computer(said: str, wish: Wish) -> None:
    """Each begins the conversation, with the digits where there are any."""
    assert direct_wish(said) == wish


@pytest.mark.parametrize("said", ["482913", "电脑序号", "电脑 48291", "我的电脑坏了", "电脑 4829133", "我的单据"])
def test_other_words_are_none_of_these(said: str) -> None:
    """Digits alone may be a code by SMS; 电脑序号 is a number of 北京's."""
    found = direct_wish(said)
    assert found is None or found.dialog not in {"open_screen", "my_page"}


async def test_my_page_gives_a_link_and_the_computers_address(chat: Chat) -> None:
    """After the log-in that it wants: a link for this phone, and where a computer goes."""
    await chat.says("我的页面")
    chat.expect("要先登录")
    await chat.says("1")
    await chat.says(people.LI_PHONE)
    await chat.says(chat.world.outside.code(people.LI_PHONE))
    await chat.says(people.LI.id_no[-4:])
    chat.expect("30 分钟内有效", "https://sb.example.test/scan")
    assert chat.link("打开我的页面").startswith("https://sb.example.test/p/")
    await chat.presses("P_PAGE")
    chat.expect("打开我的页面")
