"""Opening one's pages on a computer by scanning, and every way in which it must not work."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from dialogs.messages import Followed
from handlers.desk import TurnDesk
from handlers.policy import Policy
from handlers.scenes.screens import ME, Screens
from storage.ports.time import SHANGHAI
from tests import people
from tests.conversations.conftest import Chat, World
from tests.scenes.platform import Codes

PLACE = "Chrome · Windows · 192.0.2.*"
BROWSER, OTHER = "b" * 32, "o" * 32
JIANGUO = (people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
LI = (people.LI_PHONE, people.LI.id_no[-4:])


async def logged_in(chat: Chat) -> None:
    """张建国 at that phone."""
    await chat.logs_in(*JIANGUO)
    chat.expect("登录成功")


async def test_scanning_and_a_yes_open_the_pages(world: World, chat: Chat, screens: Screens, codes: Codes) -> None:
    """The screen shows a code, the chat tells which browser and asks, and after 1 that browser has the person's pages, once."""
    await logged_in(chat)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    assert shown.state == "code"
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", codes.names[shown.url])
    assert codes.lives == [300]
    await chat.scans(codes.names[shown.url])
    chat.expect("您要在电脑上打开您的社保页面吗？", "张*国", PLACE, "1 是", "2 不是我")
    assert (await screens.state(BROWSER)).state == "taken"
    assert await screens.enter(BROWSER) is None
    await chat.says("1")
    chat.expect("电脑上马上就打开")
    assert (await screens.state(BROWSER)).state == "agreed"
    assert await screens.enter(BROWSER) == (chat.openid, {"page": ME, "person": str(world.ids.jianguo)})
    assert await screens.enter(BROWSER) is None
    assert (await screens.state(BROWSER)).state == "over"


async def test_another_browser_gets_nothing(chat: Chat, screens: Screens, codes: Codes) -> None:
    """What was agreed to opens in the browser that showed the code and in no other one (S14)."""
    await logged_in(chat)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    await screens.show(OTHER, "addr:1", PLACE)
    await chat.scans(codes.names[shown.url])
    await chat.says("1")
    assert await screens.enter(OTHER) is None
    assert await screens.enter("") is None
    assert (await screens.state(OTHER)).state == "code"


async def test_not_me_is_told_to_the_screen(chat: Chat, screens: Screens, codes: Codes) -> None:
    """After 2 nothing opens, the screen says so, and the code is worth nothing even if 1 comes later."""
    await logged_in(chat)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    await chat.scans(codes.names[shown.url])
    await chat.says("2")
    chat.expect("电脑上没有打开")
    assert (await screens.state(BROWSER)).state == "refused"
    await chat.says("1")
    assert await screens.enter(BROWSER) is None
    await chat.scans(codes.names[shown.url])
    chat.expect("过期了，或者已经用过")


async def test_a_code_is_for_one_chat(world: World, chat: Chat, screens: Screens, codes: Codes) -> None:
    """Who scans it second is told that it is used, whatever they answer then; the first one's yes counts."""
    second = Chat(world, "o-two")
    await logged_in(chat)
    await second.logs_in(*LI)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    await chat.scans(codes.names[shown.url])
    await second.scans(codes.names[shown.url])
    second.expect("过期了，或者已经用过")
    await second.says("1")
    assert (await screens.state(BROWSER)).state == "taken"
    await chat.says("1")
    entered = await screens.enter(BROWSER)
    assert entered is not None
    assert entered[0] == chat.openid


async def test_a_code_that_was_taken_is_nobody_elses(world: World, chat: Chat, screens: Screens, codes: Codes) -> None:
    """Another chat that somehow had the code's own number (it stands in no answer) neither sees, agrees to nor refuses it."""
    second = Chat(world, "o-two")
    await logged_in(chat)
    await second.logs_in(*LI)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    await chat.scans(codes.names[shown.url])
    async with world.store.transaction() as tx:
        scene = await tx.scenes.find(codes.names[shown.url], world.clock.now())
        user = await tx.users.get(second.openid)
        assert scene is not None
        assert user is not None
        desk = (await TurnDesk.open(tx, user, world.services)).scenes
        assert await desk.screen(scene.id) is None
        assert not await desk.open_screen(scene.id)
        await desk.refuse(scene.id)
    assert (await screens.state(BROWSER)).state == "taken"


async def test_a_code_ends(world: World, chat: Chat, screens: Screens, codes: Codes) -> None:
    """After five minutes it cannot be scanned; after ten more what was scanned cannot be agreed to, nor an agreed one be used."""
    await logged_in(chat)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    world.clock.advance(301)
    await chat.scans(codes.names[shown.url])
    chat.expect("过期了")
    assert (await screens.state(BROWSER)).state == "over"
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    await chat.scans(codes.names[shown.url])
    world.clock.advance(601)
    await chat.says("1")
    chat.expect("过期了")
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    await chat.scans(codes.names[shown.url])
    await chat.says("1")
    world.clock.advance(601)
    assert await screens.enter(BROWSER) is None


async def test_an_old_page_scanned_again_and_again_is_no_guessing(chat: Chat, screens: Screens, codes: Codes) -> None:
    """However many codes that are over were scanned, each is said to be over, and a fresh one opens: names cannot be guessed."""
    await logged_in(chat)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    for number in range(8):
        await chat.scans(f"{number:032d}")
        chat.expect("过期了，或者已经用过")
    await chat.scans(codes.names[shown.url])
    chat.expect("您要在电脑上打开")


