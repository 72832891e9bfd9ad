"""What a dialog may ask about what a chat wants to hear: preferences, kinds that are on or stopped, and what we have sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from storage.ports.record import Record
from storage.ports.records import Certification, Preferences


class Hearing(Record):
    """A kind of notice that may be stopped, and whether it is."""

    code: str
    title: str
    stopped: bool


class OurMessage(Record):
    """Something that we have sent. Never says to whom, except that it was to the asker (`yours`)."""

    on: date
    how: str
    """短信 or 微信."""
    title: str = ""
    """What it was about; '' where that is not known or is not the asker's."""
    yours: bool = False
    code: bool = False
    """A one-time code."""


class ResultReminder(Record):
    """A promise to look at the result of a certification. `new` is False when it was made before; `stopped`: the person wants no reminders."""

    at: datetime | None
    new: bool = True
    stopped: bool = False


class WishesDesk(Protocol):
    """The wishes of this chat, and of the person whom it speaks for."""

    async def preferences(self) -> Preferences: ...

    async def prefer(self, wanted: Preferences) -> None:
        """Keep as this chat's; audited."""

    async def kinds(self) -> tuple[Hearing, ...]:
        """Every kind that may be stopped, in the order of the catalogue; stopped by this chat or by its person."""

    async def last_heard(self) -> str:
        """Code of the kind that came last to this chat or to its person's phone and may be stopped; '' for none."""

    async def stop(self, codes: tuple[str, ...]) -> None:
        """No more of these to this chat; none to its person on any channel, where the chat has proved to be theirs. Idempotent; audited."""

    async def start(self, codes: tuple[str, ...]) -> None:
        """The reverse of `stop`."""

    async def sent_lately(self, at_most: int = 3) -> tuple[OurMessage, ...]:
        """What went to this chat, and to its person's phone, newest first."""

    async def ours(self, text: str) -> OurMessage | None:
        """What we have sent with exactly these words (signs and punctuation do not count): to anybody by SMS, to this chat by WeChat. None for
        nothing of the kind. Limited and audited."""

    def our_number(self, number: str) -> str:
        """sender (we send from it), hotline (of a region or of the country), or ''."""

    def our_host(self, host: str) -> bool:
        """Whether our pages are under that host."""

    def may_subscribe(self) -> bool:
        """Whether there is something to allow: the account has a template of 订阅通知."""

    async def subscription_link(self) -> str:
        """The address of a new one-time page on which WeChat is allowed to remind; '' where there is nothing to allow."""

    async def certification(self) -> Certification | None:
        """Of the person, where this chat has proved to be theirs; None otherwise."""

    async def remind_of_result(self) -> ResultReminder:
        """Tell this chat to look at the result after the region's working days: once for a person and cycle. For a visitor nothing."""
