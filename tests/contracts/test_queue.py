"""The queue of the console: right for every filter, and at the cost of a page, however many cases there are."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, cast

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from storage.migrations import migrate
from storage.ports.records import Case, CaseState, DayCount, QueueFilter, QueueRow
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI
from storage.sql import queue
from storage.sql.codec import micros
from storage.sql.sqlite import Compiled
from storage.sql.unit import Params, Unit
from tests.clock import START
from tests.contracts.makers import a_case, a_filing

REGIONS = ("beijing", "binzhou", "jinan")
FILINGS = ("replace_card", "second_card", "new_phone")
STATES = (CaseState.REVIEW, CaseState.SECOND, CaseState.WORKING, CaseState.DONE)


def _many() -> list[Case]:
    """Sixty cases, each another mixture: regions by threes, states by fours, filings by fives, some due, some claimed."""
    return [
        a_filing(
            number,
            region=REGIONS[number % 3],
            state=STATES[number % 4],
            filing=FILINGS[number % 5 % 3],
            due_on=None if number % 7 == 0 else date(2024, 9, 10) + timedelta(days=number * 5 % 11),
            claimed_by=None if number % 2 else number % 3 + 1,
        )
        for number in range(1, 61)
    ]


def _expected(cases: Sequence[Case], wanted: QueueFilter) -> list[str]:
    """The same question, asked of each case in turn."""
    chosen = [
        case
        for case in cases
        if case.region in wanted.regions
        and (not wanted.states or case.state in wanted.states)
        and (not wanted.filings or case.filing in wanted.filings)
        and (wanted.claimed_by is None or case.claimed_by == wanted.claimed_by)
        and (not wanted.unclaimed or case.claimed_by is None)
        and (wanted.due_before is None or (case.due_on is not None and case.due_on < wanted.due_before))
    ]
    return [case.case_no for case in sorted(chosen, key=lambda case: (case.due_on or date.max, case.case_no))]


FILTERS = [
    QueueFilter(REGIONS),
    QueueFilter(("jinan",)),
    QueueFilter(("nowhere",)),
    QueueFilter(REGIONS, (CaseState.REVIEW,)),
    QueueFilter(("beijing", "jinan"), (CaseState.REVIEW, CaseState.WORKING)),
    QueueFilter(REGIONS, filings=("second_card",)),
    QueueFilter(REGIONS, STATES, FILINGS),
    QueueFilter(REGIONS, (), (*FILINGS, *(f"none-{number}" for number in range(20)))),
    QueueFilter(REGIONS, claimed_by=2),
    QueueFilter(REGIONS, claimed_by=99),
    QueueFilter(REGIONS, unclaimed=True),
    QueueFilter(REGIONS, (CaseState.REVIEW,), ("replace_card",), unclaimed=True),
    QueueFilter(("binzhou",), (), ("new_phone",), claimed_by=1),
    QueueFilter(REGIONS, due_before=date(2024, 9, 14)),
    QueueFilter(REGIONS, (CaseState.WORKING,), unclaimed=True, due_before=date(2024, 9, 18)),
    QueueFilter((*REGIONS, *REGIONS), (CaseState.REVIEW, CaseState.REVIEW)),
]


@pytest.mark.parametrize("wanted", FILTERS, ids=range(len(FILTERS)))
async def test_paging_gives_each_case_once_and_in_order(store: Store, wanted: QueueFilter) -> None:
    """Page after page of seven: the cases that the filter means, by due day (none last), then number, none twice, none left out."""
    cases = _many()
    async with store.transaction() as work:
        await work.cases.put_many([*cases, a_case(1, 61)])
    seen: list[str] = []
    after: QueueRow | None = None
    async with store.reading() as found:
        while page := await found.cases.queue(wanted, after, 7):
            assert len(page) <= 7
            seen += [row.case_no for row in page]
            after = page[-1]
    assert seen == _expected(cases, wanted)


async def test_a_line_of_the_queue_says_what_is_needed_to_choose(store: Store) -> None:
    """Number, title, whose, where it stands, since when, until when, who has it."""
    case = a_filing(1, stage="制卡", claimed_by=5)
    async with store.transaction() as work:
        await work.cases.add(case)
        await work.cases.add(a_filing(2, person_id=None, due_on=None))
    async with store.reading() as found:
        first, second = await found.cases.queue(QueueFilter(("binzhou",)), None, 10)
    assert first == QueueRow(
        case.case_no,
        "replace_card",
        case.title,
        "binzhou",
        1,
        case.submitted_at,
        CaseState.REVIEW,
        "制卡",
        date(2024, 9, 20),
        5,
        0,
    )
    assert (second.person_id, second.due_on, second.claimed_by) == (None, None, None)


async def test_a_case_moves_in_the_queue_when_it_is_saved(store: Store) -> None:
    """Claimed it leaves the unclaimed, finished it leaves the open."""
    async with store.transaction() as work:
        case, _ = await work.cases.add(a_filing())
        claimed = await work.cases.save(replace(case, claimed_by=4))
    unclaimed, open_ones = QueueFilter(("binzhou",), unclaimed=True), QueueFilter(("binzhou",), (CaseState.REVIEW,))
    async with store.transaction() as work:
        assert await work.cases.queue(unclaimed, None, 5) == ()
        assert [row.version for row in await work.cases.queue(open_ones, None, 5)] == [1]
        await work.cases.save(replace(claimed, state=CaseState.DONE, claimed_by=None))
        assert await work.cases.queue(open_ones, None, 5) == ()
        assert len(await work.cases.queue(unclaimed, None, 5)) == 1


async def test_counting_what_is_open(store: Store) -> None:
    """By state, of these regions only; what is over is not counted, what has none is 0."""
    async with store.transaction() as work:
        await work.cases.put_many([*_many(), a_case(1, 61)])
    async with store.reading() as found:
        counted = await found.cases.counts(REGIONS)
        jinan = await found.cases.counts(("jinan",))
        assert sum((await found.cases.counts(())).values()) == 0
    # Sixty cases, four states in turn; three regions in turn, so each pair of them comes five times.
    assert counted == {
        CaseState.DRAFT: 0,
        CaseState.UNPAID: 0,
        CaseState.REVIEW: 15,
        CaseState.SECOND: 15,
        CaseState.SUPPLEMENT: 0,
        CaseState.WORKING: 15,
        CaseState.READY: 0,
    }
    assert (jinan[CaseState.REVIEW], jinan[CaseState.SECOND], jinan[CaseState.WORKING]) == (5, 5, 5)


async def test_what_is_overdue_is_found_page_by_page(store: Store) -> None:
    """By number, in the states that were asked for, due before that day; without a day a case is never overdue."""
    cases = [
        a_filing(1, due_on=date(2024, 9, 11)),
        a_filing(2, due_on=date(2024, 9, 12)),
        a_filing(3, due_on=date(2024, 9, 1), state=CaseState.SUPPLEMENT),
        a_filing(4, due_on=date(2024, 9, 1), state=CaseState.DONE),
        a_filing(5, due_on=None),
        a_filing(6, due_on=date(2024, 9, 2), region="jinan"),
    ]
    async with store.transaction() as work:
        await work.cases.put_many(cases)
    states = (CaseState.REVIEW, CaseState.SUPPLEMENT)
    async with store.reading() as found:
        first = await found.cases.due_before(date(2024, 9, 12), states, "", 2)
        assert first == (cases[0].case_no, cases[2].case_no)
        assert await found.cases.due_before(date(2024, 9, 12), states, first[-1], 2) == (cases[5].case_no,)
        assert await found.cases.due_before(date(2024, 9, 12), (), "", 2) == ()


async def test_numbers_of_each_day(store: Store) -> None:
    """Days are Shanghai's, days without any are there, a draft was not filed, another region is not counted."""

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2024, 9, day, hour, minute, tzinfo=SHANGHAI)

    done, refused, draft = CaseState.DONE, CaseState.REFUSED, CaseState.DRAFT
    async with store.transaction() as work:
        await work.cases.put_many(
            [
                a_filing(1, submitted_at=at(10, 0)),
                a_filing(2, submitted_at=at(10, 23, 59), state=done, finished_at=at(12, 9)),
                a_filing(3, submitted_at=at(11, 0), state=refused, finished_at=at(12, 9)),
                a_filing(4, submitted_at=at(9, 23, 59), state=done, finished_at=at(10, 0)),
                a_filing(5, submitted_at=at(10, 12), state=draft),
                a_filing(6, submitted_at=at(10, 12), region="jinan"),
                a_case(1, 7, submitted_at=at(10, 12)),
            ]
        )
    async with store.reading() as found:
        days = await found.cases.per_day(("binzhou", "beijing"), date(2024, 9, 10), date(2024, 9, 13))
        assert days == (
            DayCount(date(2024, 9, 10), 2, 1, 0),
            DayCount(date(2024, 9, 11), 1, 0, 0),
            DayCount(date(2024, 9, 12), 0, 1, 1),
            DayCount(date(2024, 9, 13), 0, 0, 0),
        )
        assert await found.cases.per_day((), date(2024, 9, 10), date(2024, 9, 10)) == (DayCount(date(2024, 9, 10), 0, 0, 0),)
        assert await found.cases.per_day(REGIONS, date(2024, 9, 10), date(2024, 9, 9)) == ()


