"""Every message and event of wechat.md A3 and A4, from a phone through the wire to what the person sees."""

from __future__ import annotations

import base64
import io
from typing import Any

from dialogs.messages import Say
from handlers.documents import qr_png
from tests.process.conftest import Town

ONE = "o-one"
TYPING = "/cgi-bin/message/custom/typing"

MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({"type": "voice", "text": "", "recognition": ""}, "打字"),
    ({"type": "image", "base64": base64.b64encode(qr_png("x")).decode()}, "单据"),
    ({"type": "video", "fields": {"MediaId": "m", "ThumbMediaId": "t"}}, "视频我看不了"),
    ({"type": "shortvideo", "fields": {"MediaId": "m", "ThumbMediaId": "t"}}, "视频我看不了"),
    ({"type": "location", "lat": 39.9, "lng": 116.4, "label": "家"}, "离您最近的网点"),
    ({"type": "link", "title": "t", "description": "d", "url": "https://example.test/"}, "没有打开"),
    ({"type": "file", "fields": {"Title": "表.xlsx"}}, "照片可以"),
    ({"type": "hologram", "fields": {"Depth": "3"}}, "看不懂"),
    ({"type": "text", "content": "【收到不支持的消息类型，暂无法显示】"}, "看不懂"),
]


async def test_every_message_is_answered(town: Town) -> None:
    """One answer, which says what to send instead where we cannot read it."""
    for number, (message, says) in enumerate(MESSAGES):
        (answer,) = await town.sends(f"o-{number}", **message)
        assert says in str(answer["text"]), message["type"]


async def test_a_place_on_no_globe_is_asked_for_again(town: Town, log: io.StringIO) -> None:
    """A sentence of its own, and no line that the kind is unknown."""
    (answer,) = await town.sends(ONE, type="location", lat=95.0, lng=116.4, label="家")
    assert "再发一次位置" in str(answer["text"])
    assert "unknown_kind" not in log.getvalue()


SILENT: list[tuple[str, dict[str, Any]]] = [
    ("LOCATION", {"lat": 39.9, "lng": 116.4}),
    ("VIEW", {"key": "https://example.test/"}),
    ("view_miniprogram", {"key": "pages/index"}),
    ("scancode_push", {"key": "S", "text": "x"}),
    ("pic_sysphoto", {"key": "P"}),
    ("pic_photo_or_album", {"key": "P"}),
    ("pic_weixin", {"key": "P"}),
    ("TEMPLATESENDJOBFINISH", {"fields": {"MsgID": "9", "Status": "success"}}),
    ("MASSSENDJOBFINISH", {"fields": {"MsgID": "9", "Status": "send success"}}),
    ("PUBLISHJOBFINISH", {"fields": {"PublishEventInfo": {"publish_id": "1", "publish_status": "0"}}}),
    ("user_info_modified", {"fields": {"OpenID": ONE, "RevokeInfo": "1"}}),
    ("kf_create_session", {"fields": {"KfAccount": "a@b"}}),
    ("kf_close_session", {"fields": {"KfAccount": "a@b"}}),
    ("kf_switch_session", {"fields": {"FromKfAccount": "a@b", "ToKfAccount": "c@b"}}),
    ("debug_demo", {"fields": {"debug_str": "x"}}),
    ("guide_something_new", {"fields": {"Odd": {"item": [{"a": "1"}, {"a": "2"}]}}}),
]


async def test_events_without_an_answer_are_taken_in_silence(town: Town) -> None:
    """`success`, nothing on the phone, and the conversation goes on where it was."""
    for number, (event, more) in enumerate(SILENT):
        openid = f"o-{number}"
        await town.says(openid, "登录")
        assert await town.sends(openid, type="event", event=event, **more) == [], event
        seat = event == "kf_create_session"  # what was begun is put aside while somebody else talks
        assert ("手机号" in await town.says(openid, "1")) is not seat, event


async def test_whoever_takes_their_consent_back_is_forgotten(town: Town) -> None:
    """Everything of that chat is deleted, as when it leaves (A4)."""
    for event in ("user_authorization_revoke", "user_authorization_cancellation"):
        await town.says(ONE, "你好")
        assert await town.user(ONE) is not None
        assert await town.sends(ONE, type="event", event=event, fields={"OpenID": ONE, "RevokeInfo": "1"}) == []
        assert await town.user(ONE) is None


async def test_a_place_chosen_in_the_menu_is_answered_once(town: Town) -> None:
    """The event and the message that follows it: one list of offices."""
    place = {"lat": "39.908722", "lng": "116.397499", "label": "家"}
    (first,) = await town.sends(ONE, type="event", event="location_select", key="L", **place)
    assert "离您最近的网点" in str(first["text"])
    assert await town.sends(ONE, type="location", lat=39.908722, lng=116.397499, label="家") == []


async def test_a_pushed_menu_is_tapped(town: Town) -> None:
    """What is pushed with choices is a menu on the phone; its entries do what their words say, and open no two days."""
    await town.says(ONE, "你好")
    await town.push(ONE, Say("要看什么？", (("菜单", "能办的事"), ("帮助", "怎么用"))))
    (menu,) = town.seen(ONE)
    assert (menu["type"], menu["tail"]) == ("menu", "点一下就行，也可以回复前面的词。")
    assert "您想办哪一件" in await town.taps(ONE, menu["items"][0])
    assert "直接告诉我" in await town.taps(ONE, menu["items"][1])
    user = await town.user(ONE)
    assert user is not None
    assert user.last_trigger == "message"


async def test_a_quick_conversation_never_shows_typing(town: Town) -> None:
    """On by default, and not one call while answers come at once."""
    for _ in range(3):
        await town.says(ONE, "菜单")
        town.clock.advance(5)
    await town.works()
    assert not [line for line in town.sim.log.lines(kinds=frozenset({"api"})) if line["path"] == TYPING]
