"""Messages that the account starts in a conversation: customer service, typing (wechat.md A7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.simulator.errors import ApiError
from bot.simulator.judge import news_body, text_body
from bot.simulator.simulator import Simulator
from bot.simulator.world import Phone

_EXCHANGE = timedelta(seconds=30)

Body = dict[str, Any]


def custom_send(sim: Simulator, body: Body) -> Body:
    """A customer-service message, within the quota of A7. Raises ApiError."""
    phone = phone_of(sim, body)
    shown = _content(sim, body)
    if not phone.followed:
        raise ApiError(45015)
    if refused := phone.allowances.spend(sim.clock.now()):
        raise ApiError(refused)
    sim.show(phone, {"channel": "service"} | shown)
    return {}


def custom_typing(sim: Simulator, body: Body) -> Body:
    """对方正在输入: after a message exchange within 30 s, and not twice. Raises ApiError."""
    phone = phone_of(sim, body)
    command = body.get("command")
    if command not in {"Typing", "CancelTyping"}:
        raise ApiError(45072)
    if not phone.followed or phone.last_exchange is None or sim.clock.now() - phone.last_exchange > _EXCHANGE:
        raise ApiError(45080)
    if command == "Typing" and phone.typing:
        raise ApiError(45081)
    phone.typing = command == "Typing"
    sim.world.tell("typing", openid=phone.openid, on=phone.typing)
    return {}


def phone_of(sim: Simulator, body: Body) -> Phone:
    """Whom a message is for. Raises ApiError 40003 for an openid that is nobody's."""
    phone = sim.world.phones.get(str(body.get("touser", "")))
    if phone is None:
        raise ApiError(40003)
    return phone


def _content(sim: Simulator, body: Body) -> Body:
    """What the person sees. Raises ApiError 40008 for a kind that is none, 47001 without its part, and as the kind's own rule says."""
    kind = body.get("msgtype")
    rule = _KINDS.get(kind) if isinstance(kind, str) else None
    if rule is None:
        raise ApiError(40008)
    inner = body.get(str(kind))
    if not isinstance(inner, dict):
        raise ApiError(47001)
    return rule(sim, inner)


def _text(sim: Simulator, inner: Body) -> Body:
    text = inner.get("content")
    if not isinstance(text, str) or not text:
        raise ApiError(44004)
    if len(text.encode()) > sim.account.rules.text_bytes:
        raise ApiError(45002)
    return text_body(text)


def _media(kind: str) -> Callable[[Simulator, Body], Body]:
    def rule(sim: Simulator, inner: Body) -> Body:
        if kind == "video" and inner.get("thumb_media_id"):
            _fresh(sim, inner, "thumb_media_id", "thumb")
        media_id = _fresh(sim, inner, "media_id", kind)
        shown = {"title": str(inner.get("title") or ""), "text": str(inner.get("description") or "")}
        return {"type": kind, "picture": f"/sim/media/{media_id}"} | shown

    return rule


def _music(sim: Simulator, inner: Body) -> Body:
    if not inner.get("musicurl"):
        raise ApiError(44004)
    _fresh(sim, inner, "thumb_media_id", "thumb")
    return {"type": "music", "title": _said(inner, "title"), "text": _said(inner, "description"), "url": _said(inner, "musicurl")}


def _news(_: Simulator, inner: Body) -> Body:
    articles = inner.get("articles")
    if not isinstance(articles, list) or len(articles) != 1:
        raise ApiError(45008)
    one = articles[0]
    if not isinstance(one, dict) or not one.get("title"):
        raise ApiError(44004)
    names = (("title", "title"), ("description", "description"), ("url", "url"), ("picture", "picurl"))
    return news_body([{ours: str(one.get(theirs) or "") for ours, theirs in names}])


def _published(name: str) -> Callable[[Simulator, Body], Body]:
    """An article of the account itself, by `media_id` (mpnews) or `article_id` (mpnewsarticle)."""

    def rule(sim: Simulator, inner: Body) -> Body:
        if inner.get(name) not in sim.account.articles:
            raise ApiError(40007)
        return {"type": "news", "title": "图文消息", "text": str(inner[name])}

    return rule


def _card(sim: Simulator, inner: Body) -> Body:
    if inner.get("card_id") not in sim.account.cards:
        raise ApiError(40073)
    return {"type": "wxcard", "title": "卡券", "text": str(inner["card_id"])}


def _program(sim: Simulator, inner: Body) -> Body:
    if not inner.get("appid"):
        raise ApiError(40013)
    if not inner.get("pagepath") or not inner.get("title"):
        raise ApiError(44004)
    media_id = _fresh(sim, inner, "thumb_media_id", "image", "thumb")
    return {"type": "miniprogrampage", "title": _said(inner, "title"), "picture": f"/sim/media/{media_id}"}


def _link(_: Simulator, inner: Body) -> Body:
    if not inner.get("title") or not inner.get("url"):
        raise ApiError(44004)
    return {"type": "link", "title": _said(inner, "title"), "text": _said(inner, "description"), "url": _said(inner, "url")}


def _choices(_: Simulator, inner: Body) -> Body:
    rows = inner.get("list")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and row.get("content") for row in rows):
        raise ApiError(47001)
    head, tail = str(inner.get("head_content") or ""), str(inner.get("tail_content") or "")
    items = [{"id": str(row.get("id", "")), "text": str(row["content"])} for row in rows]
    return {"type": "menu", "text": "\n".join(part for part in (head, tail) if part), "head": head, "tail": tail, "items": items}


def _fresh(sim: Simulator, inner: Body, name: str, *kinds: str) -> str:
    """The id of a file that lives. Raises ApiError 40007."""
    found = sim.world.fresh_media(str(inner.get(name, "")))
    if found is None or found.kind not in kinds:
        raise ApiError(40007)
    return found.media_id


def _said(inner: Body, name: str) -> str:
    return str(inner.get(name) or "")


_KINDS: dict[str, Callable[[Simulator, Body], Body]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _media("video"),
    "music": _music,
    "news": _news,
    "mpnews": _published("media_id"),
    "mpnewsarticle": _published("article_id"),
    "msgmenu": _choices,
    "wxcard": _card,
    "miniprogrampage": _program,
    "link": _link,
}
"""Every kind of customer-service message (A7) and what it must hold."""
