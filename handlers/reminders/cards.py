"""What a template message or a subscription notice shows of a notice, and whether somebody has such a card before them.

The values of its fields are ours and compared exactly; its title and the names of its fields are the account's, and bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dialogs.parse.pasted import asks_whether_ours, without_question
from handlers.reminders.channels import Words
from handlers.reminders.news import News
from handlers.reminders.texts import THING
from handlers.reminders.wording import NO_WORD
from storage.essence import essence

NAME: Final = 10
"""Characters of a field of kind name (wechat.md A8)."""

WHOLE_HINT: Final = "回复“进度”看详情"
MORE_HINT: Final = "回复任意内容看全部"
_TITLE: Final = "社保服务通知"
_TITLES: Final[Mapping[str, str]] = {
    "case": "业务办理进度",
    "order": "缴费订单",
    "card": "社保卡提醒",
    "doc": "单据已备好",
    "window": "业务窗口开放提醒",
    "family": "亲情授权",
    "safety": "安全提醒",
    "thread": "人工服务",
    "closed": "人工服务",
    "mark": "服务评价",
}
"""What news are called, by what they are about."""

_LABEL, _HEADING = 12, 32
"""Letters of the name of a field; of the title and the first name together."""
_LINE = re.compile(r"([^:：]{1,16})[:：](.+)")
_TIME = re.compile(
    r"(?<![\d:：])(?:(?:昨天|今天|前天|星期[一二三四五六日]|\d{1,2}月\d{1,2}日)\s*)?(?:[01]?\d|2[0-3])[:：][0-5]\d(?![\d:：])"
)
"""When it came, as the phone writes it above or in a card."""
_ENDS = {"", "详情", "查看详情", "点击查看详情", "查看", "进入公众号", "进入公众号查看"}
_ASKS_FOR = re.compile(
    r"转账|汇款|打款|付款|缴费|银行卡|卡号|密码|验证码|链接|网址|扫码|二维码|下载|加微信|微信号|qq|拨打|联系|电话"
)
"""No name of a field: something that somebody else has put in."""


def news_title(about: str) -> str:
    """What a card calls a piece of news."""
    return _TITLES.get(about.partition(":")[0], _TITLE)


def fits_whole(news: News) -> bool:
    """Whether a card carries all of it; else the rest is told in the chat."""
    return len(" ".join(news.text.split())) <= THING and not news.choices


def values_of(words: Words) -> tuple[str, ...]:
    """What the card of a reminder shows, as it was before its fields cut it."""
    return words.holder, words.subject, words.due, words.hint, words.word or NO_WORD


def hint_with_word(words: Words) -> str:
    """The hint of a card that has no field for the 暗号: it stands first, so that what is cut is the end."""
    return f"暗号{words.word}，{words.hint}" if words.word else words.hint


def values_of_answer(words: Words) -> tuple[str, ...]:
    """What the card of news shows of a reminder that somebody has asked for: the outcome itself stands in it."""
    return words.subject, words.hint or words.text, f"暗号{words.word}，回复“认证”" if words.word else "回复“认证”看怎么办"


def values_of_news(news: News) -> tuple[str, ...]:
    """What the card of a piece of news shows."""
    return news_title(news.about), news.text, WHOLE_HINT if fits_whole(news) else MORE_HINT


def shows(text: str, values: Sequence[str], *, optional: Sequence[str] = ()) -> bool:
    """Whether a text is that card: whole, or some of its lines, with or without the names of the fields. Nothing may be added: what is neither
    a value nor short enough for a name, holds a digit, or asks for something, is somebody else's."""
    known = [found for value in values if (found := _forms(value))]
    extra = [found for value in optional if (found := _forms(value))]
    return any(_lines(one, [*known, *extra]) or _whole(one, known, extra) for one in _candidates(text))


def _candidates(text: str) -> list[str]:
    """The text, without the asker's own question behind or before it, without the time that the phone shows."""
    timeless = _TIME.sub("", text)
    found = [text, without_question(text), timeless, without_question(timeless)]
    head, _, rest = text.replace("：", ":", 1).partition(":")
    return [*found, rest, _TIME.sub("", without_question(rest))] if rest and asks_whether_ours(head) else found


def _forms(value: str) -> tuple[str, ...]:
    """The essence of a value, whole and as a field cuts it; the longest first."""
    line = " ".join(value.split())
    forms = {essence(line), essence(line[: THING - 1]) if len(line) > THING else "", essence(line[:NAME]) if "*" in line else ""}
    return tuple(sorted(forms - {""}, key=len, reverse=True))


def _lines(text: str, known: Sequence[tuple[str, ...]]) -> bool:
    """Each line is a value, with or without a name before it; over two or more of them may stand a title."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    each = {form for forms in known for form in forms}
    told = [_is_value(line, each) for line in lines]
    if len(told) > 2 and not told[0] and _is_name(essence(lines[0]), _HEADING):
        told = told[1:]
    return bool(told) and all(told)


def _is_value(line: str, each: set[str]) -> bool:
    if essence(line) in each:
        return True
    named = _LINE.fullmatch(line)
    return named is not None and _is_name(essence(named[1]), _LABEL) and essence(named[2]) in each


def _whole(text: str, known: Sequence[tuple[str, ...]], extra: Sequence[tuple[str, ...]]) -> bool:
    """Every value stands in the text, once, and between them there is nothing but names."""
    left = essence(text)
    must = set(known)
    for forms in sorted({*known, *extra}, key=lambda one: len(one[0]), reverse=True):
        form = next((form for form in forms if form in left), "")
        if form:
            left = left.replace(form, "\n", 1)
        elif forms in must:
            return False
    first, *between = left.split("\n")
    if not between:
        return False
    return _is_name(first, _HEADING) and all(_is_name(one, _LABEL) for one in between[:-1]) and between[-1] in _ENDS


def _is_name(text: str, most: int) -> bool:
    """Whether a title or a name of a field may read so."""
    return len(text) <= most and not any(letter.isdecimal() for letter in text) and _ASKS_FOR.search(text) is None
