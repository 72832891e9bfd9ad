"""What the house itself keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from storage.ports.records import (
    AuditEntry,
    AuditSearch,
    ChainReport,
    Document,
    Job,
    SmsMessage,
    SmsState,
    Verdict,
)


class Documents(Protocol):
    """Issued documents (I4)."""

    async def add(self, document: Document) -> tuple[Document, bool]:
        """Store; if one exists under the same `key`, that one comes back: (document, made). Raises Conflict when the serial is taken."""

    async def by_serial(self, serial_no: str) -> Document | None: ...

    async def check(self, serial_no: str, check_code: str) -> Document | None:
        """The document if both values are right. Does the same work and takes the same time whether the serial exists or not; constant-time comparison."""

    async def of_person(self, person_id: int, limit: int = 10) -> tuple[Document, ...]:
        """Newest first."""

    async def set_status(self, serial_no: str, status: str, note: str) -> None:
        """Revoke or mark as replaced. Idempotent."""


class Limits(Protocol):
    """Counters that survive a restart and fail closed."""

    async def hit(self, name: str, subject: str, limit: int, window: timedelta, now: datetime, cost: int = 1) -> Verdict:
        """Count `cost` against `limit` per fixed `window`; nothing is counted when it would pass the limit. `subject` may be personal: only its keyed hash is stored. A negative `cost` gives back what was counted before. Atomic."""

    async def hit_at_commit(self, name: str, subject: str, limit: int, window: timedelta, now: datetime) -> Verdict:
        """As `hit` with a cost of one, for whoever repeats what a Conflict has refused, as turns do: it is looked at now and counted with the commit,
        which raises Conflict when the limit was reached in between."""

    async def peek(self, name: str, subject: str, limit: int, window: timedelta, now: datetime) -> Verdict:
        """As `hit` with nothing counted."""

    async def clear(self, name: str, subject: str) -> None:
        """Forget the counter. Idempotent."""


class Jobs(Protocol):
    """Work to be done later, in the transaction of the business write."""

    async def enqueue(self, name: str, payload: bytes, run_at: datetime, dedupe_key: str | None = None) -> bool:
        """False (and nothing stored) if a job with that dedupe key is waiting already."""

    async def leave(self, name: str, payload: bytes, run_at: datetime, dedupe_key: str | None = None) -> None:
        """As `enqueue`, for whom it is all the same whether it was waiting: written with the commit, so that nothing waits for it before."""

    async def claim(self, now: datetime, lease: timedelta, limit: int, names: Sequence[str] = ()) -> tuple[Job, ...]:
        """Take due jobs; a taken job comes back by itself when its lease ends. Two workers never hold the same one."""

    async def renew(self, jobs: Sequence[Job], now: datetime, lease: timedelta) -> None:
        """Whoever still works on what it has claimed says so: the lease now ends at `now + lease`. What was meanwhile done, put back or
        taken by another stays as it is. Idempotent."""

    async def done(self, job_id: int) -> None:
        """Delete. Idempotent."""

    async def retry(self, job_id: int, run_at: datetime) -> None:
        """Put back for later; the number of attempts was counted when it was claimed."""

    async def drop(self, dedupe_key: str) -> None:
        """Delete a waiting or leased job by its dedupe key. Idempotent."""

    async def next_due(self) -> datetime | None:
        """When the earliest job is due; None when there is none."""


class Messages(Protocol):
    """Short messages: recorded as intended before a provider is called, settled after, finished by its report. `phone` is hashed below."""

    async def by_text(self, text: str, limit: int = 10) -> tuple[SmsMessage, ...]:
        """What was sent with these words, newest first: compared by their essence (`storage.essence`), never stored in clear."""

    async def intend(self, message_id: str, phone: str, kind: str, provider: str, at: datetime, text: str = "") -> bool:
        """Record that the provider is about to be called; of `text`, the words as the person will read them, a keyed hash is kept. False, and nothing recorded, unless the message is new or was certainly not sent:
        then it is somebody else's, or was interrupted, and must not be sent again. Atomic."""

    async def settle(self, message_id: str, state: SmsState, provider_id: str, note: str, at: datetime) -> bool:
        """What the provider answered. False, and nothing changed, when the message is not intended any more (its report was faster)."""

    async def report(
        self, provider: str, provider_id: str, phone: str, delivered: bool, note: str, at: datetime, message_id: str = ""
    ) -> bool:
        """The provider's delivery report. Found by the provider's id, or by ours where the provider brings it back; phone and provider must be
        those of the message. False when there is no such message. The first report counts; a second one changes nothing."""

    async def get(self, message_id: str) -> SmsMessage | None: ...

    async def of_phone(self, phone: str, limit: int = 10) -> tuple[SmsMessage, ...]:
        """Newest first."""

    async def in_doubt(self, before: datetime, limit: int = 100) -> tuple[SmsMessage, ...]:
        """What may or may not have been sent: doubtful ones, and those intended before the moment that were never settled. Oldest first."""

    async def purge(self, before: datetime) -> int:
        """Delete messages that have not changed since; returns how many. Idempotent."""


class Audit(Protocol):
    """Append-only. Entries are written in the transaction; a single linker chains what is committed."""

    async def write(self, entry: AuditEntry) -> None: ...

    async def pseudonym(self, text: str) -> str:
        """The keyed hash under which an openid or a number stands in the log."""

    async def of_subject(self, subject: str, limit: int = 20) -> tuple[AuditEntry, ...]:
        """Newest first."""

    async def search(self, wanted: AuditSearch, limit: int = 50) -> tuple[AuditEntry, ...]:
        """Newest first."""

    async def link(self, limit: int = 1000) -> int:
        """Chain entries that are not chained yet, in order; returns how many. Safe to call from several processes."""

    async def anchor(self, at: datetime) -> str | None:
        """Seal the present end of the chain with the key; returns the seal, or None when nothing was added since the last."""

    async def verify(self) -> ChainReport:
        """Walk the chain and its anchors: a changed, missing, added or reordered entry is found and its position named."""
