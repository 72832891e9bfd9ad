"""What one chat remembers between messages, as plain JSON with a version."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec

from dialogs.chapters import DIALOGS
from dialogs.declare import Wish
from dialogs.engine import Running
from dialogs.parse import Invalid, choice, no_number, normal
from handlers.changed import replace
from storage.ports.record import Record

FORMAT = 1


class Paused(Record):
    """A dialog put aside; `title` is how it is named when it is offered again."""

    running: Running
    title: str


class Offer(Record):
    """A choice that is open: its number is its place."""

    label: str
    wish: Wish


class Placed(Record):
    """A place that was answered: degrees, when, and whether it came as the event of a menu's entry."""

    where: str
    at: datetime
    chosen: bool


class Talk(msgspec.Struct, frozen=True):
    """The state of one chat.

    `running` is the dialog under way and `touched_at` when it last moved; `paused` those put aside, newest last; `offers` what a number
    means now; `instead` another wish that was noticed in mid-dialog; `after_log_in` what to go on with; `misses` messages in a row
    that could not be read; `recent` the last lines of the conversation as (who, text), for the staff when a person is wanted, with
    long numbers struck out; `with_staff` whether what is typed goes to them now (talk), the next message only (message), or whatever
    does not belong to a dialog under way, because they have answered a message that was left (answered).
    """

    running: Running | None = None
    touched_at: datetime | None = None
    paused: tuple[Paused, ...] = ()
    offers: tuple[Offer, ...] = ()
    instead: Wish | None = None
    after_log_in: Wish | None = None
    misses: int = 0
    recent: tuple[tuple[str, str], ...] = ()
    with_staff: str = ""
    later: Offer | None = None
    """Another wish of the same sentence: offered when the first is over."""
    last: Wish | None = None
    """What was looked up last, for what follows (医疗呢, 那去年呢, 下载); None after anything else was done."""
    links: tuple[tuple[str, str], ...] = ()
    """The links of that answer: label, address."""
    card: tuple[Offer, ...] = ()
    """The choices that were shown last: their words still work when something else was said in between, their numbers do not."""
    kept: Wish | None = None
    """What was looked up last, whatever was done since: 下载 makes its paper."""
    guide: str = ""
    """The guide that was shown last, for 材料, 步骤, 表单, 全文."""
    guide_page: str = ""
    """The address of its page."""
    unseen: str = ""
    """The tag of the question that was queued to be pushed (`handlers.tapped.question`) while nobody knows that it arrived; '' for none."""
    placed: Placed | None = None
    """The place that was sent last."""
    asking: str = ""
    """The question that the open choices answer; '' where they are only offered."""
    format: int = FORMAT

    def with_offers(self, offers: tuple[tuple[str, Wish], ...]) -> Talk:
        """With these choices open, in order, and none of the earlier ones."""
        shown = tuple(Offer(label, wish) for label, wish in offers)
        return replace(self, offers=shown, card=shown or self.card, asking="")

    def forgotten(self) -> Talk:
        """Without what was shown to the person whom the chat spoke for until now; what is open was said to whoever is there now."""
        return replace(self, last=None, kept=None, links=(), card=self.offers)


TALKING, LEAVING, ANSWERED = "talk", "message", "answered"
"""What `Talk.with_staff` can be, beside ''."""

SESSION_LIFE = timedelta(days=2)
"""How long offers and paused dialogs are kept; a dialog under way ends sooner (`handlers.aside.IDLE`)."""

RECENT_LINES = 8
_LINE = 160
_LONG_NUMBER = re.compile(r"(?<![0-9])[0-9]{5,}[xX]?")


def chosen(offers: tuple[Offer, ...], said: str) -> Offer | None:
    """The open choice that a number names, or the words that its label begins with; None if it is something else."""
    if len(said) >= 2 and not said.isdecimal():
        begun = [offer for offer in offers if normal(offer.label).startswith(said)]
        if len(begun) == 1:
            return begun[0]
        if not said.startswith("第"):
            return None
    if no_number(said):
        return None
    try:
        return offers[choice(said, [offer.label for offer in offers])] if offers and len(said) <= 4 else None
    except Invalid:
        return None


def remembered(talk: Talk, said: str, answered: str) -> Talk:
    """With one more exchange among the recent lines. Codes, phones and identity numbers are struck out before anything is kept."""
    lines = [(who, _struck(text)[:_LINE]) for who, text in (("person", said), ("bot", answered)) if text]
    return replace(talk, recent=(*talk.recent, *lines)[-RECENT_LINES:])


def asks_a_secret(talk: Talk) -> bool:
    """Whether what is typed next is a secret (a code, a word of one's own): it is not remembered, so that not even the staff read it."""
    dialog = DIALOGS.get(talk.running.dialog) if talk.running is not None else None
    asked = talk.running.asked if talk.running is not None else ""
    return dialog is not None and any(step.name == asked and step.secret for step in dialog.steps)


def _struck(text: str) -> str:
    return _LONG_NUMBER.sub("***", text)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Talk)


def pack(talk: Talk) -> bytes:
    """As stored."""
    return _encoder.encode(talk)


def unpack(body: bytes) -> Talk:
    """The inverse of `pack`. A body of another format (written by another release) is a fresh start, never an error."""
    try:
        talk = _decoder.decode(body)
    except msgspec.MsgspecError:
        return Talk()
    return talk if talk.format == FORMAT else Talk()