async def test_a_visitor_logs_in_first(world: World, chat: Chat, screens: Screens, codes: Codes) -> None:
    """Whoever is not logged in proves who they are, and is asked then; a new follower comes the same way."""
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    openid, key = chat._head()
    await chat._send(Followed(openid, key, world.clock.now(), codes.names[shown.url]))
    chat.expect("要先登录")
    await chat.says("1")
    await chat.says(JIANGUO[0])
    await chat.says(world.outside.code(JIANGUO[0]))
    await chat.says(JIANGUO[1])
    chat.expect("您要在电脑上打开", PLACE)
    await chat.says("1")
    assert await screens.enter(BROWSER) is not None


async def test_six_digits_where_there_are_no_codes(world: World, chat: Chat, codes: Codes) -> None:
    """An account without codes shows six digits; typed in the chat they ask the same, wrong ones are said and counted."""
    screens = Screens(world.store, world.services, None)
    await logged_in(chat)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    assert shown.url == ""
    assert re.fullmatch(r"\d{6}", shown.word)
    wrong = f"{(int(shown.word) + 1) % 10**6:06d}"
    await chat.says(f"电脑 {wrong}")
    chat.expect("这 6 位数字不对，或者过期了")
    await chat.says(shown.word)
    chat.expect("您要在电脑上打开", PLACE)
    await chat.says("1")
    assert await screens.enter(BROWSER) is not None


async def test_six_digits_cannot_be_tried_out(world: World, chat: Chat) -> None:
    """The sixth try in an hour finds nothing, even if it is right, and is told when the next may be; then the right one opens. Another chat
    may type all the time."""
    screens = Screens(world.store, world.services, None)
    await logged_in(chat)
    word = (await screens.show(BROWSER, "addr:1", PLACE)).word
    await chat.says("电脑登录")
    for number in range(1, 6):
        await chat.says(f"{(int(word) + number) % 10**6:06d}")
        chat.expect("不对，或者过期了")
    await chat.says(word)
    ends = (world.clock.now() + timedelta(hours=1)).astimezone(SHANGHAI)
    chat.expect("试数字的次数太多了", f"{ends:%H:%M} 以后再来")
    second = Chat(world, "o-two")
    await second.logs_in(*LI)
    await second.says(f"电脑 {word}")
    second.expect("您要在电脑上打开")
    world.clock.advance(3601)
    await chat.says(f"电脑 {(await screens.renew(BROWSER, 'addr:1', PLACE)).word}")
    chat.expect("您要在电脑上打开")


async def test_digits_stand_in_when_the_platform_is_away(screens: Screens, codes: Codes) -> None:
    """No code from the platform: the screen shows digits instead of an error."""
    codes.away = True
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    assert (shown.state, shown.url, len(shown.word)) == ("code", "", 6)


async def test_one_address_gets_so_many_codes(world: World, screens: Screens) -> None:
    """Thirty an hour from one address; then the screen says when to come back, and another address is served."""
    for _ in range(30):
        assert (await screens.renew(BROWSER, "addr:1", PLACE)).state == "code"
    refused = await screens.renew(BROWSER, "addr:1", PLACE)
    assert refused.state == "busy"
    assert refused.until is not None
    assert (await screens.renew(OTHER, "addr:2", PLACE)).state == "code"


async def test_the_agency_sets_how_many_codes_there_are(world: World, codes: Codes) -> None:
    """Two an hour for an address and three for all of them: the third of one address and the fourth of everybody are told to wait; an hour later
    there are codes again."""
    policy = Policy(scan_codes_per_asker_hour=2, scan_codes_per_service_hour=3)
    screens = Screens(world.store, replace(world.services, policy=policy), codes)
    asked = [(await screens.renew(BROWSER, asker, PLACE)).state for asker in ("addr:1", "addr:1", "addr:1", "addr:2")]
    assert asked == ["code", "code", "busy", "busy"]
    world.clock.advance(3601)
    assert (await screens.renew(BROWSER, "addr:2", PLACE)).state == "code"


async def test_a_reload_shows_the_same_code(screens: Screens, codes: Codes) -> None:
    """The page that asks again shows what it showed; a new one is only made when it is wanted, and then the old one is dead."""
    first = await screens.show(BROWSER, "addr:1", PLACE)
    assert await screens.show(BROWSER, "addr:1", PLACE) == first
    second = await screens.renew(BROWSER, "addr:1", PLACE)
    assert second.url != first.url
    assert len(codes.names) == 2


async def test_whoever_logs_out_opens_no_screen(world: World, chat: Chat, screens: Screens, codes: Codes) -> None:
    """Agreed, then logged out before the screen asked: it gets nothing."""
    await logged_in(chat)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    await chat.scans(codes.names[shown.url])
    await chat.says("1")
    await chat.says("退出登录")
    await chat.says("1")
    assert await screens.enter(BROWSER) is None


async def test_each_step_is_in_the_audit_log(world: World, chat: Chat, screens: Screens, codes: Codes) -> None:
    """Agreeing and opening are noted with the person as their subject, without an address or a name."""
    await logged_in(chat)
    shown = await screens.show(BROWSER, "addr:1", PLACE)
    await chat.scans(codes.names[shown.url])
    await chat.says("1")
    await screens.enter(BROWSER)
    async with world.store.reading() as tx:
        subject = await tx.people.identity_hash(world.ids.jianguo)
        found = [(one.action, one.result) for one in await tx.audit.of_subject(subject, 3)]
        scene = await tx.scenes.of_holder(BROWSER, world.clock.now())
    assert found[:2] == [("screen-open", "ok"), ("screen-agree", "ok")]
    assert scene is None
