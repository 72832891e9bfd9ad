"""The questions that storage answers, in domain words.

Repositories flush; only `Store` commits. A method that changes something says whether doing it twice does it once.
"Nothing" is `None` or an empty tuple, never an exception; `Conflict` means that someone else was faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from storage.ports.records import (
    AuditEntry,
    Binding,
    Card,
    Case,
    CaseStep,
    Certification,
    ChainReport,
    CodeRequest,
    CodeState,
    Contribution,
    Document,
    Employer,
    Insurance,
    Job,
    Parked,
    Person,
    ReminderRow,
    Session,
    Ticket,
    User,
    Verdict,
)
from storage.ports.time import Span


class StorageError(Exception):
    """Base of what storage raises.

    StorageError
    ├── Conflict      somebody else changed it first (a version did not match)
    └── Unavailable   the database or Redis cannot be reached
    """


class Conflict(StorageError):
    """The stored version is not the one the caller had read."""


class Unavailable(StorageError):
    """A backend did not answer; the caller says so and loses nothing."""


# ── the agency's own records: read here, filled by `import` or an agency's adapter ──────────────────────────────────


class People(Protocol):
    """参保人 (B1)."""

    async def get(self, person_id: int) -> Person | None: ...

    async def by_phone(self, phone: str) -> tuple[Person, ...]:
        """Everyone whose 预留手机号 this is, over all regions, living people only, ordered by id; often one, sometimes a couple."""

    async def by_id_no(self, id_no: str, region: str | None = None) -> tuple[Person, ...]:
        """The person of that number in each region that has one; upper-case X."""

    async def put_many(self, people: Iterable[Person]) -> dict[tuple[str, str], int]:
        """Insert or update by (region, id_no); returns (region, id_no) → person id. Idempotent."""

    async def count(self, region: str | None = None) -> int: ...

    async def page(self, after_id: int, limit: int, region: str | None = None, status: str | None = None) -> tuple[Person, ...]:
        """People with id > `after_id`, in order of id."""

    async def identity_hash(self, person_id: int) -> str:
        """The keyed hash of the person's 证件号码 as audit records carry it; '' if there is no such person."""


class Employers(Protocol):
    """单位 (B2)."""

    async def put_many(self, employers: Iterable[Employer]) -> dict[tuple[str, str], int]:
        """Insert or update by (region, uscc); returns (region, uscc) → employer id. Idempotent."""

    async def count(self, region: str | None = None) -> int: ...


class Contributions(Protocol):
    """缴费月记录 (C1)."""

    async def between(self, person_id: int, span: Span, insurances: Sequence[Insurance] = ()) -> tuple[Contribution, ...]:
        """Rows of the span, ordered by period then insurance then kind; all insurances when none is named. Cost grows with the rows returned only."""

    async def extents(self, person_id: int) -> dict[Insurance, Span]:
        """First and last month on record of each insurance that has any; empty when there is nothing."""

    async def put_many(self, rows: Iterable[Contribution]) -> int:
        """Insert or replace by (person, insurance, period, kind, employer); returns how many rows were written. Idempotent."""


class Cards(Protocol):
    """社保卡 (F1)."""

    async def of_person(self, person_id: int) -> Card | None:
        """The person's newest card."""

    async def put_many(self, cards: Iterable[Card]) -> int:
        """Insert or update by (person, card_no). Idempotent."""

    async def report_lost(self, card: Card, at: datetime) -> Card:
        """Set 已挂失; raises Conflict when `card.version` is no longer the stored one."""


class Certifications(Protocol):
    """资格认证 (E19): the newest state of each person who draws benefits."""

    async def of_person(self, person_id: int) -> Certification | None: ...

    async def put_many(self, rows: Iterable[Certification]) -> int:
        """Insert or replace by person. Idempotent."""

    async def due_between(self, start: date, end: date, after_id: int, limit: int) -> tuple[Certification, ...]:
        """Certifications whose `due_on` lies in [start, end], of people who are alive, with person_id > `after_id`, in order of person_id."""


# ── what the product itself keeps ───────────────────────────────────────────────────────────────────────────────────


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


class Users(Protocol):
    """微信用户 (A1) and 身份绑定 (A3)."""

    async def get(self, openid: str) -> User | None: ...

    async def save(self, user: User) -> None:
        """Insert or replace."""

    async def forget(self, openid: str) -> None:
        """The platform's rule on unfollow: delete the user, end the bindings and strip the openid from them, delete session, parked replies, tickets, open codes and stored answers. Idempotent."""

    async def bind(self, binding: Binding) -> Binding:
        """Add a living binding (the same living one comes back if it exists already)."""

    async def bindings(self, openid: str) -> tuple[Binding, ...]:
        """Living ones, oldest first."""

    async def chats_of(self, person_id: int) -> tuple[User, ...]:
        """Subscribed users with a living binding to that person."""

    async def unbind(self, openid: str, person_id: int, at: datetime) -> bool:
        """End the binding; False if there was none. Idempotent."""


