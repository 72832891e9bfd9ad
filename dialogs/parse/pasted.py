"""What people paste or quote to ask whether it is ours: a short message with its sign, a link, a number that called."""

from __future__ import annotations

import re

from dialogs.parse.patterns import pattern_of
from dialogs.parse.text import LONGEST, tidy
from storage.essence import essence
from storage.hosts import hosts

_SIGN = pattern_of(r"【[^】]{1,20}】")
_BRACKETED = pattern_of(r"^\s*\[([^\]]{1,20})\]|\[([^\]]{1,20})\]\s*$")
_OUR_PAPER = pattern_of(r"/v/[0-9]")

_NUMBER = r"(?:\+?86)?(106[0-9]{5,17}|1[3-9][0-9]{9}|0[0-9]{9,11}|400[0-9]{7}|9[56][0-9]{3,10}|12[0-9]{3}|1[01][0-9]|[0-9]{7,20})"
_BARE = pattern_of(rf"(?:号码?|电话)?:?{_NUMBER}")
_ASKED = pattern_of(
    rf"(?:这个|那个|有个)?(?:号码?|电话|短信)?:?{_NUMBER}.{{0,10}}(?:你们|社保|官方|真的|假的|骗|谁|哪里).{{0,6}}"
)

_OF_MESSAGE = "(?:短信|消息|信息|通知|微信|推送|电话|号码?|链接|网址|提醒)"
_QUESTION = pattern_of(
    rf"{_OF_MESSAGE}(?:内容|里说的|上说的)?(?:到底|究竟)?(?:是不是|是|会不会是|真是|确实是|可能是)?(?:你们|社保局|社保中心|社保|官方|真的|真还是假|真假|假的|骗|诈骗|可信|可靠|靠谱|安全)"
    rf"|是(?:不是)?你们(?:给我)?(?:发|打|推)(?:过?来|出)?的?|你们.{{0,4}}(?:发|打)(?:过|了|的)?.{{0,4}}{_OF_MESSAGE}.{{0,2}}[吗么没]"
    rf"|(?:诈骗|骗人的?|可疑|奇怪的?|冒充.{{0,6}}的?|假冒.{{0,6}}的?){_OF_MESSAGE}|冒充(?:你们|社保)|(?:核实|核对|辨别|鉴别|验证一下|查一下?).{{0,4}}{_OF_MESSAGE}.{{0,2}}真"
)


def links(text: str) -> tuple[str, ...]:
    """The hosts of all links in a text, in order; also of those without http."""
    return hosts(text[:LONGEST])


def number_in_question(text: str) -> str:
    """The number of whoever called or wrote, when the text is that number or a question about it; '' otherwise."""
    plain = _without_blanks(text)
    found = _BARE.fullmatch(plain.rstrip("?.!吗呢 ")) or _ASKED.fullmatch(plain)
    return found[1] if found else ""


def is_pasted(text: str) -> bool:
    """Whether a text that nobody asked for is one that they received: with a sender's sign, a link, or a sender's number."""
    if _OUR_PAPER.search(text):
        return False
    if links(text) or (_SIGN.search(text) and len(essence(text)) >= 8):
        return True
    number = number_in_question(text)
    return number.startswith("106") or bool(number and _ASKED.fullmatch(_without_blanks(text)))


def signs(text: str) -> tuple[str, ...]:
    """The senders' signs (签名) in a text, without their brackets: 【…】 anywhere, […] at either end."""
    found = [one[0][1:-1] for one in _SIGN.finditer(text)]
    found += [one[1] or one[2] for one in _BRACKETED.finditer(text)]
    return tuple("".join(one.split()) for one in found)


def asks_whether_ours(text: str) -> bool:
    """这条短信是你们发的吗, and the like."""
    plain = tidy(text)
    return len(plain) <= 30 and _QUESTION.search(plain) is not None


def worth_checking(text: str) -> bool:
    """Whether there is enough to be compared: words of a message, a link or a number."""
    return bool(number_in_question(text) or links(text)) or len(essence(text)) >= 8


def readings(text: str) -> tuple[str, ...]:
    """What of a text may be the message itself, the whole first: without what stands before its sign, behind it, or around a quotation."""
    found = [text]
    signs = list(_SIGN.finditer(text))
    if signs:
        first, last = signs[0], signs[-1]
        found += [text[first.start() :], text[: last.end()], text[first.start() : last.end()]]
        found += [text[first.end() :], without_question(text[first.start() :])]
    found += re.split(r"[:：]\s*", text, maxsplit=1)[1:]
    found += re.findall(r"[“「『\"]([^”」』\"]{8,})[”」』\"]", text)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        found += ["\n".join(lines[1:]), "\n".join(lines[:-1])]
    found.append(without_question(text))
    seen: dict[str, str] = {}
    for one in found:
        kernel = essence(one)
        if len(kernel) >= 8:
            seen.setdefault(kernel, one)
    return tuple(seen.values())[:12]


_ASKING_BEHIND = pattern_of(
    r"[\s。！!，,]*(?:这|那)?(?:条|个)?(?:短信|消息|信息|通知)?(?:是不是|是)?(?:你们|真的|假的|社保局)[^。！!【】]{0,12}$"
)


def without_question(text: str) -> str:
    """A text without the asker's own question behind it."""
    return _ASKING_BEHIND.sub("", text)


def _without_blanks(text: str) -> str:
    return re.sub(r"(?<=[0-9])[ -](?=[0-9])", "", tidy(text)).replace(" ", "")
