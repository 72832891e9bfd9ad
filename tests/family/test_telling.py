"""What a person without a chat is told of each use, and when; whose answers a relative reads, and whose the next ones are."""

from __future__ import annotations

from handlers.family.telling import told_of_page
from storage.ports.records import Grant
from tests import people
from tests.conversations.conftest import Chat, World
from tests.family.conftest import Home


def sms(world: World) -> list[str]:
    """Short messages about uses."""
    return [text for _, text in world.outside.sms if "用亲情授权" in text]


async def son(world: World, chat: Chat, scopes: str = "23") -> None:
    """Granted by the code of the phone: the person has no chat."""
    for words in ("我要帮家人", scopes, "1", "1", people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:], "1"):
        await chat.says(words)
    await chat.says(world.outside.code(people.SHUFEN_PHONE))
    chat.expect("您可以帮 赵*芬")


async def test_looks_of_one_conversation_are_one_sms(world: World, chat: Chat) -> None:
    """The relative reads that it will be told, and it is: all of them; later looks are told anew, on the same day too."""
    await son(world, chat)
    await chat.says("看妈妈的认证")
    chat.expect("（10 分钟内会用短信告诉 赵*芬 本人。）")
    await chat.says("切换身份")
    await chat.says("1")
    await chat.says("查去年的养老缴费")
    await world.settle()
    assert sms(world) == []
    world.clock.advance(600)
    await world.settle()
    (first,) = sms(world)
    assert "看了您的“资格认证”“缴费查询”（只是查看，没有办理）" in first
    assert "回复“收回”就能结束" in first
    assert "办了" not in first
    await chat.says("认证记录")
    world.clock.advance(600)
    await world.settle()
    assert len(sms(world)) == 2
    assert "“认证记录”" in sms(world)[1]


async def test_a_look_at_night_is_told_in_the_morning(world: World, chat: Chat) -> None:
    """And the relative is told so; nobody is woken for it."""
    await son(world, chat, "2")
    world.clock.advance(60 * 60 * 14)
    at = world.clock.now()
    assert at.hour >= 21 or at.hour < 8
    await chat.says("看妈妈的认证")
    chat.expect("（会在早上8点后用短信告诉 赵*芬 本人。）")
    world.clock.advance(3600)
    await world.settle()
    assert sms(world) == []
    world.clock.advance(8 * 3600)
    await world.settle()
    assert len(sms(world)) == 1


async def test_the_next_question_is_ones_own(home: Home) -> None:
    """After a look for the mother the daughter asks for herself; the choices under the look are about the mother still."""
    await home.granted("2")
    daughter = home.daughter
    await daughter.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await daughter.says("看妈妈的认证")
    daughter.expect("赵*芬 的认证到2024年9月27日为止")
    for label in (" 别的办法", " 认证记录"):
        await daughter.says(next(line.split()[0] for line in daughter.last.splitlines() if line.endswith(label)))
        daughter.expect("赵*芬")
    told = len(home.told(home.mother))
    await daughter.says("认证记录")
    daughter.expect_not("赵*芬")
    await daughter.says("我的认证到什么时候")
    daughter.expect_not("赵*芬", "2024年9月27日")
    assert len(home.told(home.mother)) == told


async def test_the_sentence_stands_before_the_question(home: Home) -> None:
    """What was told is not between 回复数字 and the numbers."""
    await home.granted("2")
    await home.daughter.says("看妈妈的认证")
    lines = home.daughter.last.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("1 "))
    assert lines[first - 1].endswith("：")
    assert lines[first - 2].startswith("（已经告诉")


async def test_certification_of_who_speaks_for_nobody(home: Home) -> None:
    """认证, as the reminder says, from a relative who never logged in: that of the one who granted it."""
    await home.granted("2")
    await home.daughter.says("认证")
    home.daughter.expect("赵*芬 的认证到2024年9月27日为止", "看我自己的（先登录）")


