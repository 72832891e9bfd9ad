"""What people file and pay, and who works on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from storage.ports.records import (
    Attachment,
    Case,
    CaseState,
    CaseStep,
    DayCount,
    MarkRequest,
    Order,
    QueueFilter,
    QueueRow,
    Rating,
    Staff,
    StaffSession,
    Thread,
    ThreadLine,
)


class Cases(Protocol):
    """业务办理 (I1) with its steps (I2)."""

    async def add(self, case: Case) -> tuple[Case, bool]:
        """Store a new case with its steps. If one exists under the same `key`, that one comes back and nothing is written: (case, made)."""

    async def by_key(self, key: str) -> Case | None: ...

    async def by_no(self, case_no: str, person_id: int) -> Case | None:
        """The case of that number if it belongs to that person; another person's case looks like no case."""

    async def of_person(self, person_id: int, limit: int = 10) -> tuple[Case, ...]:
        """Newest first."""

    async def put_many(self, cases: Iterable[Case]) -> int:
        """Load cases with their steps (demo data, import). Idempotent by case_no."""

    async def add_step(self, case: Case, step: CaseStep, handling_status: str, feedback_status: str) -> Case:
        """Append a step and set the states; raises Conflict when `case.version` is stale."""

    async def save(self, case: Case, *steps: CaseStep) -> Case:
        """Write everything of `case` that may change (all but case_no, key, feature, filing, region, person_id) over the stored one and append `steps`; raises Conflict when `case.version` is stale. Returns it with the new version and all its steps."""

    async def get(self, case_no: str) -> Case | None:
        """The case of that number, whoever it belongs to: for staff (who may see it is asked above) and for jobs."""

    async def delete_draft(self, case_no: str) -> bool:
        """Delete a draft with its attachments' rows; False (and nothing done) for anything but a draft. Idempotent."""

    async def queue(self, wanted: QueueFilter, after: QueueRow | None, limit: int) -> tuple[QueueRow, ...]:
        """Cases that were filed by declarations, ordered by due day (those without one last), then case number, after that row. Cost grows with `limit`, not with the number of cases."""

    async def counts(self, regions: Sequence[str]) -> dict[CaseState, int]:
        """How many cases stand in each state that is not over."""

    async def due_before(self, day: date, states: Sequence[CaseState], after: str, limit: int) -> tuple[str, ...]:
        """Numbers of cases in those states whose `due_on` lies before that day, greater than `after`, in order of number."""

    async def per_day(self, regions: Sequence[str], start: date, end: date) -> tuple[DayCount, ...]:
        """Filed, done and refused on each day of [start, end], in Shanghai's days, days without any included."""

    async def watch(self, case_no: str, openid: str) -> None:
        """That chat wants to be told of every step. Idempotent."""

    async def unwatch(self, case_no: str, openid: str) -> None:
        """And no more. Idempotent."""

    async def of_nobody(self, openid: str, limit: int = 10) -> tuple[Case, ...]:
        """Cases without a person that this chat watches, newest first: they belong to the chat alone."""

    async def watchers(self, case_no: str) -> tuple[str, ...]:
        """The openids that want to be told."""


class Attachments(Protocol):
    """附件 (I5) of cases; the bytes are in `Files`."""

    async def add(self, attachment: Attachment) -> Attachment:
        """Store; its id is set in what comes back."""

    async def of_case(self, case_no: str) -> tuple[Attachment, ...]:
        """Oldest first."""

    async def get(self, attachment_id: int) -> Attachment | None: ...

    async def drop(self, attachment_id: int) -> None:
        """Delete the row. Idempotent."""

    async def stored(self, names: Sequence[str]) -> set[str]:
        """Those of these names (`stored_as`) that some attachment has: the files that may not be swept away."""


class Files(Protocol):
    """Bytes of uploads: encrypted, under random names, outside every folder that is served."""

    async def put(self, body: bytes) -> str:
        """Store; returns the random name."""

    async def get(self, name: str) -> bytes | None:
        """None when there is no such file, or it was altered. A name that is not one of ours is None too."""

    async def drop(self, name: str) -> None:
        """Delete. Idempotent."""

    async def sweep(self, known: Callable[[Sequence[str]], Awaitable[set[str]]], older_than: datetime) -> int:
        """Delete files put before that moment that `known` does not name; how many. Idempotent."""


class Spool(Protocol):
    """What waits on the disk of this machine for a database that is away: sealed, in order."""

    async def keep(self, openid: str, key: str, body: bytes, at_most: int = 0) -> bool:
        """Durable when it returns True; a second time with the same key does nothing more. False when so many of that chat lie here already,
        whichever process put them here; 0 is no limit. Raises Unavailable when the disk is full or away."""

    async def entries(self, openid: str = "") -> tuple[tuple[str, bytes], ...]:
        """(name, body), oldest first, of one chat or of all; what cannot be opened is left out, and the log says so. Raises Unavailable."""

    async def drop(self, name: str) -> None:
        """Delete. Idempotent."""


