"""权益记录 of the demo: every kind is there, in its region, and the figures of one table agree with those of the others."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, get_args

import pytest

from storage.demo import generate, load_demo, rights, rights_cast
from storage.demo.cast import CAST
from storage.demo.names import EMPLOYERS
from storage.ports.records import (
    AccountYear,
    AnnuityPayment,
    AnnuityYear,
    InjuryPayment,
    Insurance,
    LabourFiling,
    MaternityPayment,
    MedicalPayment,
    Participation,
    PensionPayment,
    Person,
    Registration,
    ResidentPayment,
    ResidentYear,
    Right,
    Transfer,
    UnemploymentPayment,
)
from storage.ports.repositories import Repositories, Store
from storage.ports.time import Month, Span
from storage.sql import open_store
from storage.sql.tables import SHAPES
from tests.clock import FakeClock
from tests.data.conftest import VAULT
from tests.fresh import filled

R = TypeVar("R", bound=Right)
TODAY = date(2024, 9, 12)
ALWAYS = Span(Month(1950, 1), Month(2030, 12))
D = Decimal


async def _load(store: Store) -> None:
    await load_demo(store, TODAY, people=150)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Store]:
    """The cast and seventy others."""
    url = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    await filled(url, VAULT, "demo of 150", _load)
    opened = open_store(url, VAULT, FakeClock())
    yield opened
    await opened.close()


@cache
def lives() -> tuple[Person, ...]:
    """Everybody whom the demo of 150 has, in order."""
    return tuple(life.person for life in generate(TODAY, 150))


async def everybody(tx: Repositories) -> list[Person]:
    return [(await tx.people.by_id_no(one.id_no, one.region))[0] for one in lives()]


async def of(store: Store, name: str, kind: type[R]) -> tuple[R, ...]:
    async with store.reading() as tx:
        (person,) = [one for one in await everybody(tx) if one.name == name]
        return await tx.rights.of(kind, person.id)


@pytest.mark.parametrize(
    ("region", "kinds"),
    [
        (
            "beijing",
            {
                Participation,
                AnnuityPayment,
                AnnuityYear,
                AccountYear,
                ResidentPayment,
                ResidentYear,
                Transfer,
                PensionPayment,
                InjuryPayment,
            },
        ),
        (
            "binzhou",
            {
                Participation,
                AccountYear,
                ResidentPayment,
                PensionPayment,
                InjuryPayment,
                UnemploymentPayment,
                MaternityPayment,
                MedicalPayment,
                LabourFiling,
            },
        ),
    ],
)
async def test_each_region_shows_what_its_manual_has(demo: Store, region: str, kinds: set[type[Any]]) -> None:
    """Somebody of the cast, alive and with a phone to sign in, for every kind; 登记信息 for everybody."""
    cast = {(part.region, part.name) for part in CAST}
    seen: set[type[Any]] = set()
    async with demo.reading() as tx:
        for person in await everybody(tx):
            found = await tx.rights.registration(person.id)
            assert found is not None
            assert re.fullmatch("[0-9]{10}", found.computer_no)
            assert all("示例" in hospital for hospital in found.hospitals)
            assert len(found.hospitals) == (4 if person.region == "beijing" else 0)
            assert (found.social_no == person.id_no) == (person.id_type != "护照")
            if (person.region, person.name) in cast and person.region == region and person.phone:
                seen |= {kind for kind in kinds if await tx.rights.of(kind, person.id)}
    assert seen == kinds
    assert {*get_args(Right)} - {Registration} == kinds | {AnnuityPayment, AnnuityYear, ResidentYear, Transfer} | {
        UnemploymentPayment,
        MaternityPayment,
        MedicalPayment,
        LabourFiling,
    }


async def test_accounts_add_up(demo: Store) -> None:
    """Each year opening + principal + interest - paid out is its closing and the next one's opening, nothing below zero; what
    was paid in is what the contributions say."""
    rows = 0
    async with demo.reading() as tx:
        for person in await everybody(tx):
            years = await tx.rights.of(AccountYear, person.id)
            rows += len(years)
            for row in years:
                assert row.opening + row.principal + row.interest - row.paid_out == row.closing >= 0
                assert row.year < TODAY.year
            for before, after in pairwise(years):
                if before.insurance == after.insurance:
                    assert (before.year + 1, before.closing) == (after.year, after.opening)
            paid = [
                one
                for one in await tx.contributions.between(person.id, ALWAYS, [Insurance.PENSION])
                if one.arrived and one.employer
            ]
            for row in years:
                if row.insurance == "pension" and (own := [one for one in paid if one.period.year == row.year]):
                    assert row.principal == sum(one.personal_amount for one in own)
    assert rows > 300


async def test_nothing_lies_ahead_and_spells_have_contributions(demo: Store) -> None:
    """No payment of this month or later, none after death; each spell begins with a month that was paid, by the employer of the spell."""
    async with demo.reading() as tx:
        for person in await everybody(tx):
            end = Month.of(person.death_date or TODAY.replace(day=1) - timedelta(days=1))
            kinds: tuple[type[Any], ...] = (
                PensionPayment,
                InjuryPayment,
                UnemploymentPayment,
                MaternityPayment,
                MedicalPayment,
                AnnuityPayment,
            )
            for kind in kinds:
                assert all(row.period <= end for row in await tx.rights.of(kind, person.id))
            paid = {(one.insurance.value, one.period, one.employer) for one in await tx.contributions.between(person.id, ALWAYS)}
            for spell in await tx.rights.of(Participation, person.id):
                assert (spell.end is None) == (spell.status == "正常参保")
                if spell.insurance in {insurance.value for insurance in Insurance}:
                    assert (spell.insurance, Month.of(spell.start_on), spell.employer) in paid
                    if spell.end is not None:
                        assert (spell.insurance, spell.end, spell.employer) in paid


async def test_an_officers_pension(demo: Store) -> None:
    """叶秀兰: three years, 基养 first by 本单位 then by a bank, 职业年金 by another, 2 % more each July; worked out by hand for last month."""
    rows = await of(demo, "叶秀兰", PensionPayment)
    assert len(rows) == 3 * 36
    assert {row.benefit_class for row in rows} == {"机关事业养老"}
    basic = {row.period: row for row in rows if row.item == "basic"}
    assert [basic[month].paying_agency for month in (Month(2023, 8), Month(2023, 9))] == ["本单位", "邮政储蓄（示例）"]
    assert [basic[month].pay_method for month in (Month(2023, 8), Month(2023, 9))] == ["employer", "bank"]
    # From 2021-09: 5386.02; three Julys later × 1.02³ = 5715.69 (5715.688…), 职业年金 1175.28 × 1.02³ = 1247.22 (1247.216…).
    assert basic[Month(2021, 9)].amount == D("5386.02")
    last = {row.item: row.amount for row in rows if row.period == Month(2024, 8)}
    assert last == {"basic": D("5715.69"), "social_supp": D("153.50"), "annuity": D("1247.22")}


async def test_a_pension_rises_in_july(demo: Store) -> None:
    """卢海生: from the month after his work ended; 基调 rises each July by the same step, and that July pays six steps as 清账."""
    rows = await of(demo, "卢海生", PensionPayment)
    months = sorted({row.period for row in rows})
    assert (months[0], months[-1], len(months)) == (Month(2022, 3), Month(2024, 8), 30)
    adjusted = {row.period: row.amount for row in rows if row.item == "basic_adj"}
    step = adjusted[Month(2022, 7)]
    assert min(adjusted) == Month(2022, 7)
    assert [adjusted[month] for month in (Month(2023, 6), Month(2023, 7), Month(2024, 7))] == [step, step * 2, step * 3]
    assert {row.period: row.amount for row in rows if row.item == "settle"} == {
        Month(year, 7): step * 6 for year in (2022, 2023, 2024)
    }


async def test_an_annuity_follows_its_payments(demo: Store) -> None:
    """金砚秋: five years at 8 % and 4 %, last month not arrived; a year of the account is what was paid in it and the gain."""
    paid = await of(demo, "金砚秋", AnnuityPayment)
    assert len(paid) == 60
    assert (paid[0].base, paid[0].employer_amount, paid[0].personal_amount) == (D("9600.00"), D("768.00"), D("384.00"))
    assert [row.period for row in paid if row.paid_on is None] == [Month(2024, 8)]
    balance = D(0)
    for year in await of(demo, "金砚秋", AnnuityYear):
        assert year.employer_part == sum(row.employer_amount for row in paid if row.period.year == year.year)
        assert year.balance == balance + year.employer_part + year.personal_part + year.gain
        balance = year.balance
    assert {row.insurance for row in await of(demo, "金砚秋", AccountYear)} == {"pension_gov"}


async def test_transfers_lie_end_to_end_before_the_work_here(demo: Store) -> None:
    """方念初: two tables of 养老 and one of 医疗; months are what lies between the ends."""
    rows = await of(demo, "方念初", Transfer)
    assert [(row.insurance, row.section) for row in rows] == [("medical", 1), ("pension", 1), ("pension", 1), ("pension", 2)]
    assert all(row.months == row.end.index - row.start.index + 1 for row in rows)
    assert max(row.end for row in rows).plus(1) == Month(2021, 3)


async def test_residents(demo: Store) -> None:
    """孟春芳 is paid by three purses and from her account, what the statement says is what the account paid; 郝修竹 pays in tiers."""
    years = {row.year: row for row in await of(demo, "孟春芳", ResidentYear)}
    account = {row.year: row for row in await of(demo, "孟春芳", AccountYear)}
    assert {year: row.benefit_account_out for year, row in years.items()} == {year: row.paid_out for year, row in account.items()}
    assert {year: row.balance for year, row in years.items()} == {year: row.closing for year, row in account.items()}
    assert (years[2015].basic_city, years[2016].basic_city, years[2023].basic_city) == (D("0.00"), D("3690.00"), D("7860.00"))
    tiers = [row.tier for row in await of(demo, "郝修竹", ResidentPayment)]
    assert (len(tiers), len(set(tiers))) == (12, 2)
    assert {row.insurance for row in await of(demo, "贾念慈", ResidentPayment)} == {"resident_pension", "resident_medical"}


async def test_settlements_and_injuries(demo: Store) -> None:
    """A settlement is what the fund and the person paid; an injury's supplement is six times the rise of that July."""
    for name in ("孔怀山", "潘秀英", "孙书瑶"):
        for row in await of(demo, name, MedicalPayment):
            assert row.fund_paid + row.own_paid == row.total > 0
            assert "示例" in row.hospital
    injury = await of(demo, "康承远", InjuryPayment)
    assert {row.item for row in injury} == {"allowance", "supplement", "care", "device"}
    by_month = {row.period: row.amount for row in injury if row.item == "allowance"}
    for one in injury:
        if one.item == "supplement":
            assert one.amount == (by_month[one.period] - by_month[one.period.plus(-1)]) * 6
    assert len(await of(demo, "史明朗", UnemploymentPayment)) == 6
    (birth,) = await of(demo, "谢思宁", MaternityPayment)
    assert birth.applied_on is not None
    assert birth.applied_on < TODAY
    assert [filed.status for filed in await of(demo, "余㛃", LabourFiling)].count("在职") == 1


