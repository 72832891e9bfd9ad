"""Parsed fields become our own inbound types (wechat.md A3, A4). New kinds appear all the time: what is not known is named, never an error."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from datetime import datetime

from bot.wechat.refusal import Reason, Refused
from bot.wechat.xml import Fields, Value
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

_LONGEST_OPENID = 64
_LONGEST_NAME = 64
_LONGEST_KEY = 200
_LAST_SECOND = 4_102_444_800
"""The year 2100: beyond it a CreateTime is a mistake."""

_MOST_TEMPLATES = 20

_SCENE_PREFIX = "qrscene_"

_LONGEST_MENU_ID = 64
_LONGEST_FILE_NAME = 200

_NOT_SHOWN = "【收到不支持的消息类型，暂无法显示】"
"""The platform's own words in place of what it does not pass on (emoticons, files, cards): nobody typed them."""


def account_of(fields: Fields) -> str:
    """The account's own id (`gh_…`), which stands as the sender of a reply. Raises Refused(CONTENT) when it is missing."""
    return _required(fields, "ToUserName")


def dedupe_key(fields: Fields) -> str:
    """What a resend has in common with the first try, and nothing else has (wechat.md A5). At most 200 characters.

    Sender and MsgId are enough where there is one. An event has none, and user + second alone would take two events of one second for the same.
    """
    account = _text(fields, "ToUserName")
    if msg_id := _text(fields, "MsgId"):
        # The sender too: an answer is given again to whoever has its key, and it may hold what is the first sender's alone.
        key = "|".join((account, _text(fields, "FromUserName"), msg_id))
    else:
        names = ("FromUserName", "CreateTime", "Event", "EventKey")
        key = "|".join((account, *(_text(fields, name) for name in names), *_marks(fields)))
    return _bounded(key)


_MARKS = ("MsgID", "OpenID", "KfAccount", "Ticket", "Latitude", "Longitude", "Content", "MediaId")
_MARKS_WITHIN = (
    ("ScanCodeInfo", ("ScanResult",)),
    ("SendLocationInfo", ("Location_X", "Location_Y")),
    ("PublishEventInfo", ("publish_id",)),
)
"""What tells two of the same name, person and second apart, where it is there (wechat.md A4)."""


_PLAIN = ("MsgID", "OpenID", "KfAccount", "publish_id")
"""Ids of the platform's. Of all else a hash is enough: keys are stored as they are, and a place or a scanned 校验码 is somebody's own."""


def _marks(fields: Fields) -> Iterator[str]:
    for name, text in _marked(fields):
        yield text if name in _PLAIN else hashlib.sha256(text.encode()).hexdigest()[:16]


def _marked(fields: Fields) -> Iterator[tuple[str, str]]:
    for name in _MARKS:
        if text := _text(fields, name):
            yield name, text
    for outer, names in _MARKS_WITHIN:
        inner = fields.get(outer)
        if isinstance(inner, dict):
            yield from ((name, text) for name in names if (text := _text(inner, name)))


def _bounded(key: str) -> str:
    """A key that fits its column: the whole of a long one counts, through its hash."""
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key[: _LONGEST_KEY - 65]}|{hashlib.sha256(key.encode()).hexdigest()}"


def read(fields: Fields) -> tuple[AnyInbound, ...]:
    """The message as one of our types. Only a report on several notices at once gives more than one, each with its own key.

    Raises:
        Refused: CONTENT when sender, time or kind are missing or are not what they should be.
    """
    _required(fields, "ToUserName")
    openid = _required(fields, "FromUserName")
    kind = _required(fields, "MsgType")
    if len(openid) > _LONGEST_OPENID:
        raise Refused(Reason.CONTENT)
    key = dedupe_key(fields)
    at = _moment(_required(fields, "CreateTime"))
    if kind == "event":
        return _event(fields, openid, key, at)
    return (_message(fields, kind, openid, key, at),)


