"""What a dialog may ask about the documents that were issued to a person, and what their holder decides about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from storage.ports.record import Record


class Issued(Record):
    """One document of the person. `state`: valid, replaced, revoked, expired."""

    serial_no: str
    title: str
    at: datetime
    state: str
    until: date | None = None
    """Until when its holder lets it be valid, that day included; None: without end."""
    revoked_at: datetime | None = None
    """When its holder revoked it."""


class Check(Record):
    """One 校验 that was right: when, and by which way (chat, page, photo, offline). Who it was is not known, or not told."""

    at: datetime
    way: str


class PapersDesk(Protocol):
    """The documents of the person whom the chat speaks for; the person's own chat alone. Another's looks like none. Audited."""

    async def mine(self, limit: int) -> tuple[Issued, ...]:
        """Newest first."""

    async def one(self, serial_no: str) -> Issued | None: ...

    async def checks(self, serial_no: str, limit: int) -> tuple[Check, ...]:
        """Newest first; empty too for a document that is not the person's."""

    async def link(self, serial_no: str) -> str | None:
        """Where it can be opened again."""

    async def revoke(self, serial_no: str) -> Issued | None:
        """It counts no more, from now on and for good. Idempotent."""

    async def limit(self, serial_no: str, until: date | None) -> Issued | None:
        """It counts until that day, or without end. Nothing changes for one that was revoked or replaced. Idempotent."""
