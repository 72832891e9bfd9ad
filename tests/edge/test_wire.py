"""WeChat's messages in our words: what each kind and event becomes."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import get_args

import pytest
from wechatpy import parse_message
from wechatpy.messages import TextMessage

from bot.wechat.refusal import Refused
from bot.wechat.wire import Head, account_of, dedupe_key, read
from bot.wechat.xml import parse
from dialogs.messages import (
    AnyInbound,
    Consented,
    Delivered,
    Filed,
    Filmed,
    Followed,
    Left,
    Linked,
    Located,
    Noticed,
    Pictured,
    Pressed,
    Said,
    Scanned,
    Seated,
    Spoken,
    Unknown,
)
from storage.ports.time import SHANGHAI
from tests.edge.platform import GH, OPENID, event_xml, text_xml

HEAD = Head(OPENID, GH)
NOW = 1726106400
AT = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)


def received(xml: str) -> AnyInbound:
    (inbound,) = read(parse(xml.encode()))
    return inbound


def message_xml(kind: str, extra: str) -> str:
    return text_xml().replace("[text]", f"[{kind}]").replace("<Content><![CDATA[你好]]></Content>", extra)


# ── inbound ─────────────────────────────────────────────────────────────────────────────────────────────────────────

KEY = f"{GH}|{OPENID}|1001"
MESSAGES: list[tuple[str, AnyInbound]] = [
    (text_xml(" 缴费 "), Said(OPENID, KEY, AT, " 缴费 ")),
    (text_xml().replace("</xml>", "<bizmsgmenuid>101</bizmsgmenuid></xml>"), Said(OPENID, KEY, AT, "你好", "101")),
    (text_xml("【收到不支持的消息类型，暂无法显示】"), Unknown(OPENID, KEY, AT, "not shown")),
    (message_xml("voice", "<MediaId>v</MediaId><Recognition>查缴费</Recognition>"), Spoken(OPENID, KEY, AT, "v", "查缴费")),
    (
        message_xml("voice", "<MediaId>v</MediaId><Format>amr</Format><MediaId16K>w</MediaId16K>"),
        Spoken(OPENID, KEY, AT, "v", "", "amr", "w"),
    ),
    (message_xml("image", "<PicUrl>http://p</PicUrl><MediaId>m</MediaId>"), Pictured(OPENID, KEY, AT, "m", "http://p")),
    (
        message_xml("location", "<Location_X>39.9</Location_X><Location_Y>116.4</Location_Y><Label>东城</Label>"),
        Located(OPENID, KEY, AT, 39.9, 116.4, "东城"),
    ),
    (message_xml("location", "<Location_X>nan</Location_X><Location_Y>116.4</Location_Y>"), Unknown(OPENID, KEY, AT, "location")),
    (message_xml("location", "<Location_X>91</Location_X><Location_Y>0</Location_Y>"), Unknown(OPENID, KEY, AT, "location")),
    (message_xml("location", ""), Unknown(OPENID, KEY, AT, "location")),
    (
        message_xml("link", "<Title>t</Title><Description>d</Description><Url>https://a/b</Url>"),
        Linked(OPENID, KEY, AT, "t", "d", "https://a/b"),
    ),
    (message_xml("link", "<Title></Title>"), Linked(OPENID, KEY, AT, "", "", "")),
    (message_xml("file", ""), Filed(OPENID, KEY, AT)),
    (message_xml("file", "<Title>表.xlsx</Title>"), Filed(OPENID, KEY, AT, "表.xlsx")),
    (
        message_xml("video", "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>"),
        Filmed(OPENID, KEY, AT, "m", "t"),
    ),
    (message_xml("shortvideo", "<MediaId>m</MediaId>"), Filmed(OPENID, KEY, AT, "m", short=True)),
    (message_xml("brand_new", "<Odd><a>1</a></Odd>"), Unknown(OPENID, KEY, AT, "brand_new")),
]


@pytest.mark.parametrize(("xml", "inbound"), MESSAGES)
def test_messages(xml: str, inbound: AnyInbound) -> None:
    """Each kind of message becomes its own type; what nobody knows is named and answered politely."""
    assert received(xml) == inbound


def _event_key(event: str, key: str = "", msg_id: str = "") -> str:
    return f"{GH}|{OPENID}|{NOW}|{event}|{key}" + (f"|{msg_id}" if msg_id else "")


def hashed(*marks: str) -> str:
    """What is somebody's own stands in a key by its hash."""
    return "".join(f"|{sha256(mark.encode()).hexdigest()[:16]}" for mark in marks)


