"""Demo data in a real database: what was made is what is read, loading twice changes nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from storage.demo import DemoReport, demo_people, generate, load_demo
from storage.demo.cast import CAST
from storage.demo.filings import FILED
from storage.demo.lives import rows
from storage.identity import check
from storage.ports.records import Person
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI, Month, Span
from storage.regions import load_regions

TODAY = date(2024, 9, 12)
ALWAYS = Span(Month(1990, 1), Month(2030, 12))


async def the(store: Store, name: str, region: str | None = None) -> Person:
    part = next(place for place, part in enumerate(CAST) if part.name == name and region in {None, part.region})
    made = list(generate(TODAY, 1))[part].person
    async with store.reading() as repos:
        return (await repos.people.by_id_no(made.id_no, made.region))[0]


async def test_what_was_made_is_what_is_read(store: Store) -> None:
    """Every person, row, card, certification and case of 150 people comes out of the database as it was made."""
    report = await load_demo(store, TODAY, people=150, months=12)
    lives = list(generate(TODAY, 150, months=12))
    assert report == DemoReport(
        True,
        150,
        60,
        sum(len(list(rows(life, 1, range(60)))) for life in lives),
        sum((life.card is not None) + len(life.earlier) for life in lives),
        sum(life.certification is not None for life in lives),
        sum(len(life.cases) for life in lives),
        report.extras,
    )
    async with store.reading() as repos:
        assert await repos.people.count() == 150
        assert await repos.employers.count() == 60
        for life in lives:
            person = (await repos.people.by_id_no(life.person.id_no, life.person.region))[0]
            assert (person.name, person.phone, person.birth_date, person.person_status) == (
                life.person.name,
                life.person.phone,
                life.person.birth_date,
                life.person.person_status,
            )
            stored = await repos.contributions.between(person.id, ALWAYS)
            made = Counter(
                (
                    row.insurance,
                    row.period,
                    row.kind,
                    row.base,
                    row.employer_amount,
                    row.personal_amount,
                    row.paid_at,
                    row.arrived,
                )
                for row in rows(life, person.id, range(60))
            )
            assert made == Counter(
                (
                    row.insurance,
                    row.period,
                    row.kind,
                    row.base,
                    row.employer_amount,
                    row.personal_amount,
                    row.paid_at,
                    row.arrived,
                )
                for row in stored
            )
            card = await repos.cards.of_person(person.id)
            assert (card and (card.card_no, card.status, card.lost_at)) == (
                life.card and (life.card.card_no, life.card.status, life.card.lost_at)
            )
            certification = await repos.certifications.of_person(person.id)
            assert (certification and certification.due_on) == (life.certification and life.certification.due_on)
            kept_elsewhere = [case for case in await repos.cases.of_person(person.id) if not case.filing]
            assert [case.case_no for case in kept_elsewhere] == [case.case_no for case in life.cases]


async def test_loading_again_leaves_what_a_player_did(store: Store) -> None:
    """A card reported lost stays lost when the demo starts again, also on another day, and nothing is added."""
    await load_demo(store, TODAY, people=80, months=3)
    person = await the(store, "孙书瑶")
    async with store.transaction() as repos:
        card = await repos.cards.of_person(person.id)
        assert card is not None
        await repos.cards.report_lost(card, datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI))
    assert await load_demo(store, TODAY, people=80, months=3) == DemoReport(loaded=False)
    assert await load_demo(store, date(2024, 12, 31), people=80, months=3) == DemoReport(loaded=False)
    async with store.reading() as repos:
        held = await repos.cards.of_person(person.id)
        assert held is not None
        assert held.status == "lost"
        assert await repos.people.count() == 80


async def test_a_load_that_was_killed_is_finished_by_the_next(store: Store) -> None:
    """After the first 80 of 110 were written, asking for 110 leaves exactly 110, each once, and filings and talks are not written twice."""
    first = await load_demo(store, TODAY, people=80, months=3)
    second = await load_demo(store, TODAY, people=110, months=3)
    assert second.loaded
    assert (first.extras.filings, second.extras.filings) == (len(FILED), 0)
    async with store.reading() as repos:
        assert await repos.people.count() == 110
        assert len(await repos.threads.waiting(("beijing", "binzhou"), ("waiting", "open", "left"))) == 8
        assert await repos.employers.count() == 60


async def test_the_people_to_play(store: Store) -> None:
    """About seventy with the fixed keys, living, of every region, with phones that work and one sentence each; an empty store has none."""
    assert await demo_people(store) == []
    await load_demo(store, TODAY, people=1)
    people = await demo_people(store)
    assert len(people) == len(CAST) - 1
    assert {tuple(person) for person in people} == {("name", "region", "role", "phone", "id_last4", "id_no", "card_no", "shows")}
    assert {person["region"] for person in people} == set(load_regions())
    assert {person["role"] for person in people} == {"person"}
    assert all(len(person["id_last4"]) == 4 and person["shows"] for person in people)
    assert all(person["id_no"].endswith(person["id_last4"]) for person in people)
    assert [person["name"] for person in people if check(person["id_no"])] == ["安娜·示例"]
    async with store.reading() as repos:
        for person in people:
            ((held, *_), region) = await repos.people.by_id_no(person["id_no"], person["region"]), person["region"]
            card = await repos.cards.of_person(held.id)
            assert (held.name, held.region, person["card_no"]) == (person["name"], region, card.card_no if card else "")
    assert sum(bool(person["card_no"]) for person in people) > len(people) // 2
    assert [person["name"] for person in people if not person["phone"]] == ["曹文澜"]
    assert "袁春生" not in {person["name"] for person in people}
    by_name = {person["name"]: person for person in people}
    assert by_name["马玉珍"]["shows"] == "退休，上次由家人代办，认证到期日2024-09-27"
    assert by_name["周云帆"]["phone"] == "15400000001"


async def test_one_phone_finds_the_family_that_lives(store: Store) -> None:
    """A couple's phone finds both, a widow's finds her alone, a father's his daughter's region too."""
    await load_demo(store, TODAY, people=1)
    async with store.reading() as repos:

        async def at(name: str) -> list[str]:
            person = await the(store, name)
            return sorted(found.name for found in await repos.people.by_phone(person.phone or ""))

        assert await at("罗志远") == sorted(["罗志远", "苏婉清"])
        assert await at("袁春生") == ["白桂芝"]
        assert await at("林晓棠") == sorted(["林晓棠", "石敬山"])
        assert await at("彭星河") == ["彭星河", "彭星河"]


async def test_the_dead_are_not_due(store: Store) -> None:
    """Who has died does not come up among those whose certification is due."""
    await load_demo(store, TODAY, people=1)
    dead = await the(store, "袁春生")
    async with store.reading() as repos:
        assert await repos.certifications.of_person(dead.id) is not None
        due = await repos.certifications.due_between(date(2024, 9, 12), date(2024, 9, 30), 0, 100)
    assert dead.id not in {certification.person_id for certification in due}
    assert len(due) >= 5


async def test_the_file_shows_nobodys_numbers(store: Store, tmp_path: Path) -> None:
    """No identity number, phone, name or card number of the demo people can be read in the database file."""
    await load_demo(store, TODAY, people=50, months=2)
    await store.close()
    connection = sqlite3.connect(tmp_path / "data.sqlite")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = (tmp_path / "data.sqlite").read_bytes()
    for life in generate(TODAY, 50, months=2):
        secrets = [life.person.id_no, life.person.name, life.person.phone or "", life.card.card_no if life.card else ""]
        assert not any(secret and secret.encode() in content for secret in secrets)
