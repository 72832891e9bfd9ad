"""Messages that the account starts in a conversation: customer service, typing (wechat.md A7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.simulator.errors import ApiError
from bot.simulator.judge import MAX_TEXT, news_body, text_body
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
    kind = body.get("msgtype")
    inner = body.get(kind) if isinstance(kind, str) else None
    if kind not in {"text", "image", "voice", "video", "news", "msgmenu"}:
        raise ApiError(40008)
    if not isinstance(inner, dict):
        raise ApiError(47001)
    if kind == "text":
        text = inner.get("content")
        if not isinstance(text, str) or not text:
            raise ApiError(44004)
        if len(text.encode()) > MAX_TEXT:
            raise ApiError(45002)
        return text_body(text)
    if kind == "news":
        return _news(inner)
    if kind == "msgmenu":
        return _choices(inner)
    media = sim.world.fresh_media(str(inner.get("media_id", "")))
    if media is None or media.kind != kind:
        raise ApiError(40007)
    return {"type": kind, "picture": f"/sim/media/{media.media_id}", "title": str(inner.get("title") or "")}


def _news(inner: Body) -> Body:
    articles = inner.get("articles")
    if not isinstance(articles, list) or len(articles) != 1:
        raise ApiError(45008)
    one = articles[0]
    if not isinstance(one, dict) or not one.get("title"):
        raise ApiError(44004)
    names = (("title", "title"), ("description", "description"), ("url", "url"), ("picture", "picurl"))
    return news_body([{ours: str(one.get(theirs) or "") for ours, theirs in names}])


def _choices(inner: Body) -> Body:
    rows = inner.get("list")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and row.get("content") for row in rows):
        raise ApiError(47001)
    head, tail = str(inner.get("head_content") or ""), str(inner.get("tail_content") or "")
    items = [{"id": str(row.get("id", "")), "text": str(row["content"])} for row in rows]
    return {"type": "menu", "text": "\n".join(part for part in (head, tail) if part), "head": head, "tail": tail, "items": items}
