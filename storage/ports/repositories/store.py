"""One transaction over everything, and locks."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from storage.ports.repositories.agency import Cards, Certifications, Contributions, Employers, People
from storage.ports.repositories.chat import Answers, Codes, ParkedReplies, Sessions, Tickets, Users
from storage.ports.repositories.family import Family, Wishes
from storage.ports.repositories.house import Audit, Documents, Jobs, Limits, Messages
from storage.ports.repositories.notices import Campaigns, Notices, Paces
from storage.ports.repositories.work import Attachments, Cases, Orders, Ratings, StaffAccounts, Threads


class Repositories(Protocol):
    """Everything, inside one transaction."""

    @property
    def people(self) -> People: ...
    @property
    def employers(self) -> Employers: ...
    @property
    def contributions(self) -> Contributions: ...
    @property
    def cards(self) -> Cards: ...
    @property
    def certifications(self) -> Certifications: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def attachments(self) -> Attachments: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def staff(self) -> StaffAccounts: ...
    @property
    def threads(self) -> Threads: ...
    @property
    def ratings(self) -> Ratings: ...
    @property
    def documents(self) -> Documents: ...
    @property
    def users(self) -> Users: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def parked(self) -> ParkedReplies: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def campaigns(self) -> Campaigns: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def paces(self) -> Paces: ...
    @property
    def family(self) -> Family: ...
    @property
    def wishes(self) -> Wishes: ...
    @property
    def audit(self) -> Audit: ...


class Store(Protocol):
    """Opens transactions. The commit is here and nowhere else."""

    def transaction(self) -> AbstractAsyncContextManager[Repositories]:
        """Reads and writes that commit together at the end of the block, or not at all if it raises. The write lock (SQLite) is taken at the first write, not before."""

    def reading(self) -> AbstractAsyncContextManager[Repositories]:
        """Reads only; a write raises."""

    async def tidy(self) -> int:
        """Delete expired sessions, links, codes and counters; returns how many rows went. Idempotent."""

    async def ping(self) -> None:
        """Raises Unavailable when the backend does not answer within two seconds."""

    async def close(self) -> None: ...


class Locks(Protocol):
    """One holder at a time a name, in the order of arrival."""

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait for the name, first come first served. Over Redis the lock has a lifetime and is renewed while held."""
