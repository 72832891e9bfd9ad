"""What a dialog may ask of the rest of the program: one desk a turn, already bound to the chat and the person.

`handlers.desk` implements it over the ports. A dialog never sees a repository, a connection or an openid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from dialogs.desk_accounts import AccountsDesk, MyDataDesk
from dialogs.desk_cards import CardsDesk
from dialogs.desk_career import CareerDesk
from dialogs.desk_family import FamilyDesk
from dialogs.desk_filings import FilingsDesk
from dialogs.desk_guides import GuidesDesk
from dialogs.desk_humans import HumansDesk
from dialogs.desk_orders import OrdersDesk
from dialogs.desk_papers import PapersDesk
from dialogs.desk_records import RecordsDesk
from dialogs.desk_scenes import ScenesDesk
from dialogs.desk_wishes import WishesDesk
from dialogs.statement import Statement
from storage.ports.record import Record
from storage.ports.records import Benefit, Case, Certification, CertificationRecord, JobNotice, Person
from storage.ports.regions import Region


class CodeSent(Record):
    """A request for a one-time code. The same for a phone that is nobody's: nothing here tells whether an SMS went out."""

    request: str
    """Id of the request the digits will be checked against; empty when none could be made."""
    masked_phone: str
    retry_at: datetime | None = None
    """Set when nothing was sent because a limit was reached: when it can be asked again."""
    queued: bool = False
    """The SMS goes out at `retry_at`, by itself: one a minute is all that a phone may get."""
    captcha_url: str = ""
    """Set when a picture has to be read first."""


class CodeChecked(Record):
    """What became of the digits: right; wrong with `left` tries; or dead (expired, spent, too many tries). `retry_at` is from when on a new code
    may be had, where this try was the one too many."""

    right: bool
    left: int = 0
    retry_at: datetime | None = None


class NothingToPrint(LookupError):
    """Nothing was found of which a document could be made; `why` are sentences about what there is instead, or none."""

    def __init__(self, why: tuple[str, ...] = ()) -> None:
        super().__init__("nothing to print")
        self.why = why


class Found(Record):
    """A result with its page: `url` opens the whole of it, once, for this chat."""

    statement: Statement
    url: str


class Paper(Record):
    """An issued document and where to open it; `serial_no` and `url` are empty while a long one is being made: the chat is told (P-DOC)."""

    title: str
    serial_no: str
    url: str


class Checked(Record):
    """The answer of 校验 (BJQ-V-01). `url` shows the original form; empty when the values were not right, and for a
    paper that counts no more."""

    right: bool
    title: str = ""
    issued_on: date | None = None
    holder: str = ""
    warning: str = ""
    url: str = ""
    retry_at: datetime | None = None
    headline: str = "权益单校验成功"
    """What is said first; never 成功 for one that counts no more."""


class BindOutcome(Record):
    """Bound to `person`; or not: the proof has `expired`, or `left` tries remain for the last four digits (0: locked until tomorrow)."""

    person: Person | None
    left: int = 0
    expired: bool = False


class Look(Record):
    """Somebody who looked at or changed what is the person's, on a day: `who` in the person's words, never a name."""

    on: datetime
    who: str
    times: int


