"""解挂: yes, a code, done once; never while a hold is in force (S16), never while a new card is being made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.ports.records import Hold
from tests import people
from tests.cards.conftest import at, card_of, set_card, steps_of, texts, told, xiuying_of
from tests.conversations.conftest import Chat, World


async def _lost(world: World) -> None:
    await set_card(world, world.ids.xiuying, status="lost", lost_at=at(2024, 9, 10), lost_until=at(2024, 9, 25))


async def test_a_found_card_works_again_after_yes_and_a_code(world: World, xiuying: Chat) -> None:
    """解挂 → 确认 → code: active, a finished case with its paper, an SMS."""
    await _lost(world)
    await xiuying.says("卡找到了")
    xiuying.expect("要解除挂失的社保卡：****1234", "1 确认解挂", "2 先不解挂", "银行")
    await xiuying.says("1")
    xiuying.expect("验证码")
    assert (await card_of(world, world.ids.xiuying)).status == "lost"
    await xiuying.says(world.outside.code(people.COUPLE_PHONE))
    xiuying.expect("解挂成功", "业务流水号", "1 下载解挂回执")
    card = await card_of(world, world.ids.xiuying)
    assert (card.status, card.lost_at, card.lost_until) == ("active", None, None)
    assert await steps_of(world, world.ids.xiuying) == [("解挂", "正常使用")]
    assert any("解除挂失" in text for text in texts(world, people.COUPLE_PHONE))
    await xiuying.says("1")
    xiuying.expect("社保卡解挂回执")


async def test_saying_no_leaves_it_lost(world: World, xiuying: Chat) -> None:
    """先不解挂: nothing is sent, nothing changes."""
    await _lost(world)
    sent = len(world.outside.sms)
    await xiuying.says("解挂")
    await xiuying.says("2")
    xiuying.expect("没有解挂", "挂失仍然有效")
    assert len(world.outside.sms) == sent


async def test_a_wrong_code_does_not_lift(world: World, xiuying: Chat) -> None:
    """Nothing happens until the code is right, and a code for 挂失 is none for 解挂."""
    await _lost(world)
    await xiuying.says("解挂")
    await xiuying.says("1")
    code = world.outside.code(people.COUPLE_PHONE)
    await xiuying.says("000000" if code != "000000" else "111111")
    xiuying.expect("验证码不对")
    assert (await card_of(world, world.ids.xiuying)).status == "lost"


async def test_a_card_that_is_not_lost_needs_no_lifting(xiuying: Chat) -> None:
    """解挂 of a card that works."""
    await xiuying.says("解挂")
    xiuying.expect("没有挂失，不用解挂")


async def test_after_the_phone_changed_it_waits(world: World, xiuying: Chat) -> None:
    """S16: a hold until 2024-09-14 15:30 names its end and the other way; the loss stays in force; afterwards it works."""
    await _lost(world)
    async with world.store.transaction() as tx:
        await tx.people.hold(Hold(world.ids.xiuying, at(2024, 9, 14, 15, 30), "预留手机号变更"))
    await xiuying.says("解挂")
    xiuying.expect("预留手机号变更后 72 小时内不能解挂", "2024年9月14日 15:30 以后可以办", "窗口", "挂失现在仍然有效")
    assert (await card_of(world, world.ids.xiuying)).status == "lost"
    world.clock.set(at(2024, 9, 14, 15, 30))
    await xiuying.says("解挂")
    xiuying.expect("1 确认解挂")


async def test_a_new_chat_waits_72_hours_and_the_old_one_does_not(world: World) -> None:
    """S16: whoever binds a second chat cannot lift the loss for 72 hours from 10:02; the first chat's rights stay as they were."""
    first = await xiuying_of(world, "o-first")
    second = await xiuying_of(world, "o-second")
    await _lost(world)
    await second.says("解挂")
    second.expect("新的微信绑定后 72 小时内不能解挂", "2024年9月15日 10:02")
    await first.says("解挂")
    first.expect("1 确认解挂")
    world.clock.set(at(2024, 9, 15, 10, 2))
    await second.says("解挂")
    second.expect("1 确认解挂")


