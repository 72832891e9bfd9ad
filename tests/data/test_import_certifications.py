"""Import of certifications: the due day by the rule, all or nothing, the same again changes nothing, long sources in little memory."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import asyncpg
import pytest

from storage.identity import make
from storage.imports import ImportReport, SqlSource, import_certifications, import_contributions, import_people
from storage.imports.cells import AS_NUMBER
from storage.ports.records import Certification, CertificationRecord, Person
from storage.ports.regions import CertificationRules, MonthDay
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.data.files import as_csv, as_xlsx

NOW = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)
PERIOD = CertificationRules(12, (30, 0), (), 3, "")
MAN = make("999900", date(1950, 6, 15), 11)
WOMAN = make("999900", date(1955, 2, 28), 22)
NOBODY = make("999900", date(1940, 12, 31), 33)
HEADS = ("证件号码", "认证日期", "渠道", "结果", "是否代办", "下次到期日")


def a_retiree(name: str, id_no: str, born: date, region: str = "binzhou") -> Person:
    return Person(0, region, name, id_no, None, "男", born, "已退休")


async def with_people(store: Store) -> Store:
    async with store.transaction() as tx:
        await tx.people.put_many([a_retiree("甲", MAN, date(1950, 6, 15)), a_retiree("乙", WOMAN, date(1955, 2, 28))])
    return store


@pytest.fixture
async def people(store: Store) -> Store:
    """The store with two retirees of 滨州, born 1950-06-15 and 1955-02-28."""
    return await with_people(store)


async def of(store: Store, id_no: str) -> tuple[Certification | None, tuple[CertificationRecord, ...]]:
    async with store.reading() as tx:
        person = (await tx.people.by_id_no(id_no, "binzhou"))[0]
        return await tx.certifications.of_person(person.id), await tx.certifications.history(person.id)


async def load(
    store: Store | None, data: bytes | Path | SqlSource, rules: CertificationRules = PERIOD, dry_run: bool = False
) -> ImportReport:
    return await import_certifications(store, "binzhou", data, "认证.csv", rules, NOW, dry_run)


async def test_a_file_becomes_records_and_states(people: Store) -> None:
    """Three rows of two people: the newest passed one is the state, due a year later; what failed afterwards is history only."""
    data = as_csv(
        HEADS,
        (MAN, "2023-03-10", "APP", "已通过", "否", ""),
        (MAN, "2024年3月15日 10:22", "刷脸认证", "通过", "代办", ""),
        (MAN, "20240901", "APP认证", "失败", "", ""),
        (WOMAN, "2024/2/29", "窗口", "成功", "本人", ""),
    )
    report = await load(people, data)
    assert report.problems == ()
    assert (report.rows, report.added, report.updated) == (4, 4, 2)
    state, records = await of(people, MAN)
    assert state is not None
    assert (state.last_at, state.due_on, state.channel, state.result, state.by_other) == (
        date(2024, 3, 15),
        date(2025, 3, 15),
        "APP认证",
        "通过",
        True,
    )
    assert [(one.at, one.channel, one.result, one.by_other) for one in records] == [
        (datetime(2024, 9, 1, tzinfo=SHANGHAI), "APP认证", "未通过", False),
        (datetime(2024, 3, 15, 10, 22, tzinfo=SHANGHAI), "APP认证", "通过", True),
        (datetime(2023, 3, 10, tzinfo=SHANGHAI), "APP认证", "通过", False),
    ]
    state, records = await of(people, WOMAN)
    assert state is not None
    assert (state.last_at, state.due_on, state.channel) == (date(2024, 2, 29), date(2025, 2, 28), "经办机构窗口")


async def test_a_spreadsheet_and_a_csv_say_the_same(people: Store) -> None:
    """Date cells, and the order of rows, make no difference."""
    data = as_xlsx(
        HEADS,
        (MAN, date(2024, 3, 15), "委托单位", "通过", "否", date(2025, 5, 31)),
        (MAN, date(2022, 3, 15), "使馆", "通过", None, None),
    )
    assert (await load(people, data)).problems == ()
    state, records = await of(people, MAN)
    assert state is not None
    assert (state.last_at, state.due_on, state.channel) == (date(2024, 3, 15), date(2025, 5, 31), "委托单位认证")
    assert [one.channel for one in records] == ["委托单位认证", "使领馆"]


@pytest.mark.parametrize(
    ("rules", "due"),
    [
        (replace(PERIOD, period_months=6), date(2024, 9, 15)),
        (replace(PERIOD, rule="birthday"), date(2024, 6, 30)),
        (replace(PERIOD, rule="season", season_from=MonthDay(3, 1), season_to=MonthDay(6, 30)), date(2025, 6, 30)),
    ],
)
async def test_the_due_day_follows_from_the_regions_rule(people: Store, rules: CertificationRules, due: date) -> None:
    """Certified on 2024-03-15, born in June: six months, the month of birth that comes, next spring."""
    assert (await load(people, as_csv(HEADS, (MAN, "2024-03-15", "APP认证", "通过", "", "")), rules)).ok
    state, _ = await of(people, MAN)
    assert state is not None
    assert state.due_on == due


async def test_who_has_never_certified_is_told_by_a_due_day_alone(people: Store) -> None:
    """No record, a state without a last day; the file may move that day, but not once there is a certification."""
    for due in ("2024-12-31", "2025-01-31"):
        report = await load(people, as_csv(HEADS, (MAN, "", "", "", "", due)))
        assert (report.ok, report.added, report.updated) == (True, 0, 1)
        state, records = await of(people, MAN)
        assert state is not None
        assert (state.last_at, state.due_on, records) == (None, date.fromisoformat(due), ())
    assert (await load(people, as_csv(HEADS, (MAN, "2024-09-01", "APP认证", "通过", "", "")))).ok
    assert (await load(people, as_csv(HEADS, (MAN, "", "", "", "", "2024-12-31")))).ok
    state, _ = await of(people, MAN)
    assert state is not None
    assert (state.last_at, state.due_on) == (date(2024, 9, 1), date(2025, 9, 1))


async def test_the_same_again_and_an_older_file_change_nothing(people: Store) -> None:
    """Idempotent; last year's file loaded late adds its records and leaves the state."""
    new = as_csv(HEADS, (MAN, "2024-03-15", "APP认证", "通过", "", ""))
    old = as_csv(HEADS, (MAN, "2023-03-10", "使领馆", "通过", "是", ""))
    assert (await load(people, new)).ok
    first = await of(people, MAN)
    assert (await load(people, new)).ok
    assert await of(people, MAN) == first
    assert (await load(people, old)).ok
    state, records = await of(people, MAN)
    assert state == first[0]
    assert len(records) == 2


