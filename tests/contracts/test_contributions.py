"""缴费月记录: exact, ordered, replaced by key, and read by range."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from handlers.queries.contributions import Totals
from storage.ports.records import Employer, Insurance, Kind
from storage.ports.repositories import Store
from storage.ports.time import Month, Span
from tests.contracts.makers import a_contribution, put_person

ALL = Span(Month(2000, 1), Month(2030, 12))


async def test_amounts_come_back_to_the_cent(store: Store) -> None:
    """Money is exact with two decimals, negative refunds included, and the employer's name comes with the row."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        employer = Employer(0, "beijing", "第一公司", "911100001000000010")
        employer_id = (await found.employers.put_many([employer]))["beijing", employer.uscc]
        rows = [
            a_contribution(
                person_id, "2024-01", base=Decimal("0.1"), employer_amount=Decimal("123456789.99"), employer_id=employer_id
            ),
            a_contribution(person_id, "2024-02", personal_amount=Decimal("-0.01"), kind=Kind.REFUND, paid_at=None, arrived=False),
        ]
        assert await found.contributions.put_many(rows) == 2
    async with store.reading() as found:
        first, second = await found.contributions.between(person_id, ALL)
    assert first == replace(rows[0], employer="第一公司")
    assert str(first.base) == "0.10"
    assert second == rows[1]
    assert str(second.personal_amount) == "-0.01"


async def test_a_third_decimal_is_refused(store: Store) -> None:
    """An amount is never rounded silently."""
    person_id = await put_person(store)
    with pytest.raises(ValueError, match="two decimals"):
        async with store.transaction() as found:
            await found.contributions.put_many([a_contribution(person_id, "2024-01", base=Decimal("1.005"))])


async def test_rows_come_by_month_then_insurance_then_kind(store: Store) -> None:
    """Insurances and kinds in the order of the data dictionary, whatever the order of loading."""
    person_id = await put_person(store)
    rows = [
        a_contribution(person_id, month, insurance=insurance, kind=kind)
        for month in ("2024-02", "2024-01")
        for insurance in reversed(Insurance)
        for kind in reversed(Kind)
    ]
    async with store.transaction() as found:
        await found.contributions.put_many(rows)
        got = await found.contributions.between(person_id, ALL)
    order = [(row.period, list(Insurance).index(row.insurance), list(Kind).index(row.kind)) for row in got]
    assert order == sorted(order)
    assert len(order) == 50


async def test_a_span_and_insurances_narrow_what_is_read(store: Store) -> None:
    """Both ends of the span count; naming insurances leaves the others out; other people's rows never show."""
    me, other = await put_person(store), await put_person(store, None)
    assert me == other  # the same person: nobody else is there yet
    async with store.transaction() as found:
        await found.contributions.put_many(
            a_contribution(me, f"2024-{month:02d}", insurance=insurance) for month in range(1, 13) for insurance in Insurance
        )
        span = Span(Month(2024, 3), Month(2024, 5))
        between = found.contributions.between
        assert {row.period for row in await between(me, span)} == set(span.months)
        assert len(await between(me, span)) == 15
        only = await between(me, span, [Insurance.MEDICAL, Insurance.INJURY, Insurance.MEDICAL])
        assert {row.insurance for row in only} == {Insurance.MEDICAL, Insurance.INJURY}
        assert len(only) == 6
        assert await between(me + 1, span) == ()
        assert await between(me, Span(Month(2023, 1), Month(2023, 12))) == ()