async def test_jobs(demo: Store) -> None:
    """招聘 by invented employers and 求职 with masked names, in 滨州 only, none of today or later."""
    async with demo.reading() as tx:
        offers = await tx.job_notices.search("binzhou", "vacancy", limit=100)
        wanted = await tx.job_notices.search("binzhou", "seeker", limit=100)
        assert await tx.job_notices.search("beijing", "vacancy") == ()
    assert len(offers) > 20
    assert len(wanted) > 10
    assert all("*" in one.who and not one.employer for one in wanted)
    assert {one.employer for one in offers} <= {employer.name for employer in EMPLOYERS if employer.region == "binzhou"}
    assert all(one.published_on < TODAY and "示例" in one.contact for one in offers)


async def test_loading_again_changes_no_right(store: Store) -> None:
    """The second load writes nothing, and one that is killed between is finished with the same rows."""
    first = await load_demo(store, TODAY, people=80, months=3)
    assert first.extras.rights > 1000
    second = await load_demo(store, TODAY, people=90, months=3)
    assert second.loaded
    async with store.reading() as tx:
        (person,) = await tx.people.by_id_no(next(iter(generate(TODAY, 1))).person.id_no, "beijing")
        assert len(await tx.rights.of(AccountYear, person.id)) == 5
    assert not (await load_demo(store, date(2025, 3, 1), people=90, months=3)).loaded


