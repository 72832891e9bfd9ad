"""Attacks on accounts: guessing, listing who is there, races, foreign links, foreign phones (targets.md S6, S7, S14, S16)."""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import replace
from datetime import timedelta

import pytest
from yarl import URL

from bot.console.passwords import Argon
from handlers.accounts.door import Outcome
from handlers.accounts.office import AccountOffice
from handlers.accounts.passwords import unfit
from handlers.accounts.words import REFUSED
from storage.identity import make
from storage.ports.records import Account, Person
from tests import people
from tests.accounts.conftest import BETTER, COMPUTER_NO, GOOD, House

BEIJING = {"page": "account", "act": "log_in", "stage": "form", "region": "beijing", "request": "r-1"}


class Counting(Argon):
    """The real hasher, with a count of what it was asked."""

    def __init__(self) -> None:
        super().__init__(1, 64)
        self.judged: list[str] = []

    async def fits(self, stored: str, password: str) -> bool:
        self.judged.append(stored)
        return await super().fits(stored, password)


def _office(house: House, hasher: Argon | None = None) -> AccountOffice:
    return AccountOffice(house.pages.store, house.talks.services, hasher or Argon(1, 64))


async def _tries(office: AccountOffice, password: str, who: str = people.JIANGUO.id_no, openid: str = "o-thief") -> Outcome:
    return await office.log_in(openid, BEIJING, {"who": who, "password": password})


async def test_guessing_is_locked_and_the_lock_survives_a_restart(house: House) -> None:
    """Five wrong ones, then even the right one is refused for 15 minutes, in a new process too; the next lock lasts two hours."""
    await house.registered(house.chat())
    for number in range(5):
        assert (await _tries(_office(house), f"错的密码-{number}-号")).wrong
    await house.restart()
    assert REFUSED in (await _tries(_office(house), GOOD, openid="o-other")).wrong[""]
    house.clock.advance(15 * 60 + 1)
    for number in range(5):
        await _tries(_office(house), f"又错的密码-{number}", openid=f"o-{number}")
    house.clock.advance(15 * 60 + 1)
    assert (await _tries(_office(house), GOOD, openid="o-other")).wrong
    house.clock.advance(2 * 3600)
    assert (await _tries(_office(house), GOOD, openid="o-other")).stage["stage"] == "digits"


async def test_ones_own_right_password_forgives_no_guesses_at_the_partners(house: House) -> None:
    """Two people, one phone: whoever guesses at the other's password between right log-ins of their own is locked out of it at the fifth."""
    first, second = house.pages.ids.jianguo, house.pages.ids.shufen
    async with house.pages.store.transaction() as tx:
        known = await tx.people.get(second)
        assert known is not None
        await tx.people.put_many([replace(known, region="beijing", phone=people.JIANGUO_PHONE)])
    hasher = Argon(1, 64)
    await _given(house, first, "beijing", await hasher.made(GOOD))
    await _given(house, second, "beijing", await hasher.made(BETTER))
    office = _office(house)
    for number in range(4):
        assert (await _tries(office, f"猜的密码-{number}-号", people.JIANGUO_PHONE)).wrong
    assert (await _tries(office, GOOD, people.JIANGUO_PHONE)).stage["name"] == "张*国"
    assert (await _tries(office, "猜的密码-5-号", people.JIANGUO_PHONE)).wrong
    assert (await _tries(office, BETTER, people.SHUFEN.id_no, "o-other")).wrong
    assert (await _tries(office, GOOD, people.JIANGUO.id_no, "o-third")).stage["stage"] == "digits"


async def test_right_log_ins_lock_nobody_out(house: House) -> None:
    """A couple with one phone: a dozen right log-ins of the one in a day count against neither the other nor the chat."""
    first, second = house.pages.ids.jianguo, house.pages.ids.shufen
    async with house.pages.store.transaction() as tx:
        known = await tx.people.get(second)
        assert known is not None
        await tx.people.put_many([replace(known, region="beijing", phone=people.JIANGUO_PHONE)])
    hasher = Argon(1, 64)
    await _given(house, first, "beijing", await hasher.made(GOOD))
    await _given(house, second, "beijing", await hasher.made(BETTER))
    for _ in range(12):
        assert (await _tries(_office(house), GOOD, people.JIANGUO_PHONE)).stage["stage"] == "digits"
    assert (await _tries(_office(house), BETTER, people.JIANGUO_PHONE, "o-other")).stage["stage"] == "digits"


