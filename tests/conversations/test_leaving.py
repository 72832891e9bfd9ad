"""Letting go: after 解除绑定, 退出登录 and 切换身份 nothing of a person goes on in a chat that speaks for them no more."""

from __future__ import annotations

import pytest

from dialogs.filings import FILINGS
from handlers.desk import TurnDesk
from handlers.filings.flow import Flow
from handlers.humans.counter import Counter
from handlers.humans.marks import ask_for_mark
from storage.ports.records import Binding, Case, CaseState, MarkRequest, OrderStatus, Staff, Thread, ThreadLine
from tests import people
from tests.contracts.makers import an_order
from tests.conversations.conftest import Chat, World

GONE = "已换人，对话结束"


async def _jianguo(world: World, openid: str = "o-one") -> Chat:
    chat = Chat(world, openid)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    world.clock.advance(120)
    return chat


async def _shufen(chat: Chat) -> None:
    chat.world.clock.advance(120)
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    chat.world.clock.advance(120)


async def _case(world: World, person_id: int, *watchers: str, key: str = "k") -> Case:
    """A case of that person which the staff have to decide, followed by those chats."""
    async with world.store.transaction() as tx:
        region = world.services.regions["beijing"]
        return await Flow(world.services).open_inside(tx, FILINGS["refund"], region, person_id, {"原因": "示例"}, key, watchers)


async def _decided(world: World, case: Case) -> None:
    staff = Staff(1, "lin", "林审", "x", "x", frozenset({"审核", "受理"}), frozenset({"beijing"}), True, world.clock.now())
    async with world.store.transaction() as tx:
        now = await tx.cases.get(case.case_no)
        assert now is not None
        await Flow(world.services).decide(tx, now, staff, approve=False, note="材料不符")
    await world.settle()


def _told(world: World, openid: str) -> list[str]:
    return [getattr(message, "text", "") for chat, message in world.outside.pushed if chat == openid]


async def _talk(world: World, openid: str = "o-one") -> tuple[Thread | None, tuple[ThreadLine, ...]]:
    """The chat's open talk, and its lines."""
    async with world.store.reading() as tx:
        thread = await tx.threads.of_chat(openid)
        return thread, await tx.threads.lines(thread.id) if thread else ()


async def _lines(world: World, thread_id: int) -> list[str]:
    async with world.store.reading() as tx:
        return [line.text for line in await tx.threads.lines(thread_id)]


# ── what a chat has of a person ─────────────────────────────────────────────────────────────────────────────────────


async def test_after_unbinding_a_chat_hears_nothing_of_that_persons_cases(world: World) -> None:
    """The other chat of the same person still does, and this one still hears of another person's case."""
    chat, other = await _jianguo(world), await _jianguo(world, "o-two")
    mine = await _case(world, world.ids.jianguo, "o-one", "o-two")
    theirs = await _case(world, world.ids.shufen, "o-one", key="k2")
    await chat.says("解除绑定")
    await chat.says("1")
    world.outside.pushed.clear()
    await _decided(world, mine)
    assert _told(world, "o-one") == []
    assert any(mine.case_no in text for text in _told(world, other.openid))
    await _decided(world, theirs)
    assert any(theirs.case_no in text for text in _told(world, "o-one"))


async def test_after_unbinding_nobody_asks_for_a_mark_of_that_person(world: World) -> None:
    """What was asked before is over, what would be asked afterwards is not asked; the other person's waits on."""
    chat = await _jianguo(world)
    mine = await _case(world, world.ids.jianguo, "o-one")
    later = await _case(world, world.ids.jianguo, "o-one", key="k2")
    theirs = await _case(world, world.ids.shufen, "o-one", key="k3")

    def asking(case: Case) -> MarkRequest:
        return MarkRequest("case", case.case_no, "beijing", case.title, world.clock.now())

    async with world.store.transaction() as tx:
        for case in (mine, theirs):
            await ask_for_mark(tx, world.services, "o-one", asking(case))
    await chat.says("解除绑定")
    await chat.says("1")
    async with world.store.transaction() as tx:
        await ask_for_mark(tx, world.services, "o-one", asking(later))
        wanted = await tx.ratings.wanted("o-one")
    assert wanted is not None
    assert wanted.ref == theirs.case_no


