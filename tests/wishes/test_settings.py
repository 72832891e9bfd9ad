"""提醒设置: what is on, and each thing that can be changed, with what people type wrong first."""

from __future__ import annotations

from datetime import time

import pytest

from storage.ports.records import Preferences
from tests import people
from tests.conversations.conftest import Chat, World
from tests.wishes.conftest import stopped

WORD = "葡萄架下"


async def _kept(world: World, openid: str = "o-one") -> Preferences:
    async with world.store.reading() as tx:
        return await tx.wishes.of(openid)


async def test_the_settings_say_what_is_on(chat: Chat) -> None:
    """In one short answer, with numbers for what can be changed; by words, from the menu, and by its key."""
    await chat.says("提醒设置")
    chat.expect(
        "免打扰：21:00 到第二天 08:00", "短信：微信收不到时会发", "暗号：没有设", "停了的提醒：没有，都开着", "1 免打扰时间"
    )
    settings = chat.last
    await chat.presses("P_REMIND")
    assert chat.last == settings
    await chat.says("菜单")
    number = next(line.split()[0] for line in chat.last.splitlines() if line.endswith("提醒设置"))
    await chat.says(number)
    assert chat.last == settings


async def test_quiet_hours_in_ones_own_words(chat: Chat, world: World) -> None:
    """What cannot be read is asked again with what is wrong; what can is kept and told."""
    await chat.says("提醒设置")
    await chat.says("1")
    chat.expect("现在是：21:00 到第二天 08:00", "3 不要免打扰")
    await chat.says("睡觉的时候")
    chat.expect("没看懂这个时间", "晚上9点到早上8点")
    await chat.says("9点到8点")
    chat.expect("写清是早上还是晚上")
    await chat.says("全天")
    chat.expect("什么提醒都收不到了", "退订")
    await chat.says("晚上十点半到早上六点")
    chat.expect("22:30 到第二天 06:00 不打扰您")
    kept = await _kept(world)
    assert (kept.quiet_from, kept.quiet_to) == (time(22, 30), time(6, 0))
    await chat.says("1")
    chat.expect("免打扰：22:30 到第二天 06:00")


async def test_what_one_chat_says_holds_for_the_persons_other_chats(world: World) -> None:
    """免打扰 and 不发短信 said in one; the second shows it, and no SMS stays said after both have left."""
    first, second = Chat(world, "o-first"), Chat(world, "o-second")
    for each in (first, second):
        await each.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
        world.clock.advance(120)
    for words in ("免打扰时间", "晚上十点半到早上六点", "不要短信"):
        await first.says(words)
    await second.says("提醒设置")
    second.expect("免打扰：22:30 到第二天 06:00", "短信：不发")
    await first.leaves()
    await second.leaves()
    async with world.store.transaction() as tx:
        assert await tx.wishes.stopped(person_id=world.ids.shufen) == {"SMS"}
    await first.follows()
    await first.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await first.says("提醒设置")
    first.expect("短信：不发")
    await first.says("短信要不要")
    await first.says("要")
    first.expect("会发短信")
    async with world.store.transaction() as tx:
        assert await tx.wishes.stopped(person_id=world.ids.shufen) == frozenset()


async def test_no_quiet_hours(chat: Chat, world: World) -> None:
    """不要免打扰, by the number beside it."""
    await chat.says("免打扰时间")
    await chat.says("3")
    chat.expect("不设免打扰了")
    kept = await _kept(world)
    assert kept.quiet_from == kept.quiet_to


async def test_words_against_messages_at_night_lead_to_quiet_hours(chat: Chat) -> None:
    """Who is woken wants no menu."""
    await chat.says("半夜不要给我发消息")
    chat.expect("什么时候不要打扰您")


async def test_somebody_abroad_says_where(chat: Chat, world: World) -> None:
    """An unknown place, a country with several zones, the part of it; the local time comes back. 10:00 in Beijing is 22:00 the day before in
    New York (summer time)."""
    await chat.says("我在国外")
    chat.expect("您在哪个国家或城市")
    await chat.says("火星")
    chat.expect("没认出这个地方", "比北京晚13小时")
    await chat.says("美国")
    chat.expect("您在哪一带", "1 美国东部（纽约）", "4 美国西部（洛杉矶）")
    await chat.says("9")
    chat.expect("1 到 6")
    await chat.says("1")
    chat.expect("您那里现在是 9月11日 22:00", "以后按这个时间", "21:00 到第二天 08:00 不打扰您")
    assert (await _kept(world)).zone == "America/New_York"
    await chat.says("提醒设置")
    chat.expect("美国东部（纽约）现在是", "2 换地方，或者回国了")


