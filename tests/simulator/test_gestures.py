"""Everything that a person can do with the phone: menus of every type, media, places while the chat is open, and the platform's own events."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from tests.simulator.bots import ACCOUNT, Bot, echo
from tests.simulator.conftest import Stage, Staged, until
from tests.simulator.test_api import text_to

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
BUTTONS = {
    "button": [
        {
            "name": "查询",
            "sub_button": [
                {"type": "click", "name": "缴费", "key": "PAY"},
                {"type": "view", "name": "网页", "url": "http://bot.test/p"},
                {"type": "scancode_push", "name": "扫码", "key": "PUSH"},
                {"type": "scancode_waitmsg", "name": "校验", "key": "WAIT"},
                {"type": "miniprogram", "name": "程序", "url": "http://bot.test/", "appid": "wx1", "pagepath": "pages/a"},
            ],
        },
        {
            "name": "办理",
            "sub_button": [
                {"type": "pic_sysphoto", "name": "拍照", "key": "PHOTO"},
                {"type": "pic_photo_or_album", "name": "相册", "key": "ALBUM"},
                {"type": "pic_weixin", "name": "选图", "key": "WEIXIN"},
                {"type": "location_select", "name": "位置", "key": "PLACE"},
                {"type": "article_id", "name": "文章", "article_id": "A1"},
            ],
        },
        {"type": "click", "name": "我的", "key": "MINE"},
    ]
}


async def with_menu(staged: Staged) -> tuple[Stage, Bot]:
    bot = Bot(echo)
    stage = await staged(bot.app())
    await stage.say("o1", "在")
    assert (await stage.call("menu/create", BUTTONS))["errcode"] == 0
    bot.seen.clear()
    return stage, bot


async def tap(stage: Stage, path: str, **more: Any) -> dict[str, Any]:
    """Tap one entry."""
    return await stage.send("o1", type="menu", path=path, **more)


@pytest.mark.parametrize(
    ("path", "more", "expected"),
    [
        ("3", {}, [{"Event": "CLICK", "EventKey": "MINE"}]),
        ("1.1", {}, [{"Event": "CLICK", "EventKey": "PAY"}]),
        ("1.2", {}, [{"Event": "VIEW", "EventKey": "http://bot.test/p"}]),
        (
            "1.3",
            {"text": "x"},
            [{"Event": "scancode_push", "EventKey": "PUSH", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "x"}}],
        ),
        (
            "1.4",
            {"text": "y"},
            [{"Event": "scancode_waitmsg", "EventKey": "WAIT", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "y"}}],
        ),
        ("1.5", {}, [{"Event": "view_miniprogram", "EventKey": "pages/a"}]),
        ("2.1", {"base64": PNG}, [{"Event": "pic_sysphoto", "EventKey": "PHOTO"}, {"MsgType": "image"}]),
        ("2.2", {"base64": PNG}, [{"Event": "pic_photo_or_album", "EventKey": "ALBUM"}, {"MsgType": "image"}]),
        ("2.3", {"base64": PNG}, [{"Event": "pic_weixin", "EventKey": "WEIXIN"}, {"MsgType": "image"}]),
        (
            "2.4",
            {"lat": 36.65, "lng": 117.12, "label": "历下区"},
            [{"Event": "location_select", "EventKey": "PLACE"}, {"MsgType": "location", "Label": "历下区"}],
        ),
        ("2.5", {}, []),
    ],
)
async def test_every_type_of_menu_entry_does_what_it_does(
    staged: Staged, path: str, more: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    """The event of the entry's type, and after photos and places the message; an article is shown without asking the bot."""
    stage, bot = await with_menu(staged)
    result = await tap(stage, path, **more)
    assert result["status"] == "answered"
    assert [{name: one.get(name) for name in want} for one, want in zip(bot.seen, expected, strict=True)] == expected
    if len(expected) == 2:
        assert [one["status"] for one in result["steps"]] == ["answered", "answered"]
        assert len(result["replies"]) == 2


