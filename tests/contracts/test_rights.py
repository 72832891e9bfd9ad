"""权益记录: rows of every kind, their order and bounds, the sealed 登记信息, jobs, and ordered records."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast, get_args

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from storage.ports.records import (
    AccountYear,
    AnnuityPayment,
    AnnuityYear,
    InjuryPayment,
    JobNotice,
    LabourFiling,
    MaternityPayment,
    MedicalPayment,
    Participation,
    PensionPayment,
    RecordOrder,
    Registration,
    ResidentPayment,
    ResidentYear,
    Right,
    Transfer,
    UnemploymentPayment,
)
from storage.ports.repositories import Store
from storage.ports.time import Month, Span
from storage.sql import open_store
from storage.sql.rights import Rights
from storage.sql.sqlite import Compiled
from storage.sql.tables import SHAPES
from storage.sql.unit import Params, Rows, Statement, Unit
from storage.vault import Sealed, Vault
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, a_person, put_person

D = Decimal
MAY, JUNE, JULY = (Month(2024, month) for month in (5, 6, 7))


def one_of_each(person_id: int) -> dict[type[Any], tuple[Any, ...]]:
    """Two or three rows of every kind, in the order in which they are read."""
    p = person_id
    day = date(2024, 6, 18)
    return {
        Participation: (
            Participation(p, "medical", date(2015, 3, 1), "", "正常参保"),
            Participation(p, "pension", date(2010, 7, 1), "甲公司", "转移", Month(2015, 2)),
            Participation(p, "pension", date(2015, 3, 1), "乙公司", "正常参保", None, True),
        ),
        AnnuityPayment: (
            AnnuityPayment(p, MAY, "甲机关", D("8000.00"), D("640.00"), D("320.00"), date(2024, 5, 20)),
            AnnuityPayment(p, JUNE, "乙机关", D("9000.00"), D("720.00"), D("360.00")),
            AnnuityPayment(p, JUNE, "甲机关", D("8000.00"), D("640.00"), D("320.00"), day),
        ),
        AnnuityYear: (
            AnnuityYear(p, 2022, D("7680.00"), D("3840.00"), D("-12.34"), D("11507.66")),
            AnnuityYear(p, 2023, D("7680.00"), D("3840.00"), D("301.20"), D("23328.86")),
        ),
        AccountYear: (
            AccountYear(p, "pension", 2022, D("0.00"), D("7680.00"), D("120.05"), D("0.00"), D("7800.05")),
            AccountYear(p, "pension", 2023, D("7800.05"), D("7680.00"), D("300.00"), D("0.00"), D("15780.05")),
            AccountYear(p, "resident_pension", 2021, D("0.00"), D("1000.00"), D("9.00"), D("0.00"), D("1009.00")),
        ),
        ResidentPayment: (
            ResidentPayment(p, "resident_medical", 2024, "成年居民", D("400.00"), D(0), D(0), D("670.00"), D(0), day),
            ResidentPayment(p, "resident_pension", 2023, "1000元档", D("1000.00"), D("50.00"), D(0), D("80.00"), D("20.00")),
        ),
        ResidentYear: (
            ResidentYear(p, 2022, D(0), D(0), D(0), D(0), D(0), D("1159.00")),
            ResidentYear(p, 2023, D("120.00"), D("1356.00"), D("600.00"), D("120.00"), D("96.00"), D("2222.22")),
        ),
        Transfer: (
            Transfer(p, "medical", 1, Month(2010, 7), Month(2012, 6), 24, "", "示例市"),
            Transfer(p, "pension", 1, Month(2010, 7), Month(2012, 6), 24, "示例市", "示例省"),
            Transfer(p, "pension", 2, Month(2012, 7), Month(2013, 6), 12, "示例市"),
        ),
        PensionPayment: (
            PensionPayment(p, MAY, "basic", "本单位", D("3366.26"), "机关事业养老", "employer", day),
            PensionPayment(p, JUNE, "annuity", "工商银行", D("1175.28"), "机关事业养老", "bank", day),
            PensionPayment(p, JUNE, "basic", "邮政储蓄", D("3366.26"), "机关事业养老", "bank", day),
        ),
        InjuryPayment: (
            InjuryPayment(p, JUNE, "allowance", D("2480.00")),
            InjuryPayment(p, JULY, "allowance", D("2480.00"), "employer"),
        ),
        UnemploymentPayment: (
            UnemploymentPayment(p, MAY, "monthly", D("2124.00"), day),
            UnemploymentPayment(p, JUNE, "monthly", D("2124.00")),
        ),
        MaternityPayment: (MaternityPayment(p, JUNE, "birth", D("38123.45"), date(2024, 5, 2), "employer"),),
        MedicalPayment: (
            MedicalPayment(p, JUNE, day, "示例一院", "住院", D("8123.45"), D("6500.00"), D("1623.45")),
            MedicalPayment(p, JUNE, day, "示例一院", "门诊", D("210.00"), D("150.00"), D("60.00")),
        ),
        LabourFiling: (
            LabourFiling(p, "乙公司", date(2015, 3, 1), None, "钳工", "合同制", date(2015, 3, 10)),
            LabourFiling(p, "甲公司", date(2010, 7, 1), date(2015, 2, 28), "学徒", "合同制", date(2010, 7, 9), "离职"),
        ),
    }


def everything(person_id: int) -> list[Right]:
    return [row for rows in one_of_each(person_id).values() for row in rows]


async def both(store: Store) -> tuple[int, int]:
    return await put_person(store, a_person(1)), await put_person(store, a_person(2))


async def test_every_kind_comes_back_as_it_was_put(store: Store) -> None:
    """Kinds mixed and in any order go in at once; each is read by its person and kind, in the order of its key; 登记信息 is apart."""
    one, other = await both(store)
    mixed = everything(one)[::-1] + everything(other)
    async with store.transaction() as work:
        assert await work.rights.put_many(mixed) == len(mixed)
    async with store.reading() as tx:
        for person_id in (one, other):
            for kind, rows in one_of_each(person_id).items():
                assert await tx.rights.of(kind, person_id) == tuple(sorted(rows, key=_key))
    assert {*one_of_each(1), Registration} == set(get_args(Right))


def _key(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in SHAPES[type(row)].key)


async def test_the_same_again_changes_nothing_and_new_figures_win(store: Store) -> None:
    """Twice the same is once; the same key with another amount is an update, also twice in one call, where the last wins."""
    person_id = await put_person(store)
    rows = everything(person_id)
    paid = PensionPayment(person_id, JULY, "basic", "邮政储蓄", D("3500.00"))
    async with store.transaction() as work:
        await work.rights.put_many(rows)
    async with store.transaction() as work:
        assert await work.rights.put_many([*rows, paid, replace(paid, amount=D("3533.40"))]) == len(rows) + 2
    async with store.reading() as tx:
        assert await tx.rights.of(PensionPayment, person_id) == (
            *one_of_each(person_id)[PensionPayment],
            replace(paid, amount=D("3533.40")),
        )
        assert len(await tx.rights.of(LabourFiling, person_id)) == 2
        assert await tx.rights.of(PensionPayment, 987654321) == ()


@pytest.mark.parametrize(
    ("kind", "within", "places"),
    [
        (PensionPayment, Span(MAY, MAY), (0,)),
        (PensionPayment, Span(JUNE, Month(2030, 1)), (1, 2)),
        (PensionPayment, Span(JULY, JULY), ()),
        (MedicalPayment, Span(JUNE, JUNE), (0, 1)),
        (AnnuityYear, Span(Month(2023, 6), Month(2023, 6)), (1,)),
        (AnnuityYear, Span(Month(2022, 12), Month(2023, 1)), (0, 1)),
        (AccountYear, Span(Month(2021, 1), Month(2022, 12)), (0, 2)),
        (ResidentPayment, Span(Month(2024, 1), Month(2024, 1)), (0,)),
        (LabourFiling, Span(Month(1999, 1), Month(1999, 1)), (0, 1)),
    ],
)
async def test_bounds(store: Store, kind: type[Any], within: Span, places: tuple[int, ...]) -> None:
    """Months are bounded as they are, both ends included; years by the years of the span; what has no period is not bounded."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        await work.rights.put_many(everything(person_id))
        rows = sorted(one_of_each(person_id)[kind], key=_key)
        assert await work.rights.of(kind, person_id, within) == tuple(rows[place] for place in places)