async def test_many_tries_at_once_are_as_many_as_one_after_another(house: House) -> None:
    """Twenty wrong ones and then the right one, all at the same moment: five are judged as tries, the right one comes too late."""
    await house.registered(house.chat())
    office = _office(house)
    wrong = [_tries(office, f"错的密码-{number}-号", openid=f"o-{number}") for number in range(20)]
    assert all(one.wrong for one in await asyncio.gather(*wrong))
    assert (await _tries(office, GOOD, openid="o-late")).wrong


async def test_who_is_there_cannot_be_read_from_the_answer_or_the_work(house: House) -> None:
    """Known and unknown names, people with and without an account: the same words, and two passwords are worked out each time."""
    await house.registered(house.chat())
    strangers = [
        people.JIANGUO.id_no,
        people.SHUFEN.id_no,
        make(people.AREA, people.JIANGUO.birth_date, 99),
        people.JIANGUO_PHONE,
        people.NOBODYS_PHONE,
        "nobody88",
    ]
    said, work = set(), set()
    for number, who in enumerate(strangers):
        hasher = Counting()
        outcome = await _tries(_office(house, hasher), "不是这个密码的", who, f"o-{number}")
        said.add(tuple(sorted(outcome.wrong.items())))
        work.add(len(hasher.judged))
    assert said == {(("", REFUSED),)}
    assert work == {2}


async def test_the_time_of_a_refusal_tells_nothing(house: House) -> None:
    """Medians over known and unknown names lie within a few milliseconds (S10); each has a chat of its own, so that no lock tells them apart."""
    await house.registered(house.chat())
    office, loop = _office(house), asyncio.get_running_loop()
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(24):
        for kind, times in took.items():
            if number % 4 == 0:
                async with house.pages.store.transaction() as tx:
                    await office.by_who.forget(tx, f"person:{house.pages.ids.jianguo}")
            who = people.JIANGUO.id_no if kind == "known" else make(people.AREA, people.JIANGUO.birth_date, 100 + number)
            began = loop.time()
            await _tries(office, "不是这个密码的", who, f"o-{kind}-{number}")
            times.append(loop.time() - began)
    assert abs(statistics.median(took["known"]) - statistics.median(took["unknown"])) < 0.05


async def test_forgetting_answers_alike_and_sends_to_the_reserved_phone_alone(house: House) -> None:
    """A foreign phone, a foreign number and the right pair lead to the same stage; one SMS goes out, to the reserved phone."""
    await house.registered(house.chat())
    house.clock.advance(120)
    house.talks.outside.sms.clear()
    pairs = [
        (people.JIANGUO.id_no, "19900007777"),
        (make(people.AREA, people.JIANGUO.birth_date, 99), "19900007778"),
        (people.JIANGUO.id_no, people.SHUFEN_PHONE),
        (people.JIANGUO.id_no, people.JIANGUO_PHONE),
    ]
    params = {**BEIJING, "act": "forgot"}
    stages = []
    for number, (id_no, phone) in enumerate(pairs):
        outcome = await _office(house).forgot(f"o-{number}", params, {"id_no": id_no, "phone": phone})
        stages.append((outcome.stage["stage"], tuple(sorted(outcome.stage)), tuple(outcome.wrong)))
    assert len(set(stages)) == 1
    await house.talks.settle()
    assert [phone for phone, text in house.talks.outside.sms if "验证码" in text] == [people.JIANGUO_PHONE]


