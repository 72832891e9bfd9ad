"""权益记录 and what is ordered of them: read here, filled by `import` or an agency's adapter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar

from storage.ports.records import JobNotice, RecordOrder, Registration, Right
from storage.ports.time import Span

R = TypeVar("R", bound=Right)


class Rights(Protocol):
    """权益记录 by person and kind."""

    async def of(self, kind: type[R], person_id: int, within: Span | None = None) -> tuple[R, ...]:
        """Rows of one kind (not `Registration`), in order of their key, so oldest first where the key begins with a time; empty when there are
        none. `within` bounds the field named by `kind.PERIOD`: months as they are, years as the span's years; a kind without one ignores it.
        One range of the primary key; cost grows with the rows returned only."""

    async def extent(self, kind: type[R], person_id: int) -> tuple[R, R] | None:
        """The first and the last row by `kind.PERIOD`; None when there are none. Two jumps into the key where the period leads it."""

    async def registration(self, person_id: int) -> Registration | None:
        """登记信息; None where the agency gives none."""

    async def put_many(self, rows: Iterable[Right]) -> int:
        """Insert or update by key, kinds mixed as they come; returns how many were given. Idempotent."""

    async def loaded(self, region: str, kind: str, as_of: date) -> None:
        """What was given of that kind (`contributions`, `pension_payment` …: the words of `import`) is known up to that day. Idempotent."""

    async def dates(self, region: str) -> Mapping[str, date]:
        """Kind → 数据截至; a kind that nobody has told of is left out."""


class JobNotices(Protocol):
    """招聘信息, 求职信息 (H1, H2): public, of a region."""

    async def search(
        self, region: str, kind: str, words: Sequence[str] = (), place: str = "", after: int = 0, limit: int = 20
    ) -> tuple[JobNotice, ...]:
        """Newest first, each with all `words` in title or employer and `place` in its place; `after` rows are skipped."""

    async def replace(self, region: str, kind: str, notices: Iterable[JobNotice]) -> int:
        """Put these in the place of all of that region and kind. Idempotent."""


class RecordOrders(Protocol):
    """定制请求 (D8)."""

    async def add(self, order: RecordOrder) -> RecordOrder:
        """Keep a new one; returns it with its id."""

    async def get(self, order_id: int) -> RecordOrder | None: ...

    async def of_person(self, person_id: int, limit: int = 10) -> tuple[RecordOrder, ...]:
        """Newest first."""

    async def done(self, order_id: int, serial_no: str, at: datetime) -> bool:
        """Mark as ready with its document; False when it was so already. Idempotent."""
