"""Import of 待遇发放 with the certifications: optional columns, the latest of a person, all or nothing, the same again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest

from storage.identity import make
from storage.imports import ImportReport, import_certifications
from storage.ports.records import Benefit, Person
from storage.ports.regions import CertificationRules
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI
from tests.data.files import as_csv, as_xlsx

NOW = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)
RULES = CertificationRules(12, (30, 0), (), 3, "")
MAN = make("999900", date(1950, 6, 15), 11)
WOMAN = make("999900", date(1955, 2, 28), 22)
HEADS = ("证件号码", "认证日期", "渠道", "结果", "下次到期日", "待遇状态", "状态日期", "停发原因", "开始领取日期")


@pytest.fixture
async def people(store: Store) -> Store:
    """The store with two retirees of 滨州."""
    async with store.transaction() as tx:
        await tx.people.put_many(
            [
                Person(0, "binzhou", "甲", MAN, None, "男", date(1950, 6, 15), "已退休"),
                Person(0, "binzhou", "乙", WOMAN, None, "女", date(1955, 2, 28), "已退休"),
            ]
        )
    return store


async def load(store: Store | None, data: bytes | Path, dry_run: bool = False) -> ImportReport:
    return await import_certifications(store, "binzhou", data, "认证.csv", RULES, NOW, dry_run)


async def of(store: Store, id_no: str) -> Benefit | None:
    async with store.reading() as tx:
        return await tx.certifications.benefit((await tx.people.by_id_no(id_no, "binzhou"))[0].id)


async def test_benefits_come_with_certifications_or_alone(people: Store) -> None:
    """A row with both, and one of the benefit alone; the same file again changes nothing; a later one replaces."""
    data = as_csv(
        HEADS,
        (MAN, "2024-03-10", "APP", "通过", "", "正常发放", "2024-04-01", "", "2010-07-01"),
        (WOMAN, "", "", "", "", "停发", "2024年9月1日", "未按期认证", ""),
    )
    async with people.reading() as tx:
        man, woman = [(await tx.people.by_id_no(id_no, "binzhou"))[0].id for id_no in (MAN, WOMAN)]
    for _ in range(2):
        report = await load(people, data)
        assert (report.problems, report.rows, report.added, report.updated) == ((), 2, 1, 2)
        assert await of(people, MAN) == Benefit(man, "paying", date(2024, 4, 1), date(2010, 7, 1))
        assert await of(people, WOMAN) == Benefit(woman, "paused", date(2024, 9, 1), None, "未按期认证")
    async with people.reading() as tx:
        assert await tx.certifications.of_person(woman) is None
    resumed = as_xlsx(
        ("身份证号码", "认证日期", "渠道", "结果", "发放状态", "恢复日期"), (WOMAN, "", "", "", "恢复发放", "2024-09-10")
    )
    assert (await load(people, resumed)).updated == 1
    assert await of(people, WOMAN) == Benefit(woman, "paying", date(2024, 9, 10))


async def test_the_latest_of_a_person_counts(people: Store) -> None:
    """Several rows of one person, in any order; the same twice is no problem."""
    rows = [
        (MAN, "2023-03-10", "APP", "通过", "", "暂停发放", "2024-05-01", "", ""),
        (MAN, "2024-03-10", "APP", "通过", "", "正常发放", "2024-06-01", "", ""),
        (MAN, "2022-03-10", "APP", "通过", "", "正常发放", "2024-06-01", "", ""),
        (MAN, "2021-03-10", "APP", "通过", "", "暂停发放", "2024-04-01", "", ""),
    ]
    report = await load(people, as_csv(HEADS, *rows))
    assert (report.problems, report.added, report.updated) == ((), 4, 1)
    found = await of(people, MAN)
    assert found is not None
    assert (found.state, found.since) == ("paying", date(2024, 6, 1))


@pytest.mark.parametrize(
    ("cells", "column", "problem"),
    [
        (("已死亡", "2024-09-01", "", ""), "待遇状态", "只能填：正常发放"),
        (("暂停发放", "", "", ""), "状态日期", "这一格没有填写"),
        (("暂停发放", "九月", "", ""), "状态日期", "日期请写成"),
        (("暂停发放", "2024-09-13", "", ""), "状态日期", "晚于今天"),
        (("暂停发放", "2024-09-01", "", "2024-09-02"), "开始领取日期", "晚于状态日期"),
        (("正常发放", "2024-09-01", "未按期认证", ""), "停发原因", "请把这一格留空"),
        (("", "2024-09-01", "", ""), "待遇状态", "填了状态日期，这一格也要填"),
        (("", "", "未按期认证", ""), "待遇状态", "填了停发原因，这一格也要填"),
    ],
)
async def test_what_is_wrong_is_said(people: Store, cells: Sequence[str], column: str, problem: str) -> None:
    """In its row and column, with what to write instead; and nothing of the file is stored."""
    good = (WOMAN, "2024-03-10", "APP", "通过", "", "正常发放", "2024-04-01", "", "")
    report = await load(people, as_csv(HEADS, good, (MAN, "2024-03-10", "APP", "通过", "", *cells)))
    assert [(one.row, one.column) for one in report.problems] == [(3, column)]
    assert problem in report.problems[0].problem
    assert await of(people, WOMAN) is None


async def test_two_that_contradict_each_other(people: Store) -> None:
    """One person, one day, paid and paused: the second row is told where the first one stands."""
    rows = [(MAN, "", "", "", "", state, "2024-09-01", "", "") for state in ("正常发放", "暂停发放")]
    report = await load(people, as_csv(HEADS, *rows))
    assert [(one.row, one.problem) for one in report.problems] == [(3, "与第2行不一致（同一人、同一天的待遇）")]


async def test_a_dry_run_stores_nothing(people: Store) -> None:
    """It says what is wrong, and leaves what was there."""
    row = (MAN, "", "", "", "", "暂停发放", "2024-09-01", "", "")
    assert (await load(people, as_csv(HEADS, row), dry_run=True)).problems == ()
    assert await of(people, MAN) is None
    assert (await load(None, as_csv(HEADS, row))).problems == ()