@pytest.mark.parametrize("path", ["", "1", "9", "1.9", "x"])
async def test_an_entry_that_is_not_there_cannot_be_tapped(staged: Staged, path: str) -> None:
    """The caller's mistake: 400 with the reason."""
    stage, _ = await with_menu(staged)
    assert "error" in await stage.post("/sim/send", {"openid": "o1", "msg": {"type": "menu", "path": path}}, status=400)


async def test_a_conditional_menu_tells_its_number(staged: Staged) -> None:
    """Where there are conditional menus, VIEW carries the number of the one that was shown."""
    stage, bot = await with_menu(staged)
    body = BUTTONS | {"matchrule": {"client_platform_type": "2"}}
    number = (await stage.call("menu/addconditional", body))["menuid"]
    await tap(stage, "1.2")
    assert bot.seen[-1]["MenuId"] == str(number)


@pytest.mark.parametrize(
    ("msg", "there", "absent"),
    [
        ({"type": "voice"}, {"Format": "amr"}, {"Recognition"}),
        ({"type": "voice", "recognition": ""}, {"Recognition": None}, set()),
        ({"type": "voice", "recognition": "查缴费"}, {"Recognition": "查缴费"}, set()),
        ({"type": "video"}, {"MsgType": "video"}, set()),
        ({"type": "shortvideo"}, {"MsgType": "shortvideo"}, set()),
        (
            {"type": "link", "title": "通知", "text": "说明", "url": "http://a.test"},
            {"Title": "通知", "Description": "说明", "Url": "http://a.test"},
            set(),
        ),
        ({"type": "file", "title": "合同.pdf"}, {"MsgType": "file", "Title": "合同.pdf", "FileTotalLen": "0"}, set()),
        ({"type": "hologram", "fields": {"Depth": "3"}}, {"MsgType": "hologram", "Depth": "3"}, set()),
        ({"type": "text", "content": "在", "fields": {"MsgDataId": "m", "Idx": 1}}, {"MsgDataId": "m", "Idx": "1"}, set()),
    ],
)
async def test_every_kind_of_message_has_its_fields(
    staged: Staged, msg: dict[str, Any], there: dict[str, Any], absent: set[str]
) -> None:
    """Voice with and without recognition, films, links, files, and kinds that nobody knows."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    assert (await stage.send("o1", **msg))["status"] == "empty"
    (seen,) = bot.seen
    assert {name: seen.get(name) for name in there} == there
    assert not absent & seen.keys()


async def test_a_voice_can_be_fetched_in_both_qualities(staged: Staged) -> None:
    """MediaId and MediaId16K are media of the account; without the rule there is no second one."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    await stage.send("o1", type="voice", base64=base64.b64encode(b"#!AMR\nvoice").decode())
    query = {"access_token": await stage.token()}
    for path, name in (("media/get", "MediaId"), ("media/get/jssdk", "MediaId16K")):
        async with stage.http.get(f"/cgi-bin/{path}", params=query | {"media_id": bot.seen[0][name]}) as answer:
            assert await answer.read() == b"#!AMR\nvoice"
    await stage.post("/sim/account", {"rules": {"hd_voice": False}})
    await stage.send("o1", type="voice")
    assert "MediaId16K" not in bot.seen[1]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("user_authorization_revoke", {"OpenID": "o1", "RevokeInfo": "201"}),
        ("user_authorization_cancellation", {"OpenID": "o1"}),
        ("user_info_modified", {"OpenID": "o1"}),
        ("kf_create_session", {"KfAccount": "kf2001@test"}),
        ("kf_close_session", {"KfAccount": "kf2001@test"}),
        ("kf_switch_session", {"FromKfAccount": "kf2001@test", "ToKfAccount": "kf2002@test"}),
        ("debug_demo", {"debug_str": "demo"}),
        ("PUBLISHJOBFINISH", {"Event": "PUBLISHJOBFINISH"}),
        ("MASSSENDJOBFINISH", {"Status": "success"}),
        ("event_of_tomorrow", {"EventKey": None}),
    ],
)
async def test_the_platforms_own_events_have_their_fields(staged: Staged, event: str, expected: dict[str, Any]) -> None:
    """What somebody took back, seats of customer service, the debugging tool, jobs that are done, and what nobody knows yet."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    assert (await stage.send("o1", type="event", event=event))["status"] == "empty"
    assert {name: bot.seen[0].get(name) for name in expected} == expected


async def test_places_are_reported_every_five_seconds_while_the_chat_is_open(staged: Staged) -> None:
    """Once on entering, then each five seconds of the clock, until the chat is left; each is an event of its own second."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())

    async def reported(number: int) -> None:
        await until(lambda: len(bot.seen) >= number and stage.clock.sleepers > 0)

    first = await stage.send("o1", type="enter", lat=36.65, lng=117.12)
    assert (first["status"], bot.seen[0]["Latitude"], bot.seen[0]["Event"]) == ("empty", "36.65", "LOCATION")
    for number in (2, 3):
        await reported(number - 1)
        stage.clock.advance(5)
        await reported(number)
    assert len({one["CreateTime"] for one in bot.seen}) == 3
    await stage.send("o1", type="leave")
    stage.clock.advance(60)
    await stage.say("o1", "在")
    assert len(bot.seen) == 4


