"""个人账号 by password on pages (BJQ-L-01, BZ-01…06, BJH-M-17)."""

from __future__ import annotations

import re

import pytest

from bot.console.passwords import Argon
from handlers.accounts.office import AccountOffice
from storage.ports.records import Person
from tests import people
from tests.accounts.conftest import BETTER, COMPUTER_NO, GOOD, House, worked_out
from tests.conversations.conftest import Chat
from tests.pages.world import Answer, Browser


async def test_register_on_a_page_then_log_in_by_password(house: House) -> None:
    """The whole way of BJH-M-17 and BJQ-L-01: the chat gives links, the page takes what is typed, six digits bring it back to the chat."""
    chat = house.chat()
    await house.registered(chat)
    digits = await house.page_digits(chat, people.JIANGUO.id_no, GOOD)
    await chat.says(digits)
    chat.expect("登录成功", "张*国")
    async with house.pages.store.reading() as tx:
        account = await tx.accounts.of_person(house.pages.ids.jianguo)
        bindings = await tx.users.bindings("o-one")
    assert account is not None
    assert account.agreement == "2026-11"
    assert account.register_via == "phone"
    assert account.password_hash.startswith("$argon2id$")
    assert GOOD not in account.password_hash
    assert [one.verified_via for one in bindings] == ["password"]


async def test_the_username_and_the_phone_log_in_as_well(house: House) -> None:
    """用户名/手机号/身份证号: any one of the three (BJQ-L-01); letter case of the 用户名 does not matter."""
    chat = house.chat()
    await house.registered(chat, username="Jianguo80")
    for who in ("jianguo80", people.JIANGUO_PHONE):
        await chat.says(await house.page_digits(chat, who, GOOD))
        chat.expect("登录成功")
        await chat.says("退出")
        await chat.says("1")


async def test_what_was_asked_before_the_log_in_is_answered_after_it(house: House) -> None:
    """Whoever asks for something goes by SMS: nothing in the chat requires a password."""
    chat = house.chat()
    await chat.says("查去年的养老缴费")
    chat.expect("登录")
    chat.expect("不会要密码")


async def test_no_phone_on_file_registers_by_number_and_waits_for_what_is_sensitive(house: House) -> None:
    """Without a reserved phone the numbers alone prove it: no SMS, and 72 hours without sensitive acts (S16)."""
    await _without_phone(house)
    chat = house.chat()
    await chat.says("注册账号")
    await chat.says("1")
    await house.human(chat.openid)
    browser, path, page = await house.open(chat, "去注册")
    path, page = await house.send(browser, path, page, id_no=people.JIANGUO.id_no, number=COMPUTER_NO, agree="yes")
    assert "没有在经办机构留手机号" in page.words
    path, page = await house.send(browser, path, page, new=GOOD, again=GOOD)
    assert "账号注册好了" in page.words
    assert "72 小时" in page.words
    await chat.says(await house.page_digits(chat, people.JIANGUO.id_no, GOOD))
    chat.expect("登录成功")
    async with house.pages.store.reading() as tx:
        (binding,) = await tx.users.bindings("o-one")
    assert binding.held_until is not None
    assert (binding.held_until - house.clock.now()).total_seconds() > 71 * 3600
    await chat.says("导出我的数据")
    chat.expect("没有预留手机号", "回复“换手机号”")
    await chat.says("换手机号")
    chat.expect("可以在这里换预留手机号")


async def _without_phone(house: House) -> None:
    async with house.pages.store.transaction() as tx:
        found = people.JIANGUO
        bare = Person(0, found.region, found.name, found.id_no, None, found.gender, found.birth_date, found.person_status)
        await tx.people.put_many([bare])


async def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost(house: House) -> None:
    """Errors name the field; numbers stay, passwords do not."""
    chat = house.chat()
    await chat.says("注册账号")
    await chat.says("1")
    await house.human(chat.openid)
    browser, path, page = await house.open(chat, "去注册")
    path, page = await house.send(browser, path, page, id_no="12345678901234567X", number="99", phone="138")
    assert 'id="e-number"' in page.text
    assert 'id="e-phone"' in page.text
    assert 'id="e-agree"' in page.text
    assert 'value="12345678901234567X"' in page.text
    path, page = await house.send(
        browser, path, page, id_no=people.JIANGUO.id_no, number=COMPUTER_NO, phone=people.JIANGUO_PHONE, agree="yes"
    )
    path, page = await house.send(browser, path, page, code="000000", username="老张", new="12345678", again="87654321")
    assert 'id="e-username"' in page.text
    assert 'id="e-new"' in page.text
    assert "12345678" not in page.text
    assert 'value="老张"' in page.text