def _message(fields: Fields, kind: str, openid: str, key: str, at: datetime) -> AnyInbound:
    match kind:
        case "text":
            content = _text(fields, "Content")
            if content == _NOT_SHOWN:
                return Unknown(openid, key, at, "not shown")
            return Said(openid, key, at, content, _text(fields, "bizmsgmenuid")[:_LONGEST_MENU_ID])
        case "voice":
            words, better = _text(fields, "Recognition"), _text(fields, "MediaId16K")
            return Spoken(openid, key, at, _text(fields, "MediaId"), words, _text(fields, "Format")[:_LONGEST_NAME], better)
        case "image":
            return Pictured(openid, key, at, _text(fields, "MediaId"), _text(fields, "PicUrl"))
        case "video" | "shortvideo":
            return Filmed(openid, key, at, _text(fields, "MediaId"), _text(fields, "ThumbMediaId"), kind == "shortvideo")
        case "link":
            return Linked(openid, key, at, _text(fields, "Title"), _text(fields, "Description"), _text(fields, "Url"))
        case "file":
            name = _text(fields, "FileName") or _text(fields, "Title")
            return Filed(openid, key, at, name[:_LONGEST_FILE_NAME])
        case "location":
            if found := _located(fields, openid, key, at):
                return found
    return Unknown(openid, key, at, kind[:_LONGEST_NAME])


def _located(place: Fields, openid: str, key: str, at: datetime, *, chosen: bool = False) -> Located | None:
    """None where the place is on no globe."""
    latitude, longitude = _degrees(place, "Location_X", 90), _degrees(place, "Location_Y", 180)
    if latitude is None or longitude is None:
        return None
    return Located(openid, key, at, latitude, longitude, _text(place, "Poiname") or _text(place, "Label"), chosen)


