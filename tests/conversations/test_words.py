"""Words that always work, interruptions, and what nobody planned."""

from __future__ import annotations

import pytest

from handlers.session import Talk, pack, unpack
from storage.ports.records import Session
from storage.vault import Vault
from tests import people
from tests.conversations.conftest import Chat, World, build

LAST4 = people.JIANGUO.id_no[-4:]


async def test_following_is_greeted_with_what_can_be_done(chat: Chat) -> None:
    """The first words offer numbers."""
    await chat.follows()
    chat.expect("您好", "1 查缴费", "2 养老金和其他待遇", "6 社保卡服务", "10 更多（指南、退休测算、验真假）")
    await chat.says("10")
    await chat.says("验真假")
    chat.expect("1 权益单", "2 收到的短信、电话是不是你们的")
    await chat.says("1")
    chat.expect("流水号")


async def test_cancel_and_back(chat: Chat) -> None:
    """取消 leaves; 返回 goes one question back, and at the first one says so."""
    await chat.says("登录")
    await chat.says("返回")
    chat.expect("第一步", "您同意吗")
    await chat.says("1")
    await chat.says("返回")
    chat.expect("您同意吗")
    await chat.says("1")
    chat.expect("手机号")
    await chat.says("取消")
    chat.expect("已取消")
    await chat.says("取消")
    chat.expect("没有正在办的事")


async def test_going_back_from_the_code_asks_for_the_phone_again(chat: Chat) -> None:
    """A mistyped phone is put right without starting over."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.NOBODYS_PHONE)
    await chat.says("返回")
    chat.expect("手机号")
    await chat.says(people.JIANGUO_PHONE)
    chat.expect("199****0001")


async def test_another_wish_in_mid_dialog_is_offered_and_the_old_one_resumed(chat: Chat) -> None:
    """An interruption loses nothing that was entered: the first dialog waits for 继续."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says("我的社保卡丢了怎么办")
    chat.expect("您是想办“社保卡挂失”吗", "1 先办社保卡挂失", "2 继续登录")
    await chat.says("2")
    chat.expect("手机号")


async def test_a_question_that_was_only_just_asked_gives_way(chat: Chat) -> None:
    """Nothing was entered, so nothing is asked back: the other wish begins."""
    await chat.says("校验")
    await chat.says("登录")
    chat.expect("您同意吗")
    chat.expect_not("您是想办", "留着")
    await chat.says("生育津贴怎么领")
    chat.expect("1 材料")
    chat.expect_not("您是想办", "还没办完")


async def test_a_paused_dialog_with_answers_is_resumed_where_it_was(chat: Chat) -> None:
    """A menu tap puts the dialog aside; 继续 takes it up at the same question."""
    await chat.says("登录")
    await chat.says("1")
    await chat.presses("P_VERIFY")
    chat.expect("流水号")
    await chat.says("取消")
    chat.expect("“登录”还没办完", "继续")
    await chat.says("继续")
    chat.expect("接着办“登录”", "手机号")


async def test_a_dialog_left_alone_is_put_aside_and_can_be_resumed(chat: Chat) -> None:
    """After half an hour a number is not taken for an answer."""
    await chat.says("登录")
    await chat.says("1")
    chat.world.clock.advance(31 * 60)
    await chat.says("你好")
    chat.expect("停了比较久", "继续")
    await chat.says("继续")
    chat.expect("手机号")


async def test_help_explains_the_step_and_keeps_it(chat: Chat) -> None:
    """帮助 does not cost the place."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says("帮助")
    chat.expect("登记时留的手机号", "返回", "请发您在社保登记的手机号")
    await chat.says(people.JIANGUO_PHONE)
    chat.expect("199****0001")


async def test_a_person_can_be_asked_for_at_any_time(chat: Chat) -> None:
    """人工 in mid-dialog leads to the staff; 结束人工 brings the dialog back where it was."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says("人工")
    chat.expect("您在哪里参保")
    await chat.says("1")
    chat.expect("转人工", "结束人工")
    await chat.says("结束人工")
    await chat.says("继续")
    chat.expect("请发您在社保登记的手机号")
    await chat.says(people.JIANGUO_PHONE)
    chat.expect("199****0001")


@pytest.mark.parametrize(
    "text", ["", " ", "😀😀😀", "asdfghjkl", "' OR 1=1 --", "<script>alert(1)</script>", "啊" * 1500, "{{7*7}}", "]]>"]
)
async def test_words_that_mean_nothing_get_suggestions(chat: Chat, text: str) -> None:
    """Never silence, never an error: something to choose from."""
    await chat.says(text)
    chat.expect("1 ")
    chat.expect_not("49", "Traceback", "Error")


async def test_an_identity_number_out_of_the_blue_is_not_taken(chat: Chat) -> None:
    """The person is told to never send it, and it is not stored anywhere."""
    await chat.says(people.JIANGUO.id_no)
    chat.expect("请不要在聊天里发完整的身份证号")


