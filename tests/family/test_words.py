"""Words about 亲情 lead to its conversations, and words about other things do not."""

from __future__ import annotations

import pytest

from handlers.understood import direct_wish
from tests import people
from tests.family.conftest import Home

SAID = {
    "relative_add": [
        "添加家人",
        "加个女儿帮我",
        "把我闺女加上",
        "提醒我儿子",
        "我要添加家人",
        "绑定家人",
        "家人授权",
        "授权给女儿",
        "我想授权家人",
        "让女儿帮我办",
        "加一个家人",
        "邀请家人",
        "亲情授权",
    ],
    "relative_accept": ["家人码", "家人码 12345678", "家人码12345678", "家人码：1234 5678", "输入家人码", "家人码123"],
    "relative_ask": ["我要帮家人", "帮爸妈", "我想帮我妈办社保", "帮老人办", "给我爸办社保", "替父母办事", "帮我妈"],
    "family": ["亲情", "亲情账户", "亲情功能", "家人帮忙"],
    "own_again": ["换回自己", "换回我自己", "我要换回自己", "切回自己", "看我自己的"],
    "family_ways": ["帮家人认证", "怎么帮老人认证", "认证一下我爸，他在上海", "帮我爸认证", "老妈怎么认证", "给老人代办认证"],
    "relatives": ["我的家人", "谁能帮我办", "授权了谁", "查看我的家人"],
    "helped": ["我帮的人", "我帮的家人", "看看我帮的人", "谁授权给我", "我能帮谁"],
    "helped_certification": [
        "看妈妈的认证",
        "查我妈的认证",
        "看看爸爸的资格认证",
        "帮我查一下我爸的认证到什么时候",
        "查一下老妈的认证情况",
        "我妈的认证到期了吗",
        "俺娘认证过期了没有",
        "我爸还要不要认证",
        "看爸妈认证",
    ],
    "relative_change": [
        "不让女儿看了",
        "别让儿子再看我的社保",
        "收回",
        "取消授权",
        "收回授权",
        "我要取消家人授权",
        "结束亲情授权",
        "删除家人",
        "取消对女儿的授权",
        "修改授权",
    ],
    "staff_code": ["我的亲情码", "亲情码", "出示亲情码"],
}


@pytest.mark.parametrize(("dialog", "said"), [(dialog, said) for dialog, listed in SAID.items() for said in listed])
def test_words_of_the_family(dialog: str, said: str) -> None:
    """As people say it, with or without 我要, marks and particles."""
    for words in (said, f"{said}。", f"{said}吧"):
        wish = direct_wish(words)
        assert wish is not None, words
        assert wish.dialog == dialog


@pytest.mark.parametrize(
    "said",
    [
        "取消",
        "女儿帮我认证",
        "老人刷脸没过怎么认证",
        "妈妈的社保卡丢了",
        "孩子的医保怎么交",
        "看我的认证",
        "家人去世了怎么办",
        "帮我查缴费",
        "授权书在哪下载",
        "我爸的养老金没发",
        "12345678",
    ],
)
def test_other_words_are_left_alone(said: str) -> None:
    """What names a service, or no grant at all, goes the usual way."""
    wish = direct_wish(said)
    assert wish is None or wish.dialog not in SAID


def test_the_digits_of_a_code_are_heard_with_it() -> None:
    """They are not asked for again."""
    wish = direct_wish("家人码 1234 5678")
    assert wish is not None
    assert wish.said == {"code": "1234 5678"}


async def test_a_number_is_always_a_place_in_the_list(home: Home) -> None:
    """Whoever's number in the database is small: 1 is the first line, not the person of number 1."""
    await home.granted("23")
    await home.daughter.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    for number, name in (("2", "赵*芬"), ("1", "陈*")):
        await home.daughter.says("切换身份")
        await home.daughter.says(number)
        home.daughter.expect(f"为 {name} 办理")
    await home.daughter.says("切换身份")
    await home.daughter.says(str(home.world.ids.shufen))
    home.daughter.expect_not("用亲情授权为")