@pytest.mark.parametrize("today", [date(2024, 3, 1), date(2025, 1, 1), date(2026, 2, 28), date(2026, 7, 15), date(2026, 11, 21)])
def test_on_whatever_day_it_is_loaded(today: date) -> None:
    """Nothing is dated on that day or later, no key comes twice, accounts add up, and a pension lasts at least two years where its
    sentence says so."""
    lives = list(enumerate(generate(today, 400), 1))
    cast = [(life, number) for number, life in lives[: len(CAST)]]
    made: list[Any] = [row for number, life in lives for row in rights.rights(life, number, today, 96)]
    made = [row for row in made if not (isinstance(row, PensionPayment) and rights_cast.replaced(lives[row.person_id - 1][1]))]
    made += rights_cast.rights(cast, today)
    keys = [
        (type(row), row.person_id, *(getattr(row, name) for name in SHAPES[type(row)].key)) for row in made if type(row) in SHAPES
    ]
    assert len(keys) == len(set(keys)) > 5000
    for row in made:
        for name in ("period", "end"):
            assert (getattr(row, name, None) or Month(1990, 1)) < Month.of(today)
        for name in ("paid_on", "settled_on", "applied_on", "start_on", "contract_start"):
            assert (getattr(row, name, None) or date(1990, 1, 1)) < today
        if isinstance(row, AccountYear):
            assert row.opening + row.principal + row.interest - row.paid_out == row.closing >= 0
    for name in ("叶秀兰", "汪福来", "卢海生", "潘秀英"):
        (number,) = [number for life, number in cast if life.person.name == name]
        assert len({row.period for row in made if isinstance(row, PensionPayment) and row.person_id == number}) >= 24