def _event(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    name = _required(fields, "Event")
    reader = _EVENTS.get(name.lower())
    if reader is None:
        return (Noticed(openid, key, at, name[:_LONGEST_NAME], name.lower() in _QUIET),)
    return reader(fields, openid, key, at)


def _followed(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    # EventKey may also be empty or something else altogether (last_trade_no_…): only a scene is a scene.
    event_key = _text(fields, "EventKey")
    scene = event_key.removeprefix(_SCENE_PREFIX) if event_key.startswith(_SCENE_PREFIX) else ""
    return (Followed(openid, key, at, scene),)


def _left(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    # The authorisation events name the person in a field of their own.
    return (Left(_text(fields, "OpenID")[:_LONGEST_OPENID] or openid, key, at),)


def _scanned(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    return (Scanned(openid, key, at, _text(fields, "EventKey").removeprefix(_SCENE_PREFIX)),)


def _scanned_by_menu(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    info = fields.get("ScanCodeInfo")
    return (Scanned(openid, key, at, _text(info, "ScanResult") if isinstance(info, dict) else "", by_menu=True),)


def _place_chosen(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    info = fields.get("SendLocationInfo")
    found = _located(info, openid, key, at, chosen=True) if isinstance(info, dict) else None
    return (found or Noticed(openid, key, at, "location_select"),)


def _seat_opened(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    return (Seated(openid, key, at, opened=True, seat=_text(fields, "KfAccount")[:_LONGEST_NAME]),)


def _seat_closed(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    return (Seated(openid, key, at, opened=False, seat=_text(fields, "KfAccount")[:_LONGEST_NAME]),)


def _pressed(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    return (Pressed(openid, key, at, _text(fields, "EventKey")),)


def _template_sent(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    status = _text(fields, "Status")
    return (Delivered(openid, key, at, _text(fields, "MsgID"), status == "success", status),)


def _notices_sent(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    report = fields.get("SubscribeMsgSentEvent")
    entries = _listed(report.get("List")) if isinstance(report, dict) else ()
    if not entries:
        return (Noticed(openid, key, at, "subscribe_msg_sent_event"),)
    return tuple(
        Delivered(
            openid,
            _bounded(f"{key}|{_text(entry, 'MsgID')}"),
            at,
            _text(entry, "MsgID"),
            _text(entry, "ErrorCode") == "0",
            _text(entry, "ErrorStatus"),
        )
        for entry in entries
    )


def _asked(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    accepted, refused = _consents(fields)
    if not accepted and not refused:
        return (Noticed(openid, key, at, "subscribe_msg_popup_event"),)
    return (Consented(openid, _consent_key(key, accepted, refused), at, accepted, refused),)


def _turned_off(fields: Fields, openid: str, key: str, at: datetime) -> tuple[AnyInbound, ...]:
    # Only what is turned off is pushed today; what is turned on again would be allowed.
    accepted, withdrawn = _consents(fields)
    if not accepted and not withdrawn:
        return (Noticed(openid, key, at, "subscribe_msg_change_event"),)
    return (Consented(openid, _consent_key(key, accepted, withdrawn), at, accepted, withdrawn=withdrawn),)


def _consents(fields: Fields) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was accepted and what was rejected. The list stands under either tag, since the platform's own sample has the popup's on the
    change event; in JSON also right in the body."""
    found: list[Fields] = []
    for report in (fields.get("SubscribeMsgPopupEvent"), fields.get("SubscribeMsgChangeEvent"), fields):
        if isinstance(report, dict):
            found += _listed(report.get("List"))
    told = {_text(one, "TemplateId"): _text(one, "SubscribeStatusString") for one in found[:_MOST_TEMPLATES]}
    templates = {name: status for name, status in told.items() if 0 < len(name) <= _LONGEST_NAME}
    return (
        tuple(name for name, status in templates.items() if status == "accept"),
        tuple(name for name, status in templates.items() if status == "reject"),
    )


def _consent_key(key: str, *names: tuple[str, ...]) -> str:
    """Two answers of one second are two, unless they say the same."""
    return _bounded("|".join((key, *(",".join(one) for one in names))))


_EVENTS: dict[str, Callable[[Fields, str, str, datetime], tuple[AnyInbound, ...]]] = {
    "subscribe": _followed,
    "unsubscribe": _left,
    "user_authorization_revoke": _left,
    "user_authorization_cancellation": _left,
    "scan": _scanned,
    "scancode_waitmsg": _scanned_by_menu,
    "click": _pressed,
    "location_select": _place_chosen,
    "kf_create_session": _seat_opened,
    "kf_close_session": _seat_closed,
    "templatesendjobfinish": _template_sent,
    "subscribe_msg_sent_event": _notices_sent,
    "subscribe_msg_popup_event": _asked,
    "subscribe_msg_change_event": _turned_off,
}
"""Events that mean something to a conversation. All others are Noticed: they allow no reply, or their message follows by itself."""

_QUIET = frozenset(
    {
        "location",
        "view",
        "view_miniprogram",
        "scancode_push",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "masssendjobfinish",
        "publishjobfinish",
        "kf_switch_session",
        "user_info_modified",
        "debug_demo",
    }
)
"""Events of which nothing is to be done: places reported along the way and profiles are not kept, so there is nothing of them to change or delete."""


def _listed(value: Value | None) -> tuple[Fields, ...]:
    """`List` is an object when there is one element and a list when there are several, in JSON too (wechat.md A4)."""
    entries = value if isinstance(value, list) else [value]
    return tuple(entry for entry in entries if isinstance(entry, dict))


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _required(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(Reason.CONTENT)
    return value


def _moment(seconds: str) -> datetime:
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12 and int(seconds) <= _LAST_SECOND):
        raise Refused(Reason.CONTENT)
    return datetime.fromtimestamp(int(seconds), SHANGHAI)


def _degrees(fields: Fields, name: str, limit: int) -> float | None:
    try:
        degrees = float(_text(fields, name))
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= limit else None
