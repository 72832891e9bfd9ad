"""S17 from the side of whoever wants more than was given: 0 accepted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dialogs.desk_family import Terms
from handlers.desk import TurnDesk
from handlers.family.standing import NotGranted
from storage.ports.records import Grant, Hold
from tests import people
from tests.conversations.conftest import Chat, World
from tests.family.conftest import Home


async def grants(world: World, person: int) -> tuple[Grant, ...]:
    async with world.store.reading() as tx:
        return await tx.family.of_person(person, world.clock.now().date())


def found_in(folder: Path, text: str) -> bool:
    """Whether a file of the database holds that text."""
    return any(text.encode() in one.read_bytes() for one in folder.glob("world.sqlite*"))


async def asks(chat: Chat, phone: str = people.SHUFEN_PHONE, last_four: str = people.SHUFEN.id_no[-4:]) -> str:
    """我要帮家人, 看资格认证, as the daughter, for a year: up to the code."""
    for words in ("我要帮家人", "2", "1", "1", phone, last_four, "1"):
        await chat.says(words)
    return chat.last


async def test_a_code_is_taken_by_one_of_two(home: Home) -> None:
    """Two chats type it at one moment and both agree: one is granted, the other is told that it is used up."""
    code = await home.invites("2")
    one, other = home.daughter, Chat(home.world, "o-thief")
    for chat in (one, other):
        await chat.says(f"家人码{code}")
        chat.expect("1 愿意")
    texts = await asyncio.gather(one.says("1"), other.says("1"))
    assert sorted("您可以帮" in text for text in texts) == [False, True]
    assert sorted("刚刚被用掉" in text for text in texts) == [False, True]
    assert len(await grants(home.world, home.world.ids.shufen)) == 1


async def test_a_code_is_no_use_twice_or_late(home: Home) -> None:
    """Typed again by anybody it is a wrong one; so is it after a day."""
    code = await home.invites("2")
    await home.daughter.says(f"家人码{code}")
    await home.daughter.says("1")
    thief = Chat(home.world, "o-thief")
    await thief.says(f"家人码{code}")
    thief.expect("不对，或者过期、用过了", "还可以试 4 次")
    late = await home.invites("2")
    home.world.clock.advance(24 * 3600)
    await thief.says(f"家人码{late}")
    thief.expect("不对，或者过期、用过了")
    assert [one.openid for one in await grants(home.world, home.world.ids.shufen)] == [home.daughter.openid]


async def test_codes_cannot_be_found_by_trying(home: Home) -> None:
    """After five wrong ones in a day the right one is refused too; a new day begins anew."""
    code = await home.invites("2")
    wrong = f"{(int(code) + 1) % 100_000_000:08d}"
    thief = Chat(home.world, "o-thief")
    for left in (4, 3, 2, 1):
        await thief.says(f"家人码{wrong}")
        thief.expect(f"还可以试 {left} 次")
    await thief.says(f"家人码{wrong}")
    thief.expect("次数太多了")
    await thief.says(f"家人码{code}")
    thief.expect("次数太多了")
    assert await grants(home.world, home.world.ids.shufen) == ()
    await home.daughter.says(f"家人码{code}")
    home.daughter.expect("赵*芬 想授权您")


async def test_many_chats_together_cannot_try_either(home: Home) -> None:
    """The wrong ones of all chats are counted together: after two hundred within an hour nobody's code is looked at."""
    code = await home.invites("2")
    wrong = f"{(int(code) + 1) % 100_000_000:08d}"
    async with home.world.store.transaction() as tx:
        for number in range(40):
            user = await tx.users.get(home.daughter.openid)
            assert user is not None
            desk = TurnDesk(tx, replace(user, openid=f"o-{number}"), None, home.world.services)
            for _ in range(5):
                assert (await desk.family.invited(wrong)).terms is None
    await home.daughter.says(f"家人码{code}")
    home.daughter.expect("次数太多了")
    home.world.clock.advance(3600)
    await home.daughter.says(f"家人码{code}")
    home.daughter.expect("赵*芬 想授权您")