async def test_every_problem_is_told_and_nothing_written(people: Store) -> None:
    """A mistake in every kind of cell, by row and column; the good first row is not written, and no number is repeated."""
    good = (MAN, "2024-03-15", "APP认证", "通过", "否", "2025-03-15")
    data = as_csv(
        HEADS,
        good,
        good,
        (NOBODY, "2024-03-15", "APP认证", "通过", "", ""),
        (MAN[:-1] + ("1" if MAN[-1] != "1" else "2"), "2024-03-15", "APP认证", "通过", "", ""),
        (WOMAN, "2024-09-13", "APP认证", "通过", "", ""),
        (WOMAN, "2024-13-01", "", "好了", "也许", "2024-02-30"),
        (WOMAN, "2024-03-15", "APP认证", "通过", "", "2024-03-15"),
        (WOMAN, "2024-03-15", "使领馆", "通过", "", "2042-03-15"),
        (WOMAN, "", "APP认证", "", "", "2025-03-15"),
        (WOMAN, "", "", "", "", ""),
        (WOMAN, "1950-01-01", "APP认证", "通过", "", ""),
        ("", "2024-03-15", "APP认证", "通过", "", ""),
        ("3.4E+17", "2024-03-15 25:10", "APP认证", "通过", "", ""),
    )
    report = await load(people, data)
    told = {(problem.row, problem.column): problem.problem for problem in report.problems}
    assert list(told) == [
        (3, ""),
        (4, "证件号码"),
        (5, "证件号码"),
        (6, "认证日期"),
        (7, "下次到期日"),
        (7, "是否代办"),
        (7, "认证日期"),
        (7, "渠道"),
        (7, "结果"),
        (8, "下次到期日"),
        (9, "下次到期日"),
        (10, "认证日期"),
        (11, "下次到期日"),
        (12, "认证日期"),
        (13, "证件号码"),
        (14, "证件号码"),
        (14, "认证日期"),
    ]
    assert len(told) == len(report.problems)
    assert "第2行重复" in told[3, ""]
    assert "还没有参保登记" in told[4, "证件号码"]
    assert "校验码" in told[5, "证件号码"]
    assert told[6, "认证日期"] == "晚于今天"
    assert told[7, "结果"].startswith("只能填：通过")
    assert told[12, "认证日期"] == "早于出生日期"
    assert told[14, "证件号码"] == AS_NUMBER
    assert "什么都没有写入" in str(report)
    assert not any(number[6:] in str(report) for number in (MAN, WOMAN, NOBODY))
    assert await of(people, MAN) == (None, ())