async def test_the_first_and_the_last(store: Store) -> None:
    """By month or year, whatever the key begins with; None where there are none, and of the person alone."""
    one, other = await both(store)
    made = one_of_each(one)
    async with store.transaction() as work:
        await work.rights.put_many(everything(one))
        await work.rights.put_many([PensionPayment(other, Month(1999, 1), "basic", "工行", D("1.00"))])
        first, last = await work.rights.extent(PensionPayment, one) or ((), ())
        assert (first, last) == (made[PensionPayment][0], made[PensionPayment][2])
        assert await work.rights.extent(AccountYear, one) == (made[AccountYear][2], made[AccountYear][1])
        assert await work.rights.extent(MaternityPayment, one) == (made[MaternityPayment][0],) * 2
        assert await work.rights.extent(LabourFiling, one) == made[LabourFiling]
        assert await work.rights.extent(InjuryPayment, other) is None


async def test_an_amount_is_never_rounded(store: Store) -> None:
    """A tenth of a 分 is refused, and nothing of the call stays."""
    person_id = await put_person(store)
    with pytest.raises(ValueError, match="two decimals"):
        async with store.transaction() as work:
            await work.rights.put_many([InjuryPayment(person_id, JUNE, "care", D("0.001"))])
    async with store.reading() as tx:
        assert await tx.rights.of(InjuryPayment, person_id) == ()


