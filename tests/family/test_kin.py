"""A relative asks for the parent's figures in one sentence."""

from __future__ import annotations

from tests.conversations import paid
from tests.conversations.conftest import Chat
from tests.family.conftest import Home, chat, home, world

__all__ = ["chat", "home", "world"]


async def test_what_was_granted_is_answered_for_the_mother(home: Home) -> None:
    """Her newest pension at once, by her name; what goes on with it begins with 切换身份, and the next question is the daughter's own again."""
    await paid.load(home.world)
    await home.granted("2 3")
    for words in ("我妈的养老金发了没", "帮我妈查退休金", "我妈的养老金到了没"):
        await home.daughter.says(words)
        home.daughter.expect("【赵*芬】", "2024年8月", "3,380.00 元", "1 切换身份")
        home.daughter.expect_not("要先登录", "下载", "换个时间")
    await home.daughter.says("换个时间")
    home.daughter.expect_not("养老待遇")
    await home.daughter.says("查养老金")
    home.daughter.expect("要先登录")


async def test_the_way_of_relatives_comes_first_among_five(home: Home) -> None:
    """认证 for her mother: 帮家人刷脸认证, one way without the face, the rest by number; never more than five to choose from."""
    await home.granted("2 3")
    await home.daughter.says("看妈妈的认证")
    home.daughter.expect("赵*芬", "1 帮家人刷脸认证", "2 居住地的社保机构", "3 别的办法")
    home.daughter.expect_not("6 ", "人在境外")
    await home.daughter.says("3")
    home.daughter.expect("本人用北京通刷脸", "人在境外", "认证记录", "错过了怎么办")


async def test_what_was_not_granted_is_named(home: Home) -> None:
    """认证 alone was granted: what is missing, and how it is widened."""
    await paid.load(home.world)
    await home.granted("2")
    await home.daughter.says("我妈的养老金发了没")
    home.daughter.expect("没有“看缴费和待遇”", "添加家人")
    home.daughter.expect_not("3,380.00")


async def test_a_father_who_granted_nothing_is_not_the_mother(home: Home) -> None:
    """The one grant is hers."""
    await paid.load(home.world)
    await home.granted("2 3")
    await home.daughter.says("我爸的养老金发了没")
    home.daughter.expect("只能查您本人的记录", "1 我帮的人")
    home.daughter.expect_not("3,380.00")


async def test_nobody_granted_anything(chat: Chat) -> None:
    """The family's way is named."""
    await chat.says("我妈的养老金发了没")
    chat.expect("只能查您本人的记录", "1 我要帮家人")
