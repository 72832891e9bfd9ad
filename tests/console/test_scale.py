"""The console's pages cost what they show: the database is asked the same few things, however many cases there are.

Counted in statements and in steps of SQLite's machine, never in time. The two databases of the ports are compared in
`tests/contracts/test_queue.py`, and `benchmarks/console.py` measures the whole page with 100,000 cases.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.ports.records import CaseState
from tests.console.conftest import OfficeWorld, Window
from tests.console.work import put

FEW, MANY = 300, 6_000
_GRAIN = 50


class Work:
    """What SQLite does: statements, and steps of its machine in units of fifty, those that count whole states apart."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.steps = 0
        self.counting = 0

    def watch(self, connection: sqlite3.Connection) -> None:
        """Each connection has a thread of its own: what it does belongs to its own last statement."""
        counts = False

        def said(sql: str) -> None:
            nonlocal counts
            counts = "count(*)" in sql
            if not sql.startswith(("--", "PRAGMA", "BEGIN", "COMMIT")):
                self.statements.append(sql)

        def stepped() -> int:
            if counts:
                self.counting += 1
            else:
                self.steps += 1
            return 0

        connection.set_trace_callback(said)
        connection.set_progress_handler(stepped, _GRAIN)


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[OfficeWorld, Work]]:
    """A console whose every connection to the database is watched."""
    work = Work()
    connect = sqlite3.connect

    def watching(*given: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **more)
        work.watch(connection)
        return connection

    office = OfficeWorld(tmp_path)
    monkeypatch.setattr(sqlite3, "connect", watching)
    await office.start()
    yield office, work
    await office.close()


async def filled(office: OfficeWorld, start: int, end: int) -> None:
    """Cases of two filings in three regions, some taken, their due days spread over three weeks."""
    pattern = await put(office, start, "card_replace", key=f"k{start}")
    regions = ("binzhou", "beijing", "jinan")
    async with office.store.transaction() as tx:
        await tx.cases.put_many(
            replace(
                pattern,
                case_no=f"240910{number:09d}",
                key=f"k{number}",
                region=regions[number % 3],
                filing=("card_replace", "card_second")[number % 2],
                state=(CaseState.REVIEW, CaseState.WORKING)[number // 2 % 2],
                due_on=date(2024, 9, 5) + timedelta(days=number % 21),
                claimed_by=office.staff["审核"].id if number % 5 == 0 else None,
                person_id=(office.ids.jianguo, office.ids.defu)[number % 2],
            )
            for number in range(start, end)
        )


PAGES = (
    "/console/",
    "/console/?whose=mine",
    "/console/?whose=free&filing=card_second&region=jinan",
    "/console/?overdue=1",
    "/console/?state=all",
)


async def cost(window: Window, work: Work, path: str) -> tuple[int, int]:
    """Statements, and steps without the counting, of one page that is asked for a second time."""
    await window.get(path)
    work.statements.clear()
    work.steps = work.counting = 0
    page = await window.get(path)
    assert page.status == 200
    return len(work.statements), work.steps * _GRAIN


async def test_a_page_of_the_queue_asks_the_same_of_twenty_times_as_many_cases(watched: tuple[OfficeWorld, Work]) -> None:
    """Statements a page: the same number; steps for what is listed: no more than half as many again; first, filtered and later pages."""
    office, work = watched
    await filled(office, 1, FEW)
    window = await office.signed_in("审核")
    later = re.compile(r'href="(/console/[^"]+)" rel="next"')
    few = {path: await cost(window, work, path) for path in PAGES}
    found = later.search((await window.get("/console/")).text)
    assert found
    few_later = await cost(window, work, found[1])
    await filled(office, FEW, MANY)
    many = {path: await cost(window, work, path) for path in PAGES}
    many_later = await cost(window, work, found[1])
    for path in PAGES:
        assert many[path][0] == few[path][0] <= 12, path
        assert many[path][1] <= 1.5 * few[path][1] + 3_000, path
    assert many_later[0] == few_later[0]
    assert many_later[1] <= 1.5 * few_later[1] + 3_000


async def test_counting_reads_an_index_once(watched: tuple[OfficeWorld, Work]) -> None:
    """The numbers on top are one statement, and a handful of steps for each case that is counted."""
    office, work = watched
    await filled(office, 1, MANY)
    window = await office.signed_in("审核")
    await cost(window, work, "/console/")
    assert sum("count(*)" in sql for sql in work.statements) == 1
    assert work.counting * _GRAIN < 12 * MANY


async def test_a_page_of_a_case_does_not_depend_on_how_many_there_are(watched: tuple[OfficeWorld, Work]) -> None:
    """Nor does taking the next one: a look-up by number, and by the person."""
    office, work = watched
    await filled(office, 1, FEW)
    shown = await put(office, 900_000, "card_replace", person_id=office.ids.xiuying)
    window = await office.signed_in("审核")
    few = await cost(window, work, f"/console/cases/{shown.case_no}")
    await filled(office, FEW, MANY)
    many = await cost(window, work, f"/console/cases/{shown.case_no}")
    assert many[0] == few[0] <= 25
    assert many[1] <= 1.5 * few[1] + 3_000