# ── the cost ────────────────────────────────────────────────────────────────────────────────────────────────────────

LOADED = 30_000
"""Rows, made by the database itself: enough that reading them all would show."""

_FILL = """
    INSERT INTO business_case (case_no, key_hash, key, feature, title, region, person_id, submitted_at, handling_status,
        feedback_status, fields, version, filing, state, stage, due_on, claimed_by)
    SELECT 'c' || (1000000 + n), 'k' || n, {blob}, 'BZ-20', '补换卡', 'r' || (n % 3), n, {start} + n * CAST(60000000 AS BIGINT), '处理中', '等待审核',
        {blob}, 0, 'f' || (n % 10), CASE WHEN n % 5 = 0 THEN 'working' ELSE 'review' END, '',
        CASE WHEN n % 9 = 0 THEN '9999-12-31' ELSE '2024-09-' || (10 + n % 20) END, CASE WHEN n % 4 = 0 THEN 0 ELSE n % 50 + 1 END
    FROM {numbers}
"""
HEAVY = [
    QueueFilter(("r0", "r1", "r2")),
    QueueFilter(("r0",), (CaseState.REVIEW,)),
    QueueFilter(("r0", "r1", "r2"), (CaseState.REVIEW, CaseState.WORKING), ("f3",)),
    QueueFilter(("r0", "r1", "r2"), claimed_by=17),
    QueueFilter(("r0", "r1", "r2"), unclaimed=True),
    QueueFilter(("r1",), (), ("f4",), unclaimed=True),
    QueueFilter(("r1",), (CaseState.REVIEW,), ("f4",), claimed_by=3, due_before=date(2024, 9, 15)),
]


