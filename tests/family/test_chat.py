"""亲情 in the chat: both ways of granting, using, narrowing and ending; both sides are told of everything."""

from __future__ import annotations

from tests import people
from tests.conversations.conftest import Chat, World
from tests.family.conftest import Home


async def test_a_person_adds_a_relative(home: Home) -> None:
    """Rights, name, end and reminding by digits; the code of the own phone; eight digits for the relative, who sees what is given and agrees."""
    mother, daughter = home.mother, home.daughter
    await mother.says("添加家人")
    mother.expect("想让家人帮您做什么", "1 收认证提醒", "2 看资格认证", "3 看缴费和待遇", "4 代办业务")
    await mother.says("1 2")
    mother.expect("怎么称呼", "1 女儿")
    await mother.says("1")
    mother.expect("到什么时候为止", "1 一年")
    await mother.says("1")
    mother.expect("1 和本人一起提醒", "2 联系不上本人时才提醒")
    await mother.says("2")
    mother.expect("授权您的女儿帮您：收认证提醒、看资格认证；到2025年9月12日为止，联系不上本人时才提醒", "1 同意授权")
    await mother.says("1")
    mother.expect("验证码已发到您的预留手机 199****0003")
    assert "用于亲情授权" in home.world.outside.sms[-1][1]
    await mother.says(home.world.outside.code(people.SHUFEN_PHONE))
    mother.expect("家人码是", "只能用一次", "只告诉这一位")
    code = home.code()

    await daughter.says(f"家人码 {code}")
    daughter.expect("赵*芬 想授权您（女儿）帮着：收认证提醒、看资格认证", "本人都会收到通知", "1 愿意")
    daughter.expect_not("赵淑芬", people.SHUFEN.id_no)
    await daughter.says("1")
    daughter.expect("您可以帮 赵*芬：收认证提醒、看资格认证，到2025年9月12日为止", "已经告诉 赵*芬 本人", "1 看认证到哪一天")
    assert home.told(mother)[-1].startswith("提醒您：您已授权您的女儿用微信帮您：收认证提醒、看资格认证，到2025年9月12日为止")

    await mother.says("我的家人")
    mother.expect("女儿：收认证提醒、看资格认证，到2025年9月12日", "1 改或收回：女儿")
    await daughter.says("我帮的人")
    daughter.expect("赵*芬（北京）：收认证提醒、看资格认证", "1 赵*芬：看认证到哪一天")


async def test_the_questions_can_be_undone_and_changed(home: Home) -> None:
    """返回 drops the newest answer; what does not read gets a sentence that says what to send; 取消 leaves nothing behind."""
    mother = home.mother
    await mother.says("我要添加家人")
    await mother.says("5")
    mother.expect("请回复前面的数字")
    await mother.says("12")
    await mother.says("daughter")
    mother.expect("1 到 6 个汉字")
    await mother.says("二女儿")
    await mother.says("十年")
    mother.expect("一年", "2025-03-12")
    await mother.says("2030-01-01")
    mother.expect("最长三年（2027年9月12日）")
    await mother.says("返回")
    mother.expect("怎么称呼")
    await mother.says("小女儿")
    await mother.says("2024-12-31")
    await mother.says("1")
    mother.expect("授权您的小女儿帮您：收认证提醒、看资格认证；到2024年12月31日为止，和本人一起收到提醒")
    await mother.says("2")
    mother.expect("要改哪里？填过的都留着", "1 改能做什么", "4 不办了")
    await mother.says("2")
    mother.expect("改这一项，别的都留着", "怎么称呼")
    await mother.says("大女儿")
    mother.expect("授权您的大女儿帮您：收认证提醒、看资格认证；到2024年12月31日为止，和本人一起收到提醒")
    await mother.says("不")
    await mother.says("不")
    mother.expect("没有授权任何人")
    async with home.world.store.reading() as tx:
        assert await tx.family.of_person(home.world.ids.shufen, home.today) == ()
    assert home.world.outside.sms == home.sms_of_log_in


async def test_the_persons_phone_answers_a_relative_who_asks(world: World, chat: Chat) -> None:
    """Without the person's WeChat: the SMS says what is asked and until when; with the code from it the relative is granted just that."""
    await chat.says("我要帮爸妈")
    chat.expect("想帮家人做什么", "1 收认证提醒", "3 看缴费和待遇", "代办业务要本人")
    chat.expect_not("4 ")
    await chat.says("23")
    chat.expect("您是家人的什么人", "1 女儿")
    await chat.says("2")
    await chat.says("2")
    chat.expect("请发家人在社保登记的手机号")
    await chat.says(people.SHUFEN_PHONE)
    await chat.says(people.SHUFEN.id_no[-4:])
    chat.expect("您（儿子）想帮家人：看资格认证、看缴费和待遇；到2025年3月12日为止", "1 发短信")
    assert world.outside.sms == []
    await chat.says("1")
    chat.expect("如果这两项和登记的一致", "199****0003")
    phone, text = world.outside.sms[-1]
    assert phone == people.SHUFEN_PHONE
    assert "您的儿子想在微信上帮您：看资格认证、看缴费和待遇，到 2025-03-12 为止" in text
    assert "不愿意就不要告诉任何人" in text
    await chat.says(world.outside.code(people.SHUFEN_PHONE))
    chat.expect("您可以帮 赵*芬：看资格认证、看缴费和待遇，到2025年3月12日为止", "已经用短信告诉 赵*芬 本人")
    assert "您已授权您的儿子用微信帮您" in world.outside.sms[-1][1]


