"""SMS log-in (BJQ-L-02) and the account: targets.md S6–S10, S14–S16."""

from __future__ import annotations

from handlers.captcha import Challenge
from storage.vault import Vault
from tests import people
from tests.accounts.conftest import worked_out
from tests.conversations.conftest import PUBLIC, Chat, World, build

LAST4 = people.JIANGUO.id_no[-4:]


async def test_a_person_logs_in_and_is_greeted_by_a_masked_name(chat: Chat) -> None:
    """Consent, phone, code, last four: then the chat speaks for the person."""
    await chat.says("登录")
    chat.expect("您同意吗", "1 同意", "2 不同意", "不会要密码")
    await chat.says("1")
    chat.expect("手机号")
    await chat.says(people.JIANGUO_PHONE)
    chat.expect("199****0001", "5 分钟")
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    chat.expect("后四位")
    await chat.says(LAST4)
    chat.expect("登录成功", "张*国", "北京")
    chat.expect_not("张建国", people.JIANGUO.id_no)


async def test_what_was_wished_before_the_log_in_goes_on_after_it(chat: Chat) -> None:
    """查去年的养老缴费 from a visitor: log in first, then the answer, without asking again."""
    await chat.says("查去年的养老缴费")
    chat.expect("要先登录", "您同意吗")
    await chat.says("同意")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    await chat.says(LAST4)
    chat.expect("登录成功", "2023年1月 至 2023年12月", "养老保险缴了 11 个月")


async def test_refusing_consent_binds_nothing_and_sends_nothing(chat: Chat) -> None:
    """不同意 ends it; no phone is asked for."""
    await chat.says("登录")
    await chat.says("2")
    chat.expect("没有登录")
    assert chat.world.outside.sms == []


async def test_a_wrong_phone_costs_one_more_line(chat: Chat) -> None:
    """What cannot be a phone is explained, and the question stays."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says("12345")
    chat.expect("手机号")
    await chat.says("199 0000-0001")
    chat.expect("199****0001")


async def test_a_full_identity_number_is_refused_in_chat(chat: Chat) -> None:
    """Nobody is made to believe that the full number belongs in a chat."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    await chat.says(people.JIANGUO.id_no)
    chat.expect("请不要在聊天里发完整的身份证号", "最后4位")
    await chat.says(LAST4)
    chat.expect("登录成功")


async def test_two_people_with_one_phone_are_told_apart_by_masked_names(chat: Chat) -> None:
    """A couple shares a phone: each is named masked, and the second proof must be of the one chosen."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.COUPLE_PHONE)
    await chat.says(chat.world.outside.code(people.COUPLE_PHONE))
    chat.expect("不止一个人", "李*英", "王*福")
    chat.expect_not("李秀英", "王德福", people.XIUYING.id_no[-4:], people.DEFU.id_no[-4:])
    await chat.says(next(line for line in chat.last.splitlines() if "王*福" in line).split(" ")[0])
    await chat.says(people.XIUYING.id_no[-4:])
    chat.expect("不一致", "还可以试 4 次")
    await chat.says(people.DEFU.id_no[-4:])
    chat.expect("登录成功", "王*福")


async def test_an_unknown_phone_gets_the_same_words_and_no_sms(world: World) -> None:
    """S10: nothing in the answer tells whether a phone is registered."""
    known, unknown = Chat(world, "o-known"), Chat(world, "o-unknown")
    for chat, phone in ((known, people.JIANGUO_PHONE), (unknown, people.NOBODYS_PHONE)):
        await chat.says("登录")
        await chat.says("1")
        await chat.says(phone)
    assert known.last.replace("0001", "9999") == unknown.last
    assert {phone for phone, _ in world.outside.sms} == {people.JIANGUO_PHONE}
    await unknown.says("123456")
    unknown.expect("验证码不对")


async def test_five_wrong_codes_end_the_code_and_the_right_one_comes_too_late(chat: Chat) -> None:
    """S7: five tries a code; the sixth is refused even if it is right, and the next code waits a quarter of an hour."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    right = chat.world.outside.code(people.JIANGUO_PHONE)
    wrong = "000000" if right != "000000" else "111111"
    for left in (4, 3, 2, 1):
        await chat.says(wrong)
        chat.expect(f"还可以试 {left} 次")
    await chat.says(wrong)
    chat.expect("已经失效", "10:15 以后可以回复“重发”")
    await chat.says(right)
    chat.expect_not("后四位")
    chat.world.clock.advance(120)
    await chat.says("重发")
    chat.expect("太频繁", "10:15")


