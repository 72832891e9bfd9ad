"""Putting the demo people into a store, in few and large transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, islice

from storage.demo import cast, extras, kin, people, rights, rights_cast
from storage.demo.extras import Extras
from storage.demo.lives import Life, belong, rows
from storage.demo.names import EMPLOYERS, REGIONS
from storage.ports.record import Record, field
from storage.ports.records import Certification, Contribution, PensionPayment, Person, Right, Staff
from storage.ports.repositories import Files, Repositories, Store

SEED = 20240912
_LIVES_AT_ONCE = 500
"""People written by one call; with full histories that is some 140,000 rows, made while they are written."""
_CALLS_IN_TRANSACTION = 20
_FULL_HISTORY = 96
_DATED = (
    *("contributions", "registration", "participation", "annuity_payment", "annuity_account", "account_year"),
    *("resident_contribution", "resident_statement", "transfer_record", "pension_payment", "injury_payment"),
    *("unemployment_benefit", "maternity_benefit", "medical_benefit", "labour_filing"),
)
"""What is known up to the day of the load, in the words of `import`."""


class DemoReport(Record):
    """What was written; all zero and not `loaded` when the store held these people already."""

    loaded: bool
    people: int = 0
    employers: int = 0
    contributions: int = 0
    cards: int = 0
    certifications: int = 0
    cases: int = 0
    extras: Extras = field(default_factory=Extras)


def generate(today: date, wanted: int = 2000, seed: int = SEED, months: int | None = None) -> Iterator[Life]:
    """The cast, then as many others as make `wanted` people in all. `months` caps the histories of the others."""
    cap = months_for(wanted) if months is None else max(1, months)
    picked = cast.lives(today)
    others = (people.life(number, today, seed, cap) for number in range(max(0, wanted - len(picked))))
    return chain(picked, others)


def months_for(wanted: int) -> int:
    """How much history the many get by default: all (eight years) up to 5,000 people, and less the more there are."""
    return max(3, min(_FULL_HISTORY, _FULL_HISTORY * 5000 // max(1, wanted)))


async def load_demo(
    store: Store,
    today: date,
    people: int = 2000,
    seed: int = SEED,
    months: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    staff: Sequence[Staff] = (),
    files: Files | None = None,
) -> DemoReport:
    """Fill a store with `people` people (never fewer than the cast) as they stand on `today`. No clock is read.

    `staff` are accounts to be added where their login is free (`demo_staff()` with passwords); filings and talks are taken by those of
    them who have an account. `files` takes the pictures that the filings need; without it they have none. Idempotent: when the last
    person is there already, nothing is written, also on a later `today`, so what a player has done (a card reported lost) stays. A load
    that was killed is finished by the next one. `progress(done, wanted)` is told now and then.
    """
    wanted = max(people, len(cast.CAST))
    if await _holds(store, _last(today, wanted, seed), cast.lives(today)[-1].person):
        return DemoReport(loaded=False)
    lives = generate(today, wanted, seed, months)
    cap = months_for(wanted) if months is None else max(1, months)
    held = 0
    counts = [0, 0, 0, 0, 0]
    more = Extras()
    done = 0
    while done < wanted:
        async with store.transaction() as repos:
            known = await repos.employers.put_many(EMPLOYERS)
            if done == 0:
                for region in REGIONS:
                    for kind in _DATED:
                        await repos.rights.loaded(region, kind, today)
            employer_ids = [known[employer.region, employer.uscc] for employer in EMPLOYERS]
            for _ in range(_CALLS_IN_TRANSACTION):
                batch = tuple(islice(lives, _LIVES_AT_ONCE))
                if not batch:
                    break
                ids, written = await _write(repos, batch, employer_ids)
                counts = [had + new for had, new in zip(counts, written, strict=True)]
                held += await repos.rights.put_many(_rights(batch, ids, today, cap))
                if done == 0:  # the cast comes first
                    await kin.put(repos, today, list(zip(batch, ids, strict=True))[: len(cast.CAST)])
                    more = await extras.put(repos, today, list(zip(batch, ids, strict=True))[: len(cast.CAST)], staff, files)
                done += len(batch)
                if progress is not None:
                    progress(done, wanted)
    more = replace(more, rights=more.rights + held)
    return DemoReport(True, counts[0], len(EMPLOYERS), counts[1], counts[2], counts[3], counts[4], more)


async def _write(
    repos: Repositories, batch: Sequence[Life], employer_ids: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, int, int, int, int]]:
    """The person ids of the batch, in its order, and how many people, contributions, cards, certifications and cases were written."""
    ids = await repos.people.put_many(life.person for life in batch)
    numbered = [(life, ids[life.person.region, life.person.id_no]) for life in batch]
    contributions: Iterable[Contribution] = chain.from_iterable(rows(life, number, employer_ids) for life, number in numbered)
    written = await repos.contributions.put_many(contributions)
    belongings = [belong(life, number) for life, number in numbered]
    cards = await repos.cards.put_many(chain.from_iterable(held for held, _, _ in belongings))
    due: list[Certification] = [certification for _, certification, _ in belongings if certification is not None]
    certifications = await repos.certifications.put_many(due)
    cases = await repos.cases.put_many(chain.from_iterable(found for _, _, found in belongings))
    return tuple(number for _, number in numbered), (len(batch), written, cards, certifications, cases)


def _rights(batch: Sequence[Life], ids: Sequence[int], today: date, cap: int) -> Iterator[Right]:
    """What follows from the lives; the hand-picked have all of it at every size."""
    for life, number in zip(batch, ids, strict=True):
        made = rights.rights(life, number, today, _FULL_HISTORY if life.shows else cap)
        if rights_cast.replaced(life):
            made = (row for row in made if not isinstance(row, PensionPayment))
        yield from made


def _last(today: date, wanted: int, seed: int) -> Person:
    """The one who is written last: when they are there, everyone is."""
    others = wanted - len(cast.CAST)
    return people.life(others - 1, today, seed, 1).person if others > 0 else cast.lives(today)[-1].person


async def _holds(store: Store, *wanted: Person) -> bool:
    """Whether they are all there: the last of all, and the last of the cast (who is missing in a store of an earlier version)."""
    async with store.reading() as repos:
        for person in wanted:
            if not await repos.people.by_id_no(person.id_no, person.region):
                return False
    return True


async def demo_people(store: Store) -> list[dict[str, str]]:
    """The people worth playing, in the order of the cast: `name`, `region`, `role`, `phone` ('' where none is on file), `id_last4`, `id_no`,
    `card_no` ('' where there is none), `shows`.

    Read from the store: who was not loaded, or has died, is not listed. `region` is the code. The numbers stand there whole, so that
    whoever plays can type them: these people are invented.
    """
    found: list[dict[str, str]] = []
    async with store.reading() as repos:
        for life in cast.lives(date(2024, 9, 12)):  # who they are does not depend on the day
            held = await repos.people.by_id_no(life.person.id_no, life.person.region)
            if not held or held[0].person_status == "死亡":
                continue
            person, shows = held[0], life.shows
            card = await repos.cards.of_person(person.id)
            certification = await repos.certifications.of_person(person.id)
            if certification is not None:
                shows += f"，认证到期日{certification.due_on:%Y-%m-%d}"
            if person.name == kin.FATHER:
                shows += f"，不用微信，女儿（微信号 {kin.DAUGHTER}）有亲情授权"
            found.append(
                {
                    "name": person.name,
                    "region": person.region,
                    "role": "person",
                    "phone": person.phone or "",
                    "id_last4": person.id_no[-4:],
                    "id_no": person.id_no,
                    "card_no": card.card_no if card is not None else "",
                    "shows": shows,
                }
            )
    return found