async def test_after_unbinding_the_chat_is_in_no_order_that_waits_for_money(world: World) -> None:
    """What was paid stays as it was paid."""
    chat = await _jianguo(world)
    async with world.store.transaction() as tx:
        for number, status in ((1, OrderStatus.PENDING), (2, OrderStatus.PAID)):
            await tx.orders.add(an_order(number, person_id=world.ids.jianguo, openid="o-one", status=status))
    await chat.says("解除绑定")
    await chat.says("1")
    async with world.store.reading() as tx:
        orders = [await tx.orders.get(an_order(number).order_no) for number in (1, 2)]
    assert [order.openid for order in orders if order] == ["", "o-one"]


async def test_logging_out_keeps_what_the_binding_follows(world: World) -> None:
    """退出登录 is no unbinding: news of the case still come."""
    chat = await _jianguo(world)
    case = await _case(world, world.ids.jianguo, "o-one")
    await chat.says("退出登录")
    await chat.says("1")
    chat.expect("已退出登录")
    await _decided(world, case)
    assert any(case.case_no in text for text in _told(world, "o-one"))


# ── talks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", [("解除绑定", "1"), ("退出登录", "1")])
async def test_a_talk_ends_with_the_identity_it_was_held_in(world: World, words: tuple[str, ...]) -> None:
    """Left in the evening; unbinding and logging out end it, the staff read why, and the next person's 人工 is a talk of their own."""
    world.clock.advance(8 * 3600)
    chat = await _jianguo(world)
    await chat.says("人工")
    await chat.says("我的卡办错了，请看我的业务")
    before, _ = await _talk(world)
    assert before is not None
    for said in words:
        await chat.says(said)
    assert (await _talk(world))[0] is None
    assert (await _lines(world, before.id))[-1] == GONE
    await _shufen(chat)
    await chat.says("人工")
    after, _ = await _talk(world)
    assert after is not None
    assert (after.person_id, after.id != before.id) == (world.ids.shufen, True)


async def test_switching_ends_the_talk_and_gives_the_words_back(world: World) -> None:
    """Two people in one chat: 切换身份 in the menu while the first one's talk waits; what is typed then is for the bot."""
    chat = await _jianguo(world)
    await chat.says("人工")
    await chat.says("我是第一位")
    first, _ = await _talk(world)
    assert first is not None
    async with world.store.transaction() as tx:
        await tx.users.bind(Binding(0, "o-one", world.ids.shufen, "person", "sms", "v1", world.clock.now()))
        user = await tx.users.get("o-one")
        assert user is not None
        desk = await TurnDesk.open(tx, user, world.services)
        assert await desk.switch(world.ids.shufen) is not None
    async with world.store.reading() as tx:
        ended = await tx.threads.get(first.id)
    assert ended is not None
    assert ended.state == "closed"
    assert (await _lines(world, first.id))[-1] == GONE
    await chat.says("菜单")
    chat.expect("您想办哪一件")
    assert "菜单" not in await _lines(world, first.id)


async def test_staying_the_same_person_ends_nothing(world: World) -> None:
    """Switching to whom the chat speaks for already leaves the talk as it is."""
    chat = await _jianguo(world)
    await chat.says("人工")
    async with world.store.transaction() as tx:
        user = await tx.users.get("o-one")
        assert user is not None
        await (await TurnDesk.open(tx, user, world.services)).switch(world.ids.jianguo)
    thread, lines = await _talk(world)
    assert thread is not None
    assert GONE not in [line.text for line in lines]


async def test_a_visitor_who_logs_in_keeps_the_place(world: World) -> None:
    """A visitor of 北京 waits for the staff and logs in by the menu's door meanwhile: the same talk, now with a name for the staff."""
    chat = Chat(world)
    await chat.says("人工")
    await chat.says("1")
    before, _ = await _talk(world)
    assert before is not None
    assert before.person_id is None
    async with world.store.transaction() as tx:
        await tx.users.bind(Binding(0, "o-one", world.ids.jianguo, "person", "sms", "v1", world.clock.now()))
        user = await tx.users.get("o-one")
        assert user is not None
        await (await TurnDesk.open(tx, user, world.services)).switch(world.ids.jianguo)
    await chat.says("还有一句")
    chat.expect("第 1 位")
    thread, lines = await _talk(world)
    assert thread is not None
    assert (thread.id, thread.person_id, lines[-1].text) == (before.id, world.ids.jianguo, "还有一句")