async def _at_the_code(house: House) -> tuple[Chat, Browser, str, Answer]:
    """张建国 has filled in the first form of the registration: a code is on its way."""
    chat = house.chat()
    await chat.says("注册账号")
    await chat.says("1")
    await house.human(chat.openid)
    browser, path, page = await house.open(chat, "去注册")
    path, page = await house.send(
        browser, path, page, id_no=people.JIANGUO.id_no, number=COMPUTER_NO, phone=people.JIANGUO_PHONE, agree="yes"
    )
    await house.talks.settle()
    return chat, browser, path, page


async def test_everything_that_is_wrong_is_told_at_once(house: House) -> None:
    """A code of two digits, two passwords that differ and a name with a digit in front: three sentences, in the words of a page; no try is
    lost with them. At the log-in both fields are asked for."""
    chat, browser, path, page = await _at_the_code(house)
    path, page = await house.send(browser, path, page, code="12", username="1ab", new=GOOD, again=BETTER)
    for name in ("code", "username", "again"):
        assert f'id="e-{name}"' in page.text
    assert "验证码是6位数字，您填的是2位" in page.words
    code = house.talks.outside.code(people.JIANGUO_PHONE)
    wrong = "000000" if code != "000000" else "111111"
    path, page = await house.send(browser, path, page, code=wrong, username="", new=GOOD, again=GOOD)
    assert "还可以试 4 次" in page.words
    await chat.says("用密码登录")
    await chat.says("1")
    browser, path, page = await house.open(chat, "去登录")
    path, page = await house.send(browser, path, page)
    assert 'id="e-who"' in page.text
    assert 'id="e-password"' in page.text


async def test_the_digits_of_the_message_stay_until_they_are_wrong(house: House) -> None:
    """Nobody goes back to the message because of a password: the right digits stand there again. Wrong ones do not."""
    _, browser, path, page = await _at_the_code(house)
    code = house.talks.outside.code(people.JIANGUO_PHONE)
    path, page = await house.send(browser, path, page, code=code, new="12345678", again="12345678")
    assert page.form("account")["code"] == code
    page = await browser.get(f"{path}?view=elder")
    path, page = await house.send(browser, path, page, do="next", code=code)
    path, page = await house.send(browser, path, page, username="1ab", new=GOOD, again=GOOD)
    path, page = await house.send(browser, path, page, do="next", username="")
    assert page.form("account")["code"] == code
    path, page = await house.send(browser, path, page, code=str((int(code) + 1) % 1_000_000).zfill(6), new=GOOD, again=GOOD)
    assert page.form("account")["code"] == ""


async def test_the_fourth_message_of_a_day_comes_after_a_picture_on_the_same_page(house: House) -> None:
    """Three codes were asked for and the picture was passed too long ago: the page of the code shows one, and with its answer the next code
    comes. The 用户名 that was typed stays."""
    _, browser, path, page = await _at_the_code(house)
    for _ in range(2):
        house.clock.advance(61)
        path, page = await house.send(browser, path, page, do="again", username="jianguo80")
    assert page.form("account")["username"] == "jianguo80"
    house.clock.advance(11 * 60)
    path, page = await house.send(browser, path, page, do="again", username="jianguo80")
    assert "请先答这一题，再点“重新发送验证码”" in page.words
    assert "data:image/png" in page.text
    path, page = await house.send(browser, path, page, do="words")
    path, page = await house.send(browser, path, page, do="again", answer="99")
    assert "答得不对" in page.words
    question = re.search(r"([零一二三四五六七八九十][加减][零一二三四五六七八九十])等于几", page.words)
    assert question
    path, page = await house.send(browser, path, page, do="again", answer=str(worked_out(question[1])))
    await house.talks.settle()
    assert len([phone for phone, _ in house.talks.outside.sms if phone == people.JIANGUO_PHONE]) == 4
    assert page.form("account")["username"] == "jianguo80"
    code = house.talks.outside.code(people.JIANGUO_PHONE)
    path, page = await house.send(browser, path, page, code=code, new=GOOD, again=GOOD)
    assert "账号注册好了" in page.words


