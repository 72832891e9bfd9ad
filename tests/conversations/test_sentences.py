"""Sentences as people say them: a way named in the question, two wishes at once, money that did not come, who has looked."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from storage.ports.records import Benefit
from storage.ports.time import SHANGHAI
from tests import people
from tests.conversations.conftest import Chat, World

LAST4 = people.SHUFEN.id_no[-4:]


@pytest.mark.parametrize(
    ("said", "way"),
    [
        ("单位怎么认证", "请所在单位协助："),
        ("境外怎么认证", "人在境外："),
        ("我在上海怎么认证", "居住地的社保机构："),
        ("俺娃在国外咋给俺认证", "帮家人刷脸认证："),
        ("我在美国纽约，怎么认证", "人在境外："),
    ],
)
async def test_the_way_that_was_named_comes_at_once(chat: Chat, said: str, way: str) -> None:
    """Then the others, and the own date."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says(said)
    assert chat.last.startswith(way)
    chat.expect("别的办法", "本人用北京通刷脸", "看认证到哪一天")


async def test_who_is_at_home_gets_the_whole_list(chat: Chat) -> None:
    """我在北京 names no way where 北京 is the region."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("我在北京怎么认证")
    chat.expect("2024年9月27日", "1 本人用北京通刷脸")


async def test_a_visitor_logs_in_by_number_and_sees_the_date(chat: Chat) -> None:
    """登录 is among the numbers, and what was asked for comes right after it."""
    await chat.says("资格认证")
    await chat.says("北京")
    number = next(line.split()[0] for line in chat.last.splitlines() if "登录，看认证到哪一天" in line)
    await chat.says(number)
    chat.expect("要先登录")
    await chat.says("1")
    await chat.says(people.SHUFEN_PHONE)
    await chat.says(chat.world.outside.code(people.SHUFEN_PHONE))
    await chat.says(LAST4)
    chat.expect("您的认证到2024年9月27日为止")


async def paused(world: World, reason: str = "") -> None:
    async with world.store.transaction() as tx:
        await tx.certifications.put_benefits([Benefit(world.ids.shufen, "paused", date(2024, 9, 1), reason=reason)])


async def test_money_that_did_not_come_with_an_overdue_certification(chat: Chat) -> None:
    """Ten days late: that is the first sentence, and what to do stands below."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    chat.world.clock.set(datetime(2024, 10, 7, 10, 0, tzinfo=SHANGHAI))
    await paused(chat.world, "未按时认证")
    await chat.says("退休金咋没发")
    assert chat.last.startswith("您的认证应在2024年9月27日前完成，已经过了 10 天")
    chat.expect("从2024年9月1日起暂停发放，登记的原因是：未按时认证", "1 现在怎么认证")
    chat.expect_not("暂时还不能在这里办")


async def test_money_that_did_not_come_while_it_is_paused(chat: Chat) -> None:
    """Not overdue, but paused: since when and why; without a reason on record, whom to ask."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await paused(chat.world)
    await chat.says("我这个月养老金没到账")
    assert chat.last.startswith("您的养老待遇从2024年9月1日起暂停发放，原因没有登记，请问")
    chat.expect("没有过期")
    await chat.says("养老金停发了")
    assert chat.last.startswith("您的养老待遇从2024年9月1日起暂停发放")


async def test_money_that_did_not_come_for_no_reason_we_know(chat: Chat) -> None:
    """Neither is claimed; a visitor is asked to log in, by number."""
    await chat.says("养老金怎么还没来")
    await chat.says("北京")
    chat.expect("1 登录，看看是什么原因")
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("养老金怎么还没来")
    chat.expect("没有查到您的养老待遇停发的登记", "没有过期", "12333")


async def test_two_wishes_in_one_sentence(chat: Chat) -> None:
    """The first is answered, the other is a number below it and keeps its period."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("帮我查认证和去年的养老缴费")
    chat.expect("您的认证到2024年9月27日为止", "接着办：缴费查询")
    number = next(line.split()[0] for line in chat.last.splitlines() if "接着办：" in line)
    await chat.says(number)
    chat.expect("2023")
    chat.expect_not("接着办")


