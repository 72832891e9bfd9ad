"""What a dialog may ask about ordered records: 《个人权益记录》 is ordered today and ready the next day (BJH-M-18)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.ports.record import Record
from storage.ports.time import Span


class Ordered(Record):
    """定制请求. `url` opens the document once it is ready; '' before. `new` is False for one that was ordered before for the same months."""

    span: Span
    ordered_at: datetime
    ready_at: datetime
    ready: bool
    failed: bool = False
    url: str = ""
    new: bool = True


class RecordsDesk(Protocol):
    """Orders of the person whom this chat speaks for, and how far what is on record goes."""

    async def newest(self, query: str) -> str:
        """The newest month (`2024-03`) or year that a query of that name has a record of; '' for none, and for a query not by time."""

    async def order(self, span: Span) -> Ordered:
        """Order the record of those months. The same months while one waits is the same order."""

    async def orders(self) -> tuple[Ordered, ...]:
        """The newest five, newest first."""
