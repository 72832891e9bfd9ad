"""What a dialog may ask about guides (办事指南): always the newest version, of every region."""

from __future__ import annotations

from typing import Protocol

from dialogs.desk_filings import WindowState
from storage.ports.records import Guide


class GuidesDesk(Protocol):
    """Guides are public: nothing of a person is needed, and nobody is noted."""

    async def guide(self, code: str) -> Guide | None:
        """The newest version of a guide; None for no such guide."""

    async def listed(self) -> tuple[Guide, ...]:
        """The guides of the chat's region, then those of 北京, which has the most, in their order."""

    async def find(self, words: str) -> tuple[Guide, ...]:
        """The guides that the words are nearest to, best first, at most five; one alone when it is called exactly so. Empty when nothing
        is near."""

    def window(self, guide: Guide) -> WindowState | None:
        """Whether it can be done at this moment; None for a guide without a service window."""

    def page(self, guide: Guide | None) -> str:
        """The address of the guide's page, or of the list of all; public."""