async def test_a_reset_by_a_foreign_phone_is_impossible(house: House) -> None:
    """The code of one's own phone opens no other person's password: not with the other's number, not with the other's link."""
    await house.registered(house.chat())
    house.clock.advance(120)
    office, params = _office(house), {**BEIJING, "act": "forgot"}
    mine = await office.forgot("o-thief", params, {"id_no": people.SHUFEN.id_no, "phone": people.SHUFEN_PHONE})
    await house.talks.settle()
    code = house.talks.outside.code(people.SHUFEN_PHONE)
    theirs = await office.forgot("o-thief", params, {"id_no": people.JIANGUO.id_no, "phone": people.SHUFEN_PHONE})
    typed = {"code": code, "new": BETTER, "again": BETTER}
    for stage in (theirs.stage, {**mine.stage, "person": str(house.pages.ids.jianguo)}):
        if stage:
            assert "stage" not in (await office.reset("o-thief", stage, typed)).stage
    async with house.pages.store.reading() as tx:
        account = await tx.accounts.of_person(house.pages.ids.jianguo)
    assert account is not None
    assert await Argon(1, 64).fits(account.password_hash, GOOD)


async def test_a_link_of_another_chat_lets_nobody_in(house: House) -> None:
    """S14: the victim logs in on the page of the thief's link. The thief's chat is bound to nobody without the digits, which the page shows
    to the victim alone; in the victim's own chat they are of no use either."""
    victim, thief = house.chat("o-victim"), house.chat("o-thief")
    await house.registered(victim)
    digits = await house.page_digits(thief, people.JIANGUO.id_no, GOOD)
    await victim.says("用密码登录")
    await victim.says("1")
    await victim.says(digits)
    victim.expect_not("您好！")
    wrong = "000000" if digits != "000000" else "000001"
    for _ in range(5):
        await thief.says(wrong)
    await thief.says(digits)
    thief.expect_not("您好！")
    async with house.pages.store.reading() as tx:
        assert await tx.users.bindings("o-thief") == ()
        assert await tx.users.bindings("o-victim") == ()


async def test_the_digits_are_good_once_and_for_five_minutes(house: House) -> None:
    """Late ones are refused, and used ones too."""
    chat = house.chat()
    await house.registered(chat)
    digits = await house.page_digits(chat, people.JIANGUO.id_no, GOOD)
    house.clock.advance(5 * 60 + 1)
    await chat.says(digits)
    chat.expect("失效")
    chat.expect_not("您好！")


async def test_the_page_of_a_link_is_of_one_browser(house: House) -> None:
    """A second browser sees nothing of it, and a form without our token changes nothing."""
    chat = house.chat()
    await chat.says("用密码登录")
    await chat.says("1")
    await chat.says("1")
    browser, path, page = await house.open(chat, "去登录")
    assert (await house.browser().get(path)).status == 404
    form = {**page.form("account"), "csrf": "0" * 64, "do": "send", "who": "x", "password": "y"}
    assert (await browser.post(f"{path}/account", form)).status == 403
    assert (await house.browser().post(f"{path}/account", page.form("account"))).status == 404


async def test_card_numbers_cannot_be_tried_out(house: House) -> None:
    """Five wrong numbers lock the person's registration by number, from whatever chat; the right one is refused then."""
    office, params = _office(house), {**BEIJING, "act": "register"}
    typed = {"id_no": people.JIANGUO.id_no, "phone": people.JIANGUO_PHONE, "agree": "yes"}
    for number in range(5):
        outcome = await office.register(f"o-{number}", params, {**typed, "number": f"990000000{number}"})
        assert "对不上" in outcome.wrong["number"]
    assert (await office.register("o-last", params, {**typed, "number": COMPUTER_NO})).wrong
    house.clock.advance(15 * 60 + 1)
    assert (await office.register("o-last", params, {**typed, "number": COMPUTER_NO})).stage["stage"] == "secret"


async def test_a_found_card_registers_nobody(house: House) -> None:
    """Number and card number are printed on the card: with a phone on file they are not enough, the code goes to that phone."""
    office = _office(house)
    params = {**BEIJING, "act": "register", "region": "binzhou"}
    typed = {"way": "card", "id_no": people.XIUYING.id_no, "number": "990000001234", "agree": "yes"}
    outcome = await office.register("o-finder", params, typed)
    assert outcome.stage["code"]
    await house.talks.settle()
    assert [phone for phone, _ in house.talks.outside.sms] == [people.COUPLE_PHONE]
    refused = await office.secret("o-finder", outcome.stage, {"code": "123456", "new": GOOD, "again": GOOD})
    assert "验证码不对" in refused.wrong["code"] or refused.wrong


