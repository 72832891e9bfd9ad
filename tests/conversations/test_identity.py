"""For whom something is done: a chat may speak for several, and what was agreed for one is never done for another."""

from __future__ import annotations

from datetime import timedelta

from tests import people
from tests.conversations.conftest import Chat


async def _both(chat: Chat) -> None:
    """Bind the couple to one chat; it speaks for 李秀英 in the end."""
    await chat.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    chat.world.clock.advance(120)
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    chat.world.clock.advance(120)


async def _switch(chat: Chat, name: str) -> None:
    await chat.says("切换身份")
    if "您是想办" in chat.last:
        await chat.says("1")
    line = next(line for line in chat.last.splitlines() if f"{name[0]}*" in line)
    await chat.says(line.split(" ")[0])


async def test_a_loss_report_begun_for_one_is_not_finished_for_another(chat: Chat) -> None:
    """李秀英's card was shown and agreed to; after the switch nobody's card is reported by her code."""
    await _both(chat)
    await chat.says("社保卡丢了")
    chat.expect("****1234")
    await chat.says("1")
    code = chat.world.outside.code(people.COUPLE_PHONE)
    await _switch(chat, "王德福")
    await chat.says("继续")
    chat.expect("为另一位办的")
    await chat.says(code)
    chat.expect_not("挂失成功")
    async with chat.world.store.reading() as tx:
        for person in (chat.world.ids.xiuying, chat.world.ids.defu):
            card = await tx.cards.of_person(person)
            assert card is not None
            assert card.status == "active"


async def test_in_a_chat_of_two_an_answer_says_whose_it_is(chat: Chat) -> None:
    """The couple shares one chat: figures, 换个时间 and a certificate of either carry the name; a question does not."""
    await _both(chat)
    await chat.says("查养老缴费")
    chat.expect_not("【")
    await chat.says("全部")
    chat.expect("【李*英】")
    await _switch(chat, "王德福")
    await chat.says("缴费证明")
    chat.expect("【王*福】")
    chat.expect_not("李*英")


async def test_in_a_chat_of_one_no_answer_carries_a_name(chat: Chat) -> None:
    """Nobody else could be meant; so it is again for who stays when the other is unbound."""
    await _both(chat)
    await chat.says("解绑")
    await chat.says("1")
    chat.expect("已解除绑定")
    await chat.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await chat.says("查养老缴费")
    await chat.says("全部")
    chat.expect_not("【", "王*福")


async def test_logging_in_another_keeps_the_one_until_then(chat: Chat) -> None:
    """切换身份 → 登录另一位 offers the log-in; whoever thinks better of it is still logged in."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("切换身份")
    await chat.says("2")
    chat.expect("预留手机号登录", "1 登录")
    await chat.says("查去年的养老缴费")
    chat.expect("养老保险缴了")
    await chat.says("切换身份")
    await chat.says("2")
    await chat.says("1")
    chat.expect("您同意吗")


async def test_a_login_that_was_put_aside_is_over_when_another_one_is_done(chat: Chat) -> None:
    """Begun, left for a question, begun anew and done: 继续 is not offered for it."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says("办事指南")
    if "您是想办" in chat.last:
        await chat.says("1")
    chat.expect("“登录”还没办完")
    chat.world.clock.advance(120)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    chat.expect("登录成功")
    chat.expect_not("还没办完")


async def test_a_query_put_aside_is_not_gone_on_with_after_unbinding(chat: Chat) -> None:
    """解绑 takes the place of a question that was only just asked: 继续 shows nothing of it, and does not fail."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("查养老缴费")
    await chat.says("解绑")
    chat.expect_not("您是想办")
    await chat.says("1")
    chat.expect("已解除绑定")
    await chat.says("继续")
    chat.expect_not("没有办成", "养老保险缴了")


async def test_after_logging_out_nothing_is_seen_without_a_new_code(chat: Chat) -> None:
    """退出, then 切换身份: the log-in is asked for, and nothing of a number is shown."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("退出")
    await chat.says("1")
    await chat.says("切换身份")
    chat.expect("没有登录")
    chat.expect_not(people.JIANGUO.id_no[-4:])
    await chat.says("1")
    await chat.says("查去年的养老缴费")
    chat.expect("要先登录")


async def test_another_phone_after_going_back_does_not_keep_the_first_ones_person(chat: Chat) -> None:
    """A verified code is not undone; starting over with another phone binds the other phone's person."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    await chat.says("返回")
    chat.expect("已经通过", "后四位")
    await chat.says("取消")
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    chat.expect("登录成功", "陈*")


async def test_a_proof_that_ran_out_is_told_as_such_and_a_new_code_is_sent(chat: Chat) -> None:
    """Right code, twenty minutes' pause, right last four: no accusation, a new code."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    chat.world.clock.advance(timedelta(minutes=20).total_seconds())
    await chat.says(people.JIANGUO.id_no[-4:])
    chat.expect("过期", "验证码已经发过去了")
    chat.expect_not("不一致")
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    chat.expect("登录成功")


async def test_a_number_means_only_what_stands_in_the_last_answer(chat: Chat) -> None:
    """After another answer, or after half an hour, an old choice is over: no document is issued by a stray 1."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("查去年的养老缴费")
    await chat.presses("P_BENEFIT")
    chat.expect("1 养老金、退休金")
    await chat.says("1")
    chat.expect("养老待遇")
    chat.expect_not("已经生成")
    await chat.says("查去年的养老缴费")
    chat.world.clock.advance(timedelta(hours=24).total_seconds())
    await chat.says("1")
    chat.expect_not("已经生成")
