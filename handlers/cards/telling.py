"""What a person is told about their card without having asked: every chat of theirs, and the phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dialogs.masks import masked_name
from handlers.codes import notice, queue_sms
from handlers.reminders.news import notify
from handlers.services import Services
from storage.ports.records import Person
from storage.ports.repositories import Repositories


async def tell(
    tx: Repositories,
    services: Services,
    person: Person,
    text: str,
    now: datetime,
    but: str = "",
    *,
    about: str = "card",
    once: str = "",
) -> None:
    """To every chat that is bound to the person but the one of that openid, and by SMS to the 预留手机号; queued in this transaction. With
    `once` (a key of the news) once for ever. `about` is card, or safety for what nobody may have done behind the person's back."""
    for user in await tx.users.chats_of(person.id):
        if user.openid != but:
            await notify(tx, services, user.openid, text, about=f"{about}:{person.id}", once=once, person_id=person.id)
    if person.phone:
        hotline = services.regions[person.region].hotline
        sms = notice(person.phone, text, name=masked_name(person.name), what="社保卡有新动态", when=now, hotline=hotline)
        known = services.digest(f"{once}|{person.id}", "sms")[:32] if once else ""
        await queue_sms(tx, replace(sms, id=known), now)
