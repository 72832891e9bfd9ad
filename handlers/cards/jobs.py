"""Work for later about the card: a temporary loss report (临时挂失) that ends by itself, and the warning before it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from dialogs.card_words import full_minute, moment
from dialogs.masks import masked_card
from dialogs.phrases import hour_and_minute
from handlers.cards.telling import tell
from handlers.later import Later
from handlers.services import Services
from storage.ports.records import Card, CardEvent, Person
from storage.ports.repositories import Repositories, Store
from storage.ports.time import SHANGHAI

WARN, END = "loss_warn", "loss_end"


class _Ending(msgspec.Struct, frozen=True):
    """Whose loss report, and the end it was made with: a card whose end is another one is no business of this job."""

    person_id: int
    until: datetime


async def plan_end(tx: Repositories, person_id: int, at: datetime, until: datetime, warn_days: int) -> None:
    """Queue the end of a temporary loss report and the warning before it, in this transaction. Once for each end."""
    payload = msgspec.json.encode(_Ending(person_id, until))
    warn_at = max(until - timedelta(days=warn_days), at)
    if warn_at < until and warn_at > at:
        await tx.jobs.enqueue(WARN, payload, warn_at, dedupe_key=f"{WARN}|{person_id}|{until.isoformat()}")
    await tx.jobs.enqueue(END, payload, until, dedupe_key=f"{END}|{person_id}|{until.isoformat()}")


async def _still_lost(tx: Repositories, ending: _Ending) -> tuple[Person, Card] | None:
    """None when the report is over: lifted, made formal, made again, or the card is another one."""
    card, person = await tx.cards.of_person(ending.person_id), await tx.people.get(ending.person_id)
    if person is None or card is None or card.status != "lost" or card.lost_until != ending.until:
        return None
    return person, card


async def warn(store: Store, services: Services, payload: bytes) -> None:
    """Tell the person that the loss report ends soon and what to do when the card is still missing. Once, whatever is repeated."""
    ending = msgspec.json.decode(payload, type=_Ending)
    now = services.clock.now()
    async with store.transaction() as tx:
        found = await _still_lost(tx, ending)
        if found is None or now >= ending.until:
            return
        person, card = found
        loss = services.regions[person.region].loss
        when = hour_and_minute(ending.until.astimezone(SHANGHAI), now)
        text = (
            f"提醒您：社保卡 {masked_card(card.card_no)} 的临时挂失 {when} 到期，到时自动恢复使用。"
            f"卡还没找到，请在那以前办正式挂失、补卡。{loss.guide}"
        )
        await tell(tx, services, person, text, once=f"{WARN}|{person.id}|{ending.until.isoformat()}")


async def end(store: Store, services: Services, payload: bytes) -> None:
    """Let the card work again at the end of a temporary loss report, and tell the person. Does nothing when the card has changed since."""
    ending = msgspec.json.decode(payload, type=_Ending)
    now = services.clock.now()
    async with store.transaction() as tx:
        found = await _still_lost(tx, ending)
        if found is None:
            return
        person, card = found
        # A version that has moved raises Conflict: the job comes again and finds what has become of the card.
        await tx.cards.save(replace(card, status="active", lost_at=None, lost_until=None))
        await tx.cards.note(CardEvent(person.id, card.card_no, now, "临时挂失到期", "正常使用", "自动恢复"))
        text = (
            f"您的社保卡 {masked_card(card.card_no)} 临时挂失已于 {moment(full_minute(ending.until.astimezone(SHANGHAI)))} 到期，恢复使用。"
            "卡还没找到，请马上再办挂失。"
        )
        await tell(tx, services, person, text)


JOBS: dict[str, Later] = {WARN: warn, END: end}
"""By the name under which it is queued."""