class Codes(Protocol):
    """One-time codes. Everything here is a row in SQL in both modes: losing it would let someone in."""

    async def add(self, request: CodeRequest) -> None:
        """Store a new request; earlier open ones of the same openid and purpose die."""

    async def get(self, request_id: str) -> CodeRequest | None: ...

    async def attempt(self, request_id: str) -> int:
        """Count one try, atomically; returns the number of tries so far (this one included)."""

    async def set_state(self, request_id: str, expected: CodeState, state: CodeState) -> bool:
        """Move on, once: False if the state was not `expected`."""


class Limits(Protocol):
    """Counters that survive a restart and fail closed."""

    async def hit(self, name: str, subject: str, limit: int, window: timedelta, now: datetime, cost: int = 1) -> Verdict:
        """Count `cost` against `limit` per fixed `window`; nothing is counted when it would pass the limit. `subject` may be personal: only its keyed hash is stored. A negative `cost` gives back what was counted before. Atomic."""

    async def peek(self, name: str, subject: str, limit: int, window: timedelta, now: datetime) -> Verdict:
        """As `hit` with nothing counted."""

    async def clear(self, name: str, subject: str) -> None:
        """Forget the counter. Idempotent."""


class Tickets(Protocol):
    """Links that were given out."""

    async def add(self, token: str, ticket: Ticket) -> None:
        """Store under the keyed hash of `token`."""

    async def get(self, token: str, kind: str, now: datetime) -> Ticket | None:
        """The ticket if it exists, is of that kind and has not expired."""

    async def claim(self, token: str, holder: str) -> Ticket | None:
        """Bind the ticket to the browser that opens it first (`holder` is the cookie's value; its keyed hash is stored). None if another browser was first. Idempotent for the same holder."""

    async def drop(self, token: str) -> None:
        """Delete. Idempotent."""


class Sessions(Protocol):
    """Conversation state, one a chat."""

    async def load(self, openid: str, now: datetime) -> Session | None:
        """None when there is none or it has expired."""

    async def save(self, session: Session) -> None:
        """Write version n+1 over version n; raises Conflict when the stored version is not `session.version - 1`."""

    async def delete(self, openid: str) -> None: ...


class Answers(Protocol):
    """What was answered to each message, so that a resend gets the same bytes."""

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, openid: str, answer: bytes, at: datetime) -> None:
        """Store once; a second answer for the same key is ignored. Kept for ten minutes at least."""

    async def purge(self, before: datetime) -> int: ...


class ParkedReplies(Protocol):
    """Replies waiting for the person's next message."""

    async def add(self, openid: str, body: bytes, at: datetime) -> None: ...

    async def take(self, openid: str) -> tuple[Parked, ...]:
        """Oldest first; they are deleted with the transaction."""


class Jobs(Protocol):
    """Work to be done later, in the transaction of the business write."""

    async def enqueue(self, name: str, payload: bytes, run_at: datetime, dedupe_key: str | None = None) -> bool:
        """False (and nothing stored) if a job with that dedupe key is waiting already."""

    async def claim(self, now: datetime, lease: timedelta, limit: int, names: Sequence[str] = ()) -> tuple[Job, ...]:
        """Take due jobs; a taken job comes back by itself when its lease ends. Two workers never hold the same one."""

    async def done(self, job_id: int) -> None:
        """Delete. Idempotent."""

    async def retry(self, job_id: int, run_at: datetime) -> None:
        """Put back for later; the number of attempts was counted when it was claimed."""

    async def drop(self, dedupe_key: str) -> None:
        """Delete a waiting or leased job by its dedupe key. Idempotent."""

    async def next_due(self) -> datetime | None:
        """When the earliest job is due; None when there is none."""


class Reminders(Protocol):
    """The ledger of reminders: each once, whatever is killed."""

    async def plan(self, kind: str, person_id: int, cycle: str, stage: str, channel: str) -> ReminderRow | None:
        """Write the intention; None if this reminder exists already."""

    async def settle(self, row_id: int, state: str, note: str = "") -> None: ...

    async def get(self, row_id: int) -> ReminderRow | None: ...

    async def by_client_msg_id(self, client_msg_id: str) -> ReminderRow | None: ...

    async def note_msg_id(self, row_id: int, msg_id: str) -> None:
        """Remember the platform's MsgID, for its receipt."""

    async def by_msg_id(self, msg_id: str) -> ReminderRow | None: ...

    async def of_person(self, person_id: int, kind: str) -> tuple[ReminderRow, ...]: ...


class Audit(Protocol):
    """Append-only. Entries are written in the transaction; a single linker chains what is committed."""

    async def write(self, entry: AuditEntry) -> None: ...

    async def pseudonym(self, text: str) -> str:
        """The keyed hash under which an openid or a number stands in the log."""

    async def of_subject(self, subject: str, limit: int = 20) -> tuple[AuditEntry, ...]:
        """Newest first."""

    async def link(self, limit: int = 1000) -> int:
        """Chain entries that are not chained yet, in order; returns how many. Safe to call from several processes."""

    async def anchor(self, at: datetime) -> str | None:
        """Seal the present end of the chain with the key; returns the seal, or None when nothing was added since the last."""

    async def verify(self) -> ChainReport:
        """Walk the chain and its anchors: a changed, missing, added or reordered entry is found and its position named."""


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
    def reminders(self) -> Reminders: ...
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