async def test_the_extent_is_the_first_and_the_last_month(store: Store) -> None:
    """Of each insurance that has any; nothing for somebody without rows."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        assert await found.contributions.extents(person_id) == {}
        await found.contributions.put_many(
            [
                a_contribution(person_id, "2010-07"),
                a_contribution(person_id, "1998-11", insurance=Insurance.INJURY),
                a_contribution(person_id, "2024-08", insurance=Insurance.MATERNITY),
            ]
        )
        july, november, august = Month(2010, 7), Month(1998, 11), Month(2024, 8)
        assert await found.contributions.extents(person_id) == {
            Insurance.PENSION: Span(july, july),
            Insurance.INJURY: Span(november, november),
            Insurance.MATERNITY: Span(august, august),
        }


async def test_putting_a_row_again_replaces_it(store: Store) -> None:
    """By (person, insurance, month, kind, employer), also twice in one load, where the later one wins; another kind is another row."""
    person_id = await put_person(store)
    row = a_contribution(person_id, "2024-01")
    async with store.transaction() as found:
        await found.contributions.put_many([row])
        await found.contributions.put_many(
            [replace(row, base=Decimal(1)), replace(row, base=Decimal(2)), replace(row, kind=Kind.BACK)]
        )
    async with store.reading() as found:
        first, second = await found.contributions.between(person_id, ALL)
    assert (first.base, first.kind, second.kind) == (Decimal(2), Kind.NORMAL, Kind.BACK)


async def test_many_thousand_rows_are_put_at_once(store: Store) -> None:
    """More than one chunk, from an iterator."""
    person_id = await put_person(store)
    months = Span(Month(1990, 1), Month(2024, 8)).months
    async with store.transaction() as found:
        count = await found.contributions.put_many(
            a_contribution(person_id, str(month), insurance=insurance, kind=kind)
            for month in months
            for insurance in Insurance
            for kind in Kind
        )
        assert count == len(months) * 25
        assert len(await found.contributions.between(person_id, ALL, [Insurance.PENSION])) == 5 * len(
            Span(Month(2000, 1), Month(2024, 8)).months
        )


async def test_sums_are_what_the_rows_come_to(store: Store) -> None:
    """Added up where the rows lie, or row by row: the same months, sums, gaps and months that wait, with 补缴, refunds of a part and of all,
    and what has not arrived, for any span."""
    rng = Random(27)
    person_id = await put_person(store)
    other_id = await put_person(store)
    months = Month(2019, 12).until(Month(2023, 2))
    rows = []
    for insurance in (Insurance.PENSION, Insurance.MEDICAL, Insurance.INJURY):
        for month in months:
            for kind in rng.sample(list(Kind), rng.choice((0, 1, 1, 1, 2, 3))):
                sign = -1 if kind is Kind.REFUND else 1
                rows.append(
                    a_contribution(
                        person_id,
                        str(month),
                        insurance=insurance,
                        kind=kind,
                        employer_amount=sign * Decimal(rng.choice(("0.00", "80.05", "800.00"))),
                        personal_amount=sign * Decimal(rng.choice(("0.01", "400.00"))),
                        arrived=rng.random() > 0.2,
                    )
                )
    async with store.transaction() as found:
        await found.contributions.put_many([*rows, a_contribution(other_id, "2020-05", insurance=Insurance.MATERNITY)])
    async with store.reading() as found:
        for span in (
            ALL,
            Span(months[0], months[-1]),
            Span(Month(2021, 3), Month(2021, 3)),
            Span(Month(2020, 7), Month(2022, 1)),
        ):
            got, sums = await found.contributions.between(person_id, span), await found.contributions.sums(person_id, span)
            due = range(max(span.start, months[0]).index, min(span.end, months[-1]).index + 1)
            assert {one.insurance for one in sums} == {row.insurance for row in got}
            for insurance in Insurance:
                own = [one for one in sums if one.insurance is insurance]
                assert Totals.of_sums(own, due) == Totals.of([row for row in got if row.insurance is insurance], due)
        pension = await found.contributions.sums(person_id, ALL, (Insurance.PENSION,))
        assert {one.insurance for one in pension} == {Insurance.PENSION}
        assert {one.standing for one in pension} == {"paid", "waiting", "none"}
        assert await found.contributions.sums(person_id, Span(Month(2010, 1), Month(2011, 1))) == ()


async def test_a_sum_is_of_months_that_stand_alike(store: Store) -> None:
    """Three paid months, one that was wholly paid back, one that is filed alone, and a year later one more."""
    person_id = await put_person(store)
    paid = {"employer_amount": Decimal("80.00"), "personal_amount": Decimal("40.00")}
    back = {"employer_amount": Decimal("-80.00"), "personal_amount": Decimal("-40.00")}
    rows = [
        *(a_contribution(person_id, month, **paid) for month in ("2023-11", "2023-12", "2024-01", "2024-02", "2025-03")),
        a_contribution(person_id, "2024-02", kind=Kind.REFUND, **back),
        a_contribution(person_id, "2024-03", arrived=False, paid_at=None),
    ]
    async with store.transaction() as found:
        await found.contributions.put_many(rows)
        sums = await found.contributions.sums(person_id, ALL, (Insurance.PENSION,))
    told = [
        (one.standing, sorted(map(str, map(Month.from_index, one.months))), str(one.employer), str(one.personal)) for one in sums
    ]
    assert told == [
        ("paid", ["2023-11", "2023-12", "2024-01", "2025-03"], "320.00", "160.00"),
        ("waiting", ["2024-03"], "0.00", "0.00"),
        ("none", ["2024-02"], "0.00", "0.00"),
    ]


async def test_what_is_plain_and_what_is_not_are_summed_in_one_answer(store: Store) -> None:
    """Two rows of one month are one month; an insurance with a month that has not arrived stands beside one that is wholly paid."""
    person_id = await put_person(store)
    amounts = {"employer_amount": Decimal("80.00"), "personal_amount": Decimal("40.00")}
    medical = {**amounts, "insurance": Insurance.MEDICAL}
    async with store.transaction() as found:
        await found.contributions.put_many(
            [
                *(a_contribution(person_id, month, **medical) for month in ("2023-11", "2023-12")),
                a_contribution(person_id, "2023-12", kind=Kind.DIFF, **medical),
                a_contribution(person_id, "2023-11", **amounts),
                a_contribution(person_id, "2023-12", **amounts, arrived=False, paid_at=None),
            ]
        )
        sums = await found.contributions.sums(person_id, ALL)
    assert [(one.insurance, one.standing, len(one.months), str(one.personal)) for one in sums] == [
        (Insurance.PENSION, "paid", 1, "40.00"),
        (Insurance.PENSION, "waiting", 1, "0.00"),
        (Insurance.MEDICAL, "paid", 2, "120.00"),
    ]
