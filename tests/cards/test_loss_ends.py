"""临时挂失 ends by itself: the person is told when, warned before, told after; and nothing happens to a card that has changed meanwhile.

滨州: fifteen days, a warning two days before. The clock stands at 2024-09-12 10:02 when the person has logged in.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from handlers.cards.jobs import end, warn
from handlers.wishes import stop_by_sms
from storage.ports.records import Channel
from storage.ports.repositories import Conflict
from tests import people
from tests.cards.conftest import at, card_of, ending, set_card, steps_of, texts, told, xiuying_of
from tests.conversations.conftest import Chat, World

UNTIL = at(2024, 9, 27, 10, 2)


async def _reports(chat: Chat) -> None:
    await chat.says("社保卡丢了")
    await chat.says("1")
    await chat.says(chat.world.outside.code(people.COUPLE_PHONE))
    chat.expect("挂失成功")


async def test_the_end_is_told_to_the_minute_before_and_after(world: World, xiuying: Chat) -> None:
    """The question and the answer both name 2024-09-27 10:02; the card carries that very moment."""
    await xiuying.says("挂失")
    xiuying.expect("临时挂失 15 天，到 2024年9月27日 10:02 自动恢复使用", "提前 2 天")
    xiuying.expect_not("手册")
    await xiuying.says("1")
    await xiuying.says(world.outside.code(people.COUPLE_PHONE))
    xiuying.expect("临时挂失到 2024年9月27日 10:02 为止", "发卡银行", "解挂")
    assert (await card_of(world, world.ids.xiuying)).lost_until == UNTIL
    assert any("2024年9月27日 10:02 自动恢复" in text for text in texts(world, people.COUPLE_PHONE))


async def test_it_can_be_reported_at_any_hour(world: World) -> None:
    """03:20 in the night of the 4th, when every window is shut."""
    world.clock.set(at(2024, 10, 4, 3, 18))
    chat = await xiuying_of(world)
    await _reports(chat)
    assert (await card_of(world, world.ids.xiuying)).lost_until == at(2024, 10, 19, 3, 20)


async def test_the_other_chats_are_told_at_once_and_this_one_is_not_told_twice(world: World) -> None:
    """Two chats of one person: the second learns of what the first did."""
    first = await xiuying_of(world, "o-first")
    second = await xiuying_of(world, "o-second")
    world.outside.pushed.clear()
    await _reports(second)
    assert any("已于 2024年9月12日" in text and "挂失" in text for text in told(world, first.openid))
    assert told(world, second.openid) == []


async def test_two_days_before_the_person_is_warned_once(world: World, xiuying: Chat) -> None:
    """On 2024-09-25 10:02: when it ends, and what to do if the card is still missing; a job that runs twice says it once."""
    await _reports(xiuying)
    world.clock.set(UNTIL - timedelta(days=2, minutes=1))
    await world.settle()
    assert told(world, xiuying.openid) == []
    world.clock.advance(60)
    await world.settle()
    (text,) = told(world, xiuying.openid)
    assert "9月27日 10:02 到期，到时自动恢复使用" in text
    assert "补卡" in text
    await warn(world.store, world.services, ending(world.ids.xiuying, UNTIL))
    await world.settle()
    assert len(told(world, xiuying.openid)) == 1
    assert (await card_of(world, world.ids.xiuying)).status == "lost"


async def test_at_the_end_the_card_works_again_and_the_person_is_told(world: World, xiuying: Chat) -> None:
    """At 10:01 it is lost, at 10:02 it works; the event is noted, and doing it twice does it once."""
    await _reports(xiuying)
    world.clock.set(UNTIL - timedelta(minutes=1))
    await world.settle()
    assert (await card_of(world, world.ids.xiuying)).status == "lost"
    world.clock.set(UNTIL)
    await world.settle()
    card = await card_of(world, world.ids.xiuying)
    assert (card.status, card.lost_at, card.lost_until) == ("active", None, None)
    assert "2024年9月27日 10:02 到期，恢复使用" in told(world, xiuying.openid)[-1]
    assert not any("到期，恢复使用" in text for text in texts(world, people.COUPLE_PHONE)), "the chat has it"
    assert await steps_of(world, world.ids.xiuying) == [("挂失", "已挂失"), ("临时挂失到期", "正常使用")]
    count = len(told(world, xiuying.openid))
    await end(world.store, world.services, ending(world.ids.xiuying, UNTIL))
    await world.settle()
    assert len(told(world, xiuying.openid)) == count
    assert len(await steps_of(world, world.ids.xiuying)) == 2


async def _ends_without_a_chat(world: World, chat: Chat) -> list[str]:
    """The chat leaves after the report; what the phone got by the end, of that."""
    await _reports(chat)
    await chat.leaves()
    world.clock.set(UNTIL)
    await world.settle()
    return [text for text in texts(world, people.COUPLE_PHONE) if "到期，恢复使用" in text]


async def test_who_has_no_chat_is_told_by_sms_with_the_way_to_stop_it(world: World, xiuying: Chat) -> None:
    """One short message of P-CARD, by the ledger: TD in answer stops the next one."""
    (text,) = await _ends_without_a_chat(world, xiuying)
    assert text.endswith("回TD退订")
    async with world.store.transaction() as tx:
        (row, *_) = await tx.notices.of_person(world.ids.xiuying, "P-CARD")
        assert (row.channel, row.recipient) == (Channel.SMS, "")
        await stop_by_sms(tx, people.COUPLE_PHONE, world.clock.now())
        assert "P-CARD" in await tx.wishes.stopped(person_id=world.ids.xiuying)


async def test_a_chat_that_cannot_be_reached_is_followed_by_sms(world: World, xiuying: Chat) -> None:
    """The platform refuses it: the phone has it, once."""
    await _reports(xiuying)
    world.outside.refuse = frozenset({Channel.CHAT})
    world.clock.set(UNTIL)
    await world.settle()
    assert len([text for text in texts(world, people.COUPLE_PHONE) if "到期，恢复使用" in text]) == 1


async def test_news_of_the_card_that_were_stopped_are_not_told(world: World, xiuying: Chat) -> None:
    """退订 of 社保卡提醒: neither chat nor phone; the card works again all the same."""
    async with world.store.transaction() as tx:
        await tx.wishes.stop("P-CARD", person_id=world.ids.xiuying)
    assert await _ends_without_a_chat(world, xiuying) == []
    assert told(world, xiuying.openid) == []
    assert (await card_of(world, world.ids.xiuying)).status == "active"


async def test_the_end_of_a_report_made_at_night_is_told_in_the_morning(world: World) -> None:
    """Reported at 03:20: the warning and the end wait until 08:00, the report itself is told to the other chat at once."""
    other = await xiuying_of(world, "o-other")
    world.clock.set(at(2024, 10, 4, 3, 18))
    chat = await xiuying_of(world, "o-own")
    world.outside.pushed.clear()
    await _reports(chat)
    assert len(told(world, other.openid)) == 1
    for day, said in ((17, "到时自动恢复使用"), (19, "到期，恢复使用")):
        world.outside.pushed.clear()
        world.clock.set(at(2024, 10, day, 3, 30))
        await world.settle()
        assert told(world, chat.openid) == []
        world.clock.set(at(2024, 10, day, 8, 0))
        await world.settle()
        assert [said in text for text in told(world, chat.openid)] == [True]
        assert not any(said in text for text in texts(world, people.COUPLE_PHONE))


async def test_a_report_that_became_formal_does_not_end(world: World, xiuying: Chat) -> None:
    """正式挂失 at a window in between: neither warning nor end."""
    await _reports(xiuying)
    await set_card(world, world.ids.xiuying, lost_until=None)
    world.clock.set(UNTIL + timedelta(days=1))
    await world.settle()
    assert (await card_of(world, world.ids.xiuying)).status == "lost"
    assert told(world, xiuying.openid) == []


async def test_a_second_report_is_not_ended_by_the_first_ones_job(world: World, xiuying: Chat) -> None:
    """Lost, found and lifted on the 15th, lost again: the end of the first report passes, that of the second counts."""
    await _reports(xiuying)
    world.clock.set(at(2024, 9, 15, 9, 0))
    await xiuying.says("解挂")
    await xiuying.says("1")
    await xiuying.says(world.outside.code(people.COUPLE_PHONE))
    xiuying.expect("解挂成功")
    world.clock.advance(120)
    await _reports(xiuying)
    world.clock.set(UNTIL + timedelta(minutes=1))
    await world.settle()
    assert (await card_of(world, world.ids.xiuying)).status == "lost"
    world.clock.set(at(2024, 9, 30, 9, 2))
    await world.settle()
    assert (await card_of(world, world.ids.xiuying)).status == "active"


async def test_two_workers_end_it_once(world: World, xiuying: Chat) -> None:
    """The same job in two workers at the same moment: one end, one event, one message."""
    await _reports(xiuying)
    world.clock.set(UNTIL)
    payload = ending(world.ids.xiuying, UNTIL)
    results = await asyncio.gather(*(end(world.store, world.services, payload) for _ in range(4)), return_exceptions=True)
    assert all(one is None or isinstance(one, Conflict) for one in results)
    await world.settle()
    assert [text for text in told(world, xiuying.openid) if "恢复使用。" in text and "到期，恢复" in text] != []
    assert len([text for text in told(world, xiuying.openid) if "到期，恢复" in text]) == 1
    assert (await steps_of(world, world.ids.xiuying)).count(("临时挂失到期", "正常使用")) == 1


async def test_a_lost_card_says_until_when(world: World, xiuying: Chat) -> None:
    """挂失 a second time: lost since when, until when, how to lift it."""
    await _reports(xiuying)
    await xiuying.says("挂失")
    xiuying.expect("2024年9月12日 10:02 已经挂失了", "到 2024年9月27日 10:02 自动恢复", "解挂")


async def test_a_card_that_changed_between_question_and_code_is_not_reported(world: World, xiuying: Chat) -> None:
    """Another chat reported it while the code was on its way: told so, nothing is done twice, the code is not wasted on an error."""
    await xiuying.says("挂失")
    await xiuying.says("1")
    await set_card(world, world.ids.xiuying, status="lost", lost_at=world.clock.now())
    await xiuying.says(world.outside.code(people.COUPLE_PHONE))
    xiuying.expect("已经挂失了，不用再办")
    async with world.store.reading() as tx:
        assert await tx.cases.of_person(world.ids.xiuying) == ()


async def test_the_end_is_told_at_the_minute_of_the_beginning(world: World, xiuying: Chat) -> None:
    """Reported at 10:06:40: from 10:06, until 10:06 a fortnight and a day later."""
    world.clock.set(at(2024, 9, 12, 10, 6) + timedelta(seconds=40))
    await xiuying.says("挂失")
    xiuying.expect("到 2024年9月27日 10:06 自动恢复")
    await xiuying.says("1")
    await xiuying.says(world.outside.code(people.COUPLE_PHONE))
    xiuying.expect("2024年9月12日 10:06 起生效", "临时挂失到 2024年9月27日 10:06 为止")
    assert (await card_of(world, world.ids.xiuying)).lost_until == at(2024, 9, 27, 10, 6)
