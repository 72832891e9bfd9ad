"""The edge of the ladder: what is handed to a channel, and what can become of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from storage.ports.record import Record, field

if TYPE_CHECKING:
    from storage.ports.records import Notice, User


class Words(Record):
    """A notice in words. A channel takes of it what it can show; every field fits the platform's rules or is cut by the edge.

    `holder` is a masked name, `subject` what it is about, `due` a day in words ('' where there is none), `hint` what to do in a few
    characters, `text` the whole of it, `choices` (words to answer, what they do), `word` the person's own 暗号.
    """

    holder: str
    subject: str
    due: str
    hint: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    word: str = ""
    sms: str = ""
    """The whole short message without the sender's sign; '' where the kind has none."""
    sms_params: Mapping[str, str] = field(default_factory=dict)
    """For providers that fill an approved template: name, what, when, hotline, word, left, over, agency, text."""
    sms_name: str = ""
    """Which text the short message is (P-CERT.before; `own` for a campaign's): a provider may have a template for it alone."""


class Letter(Record):
    """A claimed notice on its way out."""

    notice: Notice
    words: Words
    client_msg_id: str
    """The same for each attempt: the platform shows it once within ten minutes."""
    user: User | None = None
    """The chat it goes to."""
    phone: str = ""
    """The phone it goes to (SMS)."""


class Taken(Record):
    """The platform or the provider has it. `receipt`: a report of the delivery will come."""

    msg_id: str = ""
    receipt: bool = False


class Refused(Record):
    """Certainly not delivered, and never will be on this channel: the next rung."""

    why: str


class Later(Record):
    """Certainly not sent now; again after `after`, None: after the growing pause."""

    why: str
    after: timedelta | None = None


class Doubt(Record):
    """The call may have gone through. `again`: the channel knows the id, so that the same call may be made again within ten minutes."""

    why: str
    again: bool


class Halted(Record):
    """Certainly not sent, and nothing more goes on this channel until then (45009: midnight)."""

    why: str
    until: datetime


Outcome = Taken | Refused | Later | Doubt | Halted


class Sending(Protocol):
    """One channel. Never raises for what a platform or a provider can do; a cancelled call is in doubt."""

    async def send(self, letter: Letter) -> Outcome: ...
