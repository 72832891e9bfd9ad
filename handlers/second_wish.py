"""Two wishes in one sentence (帮我查认证和去年的养老缴费): the first is served, the other kept and offered as a choice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dialogs.chapters import DIALOGS
from dialogs.declare import Wish
from dialogs.messages import Reply, Say
from dialogs.parse.patterns import pattern_of
from handlers.changed import replace
from handlers.session import Offer, Talk

_LONGEST = 60
_AND = pattern_of(
    r"[,，;；。、 ]*(?:还有|以及|另外|顺便|顺带|同时|然后|和|跟|再(?=[帮查看问办把挂补打下缴交转改换领认申开]))(?:再|也|还|[,，]|帮我|给我|我要|我想|看看|想|要)*"
)


_CLEAR = pattern_of(r"[,，;；。、 ]*(?:还有|另外|顺便|顺带)(?:再|也|[,，]|帮我|给我|我要|我想|看看)*")
_COMMA = pattern_of(r"[,，;；。]+")


def two_wishes(
    said: str, direct: Callable[[str], Wish | None], understood: Callable[[str], Wish | None]
) -> tuple[Wish, Offer] | None:
    """The first wish and the other; None unless both halves are a wish of their own, for different conversations.

    Words for one thing may hold an 和 (3月和9月提醒我): what is `direct` as a whole is cut at a clear 顺便, or at a comma between two that are
    direct themselves.
    """

    def either(part: str) -> Wish | None:
        return direct(part) or understood(part)

    if direct(said) is None:
        return _cut(said, _AND, either)
    return _cut(said, _CLEAR, either) or _cut(said, _COMMA, direct)


def _cut(said: str, at: re.Pattern[str], wish_in: Callable[[str], Wish | None]) -> tuple[Wish, Offer] | None:
    for first, second in _halves(said, at):
        one, other = wish_in(first), wish_in(second)
        if (
            one
            and other
            and one.dialog != other.dialog
            and other.dialog in DIALOGS
            and "is_it_yours" not in {one.dialog, other.dialog}
        ):
            return one, Offer(f"接着办：{DIALOGS[other.dialog].title}", other)
    return None


def _halves(said: str, at: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    if len(said) > _LONGEST:
        return
    for found in at.finditer(said):
        first, second = said[: found.start()].strip(), said[found.end() :].strip()
        if min(len(first), len(second)) >= 2:
            yield first, second


def promised(reply: Reply, talk: Talk) -> Reply:
    """The reply to the first wish, with the word that the other is not forgotten where it has to wait."""
    if talk.later is None or not isinstance(reply.first, Say):
        return reply
    title = DIALOGS[talk.later.wish.dialog].title
    return replace(reply, first=replace(reply.first, text=f"{reply.first.text}\n（“{title}”也记下了，这件办完接着办）"))


def with_later(reply: Reply, talk: Talk) -> tuple[Reply, Talk]:
    """What is over, with the wish that was kept as its last choice."""
    if talk.later is None or not isinstance(reply.first, Say):
        return reply, talk
    offers = (*talk.offers, talk.later)
    choices = tuple((str(n), offer.label) for n, offer in enumerate(offers, 1))
    return replace(reply, first=replace(reply.first, choices=choices)), replace(talk, offers=offers, later=None)