async def test_registration_is_one_sealed_thing(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """One a person, the newest is kept; its words are not in the file, and moved to another person it does not open."""
    store = open_store(sqlite_url, vault, clock)
    one, other = await put_person(store, a_person(1)), await put_person(store, a_person(2))
    found = Registration(
        one,
        "110101199001010014",
        "0123456789",
        hukou_address="示例路7号",
        personal_status="工人",
        work_start=date(2010, 7, 1),
        deemed_months=13,
        hospitals=("示例一院", "示例二院"),
        resident=True,
    )
    async with store.transaction() as work:
        assert await work.rights.registration(one) is None
        assert await work.rights.put_many([replace(found, address="旧地址"), found]) == 2
        assert await work.rights.registration(one) == found
        assert await work.rights.registration(other) is None
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("INSERT INTO registration SELECT ?, sealed FROM registration WHERE person_id = ?", (other, one))
        assert "示例路7号".encode() not in connection.execute("SELECT sealed FROM registration").fetchone()[0]
    connection.close()
    async with store.reading() as tx:
        with pytest.raises(Sealed):
            await tx.rights.registration(other)
    await store.close()


# ── what it costs ───────────────────────────────────────────────────────────────────────────────────────────────────


class Heard:
    """A unit that keeps what it is asked."""

    vault = SimpleNamespace()

    def __init__(self) -> None:
        self.asked: list[tuple[Statement, Params]] = []

    async def rows(self, statement: Statement, params: Params) -> Rows:
        self.asked.append((statement, params))
        return []


async def _asked(kind: type[Any]) -> list[tuple[Any, Params]]:
    heard = Heard()
    rights = Rights(cast(Unit, heard))
    await rights.of(kind, 7)
    await rights.of(kind, 7, Span(MAY, JULY))
    await rights.extent(kind, 7)
    return heard.asked


async def test_each_question_is_a_range_of_the_primary_key(sqlite_url: str) -> None:
    """On SQLite: every read of every kind goes down the primary key by the person, to the month where that leads; no scan, no sorting."""
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    for kind, shape in SHAPES.items():
        for statement, params in await _asked(kind):
            compiled = Compiled(statement)
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", compiled.ordered(params))]
            reads = [line for line in plan if shape.table.name in line]
            assert reads
            assert all(line.startswith(f"SEARCH {shape.table.name} USING PRIMARY KEY (person_id=?") for line in reads), plan
            assert not any("TEMP B-TREE FOR ORDER" in line for line in plan)
            if shape.key[0] == kind.PERIOD and "start" in params:
                assert f"{kind.PERIOD}>? AND {kind.PERIOD}<?" in reads[0]
    connection.close()


async def test_a_person_costs_the_same_among_many(sqlite_url: str) -> None:
    """The machine's steps for one person's months are the same with ten people and with three thousand."""

    def steps(others: int, params: Mapping[str, Any], sql: str, values: Any) -> int:
        connection.execute("DELETE FROM pension_payment")
        connection.execute(
            "INSERT INTO pension_payment WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT ?),"
            " m(j) AS (VALUES (24280) UNION ALL SELECT j + 1 FROM m LIMIT 24)"
            " SELECT i, j, 'basic', '工行', 100, '企业职工养老', 'bank', NULL FROM n, m",
            (others,),
        )
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        connection.set_progress_handler(tick, 1)
        assert connection.execute(sql, values).fetchall()
        connection.set_progress_handler(None, 0)
        return count

    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    for statement, params in await _asked(PensionPayment):
        compiled = Compiled(statement)
        values = compiled.ordered(params)
        assert steps(10, params, compiled.sql, values) == steps(3000, params, compiled.sql, values)
    connection.close()


async def test_no_table_is_scanned_on_postgres(postgres_url: str) -> None:
    """With rows of two thousand people PostgreSQL, too, goes to the person by the primary key."""
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "INSERT INTO pension_payment SELECT p, m, 'basic', '工行', 100, '企业职工养老', 'bank', NULL"
            " FROM generate_series(1, 2000) p, generate_series(24280, 24303) m"
        )
        await connection.execute("VACUUM ANALYZE pension_payment")
        for statement, params in await _asked(PensionPayment):
            compiled = statement.compile(dialect=asyncpg_dialect())  # type: ignore[no-untyped-call]
            values = [{**compiled.params, **params}[name] for name in compiled.positiontup]
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {compiled}", *values))
            assert "Seq Scan" not in plan
            assert "pk_pension_payment" in plan
    finally:
        await connection.execute("DELETE FROM pension_payment")
        await connection.close()