def popup(*entries: tuple[str, str], tag: str = "SubscribeMsgPopupEvent") -> str:
    """The report of a popup as the platform writes it."""
    rows = "".join(
        f"<List><TemplateId>{name}</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString><PopupScene>1</PopupScene></List>"
        for name, status in entries
    )
    return f"<{tag}>{rows}</{tag}>"


_PLACE = "<Location_X>39.9</Location_X><Location_Y>116.4</Location_Y><Scale>16</Scale><Label>东城</Label>"

EVENTS: list[tuple[str, AnyInbound]] = [
    (event_xml("subscribe"), Followed(OPENID, _event_key("subscribe"), AT)),
    (event_xml("subscribe", "qrscene_bind-1"), Followed(OPENID, _event_key("subscribe", "qrscene_bind-1"), AT, "bind-1")),
    (event_xml("subscribe", "last_trade_no_4"), Followed(OPENID, _event_key("subscribe", "last_trade_no_4"), AT)),
    (event_xml("unsubscribe"), Left(OPENID, _event_key("unsubscribe"), AT)),
    (
        event_xml("user_authorization_revoke", extra="<OpenID>oOther</OpenID>"),
        Left("oOther", _event_key("user_authorization_revoke") + "|oOther", AT),
    ),
    (
        event_xml("user_authorization_cancellation", extra="<OpenID>oOther</OpenID>"),
        Left("oOther", _event_key("user_authorization_cancellation") + "|oOther", AT),
    ),
    (
        event_xml("user_info_modified", extra="<OpenID>oOther</OpenID>"),
        Noticed(OPENID, _event_key("user_info_modified") + "|oOther", AT, "user_info_modified"),
    ),
    (
        event_xml("kf_create_session", extra="<KfAccount>a@b</KfAccount>"),
        Seated(OPENID, _event_key("kf_create_session") + "|a@b", AT, opened=True, seat="a@b"),
    ),
    (
        event_xml("kf_close_session", extra="<KfAccount>a@b</KfAccount>"),
        Seated(OPENID, _event_key("kf_close_session") + "|a@b", AT, opened=False, seat="a@b"),
    ),
    (
        event_xml("location_select", "6", f"<SendLocationInfo>{_PLACE}<Poiname>鼓楼</Poiname></SendLocationInfo>"),
        Located(OPENID, _event_key("location_select", "6") + hashed("39.9", "116.4"), AT, 39.9, 116.4, "鼓楼", chosen=True),
    ),
    (
        event_xml("location_select", "6", "<SendLocationInfo></SendLocationInfo>"),
        Noticed(OPENID, _event_key("location_select", "6"), AT, "location_select"),
    ),
    (event_xml("SCAN", "desk-7"), Scanned(OPENID, _event_key("SCAN", "desk-7"), AT, "desk-7")),
    (
        event_xml("scancode_waitmsg", "S", "<ScanCodeInfo><ScanResult>https://a/v/1/2</ScanResult></ScanCodeInfo>"),
        Scanned(OPENID, _event_key("scancode_waitmsg", "S") + hashed("https://a/v/1/2"), AT, "https://a/v/1/2", by_menu=True),
    ),
    (event_xml("CLICK", "P_PAY"), Pressed(OPENID, _event_key("CLICK", "P_PAY"), AT, "P_PAY")),
    (event_xml("VIEW", "http://a"), Noticed(OPENID, _event_key("VIEW", "http://a"), AT, "VIEW")),
    (event_xml("LOCATION"), Noticed(OPENID, _event_key("LOCATION"), AT, "LOCATION")),
    (event_xml("pic_weixin", "6"), Noticed(OPENID, _event_key("pic_weixin", "6"), AT, "pic_weixin")),
    (event_xml("debug_demo"), Noticed(OPENID, _event_key("debug_demo"), AT, "debug_demo")),
    (event_xml("brand_new"), Noticed(OPENID, _event_key("brand_new"), AT, "brand_new", known=False)),
    *(
        (event_xml(name), Noticed(OPENID, _event_key(name), AT, name))
        for name in ("view_miniprogram", "scancode_push", "pic_sysphoto", "pic_photo_or_album", "MASSSENDJOBFINISH")
    ),
    (event_xml("kf_switch_session"), Noticed(OPENID, _event_key("kf_switch_session"), AT, "kf_switch_session")),
    (
        event_xml("PUBLISHJOBFINISH", extra="<PublishEventInfo><publish_id>7</publish_id></PublishEventInfo>"),
        Noticed(OPENID, _event_key("PUBLISHJOBFINISH") + "|7", AT, "PUBLISHJOBFINISH"),
    ),
    (
        event_xml("TEMPLATESENDJOBFINISH", extra="<MsgID>200</MsgID><Status>success</Status>"),
        Delivered(OPENID, _event_key("TEMPLATESENDJOBFINISH", msg_id="200"), AT, "200", ok=True, status="success"),
    ),
    (
        event_xml("TEMPLATESENDJOBFINISH", extra="<MsgID>201</MsgID><Status>failed:user block</Status>"),
        Delivered(OPENID, _event_key("TEMPLATESENDJOBFINISH", msg_id="201"), AT, "201", ok=False, status="failed:user block"),
    ),
    (
        event_xml("subscribe_msg_sent_event", extra="<SubscribeMsgSentEvent></SubscribeMsgSentEvent>"),
        Noticed(OPENID, _event_key("subscribe_msg_sent_event"), AT, "subscribe_msg_sent_event"),
    ),
    (
        event_xml("subscribe_msg_popup_event", extra=popup(("T1", "accept"), ("T2", "reject"))),
        Consented(OPENID, _event_key("subscribe_msg_popup_event") + "|T1|T2", AT, ("T1",), ("T2",)),
    ),
    (
        event_xml("subscribe_msg_change_event", extra=popup(("T1", "reject"), tag="SubscribeMsgChangeEvent")),
        Consented(OPENID, _event_key("subscribe_msg_change_event") + "||T1", AT, withdrawn=("T1",)),
    ),
    (
        event_xml("subscribe_msg_change_event", extra=popup(("T1", "reject"))),
        Consented(OPENID, _event_key("subscribe_msg_change_event") + "||T1", AT, withdrawn=("T1",)),
    ),
    (
        event_xml("subscribe_msg_popup_event", extra="<SubscribeMsgPopupEvent></SubscribeMsgPopupEvent>"),
        Noticed(OPENID, _event_key("subscribe_msg_popup_event"), AT, "subscribe_msg_popup_event"),
    ),
    (
        event_xml("subscribe_msg_change_event", extra="<List>1</List>"),
        Noticed(OPENID, _event_key("subscribe_msg_change_event"), AT, "subscribe_msg_change_event"),
    ),
]