async def test_heads_are_checked_first(people: Store) -> None:
    """A missing and an unknown column are the only problems that are told."""
    report = await load(people, as_csv(("证件号码", "认证日期", "渠道", "颜色"), (MAN, "x", "y", "z")))
    assert [(problem.row, problem.column) for problem in report.problems] == [(1, "D"), (1, "结果")]
    assert "没有内容" in str(await load(people, b""))


async def test_a_name_that_differs_is_told(people: Store) -> None:
    """姓名 is optional, but where it stands it must be the one on file."""
    heads = (*HEADS[:4], "姓名")
    wrong = await load(people, as_csv(heads, (MAN, "2024-03-15", "APP认证", "通过", "乙")))
    assert [problem.column for problem in wrong.problems] == ["姓名"]
    assert (await load(people, as_csv(heads, (MAN, "2024-03-15", "APP认证", "通过", "甲")))).ok


async def test_a_person_of_another_region_is_not_on_file(people: Store) -> None:
    """The same number in 北京 does not count in 滨州."""
    async with people.transaction() as tx:
        await tx.people.put_many([a_retiree("丙", NOBODY, date(1940, 12, 31), "beijing")])
    assert not (await load(people, as_csv(HEADS, (NOBODY, "2024-03-15", "APP认证", "通过", "", "")))).ok


async def test_a_dry_run_writes_nothing(people: Store) -> None:
    """With a store it looks people up; without one it checks what the rows say by themselves, and tells that it has not looked."""
    data = as_csv(HEADS, (MAN, "2024-03-15", "APP认证", "通过", "", ""), (NOBODY, "2024-03-15", "APP认证", "通过", "", ""))
    assert [problem.row for problem in (await load(people, data, dry_run=True)).problems] == [3]
    report = await load(None, data)
    assert (report.ok, report.rows, report.dry_run) == (True, 2, True)
    assert "没有核对这些人是否已经登记" in str(report)
    twice = await load(None, as_csv(HEADS, *[(MAN, "2024-03-15", "APP认证", "通过", "", "")] * 2))
    assert [problem.row for problem in twice.problems] == [3]
    assert await of(people, MAN) == (None, ())
    listed = as_csv(("姓名", "证件号码"), ("甲", MAN))
    assert "没有核对" in str(await import_people(None, "binzhou", listed, "a.csv"))
    paid = as_csv(
        ("证件号码", "险种", "费款所属期", "缴费基数", "单位缴费", "个人缴费"), (MAN, "养老", "202401", "4000", "640", "320")
    )
    assert "没有核对" in str(await import_contributions(None, "binzhou", paid, "a.csv"))


