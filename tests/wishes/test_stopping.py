"""退订 and 恢复提醒: wherever it is said, by kind, with what follows from it."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage.ports.records import Channel, Grant
from storage.ports.time import SHANGHAI
from tests import people
from tests.clock import START
from tests.conversations.conftest import Chat, World
from tests.wishes.conftest import row_sent, stopped


@pytest.mark.parametrize(
    "said",
    ["退订", "TD", "T", "td。", "不要再提醒我", "停止提醒", "别发了", "不要再提醒我了", "不用提醒我了", "别给我发了", "关掉提醒"],
)
async def test_words_that_stop(chat: Chat, said: str) -> None:
    """Each asks which kind, and nothing is stopped unasked."""
    await chat.says(said)
    chat.expect("要停哪一种提醒", "资格认证提醒", "全部提醒")


async def test_stopping_says_what_follows(retiree: Chat, world: World) -> None:
    """Until when the certification is, and the way back; for the person and for the chat."""
    await retiree.says("退订")
    await retiree.says("1")
    retiree.expect("“资格认证提醒”停了", "到期前不会再提醒您，您的认证到2024年9月27日为止", "恢复提醒")
    assert await stopped(world, "o-one") == {"P-CERT"}
    assert await stopped(world, person_id=world.ids.shufen) == {"P-CERT"}
    await retiree.says("提醒设置")
    retiree.expect("停了的提醒：资格认证提醒")


async def test_stopping_when_it_is_overdue(retiree: Chat, world: World) -> None:
    """Due on 27 September, stopped on 7 October: ten days late, and that is what is said."""
    world.clock.set(datetime(2024, 10, 7, 10, 0, tzinfo=SHANGHAI))
    await retiree.says("退订")
    await retiree.says("1")
    retiree.expect("应在2024年9月27日前完成，已经过了 10 天", "不再提醒", "尽快认证")
    retiree.expect_not("到期前")


async def test_being_left_alone_at_night_is_another_way(chat: Chat, world: World) -> None:
    """别再烦我了: a kind to stop, or only the hours; nothing is stopped by the latter."""
    await chat.says("别再烦我了")
    chat.expect("要停哪一种提醒", "4 不停，只改免打扰的时间")
    await chat.says("4")
    chat.expect("没有停", "21:00 到第二天 08:00", "1 改免打扰时间")
    assert await stopped(world, "o-one") == frozenset()


async def test_the_kind_that_came_last_stands_first(retiree: Chat, world: World) -> None:
    """What somebody has just read is what they mean; what cannot be stopped is never offered."""
    await row_sent(world, world.ids.shufen, Channel.SMS, "P-CERT")
    world.clock.advance(60)
    await row_sent(world, world.ids.shufen, Channel.CHAT, "P-CARD", "o-one", "news", "您的社保卡做好了。")
    world.clock.advance(60)
    await row_sent(world, world.ids.shufen, Channel.CHAT, "P-TALK", "o-one", "news", "您好，请说。")
    await retiree.says("TD")
    retiree.expect("1 社保卡提醒", "2 资格认证提醒", "3 全部提醒")
    await retiree.says("一")
    assert await stopped(world, "o-one") == {"P-CARD"}


async def test_what_went_to_the_phone_counts_as_heard(retiree: Chat, world: World) -> None:
    """The person's short message, not another person's."""
    await row_sent(world, world.ids.li, Channel.SMS, "P-PENSION")
    await row_sent(world, world.ids.shufen, Channel.SMS, "P-PAUSED")
    await retiree.says("退订")
    retiree.expect("1 待遇停发、恢复提醒")
    retiree.expect_not("第一笔养老金提醒")


async def test_everything_at_once_and_back(retiree: Chat, world: World) -> None:
    """全部 stops all that may be stopped; 恢复提醒 asks which, by number or 全部."""
    await retiree.says("退订")
    await retiree.says("全部")
    retiree.expect("这些提醒都停了", "到期前不会再提醒您")
    off = await stopped(world, "o-one")
    assert "P-CERT" in off
    assert off.isdisjoint({"P-FAMILY", "P-TALK", "P-SAFE"})
    await retiree.says("退订")
    retiree.expect("都已经停了", "恢复提醒")
    await retiree.says("恢复提醒")
    retiree.expect("要恢复哪一种", "1 全部恢复")
    await retiree.says("资格认证提醒")
    retiree.expect("恢复了：资格认证提醒")
    assert await stopped(world, "o-one", world.ids.shufen) == off - {"P-CERT"}
    await retiree.says("恢复提醒")
    await retiree.says("1")
    assert await stopped(world, "o-one", world.ids.shufen) == frozenset()
    await retiree.says("恢复提醒")
    retiree.expect("没有停过的提醒")


async def test_a_kind_of_ones_own_choice(chat: Chat, world: World) -> None:
    """别的，我自己选 leads to the list."""
    await chat.says("退订")
    await chat.says("20")
    chat.expect("1 到 4")
    await chat.says("3")
    number = next(line.split()[0] for line in chat.last.splitlines() if "缴费订单" in line)
    await chat.says(number)
    chat.expect("“缴费订单”停了")
    assert await stopped(world, "o-one") == {"P-ORDER"}


async def test_a_visitor_stops_for_the_chat_alone(chat: Chat, world: World) -> None:
    """There is no person whose reminders could be stopped, and no date that could be told."""
    await chat.says("退订")
    await chat.says("1")
    chat.expect("请自己记着认证的日子")
    assert await stopped(world, "o-one") == {"P-CERT"}
    assert await stopped(world, person_id=world.ids.shufen) == frozenset()


async def test_a_stop_word_in_mid_dialog_loses_nothing(retiree: Chat) -> None:
    """What was under way is put aside, and can be gone on with."""
    await retiree.says("查缴费")
    await retiree.says("TD")
    retiree.expect("要停哪一种提醒")
    await retiree.says("取消")
    retiree.expect("已取消")


async def test_one_stopped_kind_is_restored_without_a_question(chat: Chat) -> None:
    """There is nothing to choose."""
    await chat.says("退订")
    await chat.says("1")
    await chat.says("恢复提醒")
    chat.expect("恢复了：资格认证提醒")


async def test_what_the_phone_stopped_is_restored_in_the_chat(retiree: Chat, world: World) -> None:
    """The person's own stop, by SMS, is seen and taken back where the person has proved who they are."""
    async with world.store.transaction() as tx:
        await tx.wishes.stop("P-CERT", person_id=world.ids.shufen)
    await retiree.says("提醒设置")
    retiree.expect("停了的提醒：资格认证提醒")
    await retiree.says("恢复提醒")
    assert await stopped(world, person_id=world.ids.shufen) == frozenset()