async def test_the_first_of_two_is_the_first_that_was_said(chat: Chat) -> None:
    """先查缴费再挂失: the contributions are asked for, the card waits as a number, and nothing is reported lost."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("先查去年的缴费，再挂失社保卡")
    chat.expect("查了 2023年1月 至 2023年12月 的五险缴费", "接着办：社保卡丢了")


async def test_where_somebody_is_insured_is_asked_with_the_reason(chat: Chat) -> None:
    """我想用密码登录: that it can be done and need not be, why the place is asked, and what was wanted goes on after the answer."""
    await chat.says("我想用密码登录")
    chat.expect("可以用密码登录", "不用密码也行", "您在哪里参保？")
    await chat.says("1")
    chat.expect_not("您在哪里参保？")
    chat.expect("登录")


async def test_the_second_wish_waits_for_the_log_in(chat: Chat) -> None:
    """A visitor is told that it is noted, logs in for the first, and finds the other below it."""
    await chat.says("查去年的养老缴费，还有我的认证记录")
    chat.expect("要先登录", "“认证记录”也记下了")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    await chat.says(people.JIANGUO.id_no[-4:])
    chat.expect("养老保险", "接着办：认证记录")


async def test_a_setting_as_the_second_wish_is_not_changed_unasked(chat: Chat, world: World) -> None:
    """查认证，顺便把短信关了: the date first; the short messages stay until the number is chosen."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("查认证，顺便把短信关了")
    chat.expect("您的认证到2024年9月27日为止", "接着办：短信要不要")
    number = next(line.split()[0] for line in chat.last.splitlines() if "接着办：" in line)
    async with world.store.reading() as tx:
        assert (await tx.wishes.of(chat.openid)).sms is True
    await chat.says(number)
    chat.expect("不发提醒短信了")


async def test_two_settings_in_one_sentence(chat: Chat) -> None:
    """每年3月提醒我，夜里别吵我: the months are kept, the nights are a number."""
    await chat.says("每年3月提醒我，夜里别吵我")
    chat.expect("每年3月提醒您认证一次", "2 接着办：免打扰时间")


async def test_a_call_that_wants_money_is_warned_of(chat: Chat) -> None:
    """Whatever it was said to be about: no ways of certifying, but what we never ask for, and the check."""
    for said in ("有人打电话叫我转账认证", "打电话说我养老金要停是真的吗", "收到短信说我养老金停了，是不是骗子"):
        await chat.says(said)
        chat.expect("我们不会叫您转账", "对方的号码")
        await chat.says("取消")


async def test_a_wish_kept_is_offered_when_the_first_is_given_up(chat: Chat) -> None:
    """取消 ends the first alone."""
    await chat.says("查去年的养老缴费，顺便看看我的认证记录")
    await chat.says("取消")
    chat.expect("已取消", "1 接着办：认证记录")


@pytest.mark.parametrize("said", ["查养老和医疗缴费", "去年和今年的养老缴费", "社保卡丢了"])
async def test_one_wish_is_not_cut_in_two(chat: Chat, said: str) -> None:
    """Two insurances, two years: one question."""
    await chat.says(said)
    chat.expect_not("也记下了", "接着办：")


async def test_who_has_looked(chat: Chat) -> None:
    """By day and kind of person, without a name; a visitor logs in first."""
    await chat.says("谁看过我的信息")
    chat.expect("要先登录")
    await chat.says("取消")
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("认证")
    await chat.says("谁看过我的信息")
    chat.expect("2024年9月12日 您自己，在这个微信（", "1 我的家人", "2 转人工")
    chat.expect_not(people.SHUFEN.name)


async def test_what_was_only_asked_gives_way_to_another_setting(chat: Chat) -> None:
    """设个暗号 in the question for the quiet hours: the word is asked for at once, and taken."""
    await chat.says("免打扰时间")
    await chat.says("设个暗号")
    chat.expect("暗号是您自己定的一个词")
    chat.expect_not("您是想办")
    await chat.says("老槐树")
    chat.expect("暗号记下了")


async def test_who_cannot_handle_a_phone(chat: Chat) -> None:
    """Ways that need none."""
    await chat.says("不会用手机")
    chat.expect("窗口", "1 不用刷脸的认证办法", "2 请家人帮我办", "转人工")


@pytest.mark.parametrize("said", ["社保卡坏了", "我的社保卡读不出来了", "卡断成两截了", "社保卡裂了能换吗", "医保卡消磁了怎么换"])
async def test_a_card_that_is_broken_is_not_asked_what_is_wrong(chat: Chat, said: str) -> None:
    """The words said it: the way to a new card at once; only why the machine refuses it is asked, since the form wants that."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says(said)
    chat.expect("卡坏了可以在这里换卡", "去换卡")
    chat.expect_not("怎么了")


async def test_a_card_that_is_not_broken_is_asked_about(chat: Chat) -> None:
    """没坏 is no trouble of that kind."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("社保卡没有坏，就是想换卡")
    chat.expect_not("卡坏了可以在这里换卡")


async def test_registering_says_where_the_numbers_stand(chat: Chat) -> None:
    """北京 asks for one of three numbers: which of them is on the card, and who knows the others."""
    await chat.says("注册社保账号")
    await chat.says("北京")
    chat.expect("社保卡号印在卡上，12位", "电脑序号10位，不知道的可以问单位", "回复“登录”用验证码")
