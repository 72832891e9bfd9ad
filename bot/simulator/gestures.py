"""What a person does with the phone, as the platform reports it: message kinds of `POST /sim/send` -> fields of the XML (wechat.md A3, A4)."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import Any

from bot.simulator.quota import Trigger
from bot.simulator.world import World

_CLICKS = {"CLICK", "scancode_push", "scancode_waitmsg"}
_PICTURES = {"pic_sysphoto", "pic_photo_or_album", "pic_weixin"}
_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"BM": "image/bmp"}


class BadMessage(Exception):
    """The program asked for something that no phone can do; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """One thing done. `fields` follow the common ones; `mine` is the bubble it leaves on the own side, or None; `grants` opens a quota."""

    fields: dict[str, Any]
    is_event: bool
    mine: dict[str, Any] | None = None
    grants: Trigger | None = None

    @property
    def event(self) -> str:
        """The name of the event; empty for a message."""
        return str(self.fields.get("Event", "")) if self.is_event else ""


def image_type(content: bytes) -> str:
    """The content type of a picture by its first bytes; empty when it is none that the platform takes."""
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), "")


def read(msg: Any, world: World, base_url: str, scan_key: str) -> Gesture:
    """Turn `msg` of the program interface into a gesture; pictures are stored as media. Raises BadMessage."""
    if not isinstance(msg, dict):
        raise BadMessage("msg must be an object")
    kind = _text(msg, "type")
    match kind:
        case "text":
            return _words(msg)
        case "event":
            return _event(msg)
        case "scan":
            found = {"ScanType": "qrcode", "ScanResult": _text(msg, "text")}
            return _happened("scancode_waitmsg", {"EventKey": str(msg.get("key") or scan_key), "ScanCodeInfo": found}, "click")
        case "image":
            return _picture(msg, world, base_url)
        case "voice":
            said = str(msg.get("recognition") or "")
            media = world.store("voice", "audio/amr", b"#!AMR\n")
            fields = {"MsgType": "voice", "MediaId": media.media_id, "Format": "amr", "MediaId16K": media.media_id + "16k"}
            return _sent(fields | {"Recognition": said}, {"type": "voice", "text": said})
        case "location":
            place = {
                "Location_X": _number(msg, "lat"),
                "Location_Y": _number(msg, "lng"),
                "Scale": 16,
                "Label": str(msg.get("label") or ""),
            }
            return _sent({"MsgType": "location"} | place, {"type": "location", "text": str(msg.get("label") or "我的位置")})
        case "video" | "shortvideo":
            return _film(kind, msg, world)
        case "link":
            told = {"Title": _text(msg, "title"), "Description": str(msg.get("text") or ""), "Url": _text(msg, "url")}
            shown = {"type": "link", "title": told["Title"], "text": told["Description"], "url": told["Url"]}
            return _sent({"MsgType": "link"} | told, shown)
        case "file":
            # Not documented (wechat.md A3): what has been seen is a title and a key that leads nowhere.
            name = _text(msg, "title")
            told = {"Title": name, "Description": "", "FileKey": secrets.token_hex(16)} | _extra(msg)
            return _sent({"MsgType": "file"} | told, {"type": "file", "title": name})
        case _:
            return _sent({"MsgType": kind} | _extra(msg), {"type": "text", "text": f"[{kind}]"})


def _film(kind: str, msg: dict[str, Any], world: World) -> Gesture:
    """A video; its content is optional, because nobody but the person looks at it."""
    try:
        content = base64.b64decode(str(msg.get("base64") or ""), validate=True)
    except (binascii.Error, ValueError):
        raise BadMessage("base64 is not base64") from None
    film = world.store("video", "video/mp4", content)
    thumb = world.store("thumb", "image/jpeg", b"\xff\xd8\xff\xd9")
    fields = {"MsgType": kind, "MediaId": film.media_id, "ThumbMediaId": thumb.media_id} | _extra(msg)
    return _sent(fields, {"type": "video", "title": str(msg.get("title") or "视频")})