async def test_a_relatives_chat_stops_nothing_for_the_person(world: World) -> None:
    """A chat that holds a grant and no binding decides for itself alone."""
    async with world.store.transaction() as tx:
        await tx.family.grant(
            Grant(
                0,
                world.ids.shufen,
                "o-kin",
                "女儿",
                frozenset({"remind", "certification"}),
                START.date().replace(year=2025),
                False,
                START,
                "code",
            )
        )
    kin = Chat(world, "o-kin")
    await kin.says("退订")
    await kin.says("1")
    assert await stopped(world, "o-kin") == {"P-CERT"}
    assert await stopped(world, person_id=world.ids.shufen) == frozenset()


async def test_after_log_out_nothing_of_the_person_is_shown_or_changed(retiree: Chat, world: World) -> None:
    """A chat that speaks for nobody stops its own."""
    await retiree.says("退出")
    await retiree.says("1")
    await retiree.says("退订")
    await retiree.says("1")
    retiree.expect_not("2024年9月27日")
    assert await stopped(world, person_id=world.ids.shufen) == frozenset()


async def test_each_stop_is_on_record(retiree: Chat, world: World) -> None:
    """Who, which kind, whose."""
    await retiree.says("退订")
    await retiree.says("1")
    async with world.store.reading() as tx:
        subject = await tx.people.identity_hash(world.ids.shufen)
        found = [(one.action, one.feature, one.result) for one in await tx.audit.of_subject(subject, 20)]
    assert ("stop", "P-CERT", "ok") in found
    assert people.SHUFEN_PHONE not in repr(found)
