"""挂失 (BZ-19), its paper, and 进度 (BZ-10)."""

from __future__ import annotations

import asyncio

import pytest

from dialogs.messages import Said
from storage.ports.records import CaseStep
from tests import people
from tests.conversations.conftest import PUBLIC, Chat, World


@pytest.fixture
async def xiuying(chat: Chat) -> Chat:
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    chat.world.clock.advance(120)
    return chat


async def _to_the_code(chat: Chat) -> str:
    await chat.says("社保卡丢了")
    chat.expect("****1234", "1 确认挂失", "2 先不挂失", "银行")
    await chat.says("1")
    chat.expect("验证码")
    return chat.world.outside.code(people.COUPLE_PHONE)


async def test_a_card_is_reported_lost_after_yes_and_a_code(xiuying: Chat) -> None:
    """Masked card, what happens, yes, code: then the card is lost and the case has its number."""
    code = await _to_the_code(xiuying)
    async with xiuying.world.store.reading() as tx:
        before = await tx.cards.of_person(xiuying.world.ids.xiuying)
    assert before is not None
    assert before.status == "active"
    await xiuying.says(code)
    xiuying.expect("挂失成功", "业务流水号", "1 下载挂失回执", "2 查办理进度")
    async with xiuying.world.store.reading() as tx:
        card = await tx.cards.of_person(xiuying.world.ids.xiuying)
        cases = await tx.cases.of_person(xiuying.world.ids.xiuying)
    assert card is not None
    assert card.status == "lost"
    assert len(cases) == 1
    assert any("挂失" in text and cases[0].case_no in text for _, text in xiuying.world.outside.sms)


async def test_saying_no_changes_nothing(xiuying: Chat) -> None:
    """先不挂失: no code is sent, the card stays."""
    sent = len(xiuying.world.outside.sms)
    await xiuying.says("社保卡丢了")
    await xiuying.says("2")
    xiuying.expect("没有挂失")
    assert len(xiuying.world.outside.sms) == sent


async def test_a_wrong_code_does_not_report_the_card(xiuying: Chat) -> None:
    """Nothing happens until the code is right."""
    code = await _to_the_code(xiuying)
    await xiuying.says("000000" if code != "000000" else "111111")
    xiuying.expect("验证码不对", "4 次")
    await xiuying.says("不知道")
    xiuying.expect("6位数字")
    await xiuying.says(code)
    xiuying.expect("挂失成功")


async def test_a_resent_message_is_answered_alike_and_done_once(world: World, xiuying: Chat) -> None:
    """The same message three times, at once: one case, the same words."""
    code = await _to_the_code(xiuying)
    message = Said(xiuying.openid, "resent-1", world.clock.now(), code)
    answers = await asyncio.gather(*(world.conversation.take(message, lambda reply: str(reply.first).encode()) for _ in range(3)))
    assert len(set(answers)) == 1
    async with world.store.reading() as tx:
        assert len(await tx.cases.of_person(world.ids.xiuying)) == 1


async def test_the_card_cannot_be_reported_twice(xiuying: Chat) -> None:
    """The second time says that it is lost already."""
    await xiuying.says(await _to_the_code(xiuying))
    await xiuying.says("挂失")
    xiuying.expect("已经挂失了")


async def test_the_paper_of_the_case_is_a_document(xiuying: Chat) -> None:
    """下载挂失回执 issues a PDF for this person."""
    await xiuying.says(await _to_the_code(xiuying))
    await xiuying.says("1")
    xiuying.expect("社保卡挂失回执", f"{PUBLIC}/d/")


async def test_progress_of_the_case_by_number_and_by_mine(xiuying: Chat) -> None:
    """进度: the number, or 我的 for whoever has lost it."""
    await xiuying.says(await _to_the_code(xiuying))
    number = next(word for word in xiuying.last.split("业务流水号：")[1].splitlines())
    await xiuying.says("办到哪一步了")
    xiuying.expect("社保卡挂失：处理结束，挂失成功", "已生效")
    await xiuying.says("按流水号查")
    xiuying.expect("请发业务流水号")
    await xiuying.says(number)
    xiuying.expect("社保卡挂失：处理结束")