@pytest.mark.parametrize(("xml", "inbound"), EVENTS)
def test_events(xml: str, inbound: AnyInbound) -> None:
    """Each event becomes its own type, its scene without the platform's prefix; those without an answer are noticed by name."""
    assert received(xml) == inbound


def test_report_on_several_notices_is_several_deliveries() -> None:
    """A report with one entry or with two gives one or two deliveries, each with a key of its own."""
    entry = "<List><TemplateId>T</TemplateId><MsgID>{0}</MsgID><ErrorCode>{1}</ErrorCode><ErrorStatus>{2}</ErrorStatus></List>"
    one, two = entry.format(1, 0, "success"), entry.format(2, 43004, "refused")
    for entries, expected in ((one, [("1", True)]), (one + two, [("1", True), ("2", False)])):
        extra = f"<SubscribeMsgSentEvent>{entries}</SubscribeMsgSentEvent>"
        found = read(parse(event_xml("subscribe_msg_sent_event", extra=extra).encode()))
        assert [(item.msg_id, item.ok) for item in found if isinstance(item, Delivered)] == expected
        assert len({item.key for item in found}) == len(expected)


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("single", [True, False])
def test_consents_in_json(wrapped: bool, single: bool) -> None:
    """In JSON the list is an object or a list, under its tag or right in the body; a number for a scene is no trouble."""
    entry = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": 1}
    told = {"List": entry if single else [entry, {**entry, "TemplateId": "T2", "SubscribeStatusString": "reject"}]}
    head = {"ToUserName": GH, "FromUserName": OPENID, "CreateTime": 1726106400, "MsgType": "event"}
    body = head | {"Event": "subscribe_msg_popup_event"} | ({"SubscribeMsgPopupEvent": told} if wrapped else told)
    (found,) = read(parse(json.dumps(body).encode()))
    assert isinstance(found, Consented)
    assert (found.accepted, found.refused, found.withdrawn) == (("T1",), () if single else ("T2",), ())


