"""What is on a phone's screen, in lines of plain text: for the terminal and for whoever reads a transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_LINK = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*(["'])(?P<url>.*?)\1[^>]*>(?P<text>.*?)</a>""", re.IGNORECASE | re.DOTALL)
_CHANNELS = {"service": "客服消息", "template": "模板消息", "subscribe": "订阅通知"}
_KINDS = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "shortvideo": "小视频",
    "music": "音乐",
    "location": "位置",
    "link": "链接",
    "file": "文件",
    "miniprogrampage": "小程序",
    "wxcard": "卡券",
}


def lines_of(entry: dict[str, Any], account: str) -> Iterator[str]:
    """One thing on the screen as `Entry.shown()` tells it; the first line says who."""
    if entry.get("side") == "notice" or entry.get("type") == "transfer":
        yield f"—— {entry.get('text', '')} ——"
        return
    who = "我" if entry.get("side") == "me" else account
    marked = _CHANNELS.get(str(entry.get("channel", "")), "")
    head = f"{who}〔{marked}〕：" if marked else f"{who}："
    body = list(_body(entry)) or ["（空）"]
    yield head + body[0]
    yield from (f"  {line}" for line in body[1:])


def _body(entry: dict[str, Any]) -> Iterator[str]:
    match entry.get("type"):
        case "text":
            yield from plain(str(entry.get("text", ""))).split("\n")
        case "menu":
            yield from filter(None, plain(str(entry.get("head", ""))).split("\n"))
            for place, one in enumerate(entry.get("items", ()), 1):
                yield f"[{place}] {one['text']}"
            yield from filter(None, plain(str(entry.get("tail", ""))).split("\n"))
        case "news":
            for one in entry.get("articles") or [entry]:
                yield "［图文］" + _joined(one.get("title"), one.get("description") or one.get("text"))
                if one.get("url"):
                    yield str(one["url"])
        case "template":
            yield str(entry.get("title", ""))
            for row in entry.get("fields", ()):
                yield f"{row['name']}：{row['value']}"
            if entry.get("url"):
                yield str(entry["url"])
        case kind:
            said = _joined(entry.get("title"), entry.get("text"), entry.get("url"), entry.get("picture"))
            yield f"［{_KINDS.get(str(kind), str(kind))}］{said}"


def plain(text: str) -> str:
    """A text with each link as its words and its address."""
    return _LINK.sub(lambda found: f"{found['text']}〔{found['url'].replace('&amp;', '&')}〕", text)


def _joined(*parts: Any) -> str:
    return " ".join(str(one) for one in parts if one)
