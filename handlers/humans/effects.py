"""What cases about people change: a new 预留手机号 (S16)."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

import msgspec

from dialogs.masks import masked_name, masked_phone
from dialogs.phrases import day
from handlers.codes import Sms
from handlers.filings.effects import Effect
from handlers.filings.notify import notify_person
from handlers.services import Services
from storage.identity import normalise
from storage.ports.records import AuditEntry, Case, CaseState, Hold, Person
from storage.ports.repositories import Repositories

HOLD = timedelta(hours=72)


async def whose(tx: Repositories, case: Case) -> Person | None:
    """The person whom the two numbers of a 手机号变更 name together; None when they do not belong to one living person."""
    id_no = normalise(case.answers.get("id_no", ""))
    card_no = "".join(case.answers.get("card_no", "").split())
    for person in await tx.people.by_id_no(id_no, case.region):
        card = await tx.cards.of_person(person.id)
        if card and hmac.compare_digest(card.card_no.encode(), card_no.encode()) and person.person_status != "死亡":
            return person
    return None


async def phone_change(tx: Repositories, services: Services, case: Case, now: datetime) -> None:
    """Approved: set the phone, tell the old phone and every old chat at once, and let sensitive acts wait for 72 hours (S16)."""
    if case.state is not CaseState.DONE:
        return
    person = await whose(tx, case)
    if person is None:
        return
    old, new = person.phone, case.answers["phone"]
    await tx.people.set_phone(person.id, new)
    await tx.people.hold(Hold(person.id, now + HOLD, "预留手机号变更"))
    hotline = services.regions[person.region].hotline
    when = f"{day(now.date())} {now:%H:%M}"
    text = (
        f"提醒您：{masked_name(person.name)} 在社保登记的手机号 {when} 改成了 {masked_phone(new)}。"
        f"不是您或家人办的，请立即拨打 {hotline}。为了安全，72 小时内不能办解挂、改账户这类业务。"
    )
    await notify_person(tx, services, person.id, text)
    for phone in {old, new} - {None}:
        sms = Sms(str(phone), f"【社保服务】{text}", wanted=True)
        await tx.jobs.enqueue("sms", msgspec.json.encode(sms), now)
    subject = await tx.people.identity_hash(person.id)
    await tx.audit.write(AuditEntry(now, "system", "system", "bind", case.feature, subject, "ok"))


EFFECTS: dict[str, Effect] = {"phone_change": phone_change}
