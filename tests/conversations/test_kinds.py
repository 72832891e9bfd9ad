"""Everything that is no text, a tap on a message menu, and what each of them lets the account do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.messages import (
    AnyInbound,
    Filed,
    Filmed,
    Linked,
    Located,
    Message,
    Noticed,
    Pressed,
    Reply,
    Said,
    Say,
    Seated,
    Unknown,
)
from handlers import outbox
from handlers.unworded import FILED, FILMED, UNKNOWN
from storage.ports.records import User
from tests import people
from tests.conversations.conftest import PUBLIC, Chat, World, shown


async def _take(world: World, inbound: AnyInbound, *, late: bool = False) -> str:
    """The answer; a late one is what was pushed."""
    said: list[str] = []

    def seal(reply: Reply) -> bytes | None:
        said.append(shown(reply.first))
        return None if late else shown(reply.first).encode()

    await world.conversation.take(inbound, seal)
    await world.settle()
    return said[-1]


def _key(world: World) -> str:
    return f"k{next(world.numbers)}"


async def _user(world: World, openid: str = "o-one") -> User:
    async with world.store.reading() as tx:
        user = await tx.users.get(openid)
    assert user is not None
    return user


# ── what to send instead ────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_we_cannot_read_is_answered_with_what_to_send_instead(world: World) -> None:
    """A video, a file, a kind that nobody knows: a sentence each, and what was open before stays open."""
    chat = Chat(world)
    await chat.says("菜单")
    now = world.clock.now()
    assert await _take(world, Filmed("o-one", _key(world), now, "m")) == FILMED
    assert await _take(world, Filed("o-one", _key(world), now, "表.xlsx")) == FILED
    assert "照片" in FILED
    assert await _take(world, Unknown("o-one", _key(world), now, "brand_new")) == UNKNOWN
    await chat.says("1")
    chat.expect_not("没太明白", "菜单")


async def test_a_video_in_mid_dialog_does_not_cost_the_place(world: World) -> None:
    """The question stays open behind it."""
    chat = Chat(world)
    await chat.says("登录")
    await chat.says("1")
    await _take(world, Filmed("o-one", _key(world), world.clock.now(), "m", short=True))
    await chat.says(people.JIANGUO_PHONE)
    chat.expect("199****0001")


async def test_the_address_of_a_paper_passed_on_is_verified(world: World) -> None:
    """One of our own verification addresses is looked up like a scanned code; another page is not opened, and can be checked."""
    chat, owner = Chat(world), Chat(world, "o-owner")
    await owner.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await owner.says("查去年的养老缴费")
    await owner.says("1")
    async with world.store.reading() as tx:
        (paper,) = await tx.documents.of_person(world.ids.jianguo)
    address = f"{PUBLIC}/v/{paper.serial_no}/{paper.check_code}"
    answer = await _take(world, Linked("o-one", _key(world), world.clock.now(), "单据", "", address))
    assert "权益单校验成功" in answer
    assert "没有打开" in await _take(world, Linked("o-one", _key(world), world.clock.now(), "红包", "", "https://evil.test/x"))
    await chat.says("1")
    chat.expect("不是我们发的", "110")


async def test_our_own_page_passed_on_is_said_to_be_ours(world: World) -> None:
    """A page of ours that is no paper: it is said, nothing else happens."""
    answer = await _take(world, Linked("o-one", _key(world), world.clock.now(), "", "", f"{PUBLIC}/g/beijing/x"))
    assert "是我们的网页" in answer


# ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("event_first", [True, False])
async def test_a_chosen_place_is_answered_once(world: World, event_first: bool) -> None:
    """An entry of the menu sends the place as an event and as a message, in any order: whichever comes first has the answer, the other none.
    The same place sent by hand later is answered again."""
    chat = Chat(world)
    await chat.says("菜单")
    place = Located("o-one", "", world.clock.now(), 39.90872, 116.39748, "家")
    first, second = (replace(place, key=_key(world), chosen=chosen) for chosen in (event_first, not event_first))
    assert "离您最近的网点" in await _take(world, first)
    assert await _take(world, second) == ""
    world.clock.advance(120)
    assert "离您最近的网点" in await _take(world, replace(place, key=_key(world)))


async def test_the_same_place_by_another_way_later_is_answered_again(world: World) -> None:
    """Only what comes within a minute is the other half of one choice."""
    chat = Chat(world)
    await chat.says("菜单")
    place = Located("o-one", _key(world), world.clock.now(), 39.90872, 116.39748, "家")
    assert "离您最近的网点" in await _take(world, place)
    world.clock.advance(61)
    assert "离您最近的网点" in await _take(world, replace(place, key=_key(world), chosen=True))


async def test_a_chosen_place_opens_no_window(world: World) -> None:
    """Only messages, taps and follows let the account write (A7): after the event alone nothing may be pushed."""
    await _take(world, Located("o-new", _key(world), world.clock.now(), 39.9, 116.4, chosen=True))
    assert (await _user(world, "o-new")).pushes_left == 0


# ── message menus ───────────────────────────────────────────────────────────────────────────────────────────────────


def _entries(message: Message) -> list[tuple[str, str]]:
    assert isinstance(message, Say)
    return [(f"{message.tag}.{word}", f"{word} {label}") for word, label in message.choices]


async def _pushed_menu(world: World, chat: Chat, text: str) -> list[tuple[str, str]]:
    """Say something whose answer comes too late for a passive reply: the entries of the menu that is pushed."""
    await _take(world, Said(chat.openid, _key(world), world.clock.now(), text), late=True)
    return _entries(world.outside.pushed[-1][1])


async def _tap(world: World, chat: Chat, entry: tuple[str, str]) -> str:
    word, line = entry
    return await _take(world, Said(chat.openid, _key(world), world.clock.now(), line, word))


async def test_a_tap_on_a_pushed_menu_is_its_digit(world: World) -> None:
    """The answer came late and was pushed as a menu: a tap chooses like the typed digit, also in mid-dialog."""
    chat, other = Chat(world), Chat(world, "o-two")
    menu = await _pushed_menu(world, chat, "菜单")
    await other.says("菜单")
    assert await _tap(world, chat, menu[1]) == await other.says("2")
    asked = await _pushed_menu(world, chat, "登录")
    await other.says("登录")
    assert await _tap(world, chat, asked[0]) == await other.says("1")


async def test_an_old_menu_answers_nothing(world: World) -> None:
    """Its number and its words may be something else's by now: that is said, and what is asked stands again."""
    chat = Chat(world)
    menu = await _pushed_menu(world, chat, "菜单")
    asked = await chat.says("登录")  # asks for consent: 1 is 同意 now
    answer = await _tap(world, chat, menu[0])
    assert "前面一个问题" in answer
    assert asked.splitlines()[-1] in answer
    assert "手机号。" in await chat.says("1")


