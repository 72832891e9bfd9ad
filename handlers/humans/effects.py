"""What cases about people change: a new 预留手机号 (S16)."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from dialogs.filing import Refusal
from dialogs.filings.phone import numbers
from dialogs.masks import masked_name, masked_phone
from dialogs.parse import Invalid
from dialogs.phrases import day
from handlers.codes import notice, queue_sms
from handlers.filings.effects import Effect, Insight, Named
from handlers.policy import DAY
from handlers.reminders.news import notify_person
from handlers.services import Services
from storage.ports.records import AuditEntry, Case, CaseState, Hold, Person
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

HOLD = timedelta(hours=72)
PER_CHAT_DAY = 3


async def whose(tx: Repositories, case: Case) -> Person | None:
    """The person whom the two numbers of a 手机号变更 name together; None when they do not belong to one living person, or do not read."""
    try:
        filed = numbers(case.answers, case.submitted_at.astimezone(SHANGHAI).date())
    except Invalid:
        return None
    for person in await tx.people.by_id_no(filed.id_no, case.region):
        card = await tx.cards.of_person(person.id)
        if card and hmac.compare_digest(card.card_no.encode(), filed.card_no.encode()) and person.person_status != "死亡":
            return person
    return None


async def phone_change(tx: Repositories, services: Services, case: Case, now: datetime) -> None:
    """Approved: set the phone, tell the old phone and every old chat at once, and let sensitive acts wait for 72 hours (S16).

    Raises Refusal for numbers that do not belong together (to the reviewer, never to who filed), and when a chat files too often.
    """
    if case.state is CaseState.REVIEW and not _answers_more(case):
        for openid in await tx.cases.watchers(case.case_no):
            if not (await tx.limits.hit("phone-change.chat", openid, PER_CHAT_DAY, DAY, now)).allowed:
                raise Refusal("今天申请的次数太多了，请明天再来，或带身份证到经办窗口办。")
    if case.state is not CaseState.DONE:
        return
    person = await whose(tx, case)
    if person is None:
        raise Refusal("证件号码和社保卡号不是同一个人的，不能通过。请核对材料后选“不通过”或“要求补正”。")
    old, new = person.phone, numbers(case.answers, case.submitted_at.astimezone(SHANGHAI).date()).phone
    await tx.people.set_phone(person.id, new)
    await tx.people.hold(Hold(person.id, now + HOLD, "预留手机号变更"))
    hotline = services.regions[person.region].hotline
    when = f"{day(now.date())} {now:%H:%M}"
    text = (
        f"提醒您：{masked_name(person.name)} 在社保登记的手机号 {when} 改成了 {masked_phone(new)}。"
        f"不是您或家人办的，请立即拨打 {hotline}。为了安全，72 小时内不能办解挂、改账户这类业务。"
    )
    await notify_person(tx, services, person.id, text, about=f"safety:{case.case_no}")
    for phone in {old, new} - {None}:
        sms = notice(str(phone), text, name=masked_name(person.name), what="社保预留手机号改了", when=now, hotline=hotline)
        await queue_sms(tx, sms, now)
    subject = await tx.people.identity_hash(person.id)
    await tx.audit.write(AuditEntry(now, "system", "system", "bind", case.feature, subject, "ok"))


def _answers_more(case: Case) -> bool:
    """Whether it came back from 补正: that is no new application."""
    return bool(case.steps) and case.steps[-1].name == "补正"


EFFECTS: dict[str, Effect] = {"phone_change": phone_change}


async def matching(tx: Repositories, case: Case) -> tuple[tuple[str, str], ...]:
    """What the product knows and the reviewers have to see: whether the two numbers belong together, which phone is on file, and for whom
    else the chat that filed it speaks."""
    person = await whose(tx, case)
    if person is None:
        return (("系统核对", "证件号码和社保卡号对不上"), *await _filed_by(tx, case, None))
    on_file = masked_phone(person.phone) if person.phone else "没有登记"
    together = ("系统核对", f"证件号码和社保卡号都是 {masked_name(person.name)} 的")
    return (together, ("原预留手机号", on_file), *await _filed_by(tx, case, person))


async def _filed_by(tx: Repositories, case: Case, named: Person | None) -> tuple[tuple[str, str], ...]:
    """Nothing for a chat that speaks for nobody: that is how most come who have lost their phone."""
    bound = {one.person_id for openid in await tx.cases.watchers(case.case_no) for one in await tx.users.bindings(openid)}
    if not bound:
        return ()
    others = sorted(bound - {named.id} if named else bound)
    people = [found for number in others if (found := await tx.people.get(number)) is not None]
    words = ["本人"] if len(others) < len(bound) else []
    if people:
        words.append(f"别人：{'、'.join(masked_name(one.name) for one in people)}，请留意是不是冒名")
    return (("提交的微信绑定了", "；".join(words)),)


INSIGHTS: dict[str, Insight] = {"phone_change": matching}
"""By the effect's name: what staff see beside what was filed."""

NAMED: dict[str, Named] = {"phone_change": whose}
"""By the effect's name: whom a case without a person is about."""
