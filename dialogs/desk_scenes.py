"""What a dialog may ask about codes that were scanned: only the chat that took one reaches it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from storage.ports.record import Record
from storage.ports.regions import Outlet, Region

if TYPE_CHECKING:
    from dialogs.desk import BindOutcome


class Waiting(Record):
    """A screen that waits for this chat: `place` is the browser as people know it, `since` when it showed the code."""

    place: str
    since: datetime


class ScenesDesk(Protocol):
    """Scenes by their id."""

    async def by_word(self, word: str) -> str:
        """Take the code that shows that word; its id, '' for a wrong one or one that is over. Tries are counted."""

    async def screen(self, scene_id: str) -> Waiting | None:
        """The screen that waits; None when it is over, answered, or another chat's."""

    async def open_screen(self, scene_id: str) -> bool:
        """It may go on with the pages of the person whom this chat speaks for; False when it is over. Once."""

    async def refuse(self, scene_id: str) -> None:
        """It may not, and says so. Idempotent."""

    async def binds(self, scene_id: str) -> bool:
        """Whether it is a code for binding that this chat took and that still lives."""

    async def bind(self, scene_id: str, last_four: str, consent: str) -> BindOutcome:
        """Bind this chat to the person whom staff identified, if the last four digits are theirs. Uses the code up, also after too many tries."""

    async def page(self) -> str:
        """The address of the person's own pages, once, for this chat."""

    @property
    def screen_address(self) -> str:
        """Where a computer shows a code."""

    def outlet(self, code: str) -> tuple[Region, Outlet] | None:
        """The outlet of a poster; None when there is none of that code (any more)."""