async def test_whoever_gets_no_message_is_told_what_fits(house: House) -> None:
    """Who registers may take the card instead; who has forgotten the password and has another phone now says 换手机号."""
    chat, _, _, page = await _at_the_code(house)
    assert "改用社保卡注册" in page.words
    house.clock.advance(61)
    await chat.says("忘记密码")
    browser, path, page = await house.open(chat, "重设密码")
    path, page = await house.send(browser, path, page, id_no=people.JIANGUO.id_no, phone="139")
    assert "请对一下再填" in page.words
    path, page = await house.send(browser, path, page, id_no=people.JIANGUO.id_no, phone=people.JIANGUO_PHONE)
    assert "回公众号回复“换手机号”" in page.words
    assert "改用社保卡注册" not in page.words


async def test_the_wish_said_again_has_the_link_again(house: House) -> None:
    """Who has lost the page says 用密码登录 once more, and gets its link instead of a reproach."""
    chat = house.chat()
    await house.registered(chat)
    await chat.says("用密码登录")
    await chat.says("1")
    first = chat.link("去登录")
    await chat.says("用密码登录")
    assert chat.link("去登录") != first


async def test_in_large_type_the_questions_come_one_by_one(house: House) -> None:
    """北京 registers in 长辈版: number, card and phone each alone, what was typed goes along, 上一步 goes back; a wrong one is asked again alone.
    Passwords stand together at the end and are never written into a page."""
    chat = house.chat()
    await chat.says("注册账号")
    await chat.says("1")
    await house.human(chat.openid)
    browser, path, _ = await house.open(chat, "去注册")
    page = await browser.get(f"{path}?view=elder")

    def asked() -> list[str]:
        return re.findall(r'<div class="field[^"]*" id="q-(\w+)"', page.text)

    assert asked() == ["id_no"]
    assert "第 1 步，共 4 步" in page.words
    path, page = await house.send(browser, path, page, do="next", id_no="123")
    assert asked() == ["number"]
    path, page = await house.send(browser, path, page, do="back", number=COMPUTER_NO)
    assert asked() == ["id_no"]
    assert 'value="123"' in page.text
    for typed in ({}, {}, {"phone": people.JIANGUO_PHONE}):
        path, page = await house.send(browser, path, page, do="next", **typed)
    assert "用户协议" in page.words
    path, page = await house.send(browser, path, page, agree="yes")
    assert asked() == ["id_no"]
    assert "有 1 处要改" in page.words
    path, page = await house.send(browser, path, page, do="next", id_no=people.JIANGUO.id_no)
    for _ in range(2):
        path, page = await house.send(browser, path, page, do="next")
    path, page = await house.send(browser, path, page)
    assert asked() == ["username"]
    await house.talks.settle()
    path, page = await house.send(browser, path, page, do="next", username="jianguo80")
    assert asked() == ["code", "new", "again"]
    code = house.talks.outside.code(people.JIANGUO_PHONE)
    path, page = await house.send(browser, path, page, code=code, new=GOOD, again="another-one-9")
    assert GOOD not in page.text
    assert asked() == ["code", "new", "again"]
    path, page = await house.send(browser, path, page, code=code, new=GOOD, again=GOOD)
    assert "账号注册好了" in page.words


async def test_the_captcha_can_be_taken_in_words(house: House) -> None:
    """Whoever cannot see the picture gets a question in words on the same form, and what was typed stays."""
    chat = house.chat()
    await chat.says("忘记密码")
    await chat.says("1")
    browser, path, page = await house.open(chat, "重设密码")
    assert "data:image/png" in page.text
    form = {**page.form("account"), "do": "words", "phone": people.JIANGUO_PHONE}
    page = await browser.post(f"{path}/account", form)
    assert "等于几" in page.words
    assert people.JIANGUO_PHONE in page.text
    assert "data:image/png" not in page.text
    path, page = await house.send(browser, path, page, id_no=people.JIANGUO.id_no, phone=people.JIANGUO_PHONE, answer="99")
    assert "答得不对" in page.words


