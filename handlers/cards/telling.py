"""What a person is told about their card without having asked: every chat of theirs, and the phone."""

from __future__ import annotations

from datetime import datetime

from dialogs.masks import masked_name
from handlers.codes import notice, queue_sms
from handlers.filings.notify import notify
from handlers.services import Services
from storage.ports.records import Person
from storage.ports.repositories import Repositories


async def tell(tx: Repositories, services: Services, person: Person, text: str, now: datetime, but: str = "") -> None:
    """To every chat that is bound to the person but the one of that openid, and by SMS to the 预留手机号; queued in this transaction."""
    for user in await tx.users.chats_of(person.id):
        if user.openid != but:
            await notify(tx, services, user.openid, text)
    if person.phone:
        hotline = services.regions[person.region].hotline
        sms = notice(person.phone, text, name=masked_name(person.name), what="社保卡有新动态", when=now, hotline=hotline)
        await queue_sms(tx, sms, now)
