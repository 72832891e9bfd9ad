"""人工, 评价 and 网点: the ways to people. The clock stands at Thursday 2024-09-12 10:00; 北京's staff are there 9:00–17:00 on working days."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from dialogs.filings import FILINGS
from dialogs.messages import Human, Located, Reply, Said
from handlers.filings.flow import Flow
from handlers.humans.hours import next_there, there
from handlers.humans.marks import ask_for_mark
from handlers.session import Talk, remembered
from storage.ports.records import Case, MarkRequest, Rating, Thread
from storage.ports.regions import HumanRules
from storage.ports.time import SHANGHAI
from tests import people
from tests.conversations.conftest import Chat, World, shown


@pytest.fixture
async def jianguo(chat: Chat) -> Chat:
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    return chat


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "open_", "opens"),
    [
        (at(2024, 9, 12, 8, 59), False, at(2024, 9, 12, 9)),
        (at(2024, 9, 12, 9), True, at(2024, 9, 12, 9)),
        (at(2024, 9, 12, 16, 59), True, at(2024, 9, 12, 16, 59)),
        (at(2024, 9, 12, 17), False, at(2024, 9, 13, 9)),
        (at(2024, 9, 13, 17, 30), False, at(2024, 9, 14, 9)),  # Saturday the 14th was worked, for 中秋
        (at(2024, 9, 14, 18), False, at(2024, 9, 18, 9)),  # 15th to 17th were holidays
        (at(2024, 9, 30, 20), False, at(2024, 10, 8, 9)),  # 国庆 ended on the 7th
    ],
)
def test_the_staff_are_there_on_working_days(now: datetime, open_: bool, opens: datetime) -> None:
    """Hours follow the published working days, worked Saturdays and long holidays among them."""
    assert there(HumanRules(), now) is open_
    assert next_there(HumanRules(), now) == opens


async def test_a_person_is_handed_over_with_the_conversation_so_far(jianguo: Chat) -> None:
    """人工 in the hours: the place in the queue, and what was said before goes along with long numbers struck out."""
    await jianguo.says("我的编号是 13900001234 怎么查")
    await jianguo.says("人工")
    jianguo.expect("已经为您转人工", "马上就到您", "结束人工")
    async with jianguo.world.store.reading() as tx:
        thread = await tx.threads.of_chat(jianguo.openid)
        assert thread is not None
        lines = await tx.threads.lines(thread.id)
    assert (thread.state, thread.region, thread.person_id) == ("waiting", "beijing", jianguo.world.ids.jianguo)
    said = [line.text for line in lines if line.who == "person"]
    assert "我的编号是 *** 怎么查" in said
    assert not any("13900001234" in line.text for line in lines)


async def test_what_is_typed_while_waiting_goes_to_the_staff(jianguo: Chat) -> None:
    """Not even a word like 查缴费 is taken for a wish; the place is told."""
    await jianguo.says("人工")
    await jianguo.says("查缴费为什么少了一个月")
    jianguo.expect("记下了", "第 1 位")
    async with jianguo.world.store.reading() as tx:
        thread = await tx.threads.of_chat(jianguo.openid)
        assert thread is not None
        lines = await tx.threads.lines(thread.id)
    assert lines[-1].text == "查缴费为什么少了一个月"


async def test_the_second_who_asks_waits_behind_the_first(world: World) -> None:
    """The place counts who came before in the same region."""
    first, second = Chat(world, "o-first"), Chat(world, "o-second")
    await first.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await second.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await first.says("人工")
    world.clock.advance(5)
    await second.says("转人工")
    second.expect("前面还有 1 位")


async def test_once_taken_the_bot_keeps_silent_until_the_end(jianguo: Chat) -> None:
    """A talk that a member of staff has taken is theirs; 结束人工 brings the bot back."""
    await jianguo.says("人工")
    async with jianguo.world.store.transaction() as tx:
        thread = await tx.threads.of_chat(jianguo.openid)
        assert thread is not None
        await tx.threads.save(replace(thread, state="open", claimed_by=1))
    assert await jianguo.says("您好，我想问问补缴") == ""
    await jianguo.says("结束人工")
    jianguo.expect("人工服务已结束", "1 查缴费")
    await jianguo.says("菜单")
    jianguo.expect("您想办哪一件")


async def test_a_talk_that_the_staff_closed_gives_the_words_back(jianguo: Chat) -> None:
    """After the close the next message is the bot's again, and nothing of it is lost."""
    await jianguo.says("人工")
    async with jianguo.world.store.transaction() as tx:
        thread = await tx.threads.of_chat(jianguo.openid)
        assert thread is not None
        await tx.threads.save(replace(thread, state="closed", closed_at=jianguo.world.clock.now()))
    await jianguo.says("菜单")
    jianguo.expect("您想办哪一件")