async def test_a_forgotten_password_is_set_anew_by_the_reserved_phone(house: House) -> None:
    """BZ-03: a code to the reserved phone, a new password, and the old one opens nothing any more; the person's other chats are told."""
    chat, other = house.chat(), house.chat("o-two")
    await house.registered(chat)
    house.clock.advance(120)
    await other.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    house.clock.advance(120)
    await chat.says("忘记密码")
    await house.human(chat.openid)
    browser, path, page = await house.open(chat, "重设密码")
    path, page = await house.send(browser, path, page, id_no=people.JIANGUO.id_no, phone=people.JIANGUO_PHONE)
    await house.talks.settle()
    code = house.talks.outside.code(people.JIANGUO_PHONE)
    path, page = await house.send(browser, path, page, code=code, new=BETTER, again=BETTER)
    assert "新密码设好了" in page.words
    await house.talks.settle()
    assert any(openid == "o-two" and "重新设置" in getattr(message, "text", "") for openid, message in house.talks.outside.pushed)
    await chat.says(await house.page_digits(chat, people.JIANGUO.id_no, BETTER))
    chat.expect("登录成功")


async def test_the_password_is_changed_by_who_knows_the_old_one(house: House) -> None:
    """BZ-05: old and new; a wrong old one changes nothing."""
    chat = house.chat()
    await house.registered(chat)
    await chat.says(await house.page_digits(chat, people.JIANGUO.id_no, GOOD))
    await chat.says("改密码")
    browser, path, page = await house.open(chat, "改密码")
    path, page = await house.send(browser, path, page, old="不是这个密码", new=BETTER, again=BETTER)
    assert "原密码不对" in page.words
    path, page = await house.send(browser, path, page, old=GOOD, new=BETTER, again=BETTER)
    assert "密码改好了" in page.words


async def test_the_mail_address_can_be_changed_and_nothing_else_beside_the_phone(house: House) -> None:
    """BZ-06: 邮箱 on a page; the phone goes its own way."""
    chat = house.chat()
    await house.registered(chat)
    await chat.says(await house.page_digits(chat, people.JIANGUO.id_no, GOOD))
    await chat.says("改邮箱")
    chat.expect("换手机号")
    browser, path, page = await house.open(chat, "改邮箱")
    path, page = await house.send(browser, path, page, email="不是邮箱")
    assert 'id="e-email"' in page.text
    path, page = await house.send(browser, path, page, email="name@example.com")
    assert "邮箱改好了" in page.words
    async with house.pages.store.reading() as tx:
        account = await tx.accounts.of_person(house.pages.ids.jianguo)
    assert account is not None
    assert account.email == "name@example.com"
    await chat.says("改邮箱")
    _, _, page = await house.open(chat, "改邮箱")
    assert page.form("account")["email"] == "name@example.com"


@pytest.mark.parametrize(
    "address",
    [
        '"><script>alert(1)</script>@a.cn',
        "=cmd|calc!A0@example.com",
        "+1@example.com",
        "a\x07b@example.com",
        "a\u202eb@example.com",
        "a@-.-",
        "a@example..com",
        "a@-example.com",
        "\U0001f600@example.com",
        "张三@example.com",
        "a@b@example.com",
    ],
)
async def test_what_is_no_mailbox_is_refused(house: House, address: str) -> None:
    """Markup, formulas, control and direction characters, hosts that cannot be: the field says so, nothing is kept."""
    office = AccountOffice(house.pages.store, house.talks.services, Argon(1, 64))
    done = await office.email("o-one", {"person": str(house.pages.ids.jianguo)}, {"email": address})
    assert set(done.wrong) == {"email"}


@pytest.mark.parametrize("address", ["name@example.com", "li.ming+sb@mail.example.com.cn", "8613800@qq.com", "a_b-c@x1.org"])
async def test_mailboxes_as_people_have_them_pass(house: House, address: str) -> None:
    """What stops here is only that nobody is logged in."""
    office = AccountOffice(house.pages.store, house.talks.services, Argon(1, 64))
    done = await office.email("o-one", {"person": str(house.pages.ids.jianguo)}, {"email": address})
    assert set(done.wrong) == {""}


async def test_a_region_without_accounts_says_that_none_is_needed(house: House) -> None:
    """济南's manual is for employers: a person logs in by SMS."""
    chat = house.chat()
    await chat.says("注册账号")
    await chat.says("3")
    chat.expect("济南", "手机验证码")


async def test_residents_get_their_menus_first(house: House) -> None:
    """BJQ-L-08: asked where the choice was not said, and remembered with the chat."""
    chat = house.chat()
    await chat.says("我是城镇职工还是城乡居民")
    chat.expect("1 城镇职工", "2 城乡居民")
    await chat.says("2")
    chat.expect("记下了：城乡居民")
    async with house.pages.store.reading() as tx:
        assert await tx.tickets.get("area|o-one", "area", house.clock.now()) is not None
