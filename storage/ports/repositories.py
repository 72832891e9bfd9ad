"""The questions that storage answers, in domain words.

Repositories flush; only `Store` commits. A method that changes something says whether doing it twice does it once.
"Nothing" is `None` or an empty tuple, never an exception; `Conflict` means that someone else was faster.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from storage.ports.records import (
    Attachment,
    AuditEntry,
    AuditSearch,
    Binding,
    Card,
    CardEvent,
    Case,
    CaseState,
    CaseStep,
    Certification,
    ChainReport,
    CodeRequest,
    CodeState,
    Contribution,
    DayCount,
    Document,
    Employer,
    Hold,
    Insurance,
    Job,
    MarkRequest,
    Order,
    Parked,
    Person,
    QueueFilter,
    QueueRow,
    Rating,
    ReminderRow,
    Session,
    Staff,
    StaffSession,
    Swipe,
    Thread,
    ThreadLine,
    Ticket,
    User,
    Verdict,
)
from storage.ports.time import Month, Span


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

    async def set_phone(self, person_id: int, phone: str) -> None:
        """Replace the 预留手机号. Idempotent."""

    async def hold(self, hold: Hold) -> None:
        """Let the person's sensitive acts wait until `hold.until`; a later moment wins over an earlier one. Idempotent."""

    async def held(self, person_id: int, now: datetime) -> Hold | None:
        """The hold that is in force at `now`."""

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

    async def report_lost(self, card: Card, at: datetime, until: datetime | None = None) -> Card:
        """Set 已挂失, until then or for good; raises Conflict when `card.version` is no longer the stored one."""

    async def save(self, card: Card) -> Card:
        """Write status, bank, lost_at and lost_until over the stored card; raises Conflict when `card.version` is no longer the stored one. Returns it with the new version."""

    async def add(self, card: Card) -> Card:
        """A new card of the person (after 补换卡); its id is set in what comes back."""

    async def note(self, *events: CardEvent) -> None:
        """Append to the 卡片处理记录 (F2). An event of the same person, card, moment and step is stored once."""

    async def history(self, person_id: int, limit: int = 20) -> tuple[CardEvent, ...]:
        """卡片处理记录 (BZ-21), newest first."""

    async def swipes(self, person_id: int, month: Month) -> tuple[Swipe, ...]:
        """刷卡记录 (BZ-22) of one month, oldest first; cost grows with the rows of that month only."""

    async def put_swipes(self, swipes: Iterable[Swipe]) -> int:
        """Insert or replace by (person, moment, place, kind). Idempotent."""


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
        """Write state, claimed_by, closed_at; raises Conflict when `thread.version` is stale."""

    async def waiting(self, regions: Sequence[str], states: Sequence[str], limit: int = 50) -> tuple[Thread, ...]:
        """Oldest first."""

    async def place(self, thread: Thread) -> int:
        """How many in its region wait before it, plus one."""


class Ratings(Protocol):
    """评价."""

    async def ask(self, openid: str, request: MarkRequest) -> bool:
        """Note that the chat is asked for this mark; False if it was asked before, or the thing is rated already."""

    async def wanted(self, openid: str) -> MarkRequest | None:
        """The newest thing that the chat was asked to rate within the last thirty days and has not."""

    async def settle(self, openid: str, request: MarkRequest) -> None:
        """It is rated, or nobody wants to know any more. Idempotent."""

    async def add(self, rating: Rating) -> bool:
        """Store once for (kind, ref); False if it was rated already."""

    async def grades(self, regions: Sequence[str], start: date, end: date) -> dict[int, int]:
        """How many of each grade on those days (Shanghai's)."""


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
        """The platform's rule on unfollow: delete the user, end the bindings and strip the openid from them, delete session, parked replies, tickets, open codes, stored answers and watches, close its talk, strip the openid from orders and talks. Idempotent."""

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

    async def search(self, wanted: AuditSearch, limit: int = 50) -> tuple[AuditEntry, ...]:
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


class Locks(Protocol):
    """One holder at a time a name, in the order of arrival."""

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait for the name, first come first served. Over Redis the lock has a lifetime and is renewed while held."""