async def test_a_code_lives_five_minutes(chat: Chat) -> None:
    """After that it is dead, and a new one can be sent."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    code = chat.world.outside.code(people.JIANGUO_PHONE)
    chat.world.clock.advance(300)
    await chat.says(code)
    chat.expect("失效", "重发")
    await chat.says("重发")
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    chat.expect("后四位")


async def test_a_code_of_another_chat_is_never_accepted(world: World) -> None:
    """S9: the digits work only for the chat that they were made for."""
    victim, thief = Chat(world, "o-victim"), Chat(world, "o-thief")
    await victim.says("登录")
    await victim.says("1")
    await victim.says(people.JIANGUO_PHONE)
    code = world.outside.code(people.JIANGUO_PHONE)
    await thief.says("登录")
    await thief.says("1")
    await thief.says(people.NOBODYS_PHONE)
    await thief.says(code)
    thief.expect_not("后四位")


async def test_a_second_code_within_a_minute_is_not_sent(chat: Chat) -> None:
    """S6: one a minute to a phone; the person is told when."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says("重发")
    chat.expect("10:01")
    assert len(chat.world.outside.sms) == 1
    chat.world.clock.advance(60)
    await chat.says("重发")
    assert len(chat.world.outside.sms) == 2


async def test_the_fourth_code_of_a_day_needs_a_captcha(chat: Chat) -> None:
    """After the third request a page with a picture stands before the next code."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    for _ in range(2):
        chat.world.clock.advance(61)
        await chat.says("重发")
    chat.world.clock.advance(61)
    await chat.says("重发")
    chat.expect("认一认图片", f"{PUBLIC}/c/")
    assert len(chat.world.outside.sms) == 3
    await chat.says("好了")
    chat.expect("认一认图片")
    async with chat.world.store.transaction() as tx:
        question = await chat.world.services.captcha.challenge(tx, chat.openid, in_words=True)
        assert isinstance(question, Challenge)
        await chat.world.services.captcha.answer(tx, chat.openid, question.id, str(worked_out(question.words)))
    await chat.says("好了")
    chat.expect("验证码已经发过去了")
    assert len(chat.world.outside.sms) == 4
    await chat.says("好了")
    chat.expect("6位数字验证码")
    assert len(chat.world.outside.sms) == 4


async def test_digits_without_a_code_are_told_what_is_lacking(chat: Chat) -> None:
    """Another chat has used the codes of this phone up: digits typed all the same have a word that leads on, and it does."""
    for chats in ("o-a", "o-b", "o-c", "o-d", "o-e"):
        other = Chat(chat.world, chats)
        await other.says("登录")
        await other.says("1")
        await other.says(people.JIANGUO_PHONE)
        chat.world.clock.advance(61)
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    chat.expect("验证码要得太频繁了")
    await chat.says("123456")
    chat.expect("验证码还没有发出", "请回复“继续”")
    await chat.says("继续")
    chat.expect("验证码要得太频繁了", "以后可以回复“重发”")


async def test_limits_survive_a_restart(world: World) -> None:
    """A restarted process still knows how many codes went to a phone."""
    chat = Chat(world)
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    again = build(world.store, world.clock, Vault(bytes(range(32))), world.ids)
    other = Chat(again, "o-other")
    other.world.numbers = world.numbers
    await other.says("登录")
    await other.says("1")
    await other.says(people.JIANGUO_PHONE)
    other.expect("一分钟只能发一条", "10:01")
    assert again.outside.sms == []
    world.clock.advance(60)
    await again.settle()
    assert len(again.outside.sms) == 1


async def test_the_last_four_are_locked_after_five_wrong_tries(chat: Chat) -> None:
    """The second proof cannot be guessed: five tries a day, then tomorrow."""
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    wrong = "0000" if LAST4 != "0000" else "1111"
    for _ in range(5):
        await chat.says(wrong)
    chat.expect("今天不能再试")


async def test_another_chat_that_binds_is_told_to_the_first_one(world: World) -> None:
    """S16: whoever is bound already hears at once that somebody else is."""
    first, second = Chat(world, "o-first"), Chat(world, "o-second")
    await first.logs_in(people.JIANGUO_PHONE, LAST4)
    world.clock.advance(120)
    await second.logs_in(people.JIANGUO_PHONE, LAST4)
    told = [shown for openid, shown in world.outside.pushed if openid == "o-first"]
    assert len(told) == 1
    assert "另一个微信" in told[0].text  # type: ignore[union-attr]
    assert any("另一个微信" in text for _, text in world.outside.sms)


async def test_unbinding_ends_it_and_logging_out_keeps_the_binding(chat: Chat) -> None:
    """退出 asks and only ends the log-in; 解绑 ends the binding."""
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    await chat.says("退出")
    chat.expect("要退出", "张*国")
    await chat.says("1")
    chat.expect("已退出")
    async with chat.world.store.reading() as tx:
        assert len(await tx.users.bindings(chat.openid)) == 1
    chat.world.clock.advance(120)
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    await chat.says("解绑")
    await chat.says("1")
    chat.expect("已解除绑定")
    async with chat.world.store.reading() as tx:
        assert await tx.users.bindings(chat.openid) == ()


async def test_unfollowing_deletes_what_belongs_to_the_chat(chat: Chat) -> None:
    """S15: following again, nothing of before is visible."""
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    await chat.leaves()
    async with chat.world.store.reading() as tx:
        assert await tx.users.get(chat.openid) is None
        assert await tx.sessions.load(chat.openid, chat.world.clock.now()) is None
    await chat.follows()
    chat.expect("您好")
    await chat.says("查缴费")
    chat.expect("要先登录")