async def test_a_parents_date_is_never_ones_own(home: Home) -> None:
    """Without a grant it is said how to get one, and how relatives certify somebody."""
    for words in ("我妈的认证到期了吗", "认证一下我爸，他在上海"):
        await home.mother.says(words)
        home.mother.expect("现在没有家人授权您看认证", "1 帮家人刷脸认证", "2 我要帮家人", "3 输入家人码", "5 别的办法")
        home.mother.expect_not("2024年9月27日")


async def test_the_way_back_to_oneself(home: Home) -> None:
    """After switching it is there by number, in 切换身份 and by words; for who has never logged in it leads to nobody."""
    await home.granted("23")
    daughter = home.daughter
    for back in (("1",), ("切换身份", "2"), ("换回自己",)):
        await daughter.says("切换身份")
        await daughter.says("1")
        daughter.expect("用亲情授权为 赵*芬 办理", "1 换回自己")
        for words in back:
            await daughter.says(words)
        daughter.expect("不为家人办理了", "1 登录")
    await daughter.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await daughter.says("切换身份")
    await daughter.says("2")
    await daughter.says("换回自己")
    daughter.expect("换回您自己了：现在为 陈* 办理")


async def test_who_ended_it_speaks_for_nobody_at_once(home: Home) -> None:
    """It is not said again with the next thing they do."""
    await home.granted("2")
    daughter = home.daughter
    await daughter.says("切换身份")
    await daughter.says("1")
    await daughter.says("取消授权")
    await daughter.says("1")
    await daughter.says("1")
    daughter.expect("已经结束")
    await daughter.says("家人码")
    daughter.expect_not("亲情授权已经结束")


async def test_the_menu_leads_to_relatives(home: Home) -> None:
    """Behind its line for everything else."""
    await home.mother.says("菜单")
    await home.mother.says("10")
    home.mother.expect("家人帮忙（亲情）")
    number = next(line.split()[0] for line in home.mother.last.splitlines() if "亲情" in line)
    await home.mother.says(number)
    home.mother.expect("每次使用都会告诉本人", "1 请家人帮我：添加家人")


async def test_days_as_they_are_said(home: Home) -> None:
    """The end of a month, of a year, and the feast; the example lies ahead."""
    mother = home.mother
    for words, day in (("到2026年6月底", "2026年6月30日"), ("明年春节", "2025年1月29日"), ("明年底", "2025年12月31日")):
        await mother.says("添加家人")
        for answer in ("2", "1", words):
            await mother.says(answer)
        mother.expect(f"到{day}为止")
        await mother.says("取消")


async def test_an_act_is_told_at_once_even_at_night(world: World, chat: Chat) -> None:
    """办了 is said of what was done alone; what was only looked at waits for the morning, and is not lost."""
    await son(world, chat)
    world.clock.advance(60 * 60 * 14)
    await chat.says("看妈妈的认证")
    for _ in range(2):
        async with world.store.transaction() as tx:
            await told_of_page(tx, world.services, chat.openid, world.ids.shufen, "社保卡补换", "202409120000001", act=True)
    await world.settle()
    (first,) = sms(world)
    assert "用亲情授权办了“社保卡补换”" in first
    world.clock.advance(10 * 3600)
    await world.settle()
    assert "看了您的“资格认证”（只是查看，没有办理）" in sms(world)[1]


async def test_what_is_done_in_the_chat_is_done_and_what_is_opened_is_seen(world: World, chat: Chat) -> None:
    """The first questions of a report have done nothing yet; the report itself has, and is told with its minute, at once."""
    year = world.clock.now().date().replace(year=2025)
    async with world.store.transaction() as tx:
        scopes = frozenset({"act"})
        now = world.clock.now()
        await tx.family.grant(
            Grant(0, world.ids.xiuying, chat.openid, "女儿", scopes, year, False, now, "staff:1", "本人到窗口同意")
        )
    await chat.says("切换身份")
    await chat.says("1")
    chat.expect("用亲情授权为")
    await chat.says("挂失")
    await chat.says("1")
    await world.settle()
    assert sms(world) == []
    world.clock.advance(35)
    await chat.says(world.outside.code(people.COUPLE_PHONE))
    await world.settle()
    (told,) = sms(world)
    assert "您的女儿 9月12日 10:00 用亲情授权办了“" in told
    chat.expect("（已经用短信告诉")