def test_consents_of_one_second_are_told_apart_and_bounded() -> None:
    """A resend has the same key, another answer of the same second another one; endless lists and names are cut."""
    first, again, other = (
        received(event_xml("subscribe_msg_popup_event", extra=popup((name, "accept")))) for name in ("T1", "T1", "T2")
    )
    assert first.key == again.key != other.key
    many = received(event_xml("subscribe_msg_popup_event", extra=popup(*((f"T{n:02}" + "x" * 40, "accept") for n in range(50)))))
    assert isinstance(many, Consented)
    assert (len(many.accepted), len(many.key) <= 200) == (20, True)
    long = received(event_xml("subscribe_msg_popup_event", extra=popup(("T" * 65, "accept"))))
    assert isinstance(long, Noticed)


def test_places_reported_in_one_second_are_told_apart() -> None:
    """LOCATION every five seconds, from two phones or a slow network: each report has a key of its own, its resend the same one."""
    here, there = (
        "<Latitude>39.9</Latitude><Longitude>116.4</Longitude>",
        "<Latitude>39.8</Latitude><Longitude>116.4</Longitude>",
    )
    first, again, other = (received(event_xml("LOCATION", extra=place)) for place in (here, here, there))
    assert first.key == again.key != other.key


def test_two_receipts_of_one_second_are_two() -> None:
    """Two template messages reported in the same second are told apart by their number."""
    first, second = (received(event_xml("TEMPLATESENDJOBFINISH", extra=f"<MsgID>{number}</MsgID>")) for number in (1, 2))
    assert first.key != second.key


def test_a_message_of_another_sender_is_another_message() -> None:
    """The same MsgId from another openid must not find the answer that was stored for the first."""
    first, other = (dedupe_key(parse(text_xml("查缴费", "888123", openid).encode())) for openid in (OPENID, "oOther"))
    assert first != other


def test_long_key_fits_and_still_tells_apart() -> None:
    """An event with an endless key has a dedupe key of at most 200 characters that its last letter still changes."""
    keys = [dedupe_key(parse(event_xml("VIEW", "u" * 1000 + end).encode())) for end in "ab"]
    assert keys[0] != keys[1]
    assert all(len(key) <= 200 for key in keys)


@pytest.mark.parametrize(
    "change",
    [
        ("FromUserName", ""),
        ("ToUserName", ""),
        ("CreateTime", "-5"),
        ("CreateTime", "1e9"),
        ("MsgType", ""),
        ("FromUserName", "o" * 65),
    ],
)
def test_message_without_what_it_needs_is_refused(change: tuple[str, str]) -> None:
    """Sender, account, time and kind are needed; without them there is nobody to answer."""
    fields = parse(text_xml().encode())
    fields[change[0]] = change[1]
    with pytest.raises(Refused):
        read(fields)


def test_wechatpy_reads_the_same() -> None:
    """Two implementations read the same message (wechatpy strips spaces, so there are none here)."""
    xml = text_xml("查<b>&amp;</b>缴费")
    theirs = parse_message(xml)
    ours = received(xml)
    assert isinstance(theirs, TextMessage)
    assert isinstance(ours, Said)
    assert (theirs.source, theirs.content, theirs.id) == (ours.openid, ours.text, 1001)
    assert theirs.target == account_of(parse(xml.encode()))


def test_every_inbound_type_is_reached() -> None:
    """No type of the conversation's is one that the platform can never cause."""
    reached = {type(inbound) for _, inbound in MESSAGES + EVENTS}
    assert reached == set(get_args(AnyInbound))
