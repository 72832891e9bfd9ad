"""What a dialog may ask about people: a talk with the staff, and marks for what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.ports.record import Record
from storage.ports.records import Rating, Thread
from storage.ports.regions import Outlet


class HandedOver(Record):
    """What became of 人工: `how` is console (place in the queue is known), wechat (the platform's own customer service), message (out of
    hours: what is said next is taken and answered) or phone (this region has no seats)."""

    how: str
    place: int = 0
    opens_at: datetime | None = None
    hours: str = ""


class Near(Record):
    """An outlet and how far it is, in metres; `map_url` opens a map."""

    outlet: Outlet
    metres: int
    map_url: str


class HumansDesk(Protocol):
    """The staff, for this chat."""

    async def hand_over(self, topic: str, so_far: tuple[tuple[str, str], ...]) -> HandedOver:
        """Ask for a person; `so_far` are (who, text) of the conversation, oldest first. Idempotent while a talk is open."""

    async def talk(self) -> Thread | None:
        """The talk of this chat that is not closed, if it is that of whom the chat speaks for now: somebody else's ends here, and that of a
        visitor who has said since who they are becomes theirs (in the same region)."""

    async def say(self, text: str) -> Thread | None:
        """What the person says goes to the talk that is open; None if there is none."""

    async def end_talk(self) -> Thread | None:
        """The person ends it."""

    async def place(self) -> int:
        """Place in the queue of the talk that waits; 0 when it is not waiting."""

    async def to_rate(self) -> tuple[str, str, str] | None:
        """The newest finished thing of this chat that has no mark yet: (kind, ref, title)."""

    async def rate(self, kind: str, ref: str, grade: int, words: str) -> Rating | None:
        """Give that thing 1 to 5; a bad mark (1, 2) opens a case with a deadline. None when this chat was not asked about it, or it has its
        mark already."""

    async def outlets(self, latitude: float, longitude: float, at_most: int = 3) -> tuple[Near, ...]:
        """The nearest outlets of the chat's region (of all regions when it is unknown), nearest first; empty when the region has none on record."""