async def test_nobody_grants_to_themself(home: Home) -> None:
    """Neither the chat that made the code nor another one of the person takes it; asking by the own phone gives nothing either."""
    code = await home.invites("2")
    await home.mother.says(f"家人码{code}")
    home.mother.expect("这是您自己账户的家人码")
    home.world.clock.advance(61)
    await asks(home.mother)
    await home.mother.says(home.world.outside.code(people.SHUFEN_PHONE))
    home.mother.expect("这是您自己的账户")
    assert await grants(home.world, home.world.ids.shufen) == ()


async def test_a_relative_cannot_grant_widen_or_prolong(home: Home) -> None:
    """By the words, and at the port beneath them: with every right that can be given."""
    number = await home.granted("全部", "2024-12-31")
    daughter = home.daughter
    await daughter.says("切换身份")
    await daughter.says("1")
    await daughter.says("添加家人")
    daughter.expect("只能 赵*芬 本人办")
    await daughter.says("我帮的人")
    await daughter.says("3")
    daughter.expect("结束这个授权", "只留一部分", "提前到期")
    await daughter.says("3")
    await daughter.says("2025-06-30")
    daughter.expect("只能提前：现在到2024年12月31日为止")
    before = await grants(home.world, home.world.ids.shufen)
    async with home.world.store.transaction() as tx:
        user = await tx.users.get(daughter.openid)
        assert user is not None
        desk = await TurnDesk.open(tx, user, home.world.services)
        (had,) = before
        assert had.id == number
        assert await desk.family.narrow(replace(had, until=had.until + timedelta(days=1))) is False
        terms = Terms(frozenset({"act"}), "女儿", had.until, False)
        with pytest.raises(NotGranted):
            await desk.family.invite("proof", terms)
        with pytest.raises(LookupError):
            await desk.family.ask(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:], terms, may_wait=False)
        for purpose in ("lift_loss", "relative", "new_phone"):
            with pytest.raises(NotGranted):
                await desk.send_code(purpose, people.SHUFEN_PHONE, may_wait=False)
        with pytest.raises(NotGranted):
            await desk.cards.lift_loss("proof", "key")
        with pytest.raises(NotGranted):
            await desk.unbind()
        with pytest.raises(NotGranted):
            await desk.family.relatives()
    assert await grants(home.world, home.world.ids.shufen) == before


async def test_every_port_asks_for_its_scope(home: Home) -> None:
    """A relative who may only be reminded is turned away at each method, not only in words."""
    await home.granted("1")
    async with home.world.store.transaction() as tx:
        user = await tx.users.get(home.daughter.openid)
        assert user is not None
        desk = await TurnDesk.open(tx, user, home.world.services)
        assert await desk.switch(home.world.ids.shufen) is None  # there is nothing to speak for
        held = replace(user, person_id=home.world.ids.shufen, active_role="relative", region="beijing")
        desk = await TurnDesk.open(tx, held, home.world.services)
        for look in (
            desk.certification(),
            desk.certification_records(1),
            desk.look_up("contributions", {"period": "2024-01..2024-02"}),
            desk.look_up("card_info", {}),
            desk.issue("certification_records", {}, "key"),
            desk.cases(),
            desk.case("202408010000017"),
            desk.case_paper("202408010000017", "key"),
            desk.cards.card(),
            desk.cards.report_lost("proof", "key"),
            desk.orders.mine(),
            desk.orders.form("flexible", {}),
            desk.filings.form("card_replace", {}),
            desk.filings.form("phone_change", {}),
            desk.filings.watch("202408010000017", True),
        ):
            with pytest.raises(NotGranted):
                await look
        assert desk.uses == []


