"""The agency's own records: read here, filled by `import` or an agency's adapter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from storage.ports.records import (
    Benefit,
    Card,
    CardEvent,
    Certification,
    CertificationRecord,
    Contribution,
    ContributionSum,
    Employer,
    Hold,
    Insurance,
    Person,
    Swipe,
)
from storage.ports.time import Month, Span


class People(Protocol):
    """参保人 (B1)."""

    async def get(self, person_id: int) -> Person | None: ...

    async def names(self, person_ids: Sequence[int]) -> dict[int, str]:
        """Id → name of those who exist, in one question for a page of them."""

    async def by_phone(self, phone: str) -> tuple[Person, ...]:
        """Everyone whose 预留手机号 this is, over all regions, living people only, ordered by id; often one, sometimes a couple."""

    async def by_id_no(self, id_no: str, region: str | None = None) -> tuple[Person, ...]:
        """The person of that number in each region that has one; upper-case X."""

    async def many_by_id_no(self, numbers: Iterable[str], region: str) -> dict[str, Person]:
        """Who is on file under those 证件号码 in a region, by the number as it was asked for; who is not on file is left out."""

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

    async def sums(self, person_id: int, span: Span, insurances: Sequence[Insurance] = ()) -> tuple[ContributionSum, ...]:
        """What `between` comes to, added up where the rows lie: at most three for an insurance. As `handlers.queries.months` has it, a refund
        takes its month back only where nothing is left of it. Cost grows with the rows, but a fraction of reading them."""

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

    async def add_record(self, record: CertificationRecord, due_on: date) -> bool:
        """Keep one record; when it passed, the newest state of the person follows from it, with `due_on` as the next due day.

        One that is older than the state changes nothing but the history. False when it was on record already; idempotent.
        """

    async def add_records(self, records: Iterable[CertificationRecord]) -> int:
        """Keep many records, without touching the states (`renew` does that); returns how many were given. Idempotent.

        A record is known by person, moment, channel and result; 办理人 and 说明 of one that is kept already are brought up to date.
        """

    async def renew(self, states: Iterable[Certification]) -> int:
        """Bring newest states forward: one that is older than what is stored changes nothing. Returns how many were given. Idempotent.

        A state without `last_at` (who has never certified) is stored for a new person, and moves the due day of one who still has none.
        """

    async def benefit(self, person_id: int) -> Benefit | None:
        """待遇发放 of the person; None where the agency gives nothing about it."""

    async def put_benefits(self, rows: Iterable[Benefit]) -> int:
        """Insert or replace by person; returns how many were given. Idempotent."""

    async def history(self, person_id: int, limit: int = 20) -> tuple[CertificationRecord, ...]:
        """认证记录, newest first. One that was 审核中 is left out once the same one has a result."""

    async def due_between(self, start: date, end: date, after_id: int, limit: int) -> tuple[Certification, ...]:
        """Certifications whose `due_on` lies in [start, end], of people who are alive, with person_id > `after_id`, in order of person_id."""