class Orders(Protocol):
    """缴费订单 (C13)."""

    async def add(self, order: Order) -> tuple[Order, bool]:
        """Store a new order. If one exists under the same `key`, that one comes back: (order, made). Raises Conflict when the number is taken."""

    async def get(self, order_no: str) -> Order | None:
        """For notices and jobs."""

    async def by_no(self, order_no: str, person_id: int) -> Order | None:
        """The order if it is that person's; another person's looks like none."""

    async def of_person(self, person_id: int, limit: int = 10) -> tuple[Order, ...]:
        """Newest first."""

    async def open_of_person(self, person_id: int) -> tuple[Order, ...]:
        """Those that can still be paid."""

    async def of_case(self, case_no: str) -> tuple[Order, ...]:
        """Oldest first."""

    async def save(self, order: Order) -> Order:
        """Write everything that may change (status, openid, expires_at, bank, prepay_id, transaction_id, paid_at, note); raises Conflict when `order.version` is stale."""

    async def unsettled(self, before: datetime, after: str, limit: int) -> tuple[Order, ...]:
        """Open orders made before that moment, with a number greater than `after`, in order of number: for reconciling and expiry."""


class StaffAccounts(Protocol):
    """经办人员 and where they are signed in."""

    async def add(self, staff: Staff) -> Staff:
        """Store a new account; raises Conflict when the login is taken (in any spelling of upper and lower case)."""

    async def save(self, staff: Staff) -> Staff:
        """Write all but id and login; raises Conflict when `staff.version` is stale."""

    async def get(self, staff_id: int) -> Staff | None: ...

    async def by_login(self, login: str) -> Staff | None: ...

    async def all(self) -> tuple[Staff, ...]:
        """In order of login."""

    async def use_code(self, staff_id: int, step: int) -> bool:
        """Note that the one-time code of that time step was used; False if that step or a later one was used already. Atomic."""

    async def open_session(self, token: str, session: StaffSession) -> StaffSession:
        """Store under the keyed hash of `token`."""

    async def session(self, token: str, now: datetime) -> StaffSession | None:
        """The living session, None when it has expired or was ended."""

    async def seen(self, session_id: int, at: datetime, expires_at: datetime) -> None:
        """Push the idle end out."""

    async def sessions(self, staff_id: int) -> tuple[StaffSession, ...]:
        """Newest first."""

    async def end_session(self, session_id: int) -> None:
        """Idempotent."""

    async def end_sessions(self, staff_id: int, keep: int | None = None) -> int:
        """End all of that account but `keep`; how many."""


class Threads(Protocol):
    """Talks with the staff."""

    async def open(self, thread: Thread, lines: Sequence[ThreadLine]) -> Thread:
        """Store a new talk with the conversation so far; if that chat has one that is not closed, it comes back instead and nothing is written."""

    async def of_chat(self, openid: str) -> Thread | None:
        """The talk of that chat that is not closed."""

    async def get(self, thread_id: int) -> Thread | None: ...

    async def say(self, line: ThreadLine) -> ThreadLine:
        """Append."""

    async def lines(self, thread_id: int, after_id: int = 0) -> tuple[ThreadLine, ...]:
        """Oldest first, with id > `after_id`."""

    async def save(self, thread: Thread) -> Thread:
        """Write person_id, state, claimed_by, closed_at; raises Conflict when `thread.version` is stale."""

    async def waiting(self, regions: Sequence[str], states: Sequence[str], limit: int = 50) -> tuple[Thread, ...]:
        """Oldest first."""

    async def place(self, thread: Thread) -> int:
        """How many in its region wait before it, plus one."""


class Ratings(Protocol):
    """评价."""

    async def ask(self, openid: str, request: MarkRequest) -> bool:
        """Note that the chat is asked for this mark; False if it was asked before, or the thing is rated already."""

    async def wanted(self, openid: str) -> MarkRequest | None:
        """The newest thing that the chat was asked to rate within the last thirty days and that nobody has rated."""

    async def request(self, openid: str, kind: str, ref: str) -> MarkRequest | None:
        """What the chat was asked about that thing; None when it was not, when it is settled, and when somebody has rated it."""

    async def settle(self, openid: str, request: MarkRequest) -> None:
        """It is rated, or nobody wants to know any more. Idempotent."""

    async def add(self, rating: Rating) -> bool:
        """Store once for (kind, ref); False if it was rated already."""

    async def grades(self, regions: Sequence[str], start: date, end: date) -> dict[int, int]:
        """How many of each grade on those days (Shanghai's)."""