async def test_outside_the_hours_a_message_is_taken(jianguo: Chat) -> None:
    """At 18:00: the hours, one message taken, then the bot goes on; the message waits for the staff."""
    jianguo.world.clock.advance(8 * 3600)
    await jianguo.says("人工")
    jianguo.expect("现在没有工作人员在线", "工作日 9:00–17:00", "明天 09:00")
    await jianguo.says("我八月的缴费没有到账")
    jianguo.expect("已经记下了")
    async with jianguo.world.store.reading() as tx:
        thread = await tx.threads.of_chat(jianguo.openid)
        assert thread is not None
        lines = await tx.threads.lines(thread.id)
    assert thread.state == "left"
    assert lines[-1].text == "我八月的缴费没有到账"
    await jianguo.says("菜单")
    jianguo.expect("您想办哪一件")


@pytest.mark.parametrize("word", ["取消", "算了", "返回", "不留言了", "结束人工"])
async def test_whoever_takes_it_back_leaves_no_message(jianguo: Chat, word: str) -> None:
    """At 18:00, 人工 and then 取消: nothing is left for the staff, no answer is promised, and the bot goes on."""
    jianguo.world.clock.advance(8 * 3600)
    await jianguo.says("人工")
    await jianguo.says(word)
    jianguo.expect("人工服务已结束")
    async with jianguo.world.store.reading() as tx:
        thread = await tx.threads.of_chat(jianguo.openid)
        told = [line.text for line in await tx.threads.lines(thread.id)] if thread else []
    assert thread is None or thread.state not in {"left", "waiting"}
    assert word not in told
    await jianguo.says("菜单")
    jianguo.expect("您想办哪一件")


async def test_binzhou_hands_over_to_the_platform(chat: Chat) -> None:
    """滨州's channel is WeChat's own customer service: the reply is the hand-over itself."""
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    replies: list[Reply] = []

    def seal(reply: Reply) -> bytes:
        replies.append(reply)
        return shown(reply.first).encode()

    await chat.world.conversation.take(Said(chat.openid, "hand-over", chat.world.clock.now(), "人工"), seal)
    assert isinstance(replies[-1].first, Human)


async def test_jinan_has_no_seats_and_names_the_number(chat: Chat) -> None:
    """Where nobody sits at a console, the telephone is the answer."""
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await chat.says("人工")
    chat.expect("12333")


async def test_a_mark_is_given_once_for_each_thing(jianguo: Chat) -> None:
    """评价5 answers the request; a second one finds nothing more to rate."""
    world = jianguo.world
    async with world.store.transaction() as tx:
        request = MarkRequest("case", "240901000000001", "beijing", "社会保障卡补换卡", world.clock.now())
        await ask_for_mark(tx, world.services, jianguo.openid, request)
        await ask_for_mark(tx, world.services, jianguo.openid, request)
    await jianguo.says("评价5")
    jianguo.expect("谢谢您的评价")
    await jianguo.says("评价5")
    jianguo.expect("没有等您评价的事")
    async with world.store.reading() as tx:
        assert await tx.ratings.grades(("beijing",), world.clock.now().date(), world.clock.now().date()) == {5: 1}


async def test_a_bad_mark_opens_a_case_with_a_deadline(jianguo: Chat) -> None:
    """评价2 asks why, and what was said stands in a case for the staff, due in working days."""
    world = jianguo.world
    async with world.store.transaction() as tx:
        talk = Thread(0, jianguo.openid, world.ids.jianguo, "beijing", "closed", "", world.clock.now())
        talk = await tx.threads.open(talk, [])
        request = MarkRequest("thread", str(talk.id), "beijing", "人工服务", world.clock.now())
        await ask_for_mark(tx, world.services, jianguo.openid, request)
    await jianguo.says("评价2")
    jianguo.expect("哪里没有做好", "没有")
    await jianguo.says("等了太久")
    jianguo.expect("已经转给工作人员")
    async with world.store.reading() as tx:
        case = next(one for one in await tx.cases.of_person(world.ids.jianguo) if one.filing == "complaint")
    assert "等了太久" in case.fields.values()
    assert case.due_on is not None
    assert case.due_on > world.clock.now().date()


async def test_a_mark_without_a_grade_is_asked_for(jianguo: Chat) -> None:
    """评价 alone offers the five; the number is the grade."""
    world = jianguo.world
    async with world.store.transaction() as tx:
        await ask_for_mark(
            tx, world.services, jianguo.openid, MarkRequest("thread", "8", "beijing", "人工服务", world.clock.now())
        )
    await jianguo.says("评价")
    jianguo.expect("1 非常不满意", "5 非常满意")
    await jianguo.says("九")
    jianguo.expect("1 到 5")
    await jianguo.says("4")
    jianguo.expect("谢谢您的评价")


