"""亲情 by SMS, for who has no chat: 我的家人 lists who may what, 收回 ends it, and an SMS says what has become of it.

Only whoever has the person's phone can answer from it, and nothing is ever granted so; a number that somebody feigns can end a grant, never
begin one, and both sides are told.
"""

from __future__ import annotations

import re
from typing import Final

from dialogs.desk_family import scopes_said
from dialogs.masks import masked_name
from handlers.codes import notice, queue_sms
from handlers.family.granting import FEATURE
from handlers.family.standing import today_of
from handlers.family.telling import tell_relative
from handlers.policy import DAY
from handlers.services import Services
from storage.ports.records import AuditEntry, Grant, Person
from storage.ports.repositories import Repositories

ECHOES_A_DAY: Final = 10
"""Short messages in answer that a phone may cause in a day."""
_LIST: Final = frozenset({"我的家人", "家人", "亲情", "亲情授权"})
_END: Final = re.compile(
    r"(?P<all>全部|都)?(?:收回|取消|结束|解除)(?P<too>全部)?(?:亲情|家人)?(?:授权)?(?:给)?(?P<label>[\u4e00-\u9fff]{0,6}?)(?:的?授权)?"
)
_MARKS: Final = "。.!！,，~【】[]“”\"'"
Given = tuple[Person, Grant]


def about_family(text: str) -> bool:
    """Whether the whole answer is about relatives' grants."""
    plain = _plain(text)
    return plain in _LIST or bool(_END.fullmatch(plain))


async def answered_by_sms(tx: Repositories, services: Services, phone: str, text: str, *, only_given: bool = False) -> bool:
    """Do what an answer from that phone asks, in this transaction: list, or end. False where it is about nothing of theirs, and with
    `only_given` where there is nothing that they have given. What comes twice ends nothing twice."""
    plain = _plain(text)
    found = _END.fullmatch(plain)
    given = await _given(tx, services, phone)
    if not (found or plain in _LIST) or (found and found["label"] and not _of(given, found["label"])):
        return False
    if not given:
        return not only_given and plain not in {"取消", "结束", "解除"} and await _none(tx, services, phone)
    ended = given if found and (found["all"] or found["too"] or len(given) == 1) else _of(given, found["label"]) if found else ()
    if ended:
        await _end(tx, services, phone, ended)
    else:
        each = "；".join(f"{grant.label}（{scopes_said(grant.scopes)}）" for _, grant in given)
        one = given[0][1].label
        how = "想收回，回复“收回”。" if len(given) == 1 else f"想收回一位，例如回复“收回{one}”；都收回，回复“全部收回”。"
        await echoed(tx, services, phone, given[0][0], f"能帮您办事的家人：{each}。{how}", "亲情授权")
    return True


async def _given(tx: Repositories, services: Services, phone: str) -> tuple[Given, ...]:
    today = today_of(services.clock.now())
    found: list[Given] = []
    for person in await tx.people.by_phone(phone):
        if person.region in services.regions:
            found += [(person, grant) for grant in await tx.family.of_person(person.id, today)]
    return tuple(found)


def _of(given: tuple[Given, ...], label: str) -> tuple[Given, ...]:
    return tuple(one for one in given if label and one[1].label == label)


async def _none(tx: Repositories, services: Services, phone: str) -> bool:
    people = [one for one in await tx.people.by_phone(phone) if one.region in services.regions]
    if people:
        await echoed(tx, services, phone, people[0], "现在没有家人能帮您办事，不用收回。", "没有亲情授权")
    return bool(people)


async def _end(tx: Repositories, services: Services, phone: str, ended: tuple[Given, ...]) -> None:
    now = services.clock.now()
    actor = await tx.audit.pseudonym(phone)
    for person, grant in ended:
        if await tx.family.end(grant.id, "person", now):
            text = f"{masked_name(person.name)} 用短信收回了给您的亲情授权，马上生效。"
            await tell_relative(tx, services, grant, text)
            subject = await tx.people.identity_hash(person.id)
            await tx.audit.write(AuditEntry(now, actor, "person", "grant-end", FEATURE, subject, "ok"))
    names = "、".join(grant.label for _, grant in ended)
    text = f"已收回您给{names}的亲情授权，马上生效：不能再看、再办您的社保。想再授权，请带身份证到经办窗口，或用微信办。"
    await echoed(tx, services, phone, ended[0][0], text, "亲情授权已收回")


async def echoed(tx: Repositories, services: Services, phone: str, person: Person, text: str, what: str) -> None:
    """An SMS in answer, at once; whoever writes without end hears no more that day."""
    now = services.clock.now()
    if (await tx.limits.hit("family.by-sms", phone, ECHOES_A_DAY, DAY, now)).allowed:
        hotline = services.regions[person.region].hotline
        sms = notice(phone, f"{text}咨询 {hotline}。", name=masked_name(person.name), what=what, when=now, hotline=hotline)
        await queue_sms(tx, sms, now)


def _plain(text: str) -> str:
    return "".join(text.split()).strip(_MARKS)
