"""Another wish named where an answer is waited for that is read from nearly all words (2025年对账单, where a time was asked)."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from dialogs.chapters import DIALOGS
from dialogs.chapters.menu import MENUS
from dialogs.declare import Wish
from dialogs.engine import Running
from dialogs.messages import Reply, Say, say
from dialogs.parse import find_period, normal
from handlers.changed import replace
from handlers.follow_up import is_paper, is_query
from handlers.session import Talk
from handlers.understanding import Understood

_CERTAIN: Final = {"period": 0.8, "wanted": 1.0}
"""Steps that take nearly all words, and how sure another wish must be to be asked about."""

_ASIDE = re.compile(
    r"[0-9零〇一二两三四五六七八九十年月日号季度半个近最去今大前上下本这到至底初~/\s,.、。?？!！:：-]+"
    r"|查|看|要|想|我|的|帮|给|那|就|开始|现在|一共|全部|所有|缴费|缴|交|记录|明细|发放|查询|了|吧|呢"
)
"""What says nothing but a time where a time is asked for."""


def takes(running: Running, said: str, today: date) -> bool:
    """Whether the step would read the words as its answer, whatever else they name."""
    return running.asked in _CERTAIN and (running.asked != "period" or find_period(said, today) is not None)


def another(running: Running, said: str, found: Understood, wish: Wish | None) -> Wish | None:
    """The wish, if the words name it clearly and it is not what is under way; None where they are an answer."""
    sure = found.action in {"run", "guide", "clarify", "unknown"} and not (found.action == "run" and found.question)
    if wish is None or not sure or wish.dialog in {running.dialog, running.dialog.removesuffix("_paper")}:
        return None
    if found.action in {"run", "guide"} and found.score < _CERTAIN[running.asked]:
        return None
    return wish if len(_ASIDE.sub("", normal(said))) > 1 else None


def gives_way(running: Running) -> bool:
    """Whether nothing is lost when another wish is served at once: a question about what to look up, or one that was only just asked."""
    dialog = DIALOGS[running.dialog]
    return is_query(dialog) or is_paper(dialog) or not (running.order or running.memo)


def clear(found: Understood, said: str, sure: float) -> bool:
    """Whether the words name something else clearly enough to be taken for it in mid-dialog."""
    return (
        found.action in {"run", "guide"}
        and not found.question
        and found.score >= sure
        and not _ONLY_A_TIME.fullmatch(normal(said))
    )


_ONLY_A_TIME = re.compile(r"[0-9零〇一二两三四五六七八九十年月日号季度半个近今去前上下本这到至.~/,、 -]+")
"""A time alone is an answer that was not understood, and no other wish."""


def which(talk: Talk, wish: Wish, running: Running) -> tuple[Reply, Talk]:
    """The question whether it is meant, with the conversation under way kept."""
    now = DIALOGS[wish.dialog].title if wish.dialog in DIALOGS else MENUS[wish.dialog][0].partition("，")[0]
    then = DIALOGS[running.dialog].title
    question = f"您是想办“{now}”吗？正在办的“{then}”会给您留着。"
    return say(question, ("1", f"先办{now}"), ("2", f"继续{then}")), replace(talk, instead=wish)


def asks_when(wish: Wish) -> bool:
    """Whether a time belongs to the wish."""
    return wish.dialog in DIALOGS and any(step.name == "period" for step in DIALOGS[wish.dialog].steps)


def preceded_after(reply: Reply, sentence: str) -> Reply:
    """The reply with a sentence after its text."""
    if isinstance(reply.first, Say):
        return replace(reply, first=replace(reply.first, text=f"{reply.first.text}\n{sentence}"))
    return reply