# ── who left and came back ──────────────────────────────────────────────────────────────────────────────────────────


async def test_each_following_has_a_name_of_its_own(world: World) -> None:
    """Unfollowing and following again at the same moment is another following; a second follow without leaving is the same."""
    chat = Chat(world)
    seen = []
    for act in (chat.follows, chat.follows, chat.leaves, chat.follows):
        await act()
        async with world.store.reading() as tx:
            user = await tx.users.get(chat.openid)
        seen.append(user.following if user else "")
    first, again, left, anew = seen
    assert first == again != ""
    assert left == ""
    assert anew not in {"", first}


# ── answers to what was left ────────────────────────────────────────────────────────────────────────────────────────


async def _answered(world: World, text: str = "请问您的卡是哪天办的？") -> Thread:
    """The staff take what was left and answer it; the answer reaches the chat."""
    counter = Counter(world.store, world.services)
    async with world.store.transaction() as tx:
        staff = await tx.staff.add(
            Staff(0, "kefu", "何客服", "x", "x", frozenset({"客服"}), frozenset({"beijing"}), True, world.clock.now())
        )
    thread, _ = await _talk(world)
    assert thread is not None
    thread = await counter.take(staff, thread.id, thread.version)
    await counter.answer(staff, thread.id, text)
    await world.settle()
    return thread


async def test_the_reply_to_an_answer_goes_to_the_staff(world: World) -> None:
    """Left at 18:00, answered the next morning: the person's next words are in the talk and the bot says where they went, once; then it
    keeps silent until 结束人工."""
    chat = await _jianguo(world)
    world.clock.advance(8 * 3600)
    await chat.says("人工")
    await chat.says("我的卡办错了")
    world.clock.advance(16 * 3600)
    thread = await _answered(world)
    assert _told(world, "o-one")[-1] == "工作人员：请问您的卡是哪天办的？"
    await chat.says("上个月三号，在东城网点")
    chat.expect("已经转给工作人员", "结束人工")
    assert (await _lines(world, thread.id))[-1] == "上个月三号，在东城网点"
    assert await chat.says("查缴费那张") == ""
    await chat.says("结束人工")
    chat.expect("人工服务已结束")
    await chat.says("菜单")
    chat.expect("您想办哪一件")


async def test_an_answer_does_not_break_into_a_dialog(world: World) -> None:
    """Whoever is in the middle of something when the answer comes finishes it (a code is no message for the staff); then they are asked."""
    chat = Chat(world)
    await chat.says("人工")
    await chat.says("1")
    await chat.says("结束人工")
    world.clock.advance(8 * 3600)
    await chat.says("人工")
    await chat.says("怎么登录")
    await chat.says("登录")
    await chat.says("1")
    thread = await _answered(world, "回复“登录”就行。")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says(world.outside.code(people.JIANGUO_PHONE))
    await chat.says(people.JIANGUO.id_no[-4:])
    assert people.JIANGUO_PHONE not in await _lines(world, thread.id)
    await chat.says("好了，登上了")
    chat.expect("已经转给工作人员")
    assert (await _lines(world, thread.id))[-1] == "好了，登上了"


async def test_an_answer_that_was_closed_again_leaves_the_words_to_the_bot(world: World) -> None:
    """The staff answer and close before the person writes: the next words are a wish like any other."""
    chat = await _jianguo(world)
    world.clock.advance(8 * 3600)
    await chat.says("人工")
    await chat.says("我的卡办错了")
    thread = await _answered(world, "已经改好了。")
    counter = Counter(world.store, world.services)
    async with world.store.reading() as tx:
        staff = await tx.staff.by_login("kefu")
    assert staff is not None
    await counter.close(staff, thread.id)
    await world.settle()
    await chat.says("菜单")
    chat.expect("您想办哪一件")


async def test_the_case_of_a_refused_refund_is_over(world: World) -> None:
    """The helper of this file decides for real."""
    case = await _case(world, world.ids.jianguo, "o-one")
    await _decided(world, case)
    async with world.store.reading() as tx:
        now = await tx.cases.get(case.case_no)
    assert now is not None
    assert now.state is CaseState.REFUSED