async def test_a_word_of_a_menu_means_the_same_at_any_time(world: World) -> None:
    """评价 of a piece of news that was pushed outside a turn: the word of the entry counts, whatever stands beside it."""
    chat, other = Chat(world), Chat(world, "o-two")
    assert await _tap(world, chat, ("菜单", "菜单 看能办的事")) == await other.says("菜单")


async def test_an_entry_that_is_not_ours_is_its_words(world: World) -> None:
    """The operator's own menus (made in the console of the platform) have ids that mean nothing here."""
    chat, other = Chat(world), Chat(world, "o-two")
    assert await _tap(world, chat, ("101", "菜单")) == await other.says("菜单")
    assert await _tap(world, chat, ("kf_menu_7", "菜单")) == await other.says("菜单")


async def test_a_tap_opens_a_minute_and_takes_nothing_away(world: World) -> None:
    """A tap is a menu click: three messages in a minute, no 48 hours; the two days that a message opened stay."""
    now = world.clock.now()
    await _take(world, Said("o-new", _key(world), now, "1 菜单", "1"))
    user = await _user(world, "o-new")
    assert (user.last_trigger, user.pushes_left) == ("click", 3)
    await _take(world, Said("o-new", _key(world), now, "菜单"))
    for press in (Said("o-new", _key(world), now, "1 菜单", "1"), Pressed("o-new", _key(world), now, "P_PAY")):
        await _take(world, press)
        user = await _user(world, "o-new")
        assert (user.last_trigger, user.pushes_left) == ("message", 5)
    world.clock.advance(timedelta(hours=49).total_seconds())
    await _take(world, Pressed("o-new", _key(world), world.clock.now(), "P_PAY"))
    assert (await _user(world, "o-new")).last_trigger == "click"


# ── the platform's own seats, and events without an answer ──────────────────────────────────────────────────────────


async def test_a_seat_takes_over_and_gives_back(world: World) -> None:
    """kf_create_session puts what was under way aside and asks nobody else; kf_close_session says how to go on. The events themselves are
    answered with nothing."""
    chat = Chat(world)
    await chat.says("登录")
    await chat.says("1")
    now = world.clock.now()
    assert await _take(world, Seated("o-one", _key(world), now, opened=True, seat="a@b")) == ""
    assert await _take(world, Seated("o-one", _key(world), now, opened=False, seat="a@b")) == ""
    (_, told) = world.outside.pushed[-1]
    assert "继续" in shown(told)
    await chat.says("继续")
    chat.expect("手机号")


async def test_a_seat_that_takes_over_a_waiting_person_empties_the_queue(world: World) -> None:
    """Whoever waits for the staff of the console is talked to already: what they type afterwards is the bot's again."""
    chat = Chat(world)
    await chat.says("人工")
    await chat.says("1")
    await _take(world, Seated("o-one", _key(world), world.clock.now(), opened=True))
    await chat.says("菜单")
    chat.expect("您想办哪一件")


async def test_events_keep_what_waits_for_the_person(world: World) -> None:
    """What could not be pushed waits for a message whose answer is seen: no event uses it up."""
    chat = Chat(world)
    await chat.says("菜单")
    async with world.store.transaction() as tx:
        await tx.parked.add("o-one", outbox.pack("o-one", [Say("结果：42。")]), world.clock.now())
    now = world.clock.now()
    for event in (Noticed("o-one", _key(world), now, "pic_weixin"), Seated("o-one", _key(world), now, opened=True)):
        assert await _take(world, event) == ""
    await chat.says("菜单")
    chat.expect("结果：42。")
