"""What a dialog may ask about filings and cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from storage.ports.record import Record
from storage.ports.records import Case


class WindowState(Record):
    """Whether a service window (features.md 7.1) is open now. `text` is its hours as a sentence; `opens_at` the next opening when it is closed."""

    open: bool
    text: str = ""
    opens_at: datetime | None = None


class FilingsDesk(Protocol):
    """Filing and following cases, for the person of this chat."""

    async def window(self, code: str) -> WindowState:
        """The window of the person's region; one that the region does not have is always open."""

    async def remind_when_open(self, code: str, title: str) -> datetime | None:
        """Tell this chat when the window opens (S-WINDOW, P-WINDOW). None if it is open. Idempotent."""

    async def submit(self, filing: str, answers: Mapping[str, str], key: str) -> Case:
        """File it, in this transaction, once for `key`."""

    async def form(self, filing: str, answers: Mapping[str, str]) -> str:
        """The address of the page on which it is filled in, with what was said already; the draft it makes is found again under 进度."""

    async def begun(self, filing: str) -> Case | None:
        """What this chat has under way of a filing that anyone may make: what waits for 补正, else a draft, else what is being judged."""

    async def resume(self, case_no: str) -> str | None:
        """The page of a draft, or of a case that waits for 补正; None for any other case and for another person's."""

    async def pay(self, case_no: str) -> str | None:
        """The page on which its fee is paid; None when there is nothing to pay."""

    async def withdraw(self, case_no: str) -> Case | None:
        """撤回 before it is decided, or 作废 of a draft or an unpaid one; the case as it then is (unchanged when it was too late)."""

    async def read(self, case_no: str) -> Case | None:
        """设为已读."""

    async def collected(self, case_no: str) -> Case | None:
        """The person has fetched what was ready (a stage that ends by the person)."""

    async def watch(self, case_no: str, wanted: bool) -> bool:
        """Be told of every step of one of the person's cases, or no more; False for a case that is not theirs."""

    async def watching(self, case_no: str) -> bool:
        """Whether this chat is told of every step of that case."""

    async def expected(self, filing: str) -> date | None:
        """When a filing that is made now will probably be finished."""