async def test_a_couple_with_one_phone_is_told_apart(house: House) -> None:
    """Two people, one phone, each with a password: the phone finds the one whose password it is; with equal ones the number is asked for."""
    office, hasher = _office(house), Argon(1, 64)
    params = {**BEIJING, "region": "binzhou"}
    for person, word in ((house.pages.ids.xiuying, GOOD), (house.pages.ids.defu, BETTER)):
        await _given(house, person, "binzhou", await hasher.made(word))
    outcome = await office.log_in("o-one", params, {"who": people.COUPLE_PHONE, "password": BETTER})
    assert outcome.stage["name"] == "王*福"
    async with house.pages.store.transaction() as tx:
        account = await tx.accounts.of_person(house.pages.ids.defu)
        assert account is not None
        await tx.accounts.set_password(account.id, await hasher.made(GOOD), house.clock.now(), must_change=False)
    outcome = await office.log_in("o-one", params, {"who": people.COUPLE_PHONE, "password": GOOD})
    assert "身份证号" in outcome.wrong["who"]


async def test_a_given_password_opens_nothing_but_its_change(house: House) -> None:
    """must_change: the page asks for a new one first, and only then shows the digits."""
    hasher, office = Argon(1, 64), _office(house)
    await _given(house, house.pages.ids.jianguo, "beijing", await hasher.made(GOOD), must_change=True)
    outcome = await _tries(office, GOOD)
    assert outcome.stage["stage"] == "renew"
    assert "digits" not in outcome.stage
    done = await office.renew("o-thief", outcome.stage, {"new": BETTER, "again": BETTER})
    assert done.stage["stage"] == "digits"
    again = await office.renew("o-thief", outcome.stage, {"new": GOOD, "again": GOOD})
    assert "已经改过" in again.wrong[""]


async def _given(house: House, person: int, region: str, made: str, *, must_change: bool = False) -> None:
    async with house.pages.store.transaction() as tx:
        await tx.accounts.add(Account(0, person, region, made, "phone", house.clock.now(), "2026-11", must_change=must_change))


async def test_somebody_who_has_died_logs_in_no_more(house: House) -> None:
    """Nobody speaks for them."""
    await house.registered(house.chat())
    found = people.JIANGUO
    async with house.pages.store.transaction() as tx:
        gone = Person(0, found.region, found.name, found.id_no, found.phone, found.gender, found.birth_date, "死亡")
        await tx.people.put_many([gone])
    assert (await _tries(_office(house), GOOD)).wrong


async def test_the_log_in_by_password_tells_the_persons_other_chats(house: House) -> None:
    """S16 as by SMS: the other chat is told at once, and what is sensitive waits 72 hours in the new one."""
    old, new = house.chat("o-old"), house.chat("o-new")
    await old.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    house.clock.advance(120)
    await house.registered(new)
    await new.says(await house.page_digits(new, people.JIANGUO.id_no, GOOD))
    new.expect("登录成功")
    await house.talks.settle()
    assert any(
        openid == "o-old" and "另一个微信上登录" in getattr(message, "text", "") for openid, message in house.talks.outside.pushed
    )
    async with house.pages.store.reading() as tx:
        (binding,) = await tx.users.bindings("o-new")
    assert binding.held_until == binding.bound_at + timedelta(hours=72)


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "12345678",
        "87654321",
        "password",
        "qwertyui",
        "aaaaaaaa",
        "19900000001",
        "a19900000001",
        people.JIANGUO.id_no,
        "Jianguo80",
    ],
)
def test_what_others_guess_first_is_no_password(password: str) -> None:
    """Short ones, rows of keys, common ones, the person's own number, phone and name."""
    assert unfit(password, 8, (people.JIANGUO.id_no, people.JIANGUO_PHONE, "jianguo80"))


def test_a_sentence_is_a_password() -> None:
    """Length is what counts: Chinese words will do."""
    assert unfit("我家门口有两棵枣树", 8, (people.JIANGUO.id_no,)) == ""


async def test_a_foreign_link_is_not_in_the_address(house: House) -> None:
    """The address carries nothing but a random token."""
    chat = house.chat()
    await chat.says("忘记密码")
    await chat.says("1")
    url = URL(chat.link("重设密码"))
    assert url.path.startswith("/p/")
    assert len(url.name) == 32
    assert not url.query
