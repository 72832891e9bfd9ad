"""What comes by itself: the end of a grant, told to both sides in the morning; and the SMS about what a relative has looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from dialogs.masks import masked_name
from handlers.family.granting import END_JOB, Ending
from handlers.family.standing import today_of
from handlers.family.telling import USED, USED_JOB, Used, tell_person, tell_relative, used, used_token
from handlers.later import Later
from handlers.reminders.rules import quiet_until
from handlers.services import Services
from storage.ports.records import Preferences
from storage.ports.repositories import Store

TELL_JOB = "relative_ended"
_MORNING = timedelta(hours=9)
"""After midnight, when it ended: nobody is woken for it."""


async def end_of(store: Store, services: Services, payload: bytes) -> None:
    """End a grant whose last day is over. Nothing when it has ended; again later when it was given until another day."""
    number = msgspec.json.decode(payload, type=Ending).grant
    now = services.clock.now()
    async with store.transaction() as tx:
        grant = await tx.family.get(number)
        if grant is None or grant.until >= today_of(now) or not await tx.family.end(number, "expiry", now):
            return
        await tx.jobs.enqueue(TELL_JOB, payload, now + _MORNING, dedupe_key=f"{TELL_JOB}|{number}")


async def tell_end(store: Store, services: Services, payload: bytes) -> None:
    """Tell both sides that it is over, and how to begin again."""
    number = msgspec.json.decode(payload, type=Ending).grant
    async with store.transaction() as tx:
        grant = await tx.family.get(number)
        person = await tx.people.get(grant.person_id) if grant else None
        if grant is None or person is None or person.person_status == "死亡" or person.death_date is not None:
            return
        own = f"您的{grant.label}帮您办事的亲情授权到期了，已经结束。还需要的话，回复“添加家人”。"
        await tell_person(tx, services, person, own, "社保亲情授权到期")
        name = masked_name(person.name)
        await tell_relative(
            tx, services, grant, f"您帮 {name} 办事的亲情授权到期了，已经结束。还需要的话，请家人回复“添加家人”。"
        )


async def tell_looks(store: Store, services: Services, payload: bytes) -> None:
    """Tell the person of what a relative has looked at since the last time. Nothing when it is told; not in the night."""
    number = msgspec.json.decode(payload, type=Used).grant
    now = services.clock.now()
    async with store.transaction() as tx:
        held = await tx.tickets.get(used_token(number), USED, now)
        grant = await tx.family.get(number)
        person = await tx.people.get(grant.person_id) if grant else None
        if held is None or grant is None or person is None:
            return
        if night := quiet_until(Preferences(), now):  # the worker was away until late
            await tx.jobs.enqueue(USED_JOB, payload, night, dedupe_key=f"{USED_JOB}|{number}|{night.isoformat()}")
            return
        await tx.tickets.drop(used_token(number))
        if person.person_status == "死亡" or person.death_date is not None:
            return
        looks, hotline = held.params["looks"].split("\n"), services.regions[person.region].hotline
        text = used(grant, looks, held.created_at, act=False, hotline=hotline, sms=True)
        await tell_person(tx, services, person, text, "亲情授权被使用")


JOBS: Mapping[str, Later] = {END_JOB: end_of, TELL_JOB: tell_end, USED_JOB: tell_looks}