async def test_a_restart_in_mid_dialog_loses_nothing(world: World) -> None:
    """Another process over the same store goes on at the same question."""
    chat = Chat(world)
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    code = world.outside.code(people.JIANGUO_PHONE)
    again = build(world.store, world.clock, Vault(bytes(range(32))), world.ids)
    again.numbers = world.numbers
    chat = Chat(again)
    await chat.says(code)
    chat.expect("后四位")
    await chat.says(LAST4)
    chat.expect("登录成功")


async def test_a_session_of_another_release_is_a_fresh_start(world: World) -> None:
    """State that cannot be read any more is dropped, not an error."""
    async with world.store.transaction() as tx:
        await tx.sessions.save(Session("o-one", b'{"format": 99}', 1, world.clock.now().replace(year=2030)))
    chat = Chat(world)
    await chat.says("菜单")
    chat.expect("1 查缴费")


def test_the_state_of_a_chat_is_plain_json() -> None:
    """What is kept survives the round trip, byte for byte."""
    assert unpack(pack(Talk(misses=2))) == Talk(misses=2)


async def test_late_answers_are_pushed_and_a_killed_late_turn_is_finished(world: World) -> None:
    """A turn that missed its passive answer is pushed; one whose process died is taken up by the job, once."""
    from dialogs.messages import Said

    message = Said("o-one", "late-1", world.clock.now(), "菜单")
    assert await world.conversation.take(message, lambda _: None) is None
    await world.settle()
    assert len(world.outside.pushed) == 1
    lost = Said("o-one", "late-2", world.clock.now(), "菜单")
    await world.conversation.postpone(lost, b"interim")
    assert await world.conversation.answered("late-2") == b"interim"
    world.clock.advance(61)
    await world.settle()
    await world.settle()
    assert len(world.outside.pushed) == 2
    assert await world.conversation.take(lost, lambda _: b"other") == b"interim"


async def test_a_message_that_waited_behind_a_slow_one_is_taken_in_its_order(world: World) -> None:
    """It got its interim answer while it waited; its turn still comes, at its place, and is pushed."""
    from dialogs.messages import Said

    waited = Said("o-one", "w-1", world.clock.now(), "登录")
    await world.conversation.postpone(waited, b"interim")
    assert await world.conversation.take(waited, lambda _: None) is None
    await world.settle()
    assert len(world.outside.pushed) == 1
    assert await world.conversation.take(waited, lambda _: b"again") == b"interim"
    chat = Chat(world)
    await chat.says("1")
    chat.expect("手机号")
    world.clock.advance(61)
    await world.settle()
    assert len(world.outside.pushed) == 1


async def test_the_order_menu_is_what_the_region_has(world: World) -> None:
    """滨州 has the orders; 北京 says in its own sentence that it has none; a visitor sees them all."""
    visitor, binzhou, beijing = Chat(world, "o-a"), Chat(world, "o-b"), Chat(world, "o-c")
    await visitor.presses("P_ORDER")
    visitor.expect("1 灵活就业缴费", "4 我的订单")
    await binzhou.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await binzhou.presses("P_ORDER")
    binzhou.expect("4 我的订单")
    await beijing.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await beijing.presses("P_ORDER")
    beijing.expect("北京", "12333")


@pytest.mark.parametrize("text", ["好贵", "好麻烦", "好难", "对不起", "我要先问问", "对了"])
async def test_a_complaint_is_no_consent(chat: Chat, text: str) -> None:
    """What only begins like a yes agrees to nothing and ends nothing: the question is asked again."""
    await chat.says("登录")
    await chat.says(text)
    chat.expect("请回复 1 同意，或 2 不同意")
    await chat.says("同意")
    chat.expect("手机号")


async def test_a_log_in_that_nobody_agreed_to_gives_way(chat: Chat) -> None:
    """退款 in place of a consent is no yes: it is what is wanted now; once agreed, the log-in is kept and the other offered."""
    await chat.says("登录")
    await chat.says("我要退钱")
    chat.expect("“退款”要先登录", "您同意吗")
    await chat.says("生育津贴怎么领")
    chat.expect("1 材料")
    chat.expect_not("您是想办", "登录")
    await chat.says("我要退钱")
    await chat.says("1")
    await chat.says("撤回")
    chat.expect("您是想办“撤回业务”吗", "2 继续登录")


async def test_the_further_menu_leads_to_sums_about_retirement(chat: Chat) -> None:
    """菜单 → 更多 → what can be worked out."""
    await chat.says("菜单")
    await chat.says("10")
    await chat.says("退休时间")
    chat.expect("什么时候能退休", "养老金大概多少", "断缴了哪些月份")


@pytest.mark.parametrize(
    ("key", "there"),
    [
        ("P_PAY", "1 五险缴费"),
        ("P_BENEFIT", "1 养老金、退休金"),
        ("P_ACCOUNT", "1 年度对账单"),
        ("P_INFO", "1 参保登记信息"),
        ("P_PRINT", "社保缴费证明"),
        ("P_JOB", "1 招聘信息"),
        ("P_GUIDE", "指南"),
    ],
)
async def test_every_line_of_the_menu_opens_something(chat: Chat, key: str, there: str) -> None:
    """For a visitor whose region is unknown."""
    await chat.presses(key)
    chat.expect(there)
    chat.expect_not("暂时还不能")