async def _asked(world: World, openid: str, ref: str, title: str, region: str = "beijing") -> None:
    """That chat is asked for a mark, a minute after whatever was before."""
    world.clock.advance(60)
    async with world.store.transaction() as tx:
        await ask_for_mark(tx, world.services, openid, MarkRequest("case", ref, region, title, world.clock.now()))
    await world.settle()


async def _case_of(world: World, person_id: int, key: str, region: str = "beijing", openid: str = "o-one") -> str:
    """A case of that person that the chat follows; its number."""
    async with world.store.transaction() as tx:
        where, flow = world.services.regions[region], Flow(world.services)
        case = await flow.open_inside(tx, FILINGS["refund"], where, person_id, {"原因": "示例"}, key, (openid,))
    return case.case_no


async def _complaints(world: World, person_id: int) -> list[Case]:
    async with world.store.reading() as tx:
        return [one for one in await tx.cases.of_person(person_id) if one.filing == "complaint"]


async def test_a_mark_stays_with_the_thing_it_was_begun_for(jianguo: Chat) -> None:
    """评价1 for the first thing; before the reason is typed a second thing asks: the reason and the mark are the first one's."""
    world = jianguo.world
    await _asked(world, jianguo.openid, "A", "第一件")
    await jianguo.says("评价1")
    jianguo.expect("哪里没有做好")
    await _asked(world, jianguo.openid, "B", "第二件")
    await jianguo.says("第一件办得太慢")
    jianguo.expect("已经转给工作人员")
    await jianguo.says("评价5")
    jianguo.expect("谢谢您的评价")
    async with world.store.transaction() as tx:
        assert await tx.ratings.add(Rating("case", "A", "beijing", 3, "", world.clock.now())) is False
        assert await tx.ratings.wanted(jianguo.openid) is None
        day = world.clock.now().date()
        assert await tx.ratings.grades(("beijing",), day, day) == {1: 1, 5: 1}


async def test_a_word_of_the_last_request_is_for_that_request(jianguo: Chat) -> None:
    """While the first thing's mark is being given, 评价5 under the second request is the second's; 继续 goes on with the first."""
    world = jianguo.world
    await _asked(world, jianguo.openid, "A", "第一件")
    await jianguo.says("评价")
    jianguo.expect("您对“第一件”满意吗")
    await _asked(world, jianguo.openid, "B", "第二件")
    await jianguo.says("评价5")
    jianguo.expect("谢谢您的评价", "服务评价")
    async with world.store.reading() as tx:
        assert await tx.ratings.request(jianguo.openid, "case", "A") is not None
        assert await tx.ratings.request(jianguo.openid, "case", "B") is None
    await jianguo.says("继续")
    jianguo.expect("您对“第一件”满意吗")
    await jianguo.says("返回")
    jianguo.expect("已经是第一步了", "您对“第一件”满意吗")
    await jianguo.says("4")
    jianguo.expect("谢谢您的评价")
    async with world.store.reading() as tx:
        assert await tx.ratings.wanted(jianguo.openid) is None


async def test_a_mark_said_anew_replaces_the_one_being_given(jianguo: Chat) -> None:
    """评价1, and instead of the reason 评价5 for the same thing: one mark, nothing left over."""
    world = jianguo.world
    await _asked(world, jianguo.openid, "A", "第一件")
    await jianguo.says("评价1")
    await jianguo.says("评价5")
    jianguo.expect("谢谢您的评价")
    jianguo.expect_not("继续")
    async with world.store.reading() as tx:
        assert await tx.ratings.grades(("beijing",), world.clock.now().date(), world.clock.now().date()) == {5: 1}


async def test_a_complaint_is_about_whom_the_case_was_for(jianguo: Chat) -> None:
    """The chat speaks for somebody else by now: the complaint stands with the person of the case, and in the region of the case."""
    world = jianguo.world
    number = await _case_of(world, world.ids.jianguo, "k")
    await _asked(world, jianguo.openid, number, "社会保障卡补换卡", region="binzhou")
    world.clock.advance(120)
    await jianguo.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await jianguo.says("评价1，太慢了")
    jianguo.expect("已经转给工作人员")
    assert await _complaints(world, world.ids.shufen) == []
    (case,) = await _complaints(world, world.ids.jianguo)
    assert (case.region, case.fields["编号"]) == ("beijing", number)


