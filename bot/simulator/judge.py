"""Is this answer one that the platform would show? Written from wechat.md A2, A5, A6 and E, and knowing nothing of the bot."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.simulator import jsonform, markup
from bot.simulator.account import Format
from bot.simulator.envelope import Envelope, KeyName, Refused
from bot.simulator.world import World

MAX_ARTICLES_MESSAGE = 1
MAX_ARTICLES_EVENT = 8
_LINK = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*(["'])(?P<url>.*?)\1[^>]*>(?P<text>.*?)</a>""", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Whom the answer must be from and to, and what it answers."""

    openid: str
    original_id: str
    is_event: bool
    key: KeyName = "current"
    """The key that the push was sealed with, and its answer must be."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`answered` with what the person sees, `empty` (success or nothing), `malformed` (the person is told that the service is out of order)."""

    outcome: Literal["answered", "empty", "malformed"]
    body: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    plain: str = ""


def links(text: str) -> list[dict[str, str]]:
    """The tappable links of a text, in order."""
    return [{"text": found["text"], "url": found["url"].replace("&amp;", "&")} for found in _LINK.finditer(text)]


def text_body(text: str) -> dict[str, Any]:
    """A text as a person sees it; `url` is its first link."""
    found = links(text)
    return {"type": "text", "text": text, "url": found[0]["url"] if found else "", "links": found}


def judge(content: bytes, exchange: Exchange, envelope: Envelope, world: World) -> Verdict:
    """Judge the body of an answer with status 200. Never raises."""
    if content in (b"", b"success"):
        return Verdict("empty")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Verdict("malformed", reason="the body is not UTF-8")
    account = envelope.account
    try:
        outer = _fields(text, account.format)
        plain = _opened(text, outer, exchange, envelope)
        body = _reply(outer if plain is text else _fields(plain, account.format), exchange, world, account.rules.text_bytes)
    except (Refused, markup.NotXml, jsonform.NotJson) as refused:
        return Verdict("malformed", reason=str(refused))
    return Verdict("answered", {"channel": "passive"} | body, plain=plain)


def _fields(text: str, form: Format) -> dict[str, Any]:
    """The fields of an answer in the account's format, and in no other."""
    is_json = text.lstrip().startswith(("{", "["))
    if form == "xml":
        if is_json:
            raise Refused("JSON for an account that speaks XML")
        return markup.read(text)
    if text.lstrip().startswith("<"):
        raise Refused("XML for an account that speaks JSON")
    return jsonform.read(text)


def _opened(text: str, outer: dict[str, Any], exchange: Exchange, envelope: Envelope) -> str:
    """What the answer says: itself in clear mode, what is sealed in it in safe mode, either in compat mode."""
    mode = envelope.account.mode
    if "Encrypt" in outer:
        if mode == "clear":
            raise Refused("an encrypted answer, in clear mode")
        return envelope.open(outer, key=exchange.key)
    if mode == "safe":
        raise Refused("an answer in the clear, in safe mode")
    return text


def _reply(fields: dict[str, Any], exchange: Exchange, world: World, longest: int) -> dict[str, Any]:
    if _word(fields, "ToUserName") != exchange.openid:
        raise Refused("ToUserName is not the person who wrote")
    if _word(fields, "FromUserName") != exchange.original_id:
        raise Refused("FromUserName is not this account")
    if not re.fullmatch(r"[0-9]{1,11}", _word(fields, "CreateTime").strip()):
        raise Refused("CreateTime is not an integer")
    match _word(fields, "MsgType"):
        case "text":
            return text_body(_text(fields, longest))
        case "image":
            media_id = _media(fields, "Image", world)
            if _moves(world.media[media_id].content):
                raise Refused("a GIF that moves")
            return {"type": "image", "picture": f"/sim/media/{media_id}"}
        case "voice":
            return {"type": "voice", "text": "语音", "picture": f"/sim/media/{_media(fields, 'Voice', world)}"}
        case "video":
            _media(fields, "Video", world)
            return {
                "type": "video",
                "title": str(fields["Video"].get("Title") or "视频"),
                "text": str(fields["Video"].get("Description") or ""),
            }
        case "music":
            music = _inner(fields, "Music")
            if music.get("ThumbMediaId"):
                _fresh(music, "ThumbMediaId", "thumb", world)
            return {
                "type": "music",
                "title": str(music.get("Title") or ""),
                "text": str(music.get("Description") or ""),
                "url": str(music.get("MusicUrl") or ""),
            }
        case "news":
            return news_body(_articles(fields, MAX_ARTICLES_EVENT if exchange.is_event else MAX_ARTICLES_MESSAGE))
        case "transfer_customer_service":
            if "TransInfo" in fields:
                _word(_inner(fields, "TransInfo"), "KfAccount")
            return {"type": "transfer", "text": "已为您转接人工客服，请稍候"}
        case _:
            raise Refused("MsgType is not one that may be a reply")


def news_body(articles: list[dict[str, str]]) -> dict[str, Any]:
    """Article cards as a person sees them: the first one's fields, and all of them when there are several."""
    first = articles[0]
    return {
        "type": "news",
        "title": first["title"],
        "text": first["description"],
        "url": first["url"],
        "picture": first["picture"],
        "articles": articles if len(articles) > 1 else [],
    }


def _text(fields: dict[str, Any], longest: int) -> str:
    text = _word(fields, "Content")
    if len(text.encode()) > longest:
        raise Refused(f"Content is longer than {longest} bytes")
    return text


def _media(fields: dict[str, Any], name: str, world: World) -> str:
    return _fresh(_inner(fields, name), "MediaId", name.lower(), world)


def _fresh(holder: dict[str, Any], name: str, kind: str, world: World) -> str:
    """The id of a file that exists, is younger than three days, and is of that kind."""
    media_id = _word(holder, name)
    item = world.fresh_media(media_id)
    if item is None:
        raise Refused(f"{name} does not exist, or is three days old")
    if item.kind != kind:
        raise Refused(f"{name} is of another kind")
    return media_id


def _moves(content: bytes) -> bool:
    """A GIF with more than one picture."""
    return content.startswith(b"GIF8") and content.count(b"\x00\x21\xf9\x04") > 1


def _articles(fields: dict[str, Any], limit: int) -> list[dict[str, str]]:
    items = _inner(fields, "Articles").get("item")
    items = items if isinstance(items, list) else [items]
    if not all(isinstance(one, dict) for one in items):
        raise Refused("Articles holds no item")
    if _word(fields, "ArticleCount").strip() != str(len(items)):
        raise Refused("ArticleCount is not the number of items")
    names = (("title", "Title"), ("description", "Description"), ("url", "Url"), ("picture", "PicUrl"))
    read = [{ours: str(one.get(theirs) or "") for ours, theirs in names} for one in items]
    if not all(one["title"] for one in read):
        raise Refused("an article without a title")
    return read[:limit]  # the platform drops what is too much, without a word


def _inner(fields: dict[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise Refused(f"{name} is missing")
    return value


def _word(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{name} is missing, empty or there twice")
    return value