async def test_the_terms_are_those_of_the_message(home: Home) -> None:
    """A code that was sent for one thing is wrong for another: the relative cannot ask for a little and take more."""
    world, chat = home.world, home.daughter
    await asks(chat)
    digits = world.outside.code(people.SHUFEN_PHONE)
    until = world.clock.now().date() + timedelta(days=365)
    async with world.store.transaction() as tx:
        stored = await tx.sessions.load(chat.openid, world.clock.now())
        user = await tx.users.get(chat.openid)
        assert stored is not None
        assert user is not None
        request = stored.body.decode().partition('"code.request":"')[2].partition('"')[0]
        desk = await TurnDesk.open(tx, user, world.services)
        asked = Terms(frozenset({"certification"}), "女儿", until, False)
        four = people.SHUFEN.id_no[-4:]
        for wider in (
            replace(asked, scopes=frozenset({"certification", "benefits"})),
            replace(asked, until=until + timedelta(days=1)),
            replace(asked, label="儿子"),
        ):
            assert not (await desk.family.check(request, people.SHUFEN_PHONE, four, wider, digits)).right
            assert (await desk.family.agreed(request, people.SHUFEN_PHONE, four, wider)).grant is None
        assert not (await desk.check_code(request, "login", digits)).right
        assert (await desk.family.check(request, people.SHUFEN_PHONE, four, asked, digits)).right
    assert await grants(world, world.ids.shufen) == ()


async def test_the_answer_tells_nothing_about_a_phone(world: World, chat: Chat) -> None:
    """S10: a registered phone with the right digits, with wrong ones, and nobody's phone read alike; only the first gets a message."""
    right = await asks(chat)
    other = Chat(world, "o-other")
    world.clock.advance(61)
    wrong = await asks(other, last_four="9999")
    third = Chat(world, "o-third")
    nobody = await asks(third, phone=people.NOBODYS_PHONE)
    assert right == wrong == nobody.replace("199****9999", "199****0003")
    assert [phone for phone, _ in world.outside.sms] == [people.SHUFEN_PHONE]
    for turn in (other, third):
        await turn.says("123456")
        turn.expect("验证码不对", "还可以试 4 次")


async def test_guessing_the_persons_code_ends(world: World, chat: Chat) -> None:
    """Five wrong tries and the code is dead, also for the right digits; the phone then waits as for every other code."""
    await asks(chat)
    digits = world.outside.code(people.SHUFEN_PHONE)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    for _ in range(5):
        await chat.says(wrong)
    await chat.says(digits)
    chat.expect_not("您可以帮")
    world.clock.advance(61)
    await chat.says("重发")
    chat.expect("太频繁")
    assert await grants(world, world.ids.shufen) == ()


async def test_a_new_chat_waits_before_it_grants(home: Home) -> None:
    """S16: for 72 hours a chat that was bound beside another one cannot grant; the relatives there are keep what they have."""
    await home.granted("2")
    home.world.clock.advance(3600)
    thief = Chat(home.world, "o-thief")
    await thief.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await thief.says("添加家人")
    thief.expect("72 小时内不能授权家人", "9月15日")
    await home.daughter.says("看妈妈的认证")
    home.daughter.expect("2024年9月27日")
    home.world.clock.advance(72 * 3600)
    await thief.says("添加家人")
    thief.expect("想让家人帮您做什么")


async def test_after_a_new_phone_nothing_is_granted_by_it(home: Home) -> None:
    """Whoever has taken the phone over asks and answers alone: 72 hours nothing; a 家人码 of before waits as well."""
    code = await home.invites("2")
    async with home.world.store.transaction() as tx:
        now = home.world.clock.now()
        await tx.people.hold(Hold(home.world.ids.shufen, now + timedelta(hours=72), "预留手机号变更"))
    await home.daughter.says(f"家人码{code}")
    await home.daughter.says("1")
    home.daughter.expect("72 小时内不能授权家人")
    home.world.clock.advance(61)
    thief = Chat(home.world, "o-thief")
    await asks(thief)
    await thief.says(home.world.outside.code(people.SHUFEN_PHONE))
    thief.expect("72 小时内不能授权家人")
    assert await grants(home.world, home.world.ids.shufen) == ()


async def test_the_ninth_relative_is_refused(home: Home) -> None:
    """Said to the person before a code is sent, and to the relative who comes with one of before."""
    world = home.world
    code = await home.invites("2")
    until = world.clock.now().date() + timedelta(days=30)
    async with world.store.transaction() as tx:
        for number in range(8):
            made = Grant(
                0, world.ids.shufen, f"o-{number}", "亲戚", frozenset({"remind"}), until, False, world.clock.now(), "code"
            )
            assert await tx.family.grant(made)
    await home.daughter.says(f"家人码{code}")
    await home.daughter.says("1")
    home.daughter.expect("最多 8 位")
    await home.mother.says("添加家人")
    home.mother.expect("最多 8 位", "现在已经满了")


