"""What a tap on a message menu means (wechat.md A3, A7): an answer to the question that its menu belongs to, and to no other.

The id of an entry is the tag of its question and the number: `1f2e3d4c.1`. A question that is asked again in the same state has the same
tag; once it is answered, left or asked about something else, its menus on the phone are only paper.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from dialogs.messages import Reply, Said, Say
from dialogs.parse import no_number, normal
from handlers.changed import replace
from handlers.session import Talk

_TAGGED = re.compile(r"([0-9a-f]{8})\.([0-9]{1,2})")
_LABEL_SHOWN = 20
_YES = frozenset(
    [
        "是",
        "是的",
        "好",
        "好的",
        "好吧",
        "对",
        "对的",
        "行",
        "行的",
        "可以",
        "可以的",
        "同意",
        "我同意",
        "确认",
        "我确认",
        "确定",
        "愿意",
        "接受",
        "没错",
        "没问题",
        "嗯",
        "嗯嗯",
        "yes",
        "y",
        "ok",
    ]
)
_NO = frozenset(
    [
        "不",
        "不是",
        "不是的",
        "否",
        "不同意",
        "我不同意",
        "不确认",
        "不行",
        "不可以",
        "不愿意",
        "不接受",
        "拒绝",
        "不要",
        "no",
        "n",
    ]
)
"""Bare words: with a question open they answer it or nothing."""

NOT_SEEN = "刚才的问题您可能还没有看到，请先看一下再回复："


def question(talk: Talk) -> str:
    """The tag of what is asked in this chat now, eight characters; '' when nothing is."""
    if talk.running is None and not talk.offers and talk.instead is None:
        return ""
    state = msgspec.json.encode((talk.running, talk.instead, talk.offers, talk.with_staff))
    return hashlib.blake2b(state, digest_size=4, person=b"question").hexdigest()


def tagged(reply: Reply, talk: Talk) -> Reply:
    """The reply as it is pushed: its menus belong to what is asked from now on (`talk`)."""
    tag = question(talk)
    if not tag:
        return reply
    first = replace(reply.first, tag=tag) if isinstance(reply.first, Say) else reply.first
    return Reply(first, tuple(replace(one, tag=tag) if isinstance(one, Say) and one.choices else one for one in reply.more))


def said_by(talk: Talk, inbound: Said) -> str | None:
    """The words that a message stands for; None for a tap on the number of a menu that belongs to another question than the one that is
    asked now, which answers nothing. A word (评价5) means the same whenever it is sent."""
    word = inbound.menu_id
    if not word:
        return inbound.text
    if found := _TAGGED.fullmatch(word):
        return found[2] if found[1] == question(talk) else None
    label = inbound.text.strip()
    ours = label.startswith(f"{word} ")
    if ours and word.isdecimal():  # without a tag: nobody knows whose number it was
        return None
    return word if ours else label


def over(inbound: Said) -> str:
    """To somebody who tapped an old menu."""
    label = re.sub(r"^[0-9]{1,2} +", "", inbound.text.strip())[:_LABEL_SHOWN]
    return f"“{label}”是前面一个问题的选项，那个问题已经过去了，这次没有按它办。"


def answers(said: str) -> bool:
    """Whether the words could only answer a question that was read: a number, yes or no."""
    return normal(said).rstrip("。！!.~～").isdecimal() or no_number(said) or is_yes_or_no(said)


def is_yes_or_no(said: str) -> bool:
    """Whether the words are a bare yes or no, which says nothing by itself."""
    return _bare(said) in _YES | _NO


def agrees(said: str) -> bool:
    """Whether the words are a bare yes."""
    return _bare(said) in _YES


def declines(said: str) -> bool:
    """Whether the words are a bare no."""
    return _bare(said) in _NO


def _bare(said: str) -> str:
    return normal(said).strip("。！!.~～,，").lower()