@pytest.mark.parametrize(
    ("said", "zone", "there"),
    [
        ("我现在住在东京", "Asia/Tokyo", "9月12日 11:00"),
        ("我在温哥华", "America/Vancouver", "9月11日 19:00"),
        ("我在伦敦", "Europe/London", "9月12日 03:00"),
    ],
)
async def test_a_place_that_is_said_at_once(chat: Chat, world: World, said: str, zone: str, there: str) -> None:
    """No question is asked: summer time is that of the place."""
    await chat.says(said)
    chat.expect(f"您那里现在是 {there}")
    assert (await _kept(world)).zone == zone


async def test_who_has_come_home_says_so(chat: Chat, world: World) -> None:
    """回国了: Beijing's time again."""
    await chat.says("我在新加坡")
    await chat.says("我回国了")
    chat.expect("按北京时间", "21:00 到第二天 08:00 不打扰您")
    assert (await _kept(world)).zone == "Asia/Shanghai"


async def test_without_quiet_hours_none_are_promised(chat: Chat) -> None:
    """Abroad and home again: that nights are open is said in a sentence of its own."""
    await chat.says("不要免打扰")
    await chat.says("3")
    for said in ("我在巴黎", "我回国了"):
        await chat.says(said)
        chat.expect("您没有设免打扰，夜里也可能收到提醒。", "改免打扰时间")


async def test_a_place_in_a_sentence_about_the_night_is_kept(chat: Chat, world: World) -> None:
    """我住日本，夜里别给我发: Japan's nights, at once."""
    await chat.says("我住日本，夜里别给我发")
    chat.expect("记下了：日本", "21:00 到第二天 08:00 不打扰您")
    assert (await _kept(world)).zone == "Asia/Tokyo"


async def test_every_month_in_a_sentence(chat: Chat, world: World) -> None:
    """All twelve are kept; 0 is no month and takes nothing away."""
    await chat.says("每个月提醒我")
    chat.expect("好的，每个月提醒您认证一次")
    assert (await _kept(world)).months == tuple(range(1, 13))
    await chat.says("每年几月提醒我")
    await chat.says("0")
    chat.expect("月份只有 1 到 12")
    assert (await _kept(world)).months == tuple(range(1, 13))


async def test_which_reminders_opens_the_list_itself(chat: Chat) -> None:
    """哪些提醒: the kinds, not the settings around them."""
    await chat.says("哪些提醒")
    chat.expect("资格认证提醒（开）", "不能停")


async def test_a_place_at_home_is_nobody_abroad(chat: Chat, world: World) -> None:
    """我在北京 is no wish about time zones."""
    await chat.says("我在北京")
    chat.expect_not("您那里现在是")


async def test_months_of_the_year(chat: Chat, world: World) -> None:
    """A wrong month is told; several are kept; 不用 takes them away."""
    await chat.says("每年几月提醒我")
    chat.expect("每年几月提醒您认证")
    await chat.says("13月")
    chat.expect("月份只有 1 到 12")
    await chat.says("三月和9月")
    chat.expect("每年3月、9月提醒您认证一次")
    assert (await _kept(world)).months == (3, 9)
    await chat.says("每年5月提醒我")
    assert (await _kept(world)).months == (5,)
    await chat.says("提醒设置")
    await chat.says("3")
    await chat.says("不用")
    chat.expect("不按月提醒了")
    assert (await _kept(world)).months == ()


async def test_short_messages_are_wanted_or_not(chat: Chat, world: World) -> None:
    """By number or word; the way that stays open is said."""
    await chat.says("提醒设置")
    await chat.says("4")
    await chat.says("也许吧")
    chat.expect("请回复“要”或“不要”")
    await chat.says("2")
    chat.expect("不发提醒短信了", "验证码和安全提醒还会发")
    assert (await _kept(world)).sms is False
    await chat.says("提醒设置")
    await chat.says("4")
    await chat.says("要")
    assert (await _kept(world)).sms is True


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("蓝", "2 到 8 个字"),
        ("今天天气好得不得了", "2 到 8 个字"),
        ("葡 萄", "不能有空格"),
        ("看t.cn/x", "不能有网址"),
        ("8848", "不能全是数字"),
        ("公安局", "冒充单位"),
        ("社保局老王", "冒充单位"),
        ("葡萄🍇", "只能用汉字和字母"),
        ("蓝色水壶", "太容易猜到"),
    ],
)
async def test_words_that_make_no_secret(chat: Chat, world: World, wrong: str, why: str) -> None:
    """What is wrong is said, and nothing is kept."""
    await chat.says("暗号")
    await chat.says(wrong)
    chat.expect(why)
    assert (await _kept(world)).word == ""
    await chat.says(WORD)
    assert (await _kept(world)).word == WORD


