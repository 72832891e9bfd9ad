"""What the cast has beside its records: filings, orders, what happened to cards, talks and marks. Written once, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from storage.demo import benefits, cards, certifying, openings, orders, pictures, reminding, rights_cast, talks
from storage.demo.filings import FILED, held, number_of
from storage.demo.lives import Life, belong
from storage.demo.staff import known_staff
from storage.ports.record import Record
from storage.ports.records import Staff
from storage.ports.repositories import Files, Repositories
from storage.regions import load_regions


class Extras(Record):
    """How many of each were written."""

    filings: int = 0
    orders: int = 0
    card_events: int = 0
    swipes: int = 0
    talks: int = 0
    ratings: int = 0
    certification_records: int = 0
    pictures: int = 0
    notices: int = 0
    rights: int = 0
    """权益记录, of everybody."""
    jobs: int = 0


async def put(
    repos: Repositories, today: date, cast: Sequence[tuple[Life, int]], staff: Sequence[Staff], files: Files | None = None
) -> Extras:
    """Store everything of `cast` (lives with their person ids) and the accounts that are not there yet. Nothing when it was written before.

    Without `files` the filings have no pictures.
    """
    for account in staff:
        if await repos.staff.by_login(account.login) is None:
            await repos.staff.add(account)
    if await repos.cases.get(number_of(len(FILED) - 1)) is not None:
        return Extras()
    regions = load_regions()
    known = await known_staff(repos)
    lives: Mapping[tuple[str, str], tuple[Life, int]] = {
        (life.person.region, life.person.name): (life, number) for life, number in cast
    }
    made = tuple(held(today, lives, regions, known))
    filings = await repos.cases.put_many(one.case for one in made)
    photos = await pictures.put(repos, files, made) if files is not None else 0
    bills = (*orders.fees(today, made), *orders.contributions(today, lives, regions["binzhou"]))
    for order in bills:
        await repos.orders.add(order)
        await orders.plan_expiry(repos, order)
    events = [event for life, number in cast for event in cards.events(life, number, today)]
    events += [event for one in made for event in one.events]
    await repos.cards.note(*sorted(events, key=lambda event: event.at))
    swipes = await repos.cards.put_swipes(swipe for life, number in cast for swipe in cards.swipes(life, number, today))
    certified = await repos.certifications.add_records(
        record for life, number in cast for record in certifying.records(life, number, today)
    )
    await repos.certifications.put_benefits(benefits.benefits(iter(cast), today))
    for life, number in cast:
        for card in belong(life, number)[0]:
            await cards.plan_end(repos, card, regions[life.person.region].loss.warn_days)
    rights = await repos.rights.put_many(rights_cast.rights(cast, today))
    jobs = await repos.job_notices.replace(openings.REGION, "vacancy", openings.vacancies(today))
    jobs += await repos.job_notices.replace(openings.REGION, "seeker", openings.seekers(today))
    talked, ratings = await talks.put(repos, today, lives, known)
    notices = await reminding.put(repos, today, lives, known)
    everything = (*ratings, *talks.marks(made, today))
    for rating in everything:
        await repos.ratings.add(rating)
    return Extras(filings, len(bills), len(events), swipes, talked, len(everything), certified, photos, notices, rights, jobs)