# ── 招聘信息, 求职信息 ──────────────────────────────────────────────────────────────────────────────────────────────


def a_notice(title: str, days: int = 0, **changes: Any) -> JobNotice:
    found = JobNotice(
        0, "binzhou", "vacancy", title, "滨城区", "4000–6000元/月", date(2024, 9, 1) + timedelta(days=days), "甲厂", 2, "示例电话"
    )
    return replace(found, **changes)


async def titles(store: Store, *words: str, **how: Any) -> list[str]:
    async with store.reading() as tx:
        return [found.title for found in await tx.job_notices.search("binzhou", "vacancy", words, **how)]


async def test_jobs_are_found_by_words_and_place(store: Store) -> None:
    """Newest first, each word in title or employer, letter case aside; signs of the search language mean themselves."""
    offers = [
        a_notice("焊工", 1),
        a_notice("CNC操作工", 3, employer="乙_厂"),
        a_notice("提成100%销售", 2, place="惠民县"),
        a_notice("C语言老师", 2),
    ]
    async with store.transaction() as work:
        assert await work.job_notices.replace("binzhou", "vacancy", offers) == 4
        await work.job_notices.replace("binzhou", "seeker", [a_notice("求职焊工", kind="seeker", who="王*")])
        await work.job_notices.replace("beijing", "vacancy", [a_notice("北京焊工")])
    assert await titles(store) == ["CNC操作工", "C语言老师", "提成100%销售", "焊工"]
    assert await titles(store, "工") == ["CNC操作工", "焊工"]
    assert await titles(store, "cnc", "乙") == ["CNC操作工"]
    assert await titles(store, "%") == ["提成100%销售"]
    assert await titles(store, "_") == ["CNC操作工"]
    assert await titles(store, "!") == []
    assert await titles(store, " ", "") == await titles(store)
    assert await titles(store, place="惠民") == ["提成100%销售"]
    assert await titles(store, "焊工", place="惠民") == []
    assert await titles(store, after=1, limit=2) == ["C语言老师", "提成100%销售"]
    assert await titles(store, after=4) == []


