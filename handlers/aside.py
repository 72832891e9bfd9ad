"""What is put aside in a chat and offered again: a dialog that something else came before, or that nobody has answered for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from dialogs.chapters import DIALOGS
from dialogs.declare import Wish
from dialogs.engine import Running, preceded
from dialogs.messages import Reply, say
from handlers.another import preceded_after, which
from handlers.changed import replace
from handlers.desk import TurnDesk
from handlers.session import Offer, Paused, Talk
from handlers.tapped import agrees, is_yes_or_no

IDLE = timedelta(minutes=30)
"""A dialog that was left alone so long ends; what was answered is kept and can be resumed."""

PAUSED_AT_MOST = 3


def paused(talk: Talk) -> Talk:
    """With the dialog under way put aside. One that has not been answered yet is simply dropped: there is nothing to keep."""
    if talk.running is None:
        return talk
    dialog = DIALOGS.get(talk.running.dialog)
    kept = talk.paused
    if dialog is not None and talk.running.answers:
        others = tuple(one for one in talk.paused if one.running.dialog != dialog.name)
        kept = (*others, Paused(talk.running, dialog.title))[-PAUSED_AT_MOST:]
    return replace(talk, running=None, paused=kept, instead=None, touched_at=None)


def logged_in(talk: Talk) -> Talk:
    """After a log-in: an earlier one that was put aside has nothing left to do."""
    return replace(talk, paused=tuple(one for one in talk.paused if one.running.dialog != "log_in"))


def expired(talk: Talk, now: datetime) -> tuple[Talk, str]:
    """The chat as it is after a pause, and what the person is told of it ('' for nothing)."""
    if talk.touched_at is None or now - talk.touched_at <= IDLE:
        return talk, ""
    talk = replace(talk.forgotten(), offers=(), card=(), later=None, guide="")
    if talk.running is None:
        return talk, ""
    title = DIALOGS[talk.running.dialog].title if talk.running.dialog in DIALOGS else "办理"
    return paused(talk), f"刚才的“{title}”停了比较久，先给您放着，回复“继续”可以接着办。"


def same_person(running: Running, desk: TurnDesk) -> bool:
    """Whether the chat still speaks for whom the dialog was begun: what was shown and agreed for one is never done for another."""
    return running.person is None or (desk.person is not None and desk.person.id == running.person)


def still_asked(talk: Talk, sentence: str) -> tuple[Reply, Talk]:
    """The choice that is open, once more, after a sentence; the sentence alone where none is."""
    if talk.instead is not None and talk.running is not None:
        reply, talk = which(talk, talk.instead, talk.running)
        return preceded(sentence, reply), talk
    if not talk.offers or talk.with_staff:
        return say(sentence), talk
    return say(f"{sentence}请选：", *((str(n), offer.label) for n, offer in enumerate(talk.offers, 1))), talk


def reminded(reply: Reply, talk: Talk) -> tuple[Reply, Talk]:
    """The reply, with a line about what was put aside last."""
    if not talk.paused:
        return reply, talk
    return preceded_after(reply, f"（“{talk.paused[-1].title}”还没办完，回复“继续”接着办）"), talk


def offered(talk: Talk, text: str, offers: tuple[tuple[str, Wish], ...]) -> tuple[Reply, Talk]:
    """A text with numbered choices under it, which are open from now on."""
    numbered = tuple((str(n), label) for n, (label, _) in enumerate(offers, 1))
    asking = text if "？" in text else ""
    return reminded(say(text, *numbered), replace(talk.with_offers(offers), asking=asking))


def only_choice(talk: Talk, offers: tuple[Offer, ...], said: str) -> Offer | None:
    """The one choice of a question that asks whether (您是想问…吗？), to a bare yes; None for all else."""
    return offers[0] if len(offers) == 1 and talk.asking.endswith("吗？") and agrees(said) else None


def asked_once_more(talk: Talk, offers: tuple[Offer, ...], said: str) -> tuple[Reply, Talk] | None:
    """The question that open choices answer, with its reason, to a bare yes or no that answers none of them; None for all else."""
    if not (offers and talk.asking and is_yes_or_no(said)):
        return None
    reply, asked = offered(
        talk, f"请从下面选一个，也可以说别的事。\n{talk.asking}", tuple((one.label, one.wish) for one in offers)
    )
    return reply, replace(asked, asking=talk.asking)