async def test_thousands_of_problems_are_counted_and_the_first_listed(people: Store) -> None:
    """1,200 wrong rows: a thousand sentences, and how many more."""
    report = await load(people, as_csv(HEADS, *[(MAN, "x", "APP认证", "通过", "", "")] * 1200))
    assert (len(report.problems), report.unlisted) == (1000, 200)
    assert "有1200处要改" in str(report)
    assert "还有200处" in str(report)


# ── from a database ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def agency(tmp_path: Path) -> str:
    """The agency's own database: a table with columns of its own."""
    path = tmp_path / "agency.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE rz (sfz TEXT, rq TEXT, qd TEXT, jg TEXT, db INTEGER)")
    connection.executemany(
        "INSERT INTO rz VALUES (?, ?, ?, ?, ?)",
        [(MAN, "2024-03-15 10:22:00", "APP认证", "通过", 1), (WOMAN, "2024-04-01", "窗口", "通过", 0)],
    )
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


SELECT = "SELECT sfz AS 证件号码, rq AS 认证日期, qd AS 渠道, jg AS 结果, db AS 是否代办 FROM rz ORDER BY rq;"


async def test_rows_of_a_query_are_imported(people: Store, agency: str) -> None:
    """The columns are called in the SELECT as they are in a file; rows count from 1."""
    report = await load(people, SqlSource(agency, SELECT))
    assert (report.problems, report.rows, report.added) == ((), 2, 2)
    state, (record,) = await of(people, MAN)
    assert state is not None
    assert (record.at, record.by_other) == (datetime(2024, 3, 15, 10, 22, tzinfo=SHANGHAI), True)
    wrong = await load(people, SqlSource(agency, SELECT.replace("jg AS", "'10:20 :x' AS")))
    assert [(problem.row, problem.column) for problem in wrong.problems] == [(1, "结果"), (2, "结果")]


async def test_the_source_is_only_read(people: Store, agency: str) -> None:
    """A statement that changes something is refused and changes nothing."""
    report = await load(people, SqlSource(agency, "DELETE FROM rz"))
    assert "SELECT" in report.problems[0].problem
    assert (await load(people, SqlSource(agency, SELECT))).rows == 2


@pytest.mark.parametrize(
    ("url", "sql", "part"),
    [
        ("", "SELECT colour FROM rz", "no such column"),
        ("", "SELEKT 1", "syntax error"),
        ("", "SELECT 1 AS 一", "不认识这个列名"),
        ("sqlite:////nowhere/at/all.db", "SELECT 1", "来源数据库读不下去"),
        ("mysql://u:geheim@127.0.0.1/x", "SELECT 1", "地址应像"),
        ("nonsense", "SELECT 1", "地址应像"),
        ("postgresql://u:geheim@127.0.0.1:1/x", "SELECT 1", "来源数据库读不下去"),
    ],
)
async def test_a_query_that_does_not_work_is_a_sentence(people: Store, agency: str, url: str, sql: str, part: str) -> None:
    """Wrong statements, files that are not there, other databases, servers that are away; no password is told."""
    source = SqlSource(url or agency, sql)
    report = await load(people, source)
    assert part in str(report)
    assert "geheim" not in str(report) + repr(source)