async def test_a_new_list_takes_the_place_of_the_old(store: Store) -> None:
    """Of that region and kind alone; nothing is left of the old one."""
    async with store.transaction() as work:
        await work.job_notices.replace("binzhou", "vacancy", [a_notice("旧")])
        await work.job_notices.replace("beijing", "vacancy", [a_notice("别处")])
    async with store.transaction() as work:
        assert await work.job_notices.replace("binzhou", "vacancy", (a_notice(title) for title in ("新一", "新二"))) == 2
    assert sorted(await titles(store)) == ["新一", "新二"]
    async with store.reading() as tx:
        (found,) = await tx.job_notices.search("beijing", "vacancy")
        assert found == a_notice("别处", id=found.id, region="beijing")


# ── 定制请求 ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_ordered_record_is_ready_once(store: Store) -> None:
    """Kept with an id, listed newest first; done the first time, and not again."""
    one, other = await both(store)
    order = RecordOrder(0, one, "oUser", "person", Month(2020, 1), JULY, START, START + 900 * MINUTE)
    async with store.transaction() as work:
        first = await work.record_orders.add(order)
        second = await work.record_orders.add(replace(order, ordered_at=START + MINUTE))
        await work.record_orders.add(replace(order, person_id=other))
    async with store.reading() as tx:
        assert await tx.record_orders.get(first.id) == replace(order, id=first.id)
        assert await tx.record_orders.get(999) is None
        assert await tx.record_orders.of_person(one) == (second, first)
        assert await tx.record_orders.of_person(one, limit=1) == (second,)
    at = START + 901 * MINUTE
    async with store.transaction() as work:
        assert await work.record_orders.done(first.id, "BJ1", at)
        assert not await work.record_orders.done(first.id, "BJ2", at + MINUTE)
        assert not await work.record_orders.done(999, "BJ3", at)
        assert await work.record_orders.get(first.id) == replace(first, state="ready", serial_no="BJ1", ready_at=at)
        assert (await work.record_orders.of_person(one))[0].state == "ordered"


@pytest.mark.parametrize("leaving", ["forget", "unbind"])
async def test_who_leaves_is_not_written_to(store: Store, leaving: str) -> None:
    """After unfollowing, or letting the person go, the order stays with the person, without the chat; another chat's stays as it is."""
    person_id = await put_person(store)
    order = RecordOrder(0, person_id, "oGone", "person", MAY, JULY, START, START)
    async with store.transaction() as work:
        gone = await work.record_orders.add(order)
        stays = await work.record_orders.add(replace(order, openid="oStays"))
        if leaving == "forget":
            await work.users.forget("oGone")
        else:
            await work.users.unbind("oGone", person_id, START)
    async with store.reading() as tx:
        assert await tx.record_orders.get(gone.id) == replace(gone, openid="")
        assert await tx.record_orders.get(stays.id) == stays