async def test_a_relative_sees_what_was_granted_and_the_person_hears_of_it(home: Home) -> None:
    """看妈妈的认证 shows her date; her chat is told, and the answer says so. What was not granted is refused with the way to widen it."""
    await home.granted("2")
    mother, daughter = home.mother, home.daughter
    await daughter.says("看妈妈的认证")
    daughter.expect("赵*芬 的认证到2024年9月27日为止", "已经告诉 赵*芬 本人")
    daughter.expect_not("您的认证")
    assert "您的女儿" in home.told(mother)[-1]
    assert "看了您的“资格认证”（只是查看，没有办理）" in home.told(mother)[-1]
    await daughter.says("切换身份")
    await daughter.says("1")
    daughter.expect("现在用亲情授权为 赵*芬 办理", "1 换回自己")
    await daughter.says("查去年的养老缴费")
    daughter.expect("赵*芬 给您的亲情授权里没有“看缴费和待遇”", "现在能帮的是：看资格认证", "添加家人", "1 我帮的人")
    before = len(home.told(mother))
    await daughter.says("进度")
    daughter.expect("没有“代办业务”")
    await daughter.says("社保卡信息")
    daughter.expect("没有“代办业务”")
    assert len(home.told(mother)) == before
    await daughter.says("认证记录")
    daughter.expect("认证记录", "已经告诉")
    assert len(home.told(mother)) == before + 1


async def test_switching_lists_own_people_and_relatives_alike(home: Home) -> None:
    """切换身份 shows 亲情 and the rights beside; the way back to oneself is there."""
    await home.granted("23")
    daughter = home.daughter
    await daughter.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await daughter.says("切换身份")
    daughter.expect("1 陈*（济南）", "2 赵*芬（北京，亲情：看资格认证、看缴费和待遇）", "3 登录另一位")
    await daughter.says("2")
    daughter.expect("现在用亲情授权为 赵*芬 办理，可以：看资格认证、看缴费和待遇")
    await daughter.says("我的认证到什么时候")
    daughter.expect("2024年9月27日")
    await daughter.says("切换身份")
    await daughter.says("1")
    daughter.expect("现在为 陈* 办理")
    await daughter.says("解除绑定")
    daughter.expect("陈*")


async def test_some_things_are_the_persons_alone(home: Home) -> None:
    """解挂, a new phone, unbinding, granting and the list of relatives are refused to a relative with every right."""
    await home.granted("全部")
    daughter = home.daughter
    await daughter.says("切换身份")
    await daughter.says("1")
    for words in ("解挂", "换手机号", "解绑", "添加家人", "我的家人"):
        await daughter.says(words)
        daughter.expect("只能 赵*芬 本人办")


async def test_the_person_takes_back_a_part(home: Home) -> None:
    """只留一部分: what is left is said to both, the rest is refused at once."""
    await home.granted("23")
    mother, daughter = home.mother, home.daughter
    await daughter.says("切换身份")
    await daughter.says("1")
    await mother.says("我的家人")
    await mother.says("1")
    mother.expect("1 结束这个授权", "2 只留一部分", "3 提前到期")
    await mother.says("2")
    mother.expect("1 看资格认证", "2 看缴费和待遇")
    await mother.says("1")
    mother.expect("女儿帮您的授权改成：看资格认证；到2025年9月12日为止", "1 确认")
    await mother.says("1")
    mother.expect("改好了：看资格认证", "已经告诉女儿")
    assert "您能帮 赵*芬 办的亲情授权改成了：看资格认证" in home.told(daughter)[-1]
    await daughter.says("查去年的养老缴费")
    daughter.expect("没有“看缴费和待遇”")


async def test_either_side_ends_it(home: Home) -> None:
    """The person in 我的家人, the relative in 我帮的人; the other side is told, and nothing is seen any more."""
    mother, daughter = home.mother, home.daughter
    await home.granted("2")
    await mother.says("取消授权")
    mother.expect("1 结束这个授权")
    await mother.says("1")
    mother.expect("授权要结束吗")
    await mother.says("1")
    mother.expect("已经结束，马上生效", "已经告诉女儿")
    assert "您帮 赵*芬 办事的亲情授权已经结束" in home.told(daughter)[-1]
    await daughter.says("看妈妈的认证")
    daughter.expect("现在没有家人授权您看认证")

    await home.granted("2", again=True)
    await daughter.says("我帮的人")
    await daughter.says("2")
    await daughter.says("1")
    await daughter.says("1")
    daughter.expect("已经结束", "已经告诉 赵*芬 本人")
    assert "您的女儿帮您办事的亲情授权已经结束" in home.told(mother)[-1]


async def test_the_last_day_ends_it_for_both(home: Home) -> None:
    """On the day after, the chat speaks for nobody; in the morning both are told."""
    await home.granted("2", until="2024-09-20")
    mother, daughter = home.mother, home.daughter
    await daughter.says("切换身份")
    await daughter.says("1")
    home.world.clock.advance(9 * 86400)
    await home.world.settle()
    await daughter.says("我的认证到什么时候")
    daughter.expect("亲情授权已经结束，现在不为任何人办理")
    daughter.expect_not("9月27日")
    home.world.clock.advance(86400)
    await home.world.settle()
    assert "到期了，已经结束" in home.told(mother)[-1]
    assert "到期了，已经结束" in home.told(daughter)[-1]


async def test_nothing_granted_is_said_plainly(world: World, chat: Chat) -> None:
    """A chat without relatives learns how it begins."""
    await chat.says("我帮的人")
    chat.expect("现在没有家人授权您帮忙", "添加家人", "1 输入家人码", "2 我要帮家人")
    await chat.says("家人码")
    chat.expect("8 位家人码")
    await chat.says("123")
    chat.expect("8 位数字")
