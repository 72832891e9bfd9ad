"""The agency's records of people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from storage.ports.records import Certification, Employer
from storage.ports.repositories import Conflict, StorageError, Store
from tests.clock import START
from tests.contracts.makers import a_card, a_person, put_person, together, until_conflict


async def test_a_person_comes_back_as_it_was_stored(store: Store) -> None:
    """Everything that was put comes out again, with its id, by id and by number."""
    person = a_person(7, region="jinan", death_date=date(2024, 1, 2), person_status="死亡", phone=None)
    person_id = await put_person(store, person)
    async with store.reading() as found:
        assert await found.people.get(person_id) == replace(person, id=person_id)
        assert await found.people.by_id_no(person.id_no) == (replace(person, id=person_id),)
        assert await found.people.get(person_id + 1) is None


async def test_the_letter_of_a_number_may_be_small(store: Store) -> None:
    """A number with x is the number with X, in storing and in finding; the key that was given is the key that comes back."""
    person = a_person(id_no="11010119800101001x")
    async with store.transaction() as found:
        ids = await found.people.put_many([person])
    assert list(ids) == [("beijing", "11010119800101001x")]
    async with store.reading() as found:
        (stored,) = await found.people.by_id_no("11010119800101001X")
        assert stored.id_no == "11010119800101001X"
        assert await found.people.by_id_no("11010119800101001x ") == (stored,)


async def test_a_phone_finds_all_living_people_behind_it(store: Store) -> None:
    """A couple shares a phone over two regions; the dead are not found by it; order is by id."""
    phone = "13900000000"
    people = [
        a_person(1, phone=phone),
        a_person(2, phone=phone, region="binzhou"),
        a_person(3, phone=phone, person_status="死亡"),
        a_person(4, phone=phone, death_date=date(2024, 1, 1)),
        a_person(5),
    ]
    async with store.transaction() as found:
        ids = await found.people.put_many(people)
    async with store.reading() as found:
        assert [p.id for p in await found.people.by_phone(phone)] == sorted(
            [ids["beijing", people[0].id_no], ids["binzhou", people[1].id_no]]
        )
        assert await found.people.by_phone("13911111111") == ()


async def test_the_names_of_a_page_of_people(store: Store) -> None:
    """Each who exists, once, however many are asked for and however often; nobody for nobody."""
    people = [a_person(number, name=f"张{number}") for number in range(1, 71)]
    async with store.transaction() as found:
        ids = await found.people.put_many(people)
    wanted = {ids[one.region, one.id_no]: one.name for one in people}
    async with store.reading() as found:
        assert await found.people.names(()) == {}
        assert await found.people.names([*wanted, *wanted]) == wanted
        first = next(iter(wanted))
        assert await found.people.names([first, 999_999_999, first]) == {first: "张1"}


async def test_one_number_in_two_regions_is_two_people(store: Store) -> None:
    """by_id_no gives the person of each region, or of the one that is asked for."""
    both = [a_person(1), a_person(1, region="binzhou")]
    async with store.transaction() as found:
        ids = await found.people.put_many(both)
        assert len(set(ids.values())) == 2
        assert {p.region for p in await found.people.by_id_no(both[0].id_no)} == {"beijing", "binzhou"}
        assert [p.id for p in await found.people.by_id_no(both[0].id_no, "binzhou")] == [ids["binzhou", both[0].id_no]]
        assert await found.people.by_id_no(both[0].id_no, "jinan") == ()


async def test_putting_people_again_updates_them(store: Store) -> None:
    """The same (region, number) keeps its id and takes the new values, its new phone among them."""
    person = a_person(1)
    first = await put_person(store, person)
    again = await put_person(store, replace(person, phone="13700000000", person_status="已退休"))
    assert again == first
    async with store.reading() as found:
        assert await found.people.count() == 1
        assert await found.people.by_phone(person.phone or "") == ()
        (stored,) = await found.people.by_phone("13700000000")
        assert stored.person_status == "已退休"


async def test_thousands_of_people_are_put_at_once(store: Store) -> None:
    """More than one chunk: every id is right, and counts and pages agree."""
    people = [a_person(n, region="binzhou" if n % 3 else "jinan") for n in range(1, 4501)]
    async with store.transaction() as found:
        ids = await found.people.put_many(iter(people))
    assert len(ids) == len(set(ids.values())) == 4500
    async with store.reading() as found:
        assert await found.people.count() == 4500
        assert await found.people.count("jinan") == 1500
        for person in (people[0], people[2222], people[-1]):
            assert (await found.people.by_id_no(person.id_no))[0].id == ids[person.region, person.id_no]


async def test_pages_walk_over_everybody_once(store: Store) -> None:
    """page() goes on after an id, in order, with or without region and status."""
    people = [
        a_person(n, region="jinan" if n % 2 else "beijing", person_status="在职" if n % 4 else "已退休") for n in range(1, 21)
    ]
    async with store.transaction() as found:
        await found.people.put_many(people)
    async with store.reading() as found:
        seen: list[int] = []
        while page := await found.people.page(seen[-1] if seen else 0, 7):
            seen += [p.id for p in page]
        assert len(seen) == 20
        assert seen == sorted(seen)
        assert len(await found.people.page(0, 50, region="jinan")) == 10
        assert len(await found.people.page(0, 50, status="已退休")) == 5
        assert len(await found.people.page(0, 50, region="beijing", status="在职")) == 5


async def test_the_hash_of_an_identity_is_the_one_of_the_audit_log(store: Store) -> None:
    """identity_hash is the pseudonym of the number, the same in every region; '' for nobody."""
    person = a_person(1)
    person_id = await put_person(store, person)
    elsewhere = await put_person(store, replace(person, region="jinan"))
    async with store.reading() as found:
        hashed = await found.people.identity_hash(person_id)
        assert hashed == await found.audit.pseudonym(person.id_no) == await found.people.identity_hash(elsewhere)
        assert person.id_no not in hashed
        assert await found.people.identity_hash(999) == ""


async def test_employers_are_put_by_their_code(store: Store) -> None:
    """The same code in the same region is the same employer, whose name may change; elsewhere it is another one."""
    employer = Employer(0, "beijing", "第一公司", "91110000100000001X", "SI-1")
    async with store.transaction() as found:
        first = await found.employers.put_many([employer, replace(employer, region="jinan")])
        again = await found.employers.put_many([replace(employer, name="新名公司")])
        assert again == {("beijing", employer.uscc): first["beijing", employer.uscc]}
        assert await found.employers.count() == 2
        assert await found.employers.count("jinan") == 1


async def test_the_newest_card_counts(store: Store) -> None:
    """of_person gives the card that was stored last, or None."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        assert await found.cards.of_person(person_id) is None
        await found.cards.put_many([a_card(person_id, status="replaced"), a_card(person_id, card_no="110000000002")])
        card = await found.cards.of_person(person_id)
        assert card is not None
        assert card == a_card(person_id, id=card.id, card_no="110000000002")


