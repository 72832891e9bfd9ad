"""Our messages become WeChat's: XML (or JSON) that goes back with a request, and payloads of the customer-service API (wechat.md A6, A7).

The platform's limits live here. A text is cut on a character, never inside a link; there is no way to break out of a field.
"""

from __future__ import annotations

import json
import re
from typing import assert_never

from bot.wechat.xml import FORBIDDEN_CHARACTERS, cdata
from dialogs.messages import Anchor, Article, Human, Message, Picture, Say
from storage.ports.record import Record

TEXT_BYTES = 2048
"""The longest text that the platform shows, in UTF-8."""

_MORE = "…"
_TAP_OR_NUMBER, _TAP_OR_WORD = "点一下就行，也可以回复数字。", "点一下就行，也可以回复前面的词。"
_HANDING_OVER = "正在为您转接人工客服，请稍候。"
_LINK_MARKUP = re.compile(r"<(?=/?a[\s>/])", re.IGNORECASE)
_ESCAPED_IN_ADDRESS = str.maketrans({'"': "%22", "'": "%27", "<": "%3C", ">": "%3E", " ": "%20", "\n": "", "\r": "", "\t": ""})


class Head(Record):
    """Whom a passive reply is for, and which account answers; `is_json` when the account speaks JSON."""

    to: str
    account: str
    is_json: bool = False


def render_passive(message: Message, head: Head, now: int, media_id: str = "", seat: str = "") -> str | None:
    """One passive reply made `now` (seconds since 1970), not yet encrypted; None when nothing is left to show (the answer is then `success`).

    A picture needs a `media_id` of the platform's; without one its description is said instead, and the picture is for the caller
    to push. `seat` names the customer-service account that shall take the person over; any free one when empty.
    """
    match message:
        case Say():
            return _text_reply(_say_text(message), head, now)
        case Article():
            return _article_reply(message, head, now)
        case Picture():
            if media_id:
                return _reply(head, now, "image", {"Image": {"MediaId": media_id}})
            return _text_reply(_cut(_plain(message.alt), TEXT_BYTES), head, now)
        case Human():
            extra: _Body = {"TransInfo": {"KfAccount": seat}} if seat else {}
            return _reply(head, now, "transfer_customer_service", extra)
        case _:
            assert_never(message)


def render_custom(message: Message, media_id: str = "") -> dict[str, object]:
    """The payload of a customer-service message, without `touser`. A picture needs a `media_id`, else its description is said.

    Choices are a message menu whose ids are what can be typed as well, a number with the tag of its question before it, so that a tap on an
    old menu answers nothing (`handlers.tapped`). Under links they stay lines: whether a menu shows links is documented nowhere. Handing over is only
    possible in a passive reply, so here it is said.
    """
    match message:
        case Say(choices=choices, links=links):
            return _menu_payload(message) if choices and not links else _text_payload(_say_text(message))
        case Article():
            article = {
                "title": _clean(message.title),
                "description": _clean(message.description),
                "url": _address(message.url),
                "picurl": _address(message.picture_url),
            }
            return {"msgtype": "news", "news": {"articles": [article]}}
        case Picture():
            if media_id:
                return {"msgtype": "image", "image": {"media_id": media_id}}
            return _text_payload(_cut(_plain(message.alt), TEXT_BYTES))
        case Human():
            return _text_payload(_cut(_plain(message.text), TEXT_BYTES) or _HANDING_OVER)
        case _:
            assert_never(message)


def _text_payload(content: str) -> dict[str, object]:
    # The platform refuses an empty text (44004), and a job would try for ever.
    return {"msgtype": "text", "text": {"content": content or _MORE}}


def _menu_payload(message: Say) -> dict[str, object]:
    """Lines as they would be typed: whoever's app shows no menu reads the same text. One that would be too long is cut as a text is."""
    rows = [{"id": _line(_plain(word)), "content": _line(f"{_plain(word)} {_plain(label)}")} for word, label in message.choices]
    if message.tag:
        tagged = [{**row, "id": f"{message.tag}.{row['id']}"} if row["id"].isdecimal() else row for row in rows]
    else:
        tagged = rows
    text = _plain(message.text)
    numbers = all(row["id"].isdecimal() for row in rows)
    tail = _TAP_OR_NUMBER if numbers else _TAP_OR_WORD
    if sum(len(part.encode()) + 1 for part in (text, tail, *(row["content"] for row in rows))) > TEXT_BYTES:
        return _text_payload(_say_text(message))
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": text, "list": tagged, "tail_content": tail}}


