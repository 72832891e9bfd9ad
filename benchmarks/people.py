"""The people of the benchmarks: as many as are wanted, each with an amount that nobody else has, and chats that speak for some of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from storage.identity import make, make_uscc
from storage.ports.records import Binding, Contribution, Employer, Insurance, Person, User
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI, Month

FIRST = Month(2024, 1)
BORN = date(1980, 1, 1)
EMPLOYER = Employer(0, "beijing", "示例软件（性能测试）有限公司", make_uscc("91", "000000", "BENCH001"))
_TOGETHER = 2_000
_BOUND_AT = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
_EMPLOYER_PAYS = Decimal("800.00")
_BASE = Decimal("5000.00")


def person(number: int) -> Person:
    """An invented person; area codes that begin with 0 are nobody's."""
    id_no = make(f"00{number // 500:04d}", BORN, 2 * (number % 500) + 1)
    return Person(0, "beijing", "测试人", id_no, f"154{number:08d}", "男", BORN, "在职")


def paid(number: int) -> Decimal:
    """What that person pays in each month for each insurance: 100.00 元 and as many 分 as the person's number."""
    return Decimal("100.00") + Decimal(number) / 100


def month_total(number: int) -> str:
    """The sum over five insurances in one month, as the chat says it."""
    return f"{paid(number) * 5:,.2f} 元"


def rows(person_id: int, number: int, employer_id: int, months: Sequence[Month]) -> Iterator[Contribution]:
    """What that person has paid in those months: five insurances each."""
    amount = paid(number)
    for month in months:
        day = date(month.year, month.month, 15)
        for insurance in Insurance:
            yield Contribution(person_id, insurance, month, _BASE, _EMPLOYER_PAYS, amount, employer_id=employer_id, paid_at=day)


async def load(store: Store, people: int, months: int) -> tuple[int, float, dict[int, int]]:
    """Write people 0…n-1 with five insurances and `months` months each, through the same ports as an import.

    Returns rows written, seconds, and number → person id.
    """
    span = FIRST.until(FIRST.plus(months - 1))
    begun, written = time.perf_counter(), 0
    ids: dict[int, int] = {}
    async with store.transaction() as tx:
        (employer_id,) = (await tx.employers.put_many([EMPLOYER])).values()
    for start in range(0, people, _TOGETHER):
        numbers = range(start, min(people, start + _TOGETHER))
        made = {number: person(number) for number in numbers}
        async with store.transaction() as tx:
            stored = await tx.people.put_many(made.values())
            these = {number: stored[one.region, one.id_no] for number, one in made.items()}
            ids |= these
            written += len(these) + await tx.contributions.put_many(
                itertools.chain.from_iterable(rows(row_id, number, employer_id, span) for number, row_id in these.items())
            )
    return written, time.perf_counter() - begun, ids


async def bind(store: Store, chats: dict[str, int]) -> None:
    """Chats that have logged in: openid → person id."""
    async with store.transaction() as tx:
        for openid, person_id in chats.items():
            await tx.users.save(User(openid, True, "person", "beijing", person_id, _BOUND_AT, "message", 5))
            await tx.users.bind(Binding(0, openid, person_id, "person", "sms", "1", _BOUND_AT))