async def test_a_grant_dies_with_the_person(home: Home) -> None:
    """From the moment the death is on record nothing is shown, in mid-conversation too; nothing new is granted."""
    await home.granted("23")
    code = await home.invites("2")
    daughter = home.daughter
    await daughter.says("切换身份")
    await daughter.says("1")
    async with home.world.store.transaction() as tx:
        await tx.people.put_many([replace(people.SHUFEN, person_status="死亡")])
    for words in ("我的认证到什么时候", "认证记录", "查去年的养老缴费", "看妈妈的认证", "我帮的人"):
        await daughter.says(words)
        daughter.expect_not("9月27日", "您能帮的人")
    await daughter.says(f"家人码{code}")
    await daughter.says("1")
    daughter.expect_not("您可以帮 赵*芬")
    assert await grants(home.world, home.world.ids.shufen) == ()


async def test_a_dialog_that_was_begun_ends_with_the_grant(home: Home) -> None:
    """The person takes it back while the relative is answering questions: the next answer is refused."""
    await home.granted("34")
    daughter = home.daughter
    await daughter.says("切换身份")
    await daughter.says("1")
    await daughter.says("查缴费")
    async with home.world.store.transaction() as tx:
        (held,) = await tx.family.of_chat(daughter.openid, home.today)
        assert await tx.family.change(replace(held, scopes=frozenset({"act"})))
    await daughter.says("2024年1月到2024年6月")
    daughter.expect("没有“看缴费和待遇”")
    async with home.world.store.transaction() as tx:
        assert await tx.family.end(held.id, "person", home.world.clock.now())
    await daughter.says("进度")
    daughter.expect("亲情授权已经结束，现在不为任何人办理")


async def test_another_chats_grant_looks_like_none(home: Home) -> None:
    """By its number: neither changed nor ended by a chat that is no side of it."""
    number = await home.granted("2")
    stranger = Chat(home.world, "o-stranger")
    await stranger.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    async with home.world.store.transaction() as tx:
        user = await tx.users.get(stranger.openid)
        assert user is not None
        desk = await TurnDesk.open(tx, user, home.world.services)
        grant = await tx.family.get(number)
        assert grant is not None
        assert await desk.family.one(str(number)) is None
        assert await desk.family.narrow(grant) is False
        assert (await desk.family.end(str(number))).grant is None
        assert await desk.switch(home.world.ids.shufen) is None
        for text in ("", "x", "-1", "9" * 40, "１"):
            assert await desk.family.one(text) is None
    assert [one.id for one in await grants(home.world, home.world.ids.shufen)] == [number]


async def test_who_leaves_the_account_has_no_rights_any_more(home: Home) -> None:
    """The relative unfollows and comes back: nothing is left; the person, too, sees nobody."""
    await home.granted("23")
    await home.daughter.leaves()
    await home.daughter.follows()
    await home.daughter.says("我帮的人")
    home.daughter.expect("现在没有家人授权您帮忙")
    await home.daughter.says("看妈妈的认证")
    home.daughter.expect_not("9月27日")
    await home.mother.says("我的家人")
    home.mother.expect("还没有家人能帮您办事")


async def test_the_invitation_dies_with_the_binding(home: Home) -> None:
    """A code that was made before 解绑 or before unfollowing is wrong after it."""
    code = await home.invites("2")
    await home.mother.says("解绑")
    await home.mother.says("1")
    await home.daughter.says(f"家人码{code}")
    home.daughter.expect("不对，或者过期、用过了")


async def test_the_code_is_nowhere_in_clear(home: Home, tmp_path: Path) -> None:
    """No file of the database holds it, while it lives and while it is being taken."""
    code = await home.invites("2")
    await home.daughter.says(f"家人码{code}")
    home.daughter.expect("1 愿意")
    assert not await asyncio.to_thread(found_in, tmp_path, code)
    assert await asyncio.to_thread(found_in, tmp_path, home.daughter.openid)  # what is stored plainly is found that way