@pytest.mark.parametrize("wrong", [people.SHUFEN.name, "淑芬", "我叫赵淑芬"])
async def test_ones_own_name_is_no_secret(retiree: Chat, world: World, wrong: str) -> None:
    """Whoever writes to her knows it; no example is given that somebody might copy."""
    await retiree.says("暗号")
    retiree.expect_not("例如")
    await retiree.says(wrong)
    retiree.expect("名字别人也知道")
    assert (await _kept(world)).word == ""
    await retiree.says("8848")
    retiree.expect_not("例如", "蓝色水壶")
    await retiree.says(WORD)
    assert (await _kept(world)).word == WORD


async def test_what_the_word_is(chat: Chat, world: World) -> None:
    """Its first character alone; who has forgotten it sets another, by number."""
    await chat.says("我的暗号是什么")
    chat.expect("还没有设暗号", "1 设一个暗号")
    await chat.says("1")
    await chat.says(WORD)
    await chat.says("暗号忘了")
    chat.expect("葡***", "1 重新设暗号", "2 不要暗号了")
    chat.expect_not(WORD)
    await chat.says("2")
    chat.expect("暗号去掉了")
    assert (await _kept(world)).word == ""


async def test_the_word_is_masked_in_the_settings(chat: Chat, world: World) -> None:
    """Only its first character stands there; it can be taken away again."""
    await chat.says("设置暗号")
    await chat.says(WORD)
    chat.expect("正式提醒都带上它", "葡***")
    chat.expect_not(WORD)
    await chat.says("提醒设置")
    chat.expect("暗号：葡***")
    chat.expect_not(WORD)
    await chat.says("5")
    await chat.says("不要")
    chat.expect("暗号去掉了")
    assert (await _kept(world)).word == ""


async def test_the_word_is_not_among_the_lines_that_the_staff_read(chat: Chat, world: World) -> None:
    """What is typed as a secret is struck out of the recent conversation."""
    await chat.says("设置暗号")
    await chat.says(WORD)
    await chat.says("谢谢")
    async with world.store.reading() as tx:
        session = await tx.sessions.load("o-one", world.clock.now())
    assert session is not None
    assert WORD not in session.body.decode()
    assert "谢谢" in session.body.decode()


async def test_single_kinds_are_turned_off_and_on(chat: Chat, world: World) -> None:
    """Only those that may be stopped are in the list; the same number turns it back."""
    await chat.says("提醒设置")
    await chat.says("6")
    chat.expect("资格认证提醒（开）", "办理进度（开）", "不能停")
    chat.expect_not("人工服务（", "安全提醒（", "亲情授权（")
    number = next(line.split()[0] for line in chat.last.splitlines() if "社保卡提醒" in line)
    await chat.says("20")
    chat.expect("1 到 ")
    await chat.says(number)
    chat.expect("“社保卡提醒”停了", "恢复提醒")
    assert await stopped(world, "o-one") == {"P-CARD"}
    await chat.says("1")
    chat.expect("社保卡提醒（已停）")
    await chat.says(number)
    chat.expect("“社保卡提醒”打开了")
    assert await stopped(world, "o-one") == frozenset()


async def test_two_chats_have_their_own_settings(chat: Chat, world: World) -> None:
    """Nothing of one chat's stands in the other's."""
    await chat.says("暗号")
    await chat.says(WORD)
    other = Chat(world, "o-two")
    await other.says("提醒设置")
    other.expect("暗号：没有设")


async def test_changes_are_limited_and_on_record(retiree: Chat, world: World) -> None:
    """Each change is in the audit log under the person; more than sixty in an hour wait."""
    for number in range(60):
        await retiree.says(f"每年{number % 12 + 1}月提醒我")
        retiree.expect("提醒您认证一次")
    await retiree.says("每年1月提醒我")
    retiree.expect("次数太多了")
    async with world.store.reading() as tx:
        subject = await tx.people.identity_hash(world.ids.shufen)
        found = [one for one in await tx.audit.of_subject(subject, 100) if one.action == "prefer"]
    assert len(found) == 60
    assert people.SHUFEN.name not in repr(found)