class Heard:
    """Stands where the unit of work does and notes what is asked: the test then has the database explain it."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, Params]] = []

    async def rows(self, statement: Any, params: Params) -> list[Any]:
        self.asked.append((statement, params))
        return []


async def _pages() -> list[tuple[Any, Params]]:
    """The first and a later page of each filter."""
    after = QueueRow("c1015000", "f1", "", "r0", None, START, CaseState.REVIEW, "", date(2024, 9, 20), None, 0)
    heard = Heard()
    for wanted in HEAVY:
        for row in (None, after):
            await queue.page(cast(Unit, heard), wanted, row, 25)
    return heard.asked


async def _numbers() -> list[tuple[Any, Params]]:
    """Counts, and the numbers of twenty days, in which nearly all the rows were filed."""
    heard = Heard()
    await queue.counts(cast(Unit, heard), ("r0", "r1", "r2"))
    await queue.per_day(cast(Unit, heard), ("r0", "r1", "r2"), START.date(), START.date() + timedelta(days=20))
    return heard.asked


async def test_a_page_costs_a_page_on_sqlite(sqlite_url: str) -> None:
    """Every filter is ranges of an index; the machine's steps for a page are a small part of one step a row; numbers read an index only."""
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    numbers = "(WITH RECURSIVE counted(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM counted LIMIT 30000) SELECT n FROM counted)"
    connection.execute(_FILL.format(blob="x'00'", start=micros(START), numbers=numbers))
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def examined(statement: Any, params: Params) -> list[str]:
        nonlocal steps
        compiled = Compiled(statement)
        values = compiled.ordered(params)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", values)]
        steps = 0
        connection.execute(compiled.sql, values).fetchall()
        return [line for line in plan if "business_case" in line]

    connection.set_progress_handler(count, 100)
    for statement, params in await _pages():
        plan = examined(statement, params)
        assert all(
            re.match(
                r"SEARCH business_case USING COVERING INDEX ix_business_case_\w+ \(region=\? AND state=\? AND .*due_on", line
            )
            or line.startswith("SEARCH business_case USING INDEX sqlite_autoindex_business_case_1 (case_no=?)")
            for line in plan
        ), plan
        assert steps * 100 < LOADED
    for statement, params in await _numbers():
        plan = examined(statement, params)
        assert all(line.startswith("SEARCH business_case USING COVERING INDEX ix_business_case_") for line in plan), plan
        assert steps * 100 < 12 * LOADED
    connection.close()


def _scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node.get("Relation Name") == "business_case":
        yield node
    for below in node.get("Plans", ()):
        yield from _scans(below)


async def test_a_page_costs_a_page_on_postgres(empty_postgres_url: str) -> None:
    """Every filter is ranges of an index, and the rows that are touched for a page are a few hundred; numbers are read along an index too."""
    await migrate(empty_postgres_url)  # in files that no test before has used: the planner sees how full they are
    connection = await asyncpg.connect(empty_postgres_url.replace("+asyncpg", ""))
    numbers = "generate_series(1, 30000) AS counted(n)"
    # What is not yet on the disk a vacuum cannot mark as seen by everybody, and then an index alone does not do.
    await connection.execute("SET synchronous_commit = on")
    await connection.execute(_FILL.format(blob="'\\x00'::bytea", start=micros(START), numbers=numbers))
    await connection.execute("VACUUM ANALYZE business_case")

    async def scans(statement: Any, params: Params) -> list[dict[str, Any]]:
        compiled = statement.compile(dialect=asyncpg_dialect())  # type: ignore[no-untyped-call]
        values = [{**compiled.params, **params}[name] for name in compiled.positiontup]
        (told,) = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", *values))
        return list(_scans(told["Plan"]))

    try:
        for statement, params in await _pages():
            found = await scans(statement, params)
            assert {scan["Node Type"] for scan in found} <= {"Index Scan", "Index Only Scan"}, found
            assert sum(scan["Actual Loops"] * scan["Actual Rows"] for scan in found) <= 25 * (32 + 1)
            assert sum(scan["Actual Loops"] * scan.get("Rows Removed by Filter", 0) for scan in found) == 0
        for statement, params in await _numbers():
            assert {scan["Node Type"] for scan in await scans(statement, params)} <= {"Index Scan", "Index Only Scan"}
    finally:
        await connection.close()
