"""个人权益记录 is ordered today and ready the next day (BJH-30, BJH-M-18); at the end of a month on the 5th; outside the hours it says so."""

from __future__ import annotations

from datetime import datetime

import pytest

from dialogs.messages import Say
from storage.ports.time import SHANGHAI
from tests.conversations.conftest import Chat, World
from tests.people import COUPLE_PHONE, JIANGUO, JIANGUO_PHONE, XIUYING


@pytest.fixture
async def jianguo(chat: Chat) -> Chat:
    await chat.logs_in(JIANGUO_PHONE, JIANGUO.id_no[-4:])
    return chat


def told(world: World) -> str:
    """The texts that were pushed."""
    return "\n".join(message.text for _, message in world.outside.pushed if isinstance(message, Say))


async def test_ordered_today_it_is_there_the_next_morning(world: World, jianguo: Chat) -> None:
    """In one sentence; 06:00 of the next day it is made and told; 2023: 养老 11 months without May, 单位 8,800.00, 个人 4,400.00."""
    await jianguo.says("定制2023年的权益记录")
    jianguo.expect("定制 2023年1月 至 2023年12月", "1 提交请求")
    await jianguo.says("1")
    jianguo.expect("定制已提交", "2023年1月 至 2023年12月", "明天 06:00 以后可以取")
    await jianguo.says("我的定制")
    jianguo.expect("定制已提交，明天 06:00 以后可取")
    jianguo.expect_not("已做好")
    world.clock.set(datetime(2024, 9, 13, 5, 59, tzinfo=SHANGHAI))
    await world.settle()
    assert "做好了" not in told(world)
    world.clock.set(datetime(2024, 9, 13, 8, 30, tzinfo=SHANGHAI))
    await world.settle()
    assert "您要的《北京市社会保险个人权益记录》做好了" in told(world)
    await jianguo.says("我的定制")
    jianguo.expect("2023年1月 至 2023年12月：已做好")
    assert "/d/" in jianguo.link("打开 2023年1月 至 2023年12月")
    async with world.store.reading() as tx:
        (order,) = await tx.record_orders.of_person(world.ids.jianguo)
        document = await tx.documents.by_serial(order.serial_no)
    assert document is not None
    text = document.snapshot.decode()
    assert '"8800.00"' in text
    assert '"4400.00"' in text


async def test_on_the_last_day_of_a_month_it_is_the_fifth(world: World, jianguo: Chat) -> None:
    """30 September: the window is closed until 5 October 06:00."""
    world.clock.set(datetime(2024, 9, 30, 10, 0, tzinfo=SHANGHAI))
    await jianguo.says("权益记录定制")
    await jianguo.says("今年")
    await jianguo.says("1")
    jianguo.expect("10月5日 06:00 以后可以取")


async def test_the_same_months_are_one_order(world: World, jianguo: Chat) -> None:
    """Said twice, it is ordered once and made once."""
    for _ in range(2):
        await jianguo.says("定制2023年的权益记录")
        await jianguo.says("提交请求")
    jianguo.expect("这段时间的已经定制过了")
    async with world.store.reading() as tx:
        assert len(await tx.record_orders.of_person(world.ids.jianguo)) == 1


async def test_outside_the_hours_it_offers_a_reminder_and_what_is_there_at_once(world: World, jianguo: Chat) -> None:
    """The 3rd of a month: closed until the 5th; nothing is ordered."""
    world.clock.set(datetime(2024, 9, 3, 10, 0, tzinfo=SHANGHAI))
    await jianguo.says("权益记录定制")
    jianguo.expect("现在不在时段内", "9月5日 06:00 开放", "开放时提醒我", "年度对账单")
    async with world.store.reading() as tx:
        assert await tx.record_orders.of_person(world.ids.jianguo) == ()


async def test_who_has_left_meanwhile_gets_nothing(world: World, jianguo: Chat) -> None:
    """The chat is gone when the record would be made: no document, no message."""
    await jianguo.says("定制2023年的权益记录")
    await jianguo.says("1")
    await jianguo.leaves()
    world.clock.set(datetime(2024, 9, 13, 8, 30, tzinfo=SHANGHAI))
    await world.settle()
    assert "做好了" not in told(world)
    async with world.store.reading() as tx:
        (order,) = await tx.record_orders.of_person(world.ids.jianguo)
    assert (order.openid, order.serial_no) == ("", "")


async def test_nothing_ordered_yet_leads_on(jianguo: Chat) -> None:
    """我的定制 without one says so and offers to order."""
    await jianguo.says("我的定制")
    jianguo.expect("您还没有定制过权益记录", "定制权益记录")


async def test_binzhou_prints_its_own(chat: Chat) -> None:
    """滨州 has 个人权益记录单 (BZ-29) in its place."""
    await chat.logs_in(COUPLE_PHONE, XIUYING.id_no[-4:], "李秀英")
    await chat.says("权益记录定制")
    chat.expect("个人权益记录单")


async def test_an_order_is_not_made_without_a_yes(world: World, jianguo: Chat) -> None:
    """不要了 at the question: nothing is ordered."""
    await jianguo.says("定制2023年的权益记录")
    await jianguo.says("2")
    jianguo.expect("没有办理任何事情")
    async with world.store.reading() as tx:
        assert await tx.record_orders.of_person(world.ids.jianguo) == ()


async def test_an_order_that_was_lost_with_its_chat_says_so(world: World, jianguo: Chat) -> None:
    """Unbound before it was made, logged in again afterwards: it has failed, and can be ordered anew."""
    await jianguo.says("定制2023年的权益记录")
    await jianguo.says("1")
    await jianguo.says("解除绑定")
    await jianguo.says("1")
    world.clock.set(datetime(2024, 9, 14, 10, 0, tzinfo=SHANGHAI))
    await world.settle()
    await jianguo.logs_in(JIANGUO_PHONE, JIANGUO.id_no[-4:])
    await jianguo.says("我的定制")
    jianguo.expect("没有做成，请再定制一次")
    jianguo.expect_not("以后可取")