class Desk(Protocol):
    """Everything a dialog can ask or have done."""

    @property
    def person(self) -> Person | None:
        """Whom this chat speaks for; None for a visitor."""

    @property
    def region(self) -> Region | None:
        """Where the person is insured, or what the visitor said; None if unknown."""

    @property
    def regions(self) -> Mapping[str, Region]: ...

    def region_of(self, code: str) -> Region: ...

    @property
    def filings(self) -> FilingsDesk: ...

    @property
    def cards(self) -> CardsDesk: ...

    @property
    def orders(self) -> OrdersDesk: ...

    @property
    def humans(self) -> HumansDesk: ...

    @property
    def wishes(self) -> WishesDesk: ...

    @property
    def guides(self) -> GuidesDesk: ...

    @property
    def family(self) -> FamilyDesk: ...

    @property
    def accounts(self) -> AccountsDesk: ...

    @property
    def my_data(self) -> MyDataDesk: ...

    @property
    def careers(self) -> CareerDesk: ...

    @property
    def records(self) -> RecordsDesk: ...

    @property
    def papers(self) -> PapersDesk: ...

    @property
    def scenes(self) -> ScenesDesk: ...

    async def send_code(self, purpose: str, phone: str, *, may_wait: bool) -> CodeSent:
        """Make a one-time code and have it sent; with `may_wait` also when it has to wait for the minute's pause. Limits of targets.md S6 apply; the same answer and the same work for every phone."""

    async def check_code(self, request: str, purpose: str, digits: str) -> CodeChecked:
        """Try the digits against the request, which must be of this chat and purpose. Counts every try."""

    async def candidates(self, proof: str) -> tuple[Person, ...]:
        """The people whose 预留手机号 was proved by the passed code request `proof`; empty without such a proof."""

    async def bind(self, proof: str, person_id: int, last_four: str, consent: str) -> BindOutcome:
        """Bind this chat to the person (BJQ-L-02) if the last four digits are theirs. Idempotent."""

    async def bound(self) -> tuple[Person, ...]:
        """The people who are bound to this chat, oldest first; who has granted it something is in `family.helped`."""

    async def switch(self, person_id: int) -> Person | None:
        """Speak from now on for another person who is bound, or who has granted this chat more than reminders."""

    async def log_out(self) -> None:
        """Speak for nobody until the next log-in (BZ-07). Idempotent."""

    async def unbind(self) -> bool:
        """End the binding of the person whom this chat speaks for (BZ-08)."""

    async def choose_region(self, code: str) -> None:
        """Remember where the visitor says they are insured."""

    async def look_up(self, query: str, params: Mapping[str, str]) -> Found:
        """Run a declared query for the person; a look is audited."""

    async def issue(self, query: str, params: Mapping[str, str], key: str) -> Paper:
        """Freeze the result of a query as a document with 流水号 and 校验码. Once for a `key`; raises LookupError, NothingToPrint where
        nothing was found."""

    async def job_notices(self, kind: str, words: Sequence[str], place: str, after: int, limit: int) -> tuple[JobNotice, ...]:
        """招聘信息 (vacancy) or 求职信息 (seeker) of the chat's region, newest first: public, for anybody; empty when the region is unknown."""

    async def job_page(self, query: str, wanted: str) -> str:
        """The address of a page with all of `vacancies` or `seekers` that are wanted, for this chat; '' when the region is unknown."""

    def read_serial(self, text: str) -> str | None:
        """A 流水号 as people write it, in its canonical form; None if it cannot be one."""

    def read_code(self, text: str) -> str | None:
        """A 校验码 as people write it, in its canonical form; None if it cannot be one."""

    def read_pair(self, text: str) -> tuple[str, str] | None:
        """流水号 and 校验码 out of one message or a scanned address; None if they are not both there."""

    async def verify(self, serial: str, code: str, way: str = "chat") -> Checked:
        """校验 (BJQ-V-01): anyone may; guessing is throttled; audited. `way` (chat, photo) is what the holder is told of a right one."""

    async def case_paper(self, case_no: str, key: str) -> Paper | None:
        """The paper of a case (回执) as a document; None for a case that is not this person's."""

    async def cases(self) -> tuple[Case, ...]:
        """The person's cases, newest first, at most ten."""

    async def case(self, case_no: str) -> Case | None:
        """One of the person's cases; another person's looks like none."""

    async def looks(self) -> tuple[Look, ...]:
        """Who looked at or changed what is the person's, by day and by kind of person, newest first. Audited."""

    async def certification(self) -> Certification | None: ...

    async def benefit(self) -> Benefit | None:
        """待遇发放 of the person; None for a visitor and where the agency gives nothing about it. Audited with `certification`."""

    async def certification_records(self, limit: int) -> tuple[CertificationRecord, ...]:
        """认证记录 of the person, newest first; empty for a visitor."""