async def test_why_a_case_of_the_hall_was_not_done_is_said(world: World, chat: Chat) -> None:
    """A case that the agency's own system decided, with its reason in the last step (BZ-10): the reason is the last line; a step without one adds none."""
    await chat.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await chat.says("进度")
    chat.expect("社保关系转入：处理中，等待审核", "2024-08-01 09:30 窗口受理：已受理")
    chat.expect_not("说明")
    async with world.store.transaction() as tx:
        case = await tx.cases.get("202408010000017")
        assert case is not None
        step = CaseStep(2, "办结", world.clock.now(), "办理不成功", "缺少参保缴费凭证，请补齐后重新申请")
        await tx.cases.add_step(case, step, "处理结束", "未通过")
    await chat.says("进度")
    chat.expect("社保关系转入：处理结束，未通过", "办结：办理不成功\n说明：缺少参保缴费凭证，请补齐后重新申请")


async def test_another_persons_case_looks_like_no_case(xiuying: Chat) -> None:
    """S11: 王德福's case is not there for 李秀英, in the same words as one that does not exist."""
    await xiuying.says("进度 202408010000017")
    foreign = xiuying.last.replace("202408010000017", "N")
    await xiuying.says("进度 202408010000099")
    assert xiuying.last.replace("202408010000099", "N") == foreign
    xiuying.expect("没有查到")


async def test_in_beijing_a_lost_card_is_replaced(chat: Chat) -> None:
    """北京 (BJH-28): no button for the loss alone; fee, time and hours of 补卡, without a log-in."""
    await chat.says("社保卡丢了")
    chat.expect("您在哪里参保", "1 北京", "2 滨州", "3 济南")
    await chat.says("1")
    chat.expect("工本费20元", "四个工作日", "6:00–22:00", "发卡银行", "1 去补卡", "2 看别的办法和材料")
    chat.expect_not("要先登录")
    await chat.says("2")
    chat.expect("20元", "四个工作日", "社保卡服务网点", "96102")


async def test_in_jinan_the_guide_answers(chat: Chat) -> None:
    """济南: nothing is reported here; where to go."""
    await chat.says("社保卡丢了")
    await chat.says("3")
    chat.expect("济南的社保卡这里还不能挂失", "12333")
    chat.expect_not("要先登录", "确认挂失")


async def test_in_binzhou_the_region_leads_straight_to_the_log_in(chat: Chat) -> None:
    """滨州: after the region comes the log-in, and after that the question about the card."""
    await chat.says("社保卡丢了")
    await chat.says("2")
    chat.expect("“社保卡挂失”要先登录")


async def test_a_second_code_within_the_minute_comes_by_itself(chat: Chat) -> None:
    """Logged in seconds ago: the code for the loss report is sent when the minute is over, and works."""
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await chat.says("社保卡丢了")
    await chat.says("1")
    chat.expect("一分钟只能发一条", "10:01")
    sent = len(chat.world.outside.sms)
    await chat.says("查去年的养老缴费")
    chat.expect("您是想办“缴费查询”吗")
    await chat.says("2")
    chat.world.clock.advance(60)
    await chat.world.settle()
    assert len(chat.world.outside.sms) == sent + 1
    await chat.says(chat.world.outside.code(people.COUPLE_PHONE))
    chat.expect("挂失成功")


@pytest.mark.parametrize("words", ["怎么办呢", "哦", "什么意思"])
async def test_an_unclear_word_at_the_question_names_the_two_answers(xiuying: Chat, words: str) -> None:
    """Built from what is offered, not 是 or 否."""
    await xiuying.says("社保卡丢了")
    await xiuying.says(words)
    xiuying.expect("1 确认挂失，或 2 先不挂失")
