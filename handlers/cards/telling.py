"""What a person is told about their card without having asked."""

from __future__ import annotations

from datetime import datetime

from dialogs.masks import masked_name
from handlers.codes import notice, queue_sms
from handlers.reminders.news import notify, notify_whole
from handlers.services import Services
from storage.ports.records import Person
from storage.ports.repositories import Repositories


async def tell(
    tx: Repositories,
    services: Services,
    person: Person,
    text: str,
    *,
    once: str = "",
) -> None:
    """News of the card (P-CARD), in this transaction: in the chat that the person used last, by SMS only where that does not reach them; not
    at night, and nothing to who has stopped it. With `once` (a key of the news) once for ever."""
    await notify_whole(tx, services, person, text, about=f"card:{person.id}", once=once)


async def alarm(tx: Repositories, services: Services, person: Person, text: str, now: datetime, but: str = "") -> None:
    """What nobody may have done behind the person's back (P-SAFE): at once, whatever the hour, to every chat that is bound to the person but
    the one of that openid, and by SMS to the 预留手机号; queued in this transaction."""
    for user in await tx.users.chats_of(person.id):
        if user.openid != but:
            await notify(tx, services, user.openid, text, about=f"safety:{person.id}", person_id=person.id)
    if person.phone:
        hotline = services.regions[person.region].hotline
        sms = notice(person.phone, text, name=masked_name(person.name), what="社保卡有新动态", when=now, hotline=hotline)
        await queue_sms(tx, sms, now)
