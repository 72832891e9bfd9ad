"""Certification records, and the newest state that follows from them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from storage.ports.records import Certification, CertificationRecord
from storage.ports.repositories import StorageError, Store
from storage.ports.time import SHANGHAI
from tests.contracts.makers import a_person, put_person


def a_record(
    person_id: int, at: datetime = datetime(2024, 3, 15, 10, 20, tzinfo=SHANGHAI), **changes: Any
) -> CertificationRecord:
    return CertificationRecord(person_id, at, **{"channel": "APP认证", "result": "通过", **changes})


async def test_a_passed_record_is_the_newest_state(store: Store) -> None:
    """The state has its day, channel, result and due day; the same record again changes nothing and says so."""
    person_id = await put_person(store)
    record = a_record(person_id, by_other=True, note="女儿代办")
    async with store.transaction() as found:
        assert await found.certifications.history(person_id) == ()
        assert await found.certifications.add_record(record, date(2025, 3, 15)) is True
        assert await found.certifications.add_record(record, date(2025, 3, 15)) is False
    async with store.reading() as found:
        assert await found.certifications.history(person_id) == (record,)
        assert await found.certifications.of_person(person_id) == Certification(
            person_id, date(2024, 3, 15), date(2025, 3, 15), "APP认证", "通过", True
        )


async def test_the_day_is_that_of_shanghai(store: Store) -> None:
    """Half past midnight in Beijing is the evening before in UTC; the state has Beijing's day."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.certifications.add_record(
            a_record(person_id, datetime(2024, 3, 15, 0, 30, tzinfo=SHANGHAI)), date(2025, 3, 15)
        )
        state = await found.certifications.of_person(person_id)
        assert state is not None
        assert state.last_at == date(2024, 3, 15)


async def test_failed_and_pending_ones_are_history_only(store: Store) -> None:
    """What did not pass leaves the state alone, also where there is none yet."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.certifications.add_record(a_record(person_id, result="未通过"), date(2025, 3, 15))
        await found.certifications.add_record(a_record(person_id, channel="经办机构窗口", result="审核中"), date(2025, 3, 15))
        assert await found.certifications.of_person(person_id) is None
        assert len(await found.certifications.history(person_id)) == 2


async def test_a_pending_one_gives_way_to_its_result(store: Store) -> None:
    """审核中 is not shown beside the 通过 of the same moment and channel; another channel's stays."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        for record in (
            a_record(person_id, result="审核中"),
            a_record(person_id, channel="使领馆", result="审核中"),
            a_record(person_id),
        ):
            await found.certifications.add_record(record, date(2025, 3, 15))
        assert [(one.channel, one.result) for one in await found.certifications.history(person_id)] == [
            ("APP认证", "通过"),
            ("使领馆", "审核中"),
        ]


async def test_history_is_newest_first_limited_and_ones_own(store: Store) -> None:
    """Written in any order, by many or one by one; of that person only."""
    first, second = await put_person(store), await put_person(store, a_person(2))
    start = datetime(2022, 3, 15, tzinfo=SHANGHAI)
    records = [a_record(first, start + timedelta(days=365 * year)) for year in (1, 0, 2)]
    async with store.transaction() as found:
        assert await found.certifications.add_records([*records, a_record(second), *records]) == 7
        history = await found.certifications.history(first)
        assert [one.at.year for one in history] == [2024, 2023, 2022]
        assert await found.certifications.history(first, 2) == history[:2]
        assert await found.certifications.history(second) == (a_record(second),)
        assert await found.certifications.of_person(first) is None  # renew does that


async def test_loading_records_again_brings_them_up_to_date(store: Store) -> None:
    """The same key: who did it and the note are replaced, nothing is doubled."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.certifications.add_records([a_record(person_id)])
        await found.certifications.add_records([a_record(person_id, by_other=True, note="更正")])
        assert await found.certifications.history(person_id) == (a_record(person_id, by_other=True, note="更正"),)


async def test_states_are_only_brought_forward(store: Store) -> None:
    """An older certification changes nothing, the same day corrects, a newer one moves on; several in one call: the newest."""
    person_id = await put_person(store)

    def state(last: date | None, due: date, channel: str = "") -> Certification:
        return Certification(person_id, last, due, channel, "通过" if last else "")

    never = state(None, date(2024, 1, 1))
    moved = state(None, date(2024, 2, 1))
    first = state(date(2024, 1, 10), date(2025, 1, 10), "APP认证")
    corrected = state(date(2024, 1, 10), date(2025, 1, 31), "经办机构窗口")
    newer = state(date(2025, 1, 20), date(2026, 1, 20), "使领馆")
    async with store.transaction() as found:
        for given, expected in (
            ([never], never),
            ([moved], moved),
            ([first], first),
            ([never], first),
            ([corrected], corrected),
            ([newer, first], newer),
            ([first], newer),
        ):
            assert await found.certifications.renew(given) == len(given)
            assert await found.certifications.of_person(person_id) == expected


async def test_notes_are_sealed(store: Store) -> None:
    """What staff wrote about a person comes back as written and is nobody else's text: a record of nobody is refused without it."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.certifications.add_record(a_record(person_id, note="上门办理"), date(2025, 3, 15))
        (kept,) = await found.certifications.history(person_id)
        assert kept.note == "上门办理"
    with pytest.raises(StorageError) as told:
        async with store.transaction() as found:
            await found.certifications.add_records([a_record(4711, note="秘密")])
    assert "秘密" not in str(told.value)


async def test_many_people_are_found_by_their_numbers(store: Store) -> None:
    """1,201 numbers in one question: those of the region come back by number, the others are left out; nothing asked, nothing found."""
    people = [a_person(number) for number in range(1, 1201)]
    async with store.transaction() as found:
        await found.people.put_many([*people, a_person(9000, region="jinan")])
    async with store.reading() as found:
        asked = [one.id_no for one in people] + [a_person(9000).id_no, "nobody", people[0].id_no]
        known = await found.people.many_by_id_no(asked, "beijing")
        assert list(known) == [one.id_no for one in people]
        assert known[people[7].id_no].name == people[7].name
        assert await found.people.many_by_id_no([], "beijing") == {}
        assert await found.people.many_by_id_no([a_person(1, id_no="11010119800101000x").id_no], "beijing") == {}