# ── texts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _say_text(message: Say) -> str:
    """Text, choices and links as lines. What must give way is the end of the text; then whole lines from the end, never part of one."""
    text = _plain(message.text)
    if not message.choices and not message.links:
        return _cut(text, TEXT_BYTES)
    lines = [_anchor(link) for link in message.links]  # what is to be done comes before what can be chosen
    lines += [_line(f"{_plain(word)} {_plain(label)}") for word, label in message.choices]
    room = TEXT_BYTES
    kept: list[str] = []
    for line in lines:
        size = len(line.encode()) + 1
        if size <= room:
            kept.append(line)
            room -= size
    head = _cut(text, room)
    return "\n".join((head, *kept)) if head else "\n".join(kept)


def _anchor(link: Anchor) -> str:
    return f'<a href="{_address(link.url)}">{_line(_plain(link.label))}</a>'


def _address(url: str) -> str:
    """An address that cannot end its attribute."""
    return _clean(url).translate(_ESCAPED_IN_ADDRESS)


def _clean(text: str) -> str:
    return FORBIDDEN_CHARACTERS.sub("", text)


def _plain(text: str) -> str:
    """Text in which nothing is a link: links come from `Anchor` alone, so a name from the records cannot smuggle one in."""
    text = FORBIDDEN_CHARACTERS.sub("", text)
    return _LINK_MARKUP.sub("＜", text) if "<" in text else text


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, on a character, with an ellipsis where something is missing."""
    if len(text) * 4 <= limit:
        return text
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    room = limit - len(_MORE.encode())
    return encoded[:room].decode("utf-8", "ignore").rstrip() + _MORE if room > 0 else ""


# ── passive replies ─────────────────────────────────────────────────────────────────────────────────────────────────

_Body = dict[str, "str | int | dict[str, str] | list[dict[str, str]]"]


def _text_reply(content: str, head: Head, now: int) -> str | None:
    if not content:
        return None
    if head.is_json:
        return _reply(head, now, "text", {"Content": content})
    # By far the most frequent answer, hence in one piece.
    return (
        f"<xml><ToUserName>{cdata(head.to)}</ToUserName><FromUserName>{cdata(head.account)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content>{cdata(content)}</Content></xml>"
    )


def _article_reply(article: Article, head: Head, now: int) -> str | None:
    if head.is_json:
        # The shape of a JSON article is documented nowhere; a text with its link says the same and is certain to arrive.
        text = "\n".join(part for part in (article.title, article.description) if part)
        return _text_reply(_say_text(Say(text, links=(Anchor("查看详情", article.url),))), head, now)
    item = {
        "Title": article.title,
        "Description": article.description,
        "PicUrl": _address(article.picture_url),
        "Url": _address(article.url),
    }
    return _reply(head, now, "news", {"ArticleCount": 1, "Articles": [item]})


def _reply(head: Head, now: int, kind: str, body: _Body) -> str:
    if head.is_json:
        fields: dict[str, object] = {
            "ToUserName": head.to,
            "FromUserName": head.account,
            "CreateTime": now,
            "MsgType": kind,
            **body,
        }
        return json.dumps(fields, ensure_ascii=False)
    parts = "".join(f"<{name}>{_element(value)}</{name}>" for name, value in body.items())
    return (
        f"<xml><ToUserName>{cdata(head.to)}</ToUserName><FromUserName>{cdata(head.account)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{parts}</xml>"
    )


def _element(value: str | int | dict[str, str] | list[dict[str, str]]) -> str:
    match value:
        case str():
            return cdata(value)
        case int():
            return str(value)
        case dict():
            return "".join(f"<{name}>{cdata(text)}</{name}>" for name, text in value.items())
        case list():
            return "".join(f"<item>{_element(item)}</item>" for item in value)
        case _:
            assert_never(value)
