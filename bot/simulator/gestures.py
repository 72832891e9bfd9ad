"""What a person does with the phone, as the platform reports it: message kinds of `POST /sim/send` -> fields of the XML (wechat.md A3, A4).

`{"type": "menu", "path": "2.1"}` taps the first entry under the second button of the menu that this phone shows; what the entry's type needs
stands beside it (`text` that a scan reads, `base64` of a photo, `lat`, `lng`, `label` of a place), and what follows on it follows. Anything
that these tables do not know is sent as it is named, with the elements of `fields`.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

from bot.simulator.markup import Repeated
from bot.simulator.quota import Trigger
from bot.simulator.rules import Rules
from bot.simulator.world import World

_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"BM": "image/bmp"}
_PICTURES = ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
_SILENCE = b"#!AMR\n"
_CLIP = b"\x00\x00\x00\x18ftypmp42"

Msg = dict[str, Any]


class BadMessage(Exception):
    """The program asked for something that no phone can do; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """One thing done. `fields` follow the common ones; `mine` is the bubble it leaves on the own side, or None; `grants` opens a quota; `then`
    is what the phone does right after it. `shows` is what the platform itself answers, without asking the bot."""

    fields: dict[str, Any]
    is_event: bool
    mine: dict[str, Any] | None = None
    grants: Trigger | None = None
    then: tuple[Gesture, ...] = ()
    shows: dict[str, Any] | None = None

    @property
    def event(self) -> str:
        """The name of the event; empty for a message."""
        return str(self.fields.get("Event", "")) if self.is_event else ""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it is done: whose phone, which menu it shows (`menu_id` 0 where there are no conditional menus), and what exists."""

    world: World
    base_url: str
    openid: str = ""
    scan_key: str = ""
    menu: dict[str, Any] | None = None
    menu_id: int = 0
    rules: Rules = field(default_factory=Rules)


def image_type(content: bytes) -> str:
    """The content type of a picture by its first bytes; empty when it is none that the platform takes."""
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), "")


def read(msg: Any, ground: Ground) -> Gesture:
    """Turn `msg` of the program interface into a gesture; files are stored as media. Raises BadMessage."""
    if not isinstance(msg, dict):
        raise BadMessage("msg must be an object")
    kind = _text(msg, "type")
    made = _KINDS.get(kind)
    if made is not None:
        return made(msg, ground)
    return _sent({"MsgType": kind} | _extra(msg), {"type": "text", "text": f"[{kind}]"})


# ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _words(msg: Msg, _: Ground) -> Gesture:
    content = msg.get("content")
    if not isinstance(content, str):
        raise BadMessage("content must be a string")
    fields: dict[str, Any] = {"MsgType": "text", "Content": content} | _extra(msg)
    if picked := str(msg.get("menu_id") or ""):
        # A choice of a msgmenu arrives as text, but opens only the short window (wechat.md A7).
        return Gesture(fields | {"bizmsgmenuid": picked}, is_event=False, mine={"type": "text", "text": content}, grants="click")
    return _sent(fields, {"type": "text", "text": content})


def _picture(msg: Msg, ground: Ground) -> Gesture:
    content = _file(msg, b"")
    kind = image_type(content)
    if not kind:
        raise BadMessage("the picture must be PNG, JPEG, GIF or BMP")
    media = ground.world.store("image", kind, content)
    address = f"/sim/media/{media.media_id}"
    fields = {"MsgType": "image", "PicUrl": ground.base_url + address, "MediaId": media.media_id}
    return _sent(fields | _extra(msg), {"type": "image", "picture": address})


def _voice(msg: Msg, ground: Ground) -> Gesture:
    """With `recognition` there is a Recognition, which may be empty; without there is none."""
    said = str(msg.get("recognition") or "")
    media = ground.world.store("voice", "audio/amr", _file(msg, _SILENCE))
    fields: dict[str, Any] = {"MsgType": "voice", "MediaId": media.media_id, "Format": "amr"}
    if ground.rules.hd_voice:
        fields["MediaId16K"] = media.media_id + "16k"
    if msg.get("recognition") is not None:
        fields["Recognition"] = said
    return _sent(fields | _extra(msg), {"type": "voice", "text": said or str(msg.get("text") or "")})


def _video(msg: Msg, ground: Ground) -> Gesture:
    media = ground.world.store("video", "video/mp4", _file(msg, _CLIP))
    thumb = ground.world.store("thumb", "image/jpeg", b"\xff\xd8\xff")
    fields = {"MsgType": msg["type"], "MediaId": media.media_id, "ThumbMediaId": thumb.media_id}
    return _sent(fields | _extra(msg), {"type": "video", "title": str(msg.get("title") or "视频")})


def _place(msg: Msg, _: Ground) -> Gesture:
    label = str(msg.get("label") or "")
    place = {"Location_X": _number(msg, "lat"), "Location_Y": _number(msg, "lng"), "Scale": 16, "Label": label}
    return _sent({"MsgType": "location"} | place | _extra(msg), {"type": "location", "text": label or "我的位置"})


def _link(msg: Msg, _: Ground) -> Gesture:
    title, url, text = str(msg.get("title") or ""), _text(msg, "url"), str(msg.get("text") or "")
    fields = {"MsgType": "link", "Title": title, "Description": text, "Url": url}
    return _sent(fields | _extra(msg), {"type": "link", "title": title, "text": text, "url": url})


def _document(msg: Msg, _: Ground) -> Gesture:
    """A file that somebody picked; nothing of it can be fetched. The shape is not documented."""
    name, content = str(msg.get("title") or "文件.pdf"), _file(msg, b"")
    fields = {
        "MsgType": "file",
        "Title": name,
        "Description": "",
        "FileKey": secrets.token_hex(16),
        "FileMd5": md5(content, usedforsecurity=False).hexdigest(),
        "FileTotalLen": len(content),
    }
    return _sent(fields | _extra(msg), {"type": "file", "title": name})


# ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _scan(msg: Msg, ground: Ground) -> Gesture:
    found = {"ScanType": "qrcode", "ScanResult": _text(msg, "text")}
    return _happened("scancode_waitmsg", {"EventKey": str(msg.get("key") or ground.scan_key), "ScanCodeInfo": found}, "click")


def _event(msg: Msg, ground: Ground) -> Gesture:
    event, key = _text(msg, "event"), str(msg.get("key") or "")
    known = _EVENTS.get(event)
    fields = known.fields(msg, ground) if known else {}
    if known is None or known.keyed:
        fields = {"EventKey": key} | fields
    return _happened(event, fields | _extra(msg), known.grants if known else None)


def _followed(msg: Msg, _: Ground) -> dict[str, Any]:
    key = str(msg.get("key") or "")
    if not key:
        return {}
    return {
        "EventKey": key if key.startswith("qrscene_") else f"qrscene_{key}",
        "Ticket": str(msg.get("ticket") or _ticket()),
    }


def _scanned(msg: Msg, _: Ground) -> dict[str, Any]:
    return {"Ticket": str(msg.get("ticket") or _ticket())}


def _code(msg: Msg, _: Ground) -> dict[str, Any]:
    return {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": str(msg.get("text") or "")}}


def _photos(msg: Msg, _: Ground) -> dict[str, Any]:
    number = msg.get("count", 1)
    items = [{"PicMd5Sum": secrets.token_hex(16)} for _ in range(number if isinstance(number, int) else 1)]
    return {"SendPicsInfo": {"Count": len(items), "PicList": {"item": Repeated(items)}}}


def _picked_place(msg: Msg, _: Ground) -> dict[str, Any]:
    place = {"Location_X": str(msg.get("lat", "")), "Location_Y": str(msg.get("lng", "")), "Scale": "16"}
    return {"SendLocationInfo": place | {"Label": str(msg.get("label") or ""), "Poiname": ""}}


def _whereabouts(msg: Msg, _: Ground) -> dict[str, Any]:
    return {"Latitude": _number(msg, "lat"), "Longitude": _number(msg, "lng"), "Precision": 40.0}


def _viewed(_msg: Msg, ground: Ground) -> dict[str, Any]:
    return {"MenuId": ground.menu_id} if ground.menu_id else {}


def _changed(msg: Msg, ground: Ground) -> dict[str, Any]:
    """A person took back what they had agreed to, or changed it; `revoke` are the numbers of what."""
    return {"OpenID": ground.openid, "RevokeInfo": str(msg.get("revoke") or "201")}


def _finished(_msg: Msg, _: Ground) -> dict[str, Any]:
    return {"MsgID": secrets.randbelow(10**9) + 1, "Status": "success"}


def _published(_msg: Msg, _: Ground) -> dict[str, Any]:
    return {"PublishEventInfo": {"publish_id": secrets.randbelow(10**9) + 1, "publish_status": 0}}


@dataclass(frozen=True, slots=True)
class _Event:
    """What an event carries beside its name; `keyed` ones have an EventKey, which may be empty."""

    fields: Callable[[Msg, Ground], dict[str, Any]] = lambda _msg, _ground: {}
    grants: Trigger | None = None
    keyed: bool = True


def _kf(*names: str) -> _Event:
    return _Event(lambda msg, _: {name: str(msg.get("key") or f"kf200{n}@test") for n, name in enumerate(names, 1)}, keyed=False)


_EVENTS: dict[str, _Event] = {
    "subscribe": _Event(_followed, "follow"),
    "unsubscribe": _Event(),
    "SCAN": _Event(_scanned, "scan"),
    "LOCATION": _Event(_whereabouts, keyed=False),
    "CLICK": _Event(grants="click"),
    "VIEW": _Event(_viewed),
    "view_miniprogram": _Event(_viewed),
    "scancode_push": _Event(_code, "click"),
    "scancode_waitmsg": _Event(_code, "click"),
    **{name: _Event(_photos) for name in _PICTURES},
    "location_select": _Event(_picked_place),
    "TEMPLATESENDJOBFINISH": _Event(_finished, keyed=False),
    "MASSSENDJOBFINISH": _Event(_finished, keyed=False),
    "PUBLISHJOBFINISH": _Event(_published, keyed=False),
    "user_info_modified": _Event(_changed, keyed=False),
    "user_authorization_revoke": _Event(_changed, keyed=False),
    "user_authorization_cancellation": _Event(_changed, keyed=False),
    "kf_create_session": _kf("KfAccount"),
    "kf_close_session": _kf("KfAccount"),
    "kf_switch_session": _kf("FromKfAccount", "ToKfAccount"),
    "debug_demo": _Event(lambda msg, _: {"debug_str": str(msg.get("text") or "demo")}, keyed=False),
}
"""What the platform is known to report (A4)."""


# ── the menu ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tapped(msg: Msg, ground: Ground) -> Gesture:
    leaf = _entry(ground.menu, str(msg.get("path") or ""))
    kind = leaf["type"]
    return _TAPS.get(kind, _with_key)(msg | {"event": kind, "key": leaf.get("key", "")}, leaf, ground)


def _entry(menu: dict[str, Any] | None, path: str) -> dict[str, Any]:
    """The entry at `2` or `2.1`, counted from one."""
    places = [int(part) - 1 for part in path.split(".") if part.isdecimal() and int(part)]
    rows: Any = (menu or {}).get("button", [])
    leaf: dict[str, Any] = {}
    for place in places:
        if place >= len(rows):
            raise BadMessage("the menu has no such entry")
        leaf, rows = rows[place], rows[place].get("sub_button") or []
    if not leaf or rows:
        raise BadMessage("path must lead to an entry of the menu that this phone shows, such as 1 or 2.1")
    return leaf


def _with_key(msg: Msg, _leaf: Msg, ground: Ground) -> Gesture:
    return _event(msg, ground)


def _clicked(msg: Msg, _leaf: Msg, ground: Ground) -> Gesture:
    return _event(msg | {"event": "CLICK"}, ground)


def _opened(msg: Msg, leaf: Msg, ground: Ground) -> Gesture:
    return _event(msg | {"event": "VIEW", "key": leaf["url"]}, ground)


def _opened_program(msg: Msg, leaf: Msg, ground: Ground) -> Gesture:
    return _event(msg | {"event": "view_miniprogram", "key": leaf["pagepath"]}, ground)


def _photographed(msg: Msg, _leaf: Msg, ground: Ground) -> Gesture:
    """The event, and then the picture as a message."""
    picture = _picture(msg, ground)
    done = _event(msg | {"count": 1}, ground)
    return Gesture(done.fields, is_event=True, grants=done.grants, then=(picture,))


def _pointed(msg: Msg, _leaf: Msg, ground: Ground) -> Gesture:
    """The event, and then the place as a message."""
    place = _place(msg, ground)
    return Gesture(_event(msg, ground).fields, is_event=True, then=(place,))


def _handed_over(_msg: Msg, leaf: Msg, ground: Ground) -> Gesture:
    """The platform shows the material itself; the bot hears nothing."""
    media = ground.world.fresh_media(str(leaf.get("media_id") or ""))
    shown = {"channel": "passive", "type": media.kind, "picture": f"/sim/media/{media.media_id}"} if media else None
    return Gesture({}, is_event=True, shows=shown or {"channel": "passive", "type": "news", "title": leaf["name"]})


_TAPS: dict[str, Callable[[Msg, Msg, Ground], Gesture]] = {
    "click": _clicked,
    "view": _opened,
    "miniprogram": _opened_program,
    **dict.fromkeys(_PICTURES, _photographed),
    "location_select": _pointed,
    **dict.fromkeys(("media_id", "view_limited", "article_id", "article_view_limited"), _handed_over),
}

_KINDS: dict[str, Callable[[Msg, Ground], Gesture]] = {
    "text": _words,
    "image": _picture,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _place,
    "link": _link,
    "file": _document,
    "event": _event,
    "scan": _scan,
    "menu": _tapped,
}


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _happened(event: str, fields: dict[str, Any], grants: Trigger | None) -> Gesture:
    return Gesture({"MsgType": "event", "Event": event} | fields, is_event=True, grants=grants)


def _sent(fields: dict[str, Any], mine: dict[str, Any]) -> Gesture:
    return Gesture(fields, is_event=False, mine=mine, grants="message")


def _extra(msg: Msg) -> dict[str, Any]:
    """Further elements, and others in place of those above; a `List` of several is several elements."""
    extra = msg.get("fields", {})
    if not isinstance(extra, dict) or not all(isinstance(name, str) and name.isidentifier() for name in extra):
        raise BadMessage("fields must be an object of element names")
    return {name: _listed(value) for name, value in extra.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: Repeated(one) if name == "List" and isinstance(one, list) else _listed(one) for name, one in value.items()}


def _file(msg: Msg, otherwise: bytes) -> bytes:
    given = msg.get("base64")
    if given is None and otherwise:
        return otherwise
    try:
        return base64.b64decode(given if isinstance(given, str) else "", validate=True)
    except (binascii.Error, ValueError):
        raise BadMessage("base64 is not base64") from None


def _ticket() -> str:
    return "gQ" + secrets.token_urlsafe(60)


def _text(msg: Msg, name: str) -> str:
    value = msg.get(name)
    if not isinstance(value, str) or not value:
        raise BadMessage(f"{name} must be a string that is not empty")
    return value


def _number(msg: Msg, name: str) -> float:
    value = msg.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadMessage(f"{name} must be a number")
    return float(value)
