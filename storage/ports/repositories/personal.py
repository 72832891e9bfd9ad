"""Accounts by password, edits of guides, and what became of documents after they were issued."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from storage.ports.records import Account, DocumentCheck, DocumentFile, GuideEdit, Validity


class Accounts(Protocol):
    """个人账号 (A2)."""

    async def of_person(self, person_id: int) -> Account | None: ...

    async def by_username(self, region: str, username: str) -> Account | None:
        """By 用户名 as it was typed, letter case aside."""

    async def add(self, account: Account) -> Account:
        """Keep a new one; returns it with its id. Raises Conflict when the person has one or the username is taken."""

    async def set_password(self, account_id: int, password_hash: str, at: datetime, *, must_change: bool) -> None:
        """Replace the password. Idempotent."""

    async def set_email(self, account_id: int, email: str) -> None: ...

    async def set_status(self, account_id: int, status: str) -> None: ...

    async def remove(self, person_id: int) -> bool:
        """Delete the person's account; whether there was one."""


class GuideEdits(Protocol):
    """Versions of guides as editors left them."""

    async def newest(self, region: str) -> dict[str, GuideEdit]:
        """Code → the newest edit; guides that nobody edited are left out."""

    async def history(self, region: str, code: str, limit: int = 50) -> tuple[GuideEdit, ...]:
        """Newest first."""

    async def add(self, edit: GuideEdit, after: int) -> GuideEdit:
        """Keep a new version; `after` is the id of the newest one that the editor saw (0: none). Raises Conflict when another came since."""


class Papers(Protocol):
    """What became of documents."""

    async def checked(self, check: DocumentCheck) -> None: ...

    async def checks(self, serial_no: str, limit: int = 20) -> tuple[DocumentCheck, ...]:
        """Newest first."""

    async def keep_file(self, file: DocumentFile) -> bool:
        """Remember the signed file; False (and nothing changed) when there is one already: the first is the one that was issued."""

    async def file(self, serial_no: str) -> DocumentFile | None: ...

    async def validity(self, serial_no: str) -> Validity | None:
        """None: valid without end, as issued."""

    async def limit(self, serial_no: str, until: date | None) -> None:
        """Let it be valid until that day (the day itself included), or without end. Idempotent."""

    async def revoke(self, serial_no: str, at: datetime) -> bool:
        """The holder says that it is not to be believed any more; False when it was revoked already."""