async def test_a_thing_that_another_chat_has_rated_blocks_nothing(world: World) -> None:
    """Two chats follow one case and one of them has an older thing to rate: after the first chat's mark the second's goes to the older
    thing, and then there is nothing more."""
    one, two = Chat(world, "o-1"), Chat(world, "o-2")
    for chat in (one, two):
        await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
        world.clock.advance(120)
    await _asked(world, "o-2", "old", "较早的")
    for chat in (one, two):
        await _asked(world, chat.openid, "new", "新的")
    await one.says("评价5")
    one.expect("谢谢您的评价")
    await two.says("评价")
    two.expect("您对“较早的”满意吗")
    await two.says("5")
    two.expect("谢谢您的评价")
    await two.says("评价5")
    two.expect("没有等您评价的事")


async def test_a_mark_that_came_too_late_is_said_so(world: World) -> None:
    """Both are in the middle of the same mark: the second reads that the thing has one, and nothing older gets it instead."""
    one, two = Chat(world, "o-1"), Chat(world, "o-2")
    for chat in (one, two):
        await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
        world.clock.advance(120)
    await _asked(world, "o-2", "old", "较早的")
    for chat in (one, two):
        await _asked(world, chat.openid, "new", "新的")
    await two.says("评价2")
    await one.says("评价5")
    await two.says("没有")
    two.expect("这件事已经有评价了")
    async with world.store.reading() as tx:
        wanted = await tx.ratings.wanted("o-2")
    assert wanted is not None
    assert wanted.ref == "old"


async def test_a_place_finds_the_nearest_outlets(jianguo: Chat) -> None:
    """The first outlet of 北京 is 0 metres from itself, stands first, and has a link to the map."""
    region = jianguo.world.services.regions["beijing"]
    here = region.outlets[0]
    inbound = Located(jianguo.openid, "place-1", jianguo.world.clock.now(), here.latitude, here.longitude, "家")
    answer = await jianguo.world.conversation.take(inbound, lambda reply: shown(reply.first).encode())
    text = (answer or b"").decode()
    assert text.index(here.name) < text.index(here.address)
    assert "约 10 米" in text
    assert "在地图上看" in text
    assert text.count("约 ") == 3


async def test_outlets_can_be_had_without_a_place(jianguo: Chat) -> None:
    """附近网点 asks for the place, says how to send it, and 全部 lists them."""
    await jianguo.says("附近有网点吗")
    jianguo.expect("位置", "全部")
    await jianguo.says("朝阳")
    jianguo.expect("“+”", "全部")
    await jianguo.says("全部")
    jianguo.expect(jianguo.world.services.regions["beijing"].outlets[0].name)


def test_the_recent_lines_are_few_and_hold_no_numbers() -> None:
    """Eight lines, each cut, codes and identity numbers struck out; a year and a month stay."""
    talk = Talk()
    for n in range(10):
        talk = remembered(talk, f"第{n}句 11010119800101001X 482913 2024年8月", "x" * 500)
    assert len(talk.recent) == 8
    assert talk.recent[-2] == ("person", "第9句 *** *** 2024年8月")
    assert len(talk.recent[-1][1]) == 160


async def test_a_number_answers_the_question_for_a_mark(jianguo: Chat) -> None:
    """5 alone, or 非常满意, is the mark while one is awaited; without one it is not."""
    world = jianguo.world
    await jianguo.says("5")
    jianguo.expect_not("谢谢您的评价")
    for ref, words in (("11", "5"), ("12", "非常满意")):
        async with world.store.transaction() as tx:
            await ask_for_mark(
                tx, world.services, jianguo.openid, MarkRequest("thread", ref, "beijing", "人工服务", world.clock.now())
            )
        await jianguo.says("取消")
        await jianguo.says(words)
        jianguo.expect("谢谢您的评价")


async def test_a_number_beyond_the_list_keeps_the_list(chat: Chat) -> None:
    """9 of three: the list is shown again with what may be said, and 1 still means its first entry."""
    await chat.says("社保卡坏了")
    chat.expect("1 北京", "3 济南")
    await chat.says("9")
    chat.expect("没有第 9 项", "1 到 3", "1 北京")
    await chat.says("1")
    chat.expect("卡坏了可以在这里换卡")


async def test_who_is_insured_nowhere_yet_is_asked_where_before_the_staff(chat: Chat) -> None:
    """A visitor who wants a person: first the region, then the staff of that region."""
    await chat.says("人工")
    chat.expect("您在哪里参保", "1 北京", "2 滨州")
    await chat.says("1")
    chat.expect("已经为您转人工")
    async with chat.world.store.reading() as tx:
        thread = await tx.threads.of_chat(chat.openid)
    assert thread is not None
    assert thread.region == "beijing"