async def test_the_wait_stays_when_the_old_chat_leaves(world: World) -> None:
    """Whoever gets the first chat to unfollow gains nothing: the hold was decided when the second one was bound, until 10:02."""
    first, second = await xiuying_of(world, "o-first"), await xiuying_of(world, "o-second")
    await _lost(world)
    await first.leaves()
    await second.says("解挂")
    second.expect("72 小时内不能解挂", "2024年9月15日 10:02")


async def test_the_wait_does_not_turn_against_the_old_chat(world: World) -> None:
    """The first chat unbinds and logs in again while the second one is there: it lifts at once, the second one still waits."""
    first, second = await xiuying_of(world, "o-first"), await xiuying_of(world, "o-second")
    await _lost(world)
    await first.says("解除绑定")
    await first.says("1")
    world.clock.advance(300)
    await first.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    world.clock.advance(120)
    await first.says("解挂")
    first.expect("1 确认解挂")
    await second.says("解挂")
    second.expect("72 小时内不能解挂", "2024年9月15日 10:02")


async def test_unbinding_and_binding_again_keeps_the_wait(world: World) -> None:
    """The second chat leaves the person and comes back: it waits until 10:02 as before, not longer, not shorter."""
    await xiuying_of(world, "o-first")
    second = await xiuying_of(world, "o-second")
    await _lost(world)
    await second.says("解除绑定")
    await second.says("1")
    world.clock.advance(300)
    await second.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    world.clock.advance(120)
    await second.says("解挂")
    second.expect("72 小时内不能解挂", "2024年9月15日 10:02")


@pytest.mark.parametrize(("later", "waits"), [(timedelta(hours=71, minutes=59), True), (timedelta(hours=72), False)])
async def test_a_chat_that_follows_one_that_was_unbound_waits(world: World, later: timedelta, waits: bool) -> None:
    """Nobody else is bound, but somebody was: within 72 hours that is a change of chat as well; after that it is none."""
    first = await xiuying_of(world, "o-first")
    await _lost(world)
    await first.says("解除绑定")
    await first.says("1")
    world.clock.advance(later.total_seconds())
    second = await xiuying_of(world, "o-second")
    await second.says("解挂")
    second.expect("72 小时内不能解挂" if waits else "1 确认解挂")


async def test_a_first_chat_never_waits(world: World, xiuying: Chat) -> None:
    """Somebody who had no chat before can lift at once."""
    await _lost(world)
    await xiuying.says("解挂")
    xiuying.expect("1 确认解挂")


async def test_a_hold_that_begins_before_the_code_stops_it(world: World, xiuying: Chat) -> None:
    """The phone was changed between the question and the code: the right code does not lift."""
    await _lost(world)
    await xiuying.says("解挂")
    await xiuying.says("1")
    async with world.store.transaction() as tx:
        await tx.people.hold(Hold(world.ids.xiuying, world.clock.now() + timedelta(hours=72), "预留手机号变更"))
    await xiuying.says(world.outside.code(people.COUPLE_PHONE))
    xiuying.expect("不能解挂")
    assert (await card_of(world, world.ids.xiuying)).status == "lost"


async def test_the_other_chat_is_told(world: World) -> None:
    """A loss that is lifted from one chat is told to the other at once."""
    first = await xiuying_of(world, "o-first")
    second = await xiuying_of(world, "o-second")
    await _lost(world)
    world.outside.pushed.clear()
    await first.says("解挂")
    await first.says("1")
    await first.says(world.outside.code(people.COUPLE_PHONE))
    assert any("解除挂失" in text for text in told(world, second.openid))
    assert told(world, first.openid) == []


async def test_in_beijing_the_guide_says_what_to_do(world: World, jianguo: Chat) -> None:
    """北京: 解挂 is not here; where to ask."""
    await set_card(world, world.ids.jianguo, status="lost", lost_at=at(2024, 9, 10))
    await jianguo.says("解挂")
    jianguo.expect("以经办机构答复为准", "12333")
    jianguo.expect_not("手册")
    assert (await card_of(world, world.ids.jianguo)).status == "lost"


async def test_another_persons_card_is_never_lifted(world: World) -> None:
    """S11: 王德福 shares the phone with 李秀英; his 解挂 looks at his own card, which works."""
    await _lost(world)
    chat = Chat(world)
    await chat.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await chat.says("解挂")
    chat.expect("****5678", "没有挂失")