async def test_loading_a_card_again_raises_its_version_only_if_it_changed(store: Store) -> None:
    """The same file twice disturbs nobody; a change of the status does."""
    person_id = await put_person(store)
    for status, version in (("active", 0), ("active", 0), ("lost", 1)):
        async with store.transaction() as found:
            assert await found.cards.put_many([a_card(person_id, status=status)]) == 1
            card = await found.cards.of_person(person_id)
            assert card is not None
            assert (card.status, card.version) == (status, version)


async def test_a_card_is_reported_lost_once(store: Store) -> None:
    """Two reports of the same version at once: one goes through, the other is a Conflict."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.cards.put_many([a_card(person_id)])
        card = await found.cards.of_person(person_id)
    assert card is not None

    async def report() -> None:
        async with store.transaction() as work:
            assert card is not None
            lost = await work.cards.report_lost(card, START)
            assert (lost.status, lost.lost_at, lost.version) == ("lost", START, 1)

    outcomes = await together(until_conflict(report()) for _ in range(2))
    assert sorted(outcomes, key=str) == [False, True]
    async with store.reading() as found:
        assert await found.cards.of_person(person_id) == replace(card, status="lost", lost_at=START, version=1)


async def test_a_stale_card_is_refused(store: Store) -> None:
    """report_lost with an old version raises Conflict and changes nothing."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.cards.put_many([a_card(person_id)])
        card = await found.cards.of_person(person_id)
    assert card is not None
    with pytest.raises(Conflict):
        async with store.transaction() as found:
            await found.cards.report_lost(replace(card, version=5), START)
    async with store.reading() as found:
        assert await found.cards.of_person(person_id) == card


async def test_certifications_are_replaced_by_person(store: Store) -> None:
    """One state a person: the newest that was put."""
    person_id = await put_person(store)
    first = Certification(person_id, None, date(2024, 12, 15))
    second = Certification(person_id, date(2024, 9, 1), date(2025, 9, 1), "APP认证", "通过", by_other=True)
    async with store.transaction() as found:
        assert await found.certifications.of_person(person_id) is None
        for state in (first, second):
            assert await found.certifications.put_many([state]) == 1
            assert await found.certifications.of_person(person_id) == state


async def test_due_certifications_come_in_pages_without_the_dead(store: Store) -> None:
    """due_between takes both ends, skips who has died, and goes on after a person id; one day alone works like a range."""
    people = [a_person(n, person_status="死亡" if n == 3 else "已退休") for n in range(1, 9)]
    async with store.transaction() as found:
        ids = list((await found.people.put_many(people)).values())
        await found.certifications.put_many(Certification(p, None, date(2024, 12, 10 + place)) for place, p in enumerate(ids))
    async with store.reading() as found:
        due = found.certifications.due_between
        start, end = date(2024, 12, 10), date(2024, 12, 16)
        first = await due(start, end, 0, 4)
        rest = await due(start, end, first[-1].person_id, 10)
        assert [c.person_id for c in first + rest] == [ids[i] for i in (0, 1, 3, 4, 5, 6)]
        assert [c.person_id for c in await due(end, end, 0, 10)] == [ids[6]]
        assert await due(end, end, ids[6], 10) == ()


async def test_a_row_about_nobody_is_refused(store: Store) -> None:
    """A card of a person who is not there is an error of the caller's data, told without the data."""
    with pytest.raises(StorageError) as told:
        async with store.transaction() as found:
            await found.cards.put_many([a_card(4711)])
    assert "4711" not in str(told.value)