async def test_a_place_is_reported_once_or_not_at_all(staged: Staged) -> None:
    """An account may ask for one report on entering; a person who has not agreed reports nothing."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    await stage.send("o1", type="enter", lat=36.65, lng=117.12, reports="once")
    assert (len(bot.seen), stage.clock.sleepers) == (1, 0)
    assert (await stage.send("o1", type="enter"))["tries"] == 0
    assert "error" in await stage.post("/sim/send", {"openid": "o1", "msg": {"type": "enter", "lat": "x"}}, status=400)


async def test_scanning_a_code_of_the_account_follows_or_tells_the_scene(staged: Staged) -> None:
    """A new follower comes by the scene, a follower is told to scan it, and after leaving it is following again."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    code = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "bind-7"}}, "expire_seconds": 600}
    made = await stage.call("qrcode/create", code)
    stage.sim.world.new_phone(None, "o1")
    for _ in range(2):
        await stage.send("o1", type="scan", text=made["url"])
    await stage.send("o1", type="event", event="unsubscribe")
    await stage.send("o1", type="scan", text=made["url"])
    assert [(one["Event"], one["EventKey"], one.get("Ticket")) for one in bot.seen if one["Event"] != "unsubscribe"] == [
        ("subscribe", "qrscene_bind-7", made["ticket"]),
        ("SCAN", "bind-7", made["ticket"]),
        ("subscribe", "qrscene_bind-7", made["ticket"]),
    ]
    assert (await stage.ask("user/info", openid="o1"))["qr_scene_str"] == "bind-7"
    stage.clock.advance(600)
    await stage.send("o1", type="scan", text=made["url"])
    assert bot.seen[-1]["Event"] == "scancode_waitmsg"


async def test_a_choice_of_a_msgmenu_opens_the_short_window_only(staged: Staged) -> None:
    """The choice is a text with its number; three messages in a minute, not five in two days."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    await stage.send("o1", type="text", content="北京", menu_id="101")
    assert (bot.seen[0]["MsgType"], bot.seen[0]["Content"], bot.seen[0]["bizmsgmenuid"]) == ("text", "北京", "101")
    stage.clock.advance(60)
    assert (await stage.call("message/custom/send", text_to("o1")))["errcode"] == 45015


async def test_a_test_account_has_a_hundred_followers(staged: Staged) -> None:
    """The 101st cannot follow; who follows already may scan again."""
    stage = await staged(Bot(echo).app(), account=replace(ACCOUNT, kind="sandbox"))
    for number in range(100):
        stage.sim.world.phone(f"o{number}")
    stage.sim.world.new_phone(None, "late")
    result = await stage.send("late", type="event", event="subscribe")
    assert (result["status"], result["tries"]) == ("failed", 0)
    assert (await stage.send("o1", type="event", event="subscribe"))["status"] == "answered"