async def test_people_and_contributions_come_from_a_query_too(store: Store, tmp_path: Path) -> None:
    """The same columns as in a file; exact numbers stay exact."""
    path = tmp_path / "all.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE p (xm TEXT, zjhm TEXT, sj INTEGER)")
    connection.execute("INSERT INTO p VALUES ('甲', ?, 19900040001)", (MAN,))
    connection.execute("CREATE TABLE c (zjhm TEXT, ym INTEGER, js NUMERIC, dw NUMERIC, gr NUMERIC)")
    connection.execute("INSERT INTO c VALUES (?, 202401, 4000, 640.5, 320.25)", (MAN,))
    connection.commit()
    connection.close()
    url = f"sqlite:///{path}"
    listed = SqlSource(url, "SELECT xm AS 姓名, zjhm AS 证件号码, sj AS 手机号码 FROM p")
    assert (await import_people(store, "binzhou", listed, "查询结果")).added == 1
    paid = SqlSource(
        url, "SELECT zjhm AS 证件号码, '养老' AS 险种, ym AS 费款所属期, js AS 缴费基数, dw AS 单位缴费, gr AS 个人缴费 FROM c"
    )
    report = await import_contributions(store, "binzhou", paid, "查询结果")
    assert (report.problems, report.added) == ((), 1)


async def test_from_postgres_into_postgres(postgres_url: str, empty_postgres_url: str) -> None:
    """Both ends on a server: dates, moments with a zone, booleans and numbers in their own types; read-only there too."""
    connection = await asyncpg.connect(empty_postgres_url.replace("+asyncpg", ""))
    await connection.execute("CREATE TABLE rz (sfz TEXT, at TIMESTAMPTZ, due DATE, other BOOLEAN)")
    await connection.execute("INSERT INTO rz VALUES ($1, '2024-03-14T16:30:00Z', '2025-04-30', true)", MAN)
    await connection.execute("INSERT INTO rz VALUES ($1, '2024-03-15T02:00:00Z', NULL, false)", WOMAN)
    await connection.close()
    store = open_store(postgres_url, Vault(b"a master key for tests, 32 bytes."), FakeClock())
    try:
        await with_people(store)
        sql = "SELECT sfz 证件号码, at 认证日期, 'APP认证'::text 渠道, '通过' 结果, other 是否代办, due 下次到期日 FROM rz"
        for _ in range(2):
            report = await load(store, SqlSource(empty_postgres_url, sql))
            assert (report.problems, report.added, report.updated) == ((), 2, 2)
        state, (record,) = await of(store, MAN)
        assert state is not None
        assert (state.last_at, state.due_on, record.by_other) == (date(2024, 3, 15), date(2025, 4, 30), True)
        assert record.at == datetime(2024, 3, 15, 0, 30, tzinfo=SHANGHAI)
        refused = await load(store, SqlSource(empty_postgres_url, "DELETE FROM rz RETURNING sfz AS 证件号码"))
        assert "只能读取" in refused.problems[0].problem
        unknown = await load(store, SqlSource(empty_postgres_url, "SELECT colour FROM rz"))
        assert "colour" in unknown.problems[0].problem
        broken = await load(store, SqlSource(empty_postgres_url, "SELECT sfz::date AS 证件号码 FROM rz"))
        assert MAN not in str(broken)
    finally:
        await store.close()


# ── long ones ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _long(path: Path, rows: int) -> Path:
    def lines() -> Iterator[str]:
        yield ",".join(HEADS[:4]) + "\n"
        for number in range(rows):
            yield f"{MAN if number % 2 else WOMAN},{date.fromordinal(725_000 + number // 2)},APP认证,通过\n"

    with path.open("w", encoding="gb18030") as file:
        file.writelines(lines())
    return path


async def test_memory_does_not_grow_with_the_rows(people: Store, tmp_path: Path) -> None:
    """Eight times the rows of a CSV in GB18030 take hardly more memory at their peak."""
    peaks = []
    for rows in (1000, 8000):
        path = _long(tmp_path / f"{rows}.csv", rows)
        tracemalloc.start()
        report = await load(people, path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (report.problems, report.rows, report.added, report.updated) == ((), rows, rows, 2)
    assert peaks[1] < peaks[0] + 4 * 1024 * 1024
