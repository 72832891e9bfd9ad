"""What a chat says of a long life is the same as what page and paper say of it, and is found without building them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from handlers.queries import QUERIES
from handlers.query import Asker
from storage.ports.records import Contribution, Insurance, Kind, PensionPayment
from storage.ports.time import Month, Span
from tests.conversations.conftest import World

FIRST = Month(1976, 11)
LIFE = "1976-11..2026-10"


@pytest.fixture
async def asker(world: World) -> Asker:
    """Fifty years of all five insurances with gaps, 补缴, refunds and what has not arrived; and a pension in two items."""
    rng = Random(3)
    contributions = [
        Contribution(
            world.ids.jianguo,
            insurance,
            FIRST.plus(n),
            Decimal("5000.00"),
            Decimal("-800.00") if kind is Kind.REFUND else Decimal("800.05"),
            Decimal("-400.00") if kind is Kind.REFUND else Decimal("400.01"),
            kind,
            arrived=rng.random() > 0.01,
        )
        for n in range(600)
        for insurance in Insurance
        for kind in rng.choices([(Kind.NORMAL,), (), (Kind.NORMAL, Kind.REFUND), (Kind.BACK, Kind.DIFF)], [90, 3, 3, 4])[0]
    ]
    pensions = [
        PensionPayment(
            person_id=world.ids.jianguo,
            period=FIRST.plus(n),
            item=item,
            amount=Decimal(rng.randrange(100, 99999)) / 100,
            paying_agency="北京社保",
            benefit_class="退休",
            pay_method="bank",
        )
        for n in range(600)
        for item in ("basic", "annuity")
    ]
    async with world.store.transaction() as tx:
        await tx.contributions.put_many(contributions)
        await tx.rights.put_many(pensions)
        person = await tx.people.get(world.ids.jianguo)
    assert person is not None
    return Asker(person, world.services.regions[person.region], date(2026, 11, 20))


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("contributions", {"period": LIFE}),
        ("contributions", {"period": LIFE, "insurance": "pension"}),
        ("contributions", {"period": "2020-01..2025-01", "insurance": "medical,injury"}),
        ("contributions", {"period": "2020-01..2024-12"}),
        ("contributions", {"period": "2024-03..2024-03"}),
        ("contributions", {"period": "1930-01..1950-01"}),
        ("pension", {"period": LIFE}),
        ("pension", {"period": LIFE, "forms": "detail"}),
        ("pension", {"period": "2024-01..2024-12", "forms": "info"}),
    ],
)
async def test_a_brief_answer_says_the_same(world: World, asker: Asker, query: str, params: dict[str, str]) -> None:
    """Words, facts, picture, lines and whether there is a page are those of the whole Statement; its tables are fewer or shorter at most."""
    async with world.store.reading() as tx:
        whole = await QUERIES[query](tx, asker, params)
        brief = await QUERIES[query](tx, replace(asker, brief=True), params)
    assert brief.summary
    assert replace(brief, tables=whole.tables) == whole
    assert bool(brief.tables) == bool(whole.tables)


async def test_gaps_in_brief_name_two_insurances_and_the_page_names_all(world: World, asker: Asker) -> None:
    """The chat has at most three lines between head and advice; whoever opens the page finds every insurance there."""
    async with world.store.reading() as tx:
        whole = await QUERIES["gaps"](tx, asker, {})
        brief = await QUERIES["gaps"](tx, replace(asker, brief=True), {})
    assert replace(brief, tables=whole.tables, summary=whole.summary) == whole
    assert bool(brief.tables) == bool(whole.tables)
    (head, *lines, note, advice) = whole.summary
    assert [line[:2] for line in lines] == ["医疗", "失业", "工伤", "生育"]
    assert brief.summary == (head, *lines[:2], "其余险种点明细看。", note, advice)


async def test_a_life_is_added_up_where_it_lies(world: World, asker: Asker) -> None:
    """Fifty years of five insurances come as a few sums, and the answer has no table of three thousand rows; five years still have their picture."""
    async with world.store.reading() as tx:
        sums = await tx.contributions.sums(asker.person.id, Span(FIRST, FIRST.plus(599)))
        brief = await QUERIES["contributions"](tx, replace(asker, brief=True), {"period": LIFE})
        five = await QUERIES["contributions"](tx, replace(asker, brief=True), {"period": "2020-01..2024-12"})
    assert len(sums) <= 3 * len(Insurance)
    assert [len(table.rows) for table in brief.tables] == [5]
    assert five.chart