def _words(msg: dict[str, Any]) -> Gesture:
    content = msg.get("content")
    if not isinstance(content, str):
        raise BadMessage("content must be a string")
    fields: dict[str, Any] = {"MsgType": "text", "Content": content}
    if picked := str(msg.get("menu_id") or ""):
        # A choice of a msgmenu arrives as text, but opens only the short window (wechat.md A7).
        return Gesture(fields | {"bizmsgmenuid": picked}, is_event=False, mine={"type": "text", "text": content}, grants="click")
    return _sent(fields, {"type": "text", "text": content})


def _picture(msg: dict[str, Any], world: World, base_url: str) -> Gesture:
    try:
        content = base64.b64decode(_text(msg, "base64"), validate=True)
    except (binascii.Error, ValueError):
        raise BadMessage("base64 is not base64") from None
    kind = image_type(content)
    if not kind:
        raise BadMessage("the picture must be PNG, JPEG, GIF or BMP")
    media = world.store("image", kind, content)
    address = f"/sim/media/{media.media_id}"
    return _sent(
        {"MsgType": "image", "PicUrl": base_url + address, "MediaId": media.media_id}, {"type": "image", "picture": address}
    )


def _event(msg: dict[str, Any]) -> Gesture:
    event, key = _text(msg, "event"), str(msg.get("key") or "")
    if event == "subscribe":
        found: dict[str, Any] = {"EventKey": ""}
        if key:
            found = {
                "EventKey": key if key.startswith("qrscene_") else f"qrscene_{key}",
                "Ticket": str(msg.get("ticket") or _ticket()),
            }
        return _happened(event, found | _extra(msg), "follow")
    if event == "SCAN":
        return _happened(event, {"EventKey": key, "Ticket": str(msg.get("ticket") or _ticket())} | _extra(msg), "scan")
    if event in {"scancode_waitmsg", "scancode_push"}:
        code = {"ScanType": "qrcode", "ScanResult": str(msg.get("text") or "")}
        return _happened(event, {"EventKey": key, "ScanCodeInfo": code} | _extra(msg), "click")
    if event in _PICTURES:
        pictures = {"Count": 1, "PicList": {"item": {"PicMd5Sum": secrets.token_hex(16)}}}
        return _happened(event, {"EventKey": key, "SendPicsInfo": pictures} | _extra(msg), None)
    if event == "location_select":
        place = {"Location_X": str(msg.get("lat", "")), "Location_Y": str(msg.get("lng", "")), "Scale": "16"}
        named = place | {"Label": str(msg.get("label") or ""), "Poiname": ""}
        return _happened(event, {"EventKey": key, "SendLocationInfo": named} | _extra(msg), None)
    if event == "LOCATION":
        here = {"Latitude": _number(msg, "lat"), "Longitude": _number(msg, "lng"), "Precision": 40.0}
        return _happened(event, here | _extra(msg), None)
    return _happened(event, {"EventKey": key} | _extra(msg), "click" if event in _CLICKS else None)


def _happened(event: str, fields: dict[str, Any], grants: Trigger | None) -> Gesture:
    return Gesture({"MsgType": "event", "Event": event} | fields, is_event=True, grants=grants)


def _sent(fields: dict[str, Any], mine: dict[str, Any]) -> Gesture:
    return Gesture(fields, is_event=False, mine=mine, grants="message")


def _extra(msg: dict[str, Any]) -> dict[str, Any]:
    """Further elements for kinds that this table does not know, so that any event of the platform can be played."""
    extra = msg.get("fields", {})
    if not isinstance(extra, dict) or not all(isinstance(name, str) and name.isidentifier() for name in extra):
        raise BadMessage("fields must be an object of element names")
    return extra


def _ticket() -> str:
    return "gQ" + secrets.token_urlsafe(60)


def _text(msg: dict[str, Any], name: str) -> str:
    value = msg.get(name)
    if not isinstance(value, str) or not value:
        raise BadMessage(f"{name} must be a string that is not empty")
    return value


def _number(msg: dict[str, Any], name: str) -> float:
    value = msg.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadMessage(f"{name} must be a number")
    return float(value)
