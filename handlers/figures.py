"""Numbers of the day for those who watch over the work: how much came, how much was done, what waits, what people thought of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from storage.ports.record import Record
from storage.ports.records import CaseState, DayCount, QueueFilter, QueueRow, Staff
from storage.ports.repositories import Repositories, Store
from storage.ports.time import Clock

DAYS: Final = 14
_PAGE: Final = 100
_MOST: Final = 500
"""Beyond that, how many cases are late is told as more than so many: the answer would not be another one."""
_TALKS: Final = 50
_STAFFS: Final = (CaseState.REVIEW, CaseState.SECOND, CaseState.WORKING)
"""States in which it is the staff's turn."""


class Figures(Record):
    """Of the regions of one member of staff. `days` are the last fourteen, oldest first, today last. `late` and `talks` stop counting at
    `late_at_most` and `talks_at_most`. `grades` has all five, best first."""

    regions: tuple[str, ...]
    days: tuple[DayCount, ...]
    counts: Mapping[CaseState, int]
    late: int
    soon: int
    """Due today or tomorrow."""
    grades: Mapping[int, int]
    talks: int
    left: int
    """Messages taken outside the hours that are not answered yet."""
    late_at_most: int = _MOST
    talks_at_most: int = _TALKS

    @property
    def open(self) -> int:
        """Cases that are not over."""
        return sum(self.counts.values())

    @property
    def graded(self) -> int:
        """How many marks there are."""
        return sum(self.grades.values())

    @property
    def mean(self) -> str:
        """The mean of the marks with one decimal; '' when there is none."""
        total = sum(grade * count for grade, count in self.grades.items())
        return f"{total / self.graded:.1f}" if self.graded else ""


class DayNumbers:
    """Works them out."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, staff: Staff, region: str = "") -> Figures:
        """The numbers of all regions of the account, or of one of them; another region counts as none asked for."""
        regions = (region,) if region in staff.regions else tuple(sorted(staff.regions))
        today = self._clock.now().date()
        start = today - timedelta(days=DAYS - 1)
        async with self._store.reading() as tx:
            counts = await tx.cases.counts(regions)
            grades = await tx.ratings.grades(regions, start, today)
            late = await self._due_before(tx, regions, today)
            return Figures(
                regions=regions,
                days=await tx.cases.per_day(regions, start, today),
                counts={state: counts.get(state, 0) for state in CaseState if not state.over and state is not CaseState.DRAFT},
                late=late,
                soon=max(await self._due_before(tx, regions, today + timedelta(days=2)) - late, 0),
                grades={grade: grades.get(grade, 0) for grade in (5, 4, 3, 2, 1)},
                talks=len(await tx.threads.waiting(regions, ("waiting",), _TALKS)),
                left=len(await tx.threads.waiting(regions, ("left",), _TALKS)),
            )

    @staticmethod
    async def _due_before(tx: Repositories, regions: tuple[str, ...], day: date) -> int:
        """How many cases wait for the staff with a deadline before that day, counted to `_MOST` at most."""
        wanted = QueueFilter(regions=regions, states=_STAFFS, due_before=day)
        found = 0
        after: QueueRow | None = None
        while found < _MOST:
            rows = await tx.cases.queue(wanted, after, _PAGE)
            found += len(rows)
            if len(rows) < _PAGE:
                break
            after = rows[-1]
        return found
