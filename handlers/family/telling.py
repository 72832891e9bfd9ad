"""Who is told of what relatives are given and do: the person by every chat, by SMS where there is none; the relative by theirs."""

from __future__ import annotations

from dialogs.masks import masked_name
from dialogs.phrases import hour_and_minute
from handlers.codes import notice, queue_sms
from handlers.family.standing import standing, today_of
from handlers.policy import DAY
from handlers.reminders.news import notify
from handlers.services import Services
from storage.ports.records import Grant, Person
from storage.ports.repositories import Repositories

_MORE = "不是您的意思，回复“我的家人”就能结束，或拨打 {hotline}。"


async def tell_person(tx: Repositories, services: Services, person: Person, text: str, what: str, *, but: str = "") -> str:
    """Tell the person, in this transaction; `but` is the chat that has just been answered. `what` is the SMS, where one is needed, in a few
    characters. Returns how they were told, as a sentence; '' when there was no way."""
    name = masked_name(person.name)
    chats = [user for user in await tx.users.chats_of(person.id) if user.openid != but]
    for user in chats:
        await notify(tx, services, user.openid, text, about=f"family:{person.id}")
    if chats or but:
        return f"已经告诉 {name} 本人。"
    if not person.phone:
        return ""
    region = services.regions[person.region]
    now = services.clock.now()
    sms = notice(person.phone, text, name=name, what=what, when=now, hotline=region.hotline)
    await queue_sms(tx, sms, now)
    return f"已经用短信告诉 {name} 本人。"


async def tell_use(tx: Repositories, services: Services, grant: Grant, person: Person, what: str, run: str) -> str:
    """Tell the person that a relative used what was granted: once for each run of a conversation, by SMS (where there is no chat) once a
    day. Returns the sentence for the relative."""
    now, name = services.clock.now(), masked_name(person.name)
    chats = bool(await tx.users.chats_of(person.id))
    if not chats and not person.phone:
        return f"（这次用了 {name} 的亲情授权，已经记录，本人可以到经办窗口查。）"
    subject = f"{grant.id}|{run}" if chats else str(grant.id)
    if (await tx.limits.hit("family.use", subject, 1, DAY, now)).allowed:
        more = _MORE.format(hotline=services.regions[person.region].hotline)
        text = f"您的{grant.label} {hour_and_minute(now, now)} 用亲情授权办了“{what}”。{more}"
        await tell_person(tx, services, person, text, "亲情授权被使用")
    return f"（{'已经告诉' if chats else '已经用短信告诉'} {name} 本人。）"


async def told_of_page(tx: Repositories, services: Services, openid: str, person_id: int, what: str, run: str) -> None:
    """Tell the person of what was done on a page, if it was a relative who did it: once for each `run`."""
    found = await standing(tx, openid, person_id, today_of(services.clock.now()))
    person = await tx.people.get(person_id) if found and found.grant else None
    if found is not None and found.grant is not None and person is not None:
        await tell_use(tx, services, found.grant, person, what, run)


async def tell_relative(tx: Repositories, services: Services, grant: Grant, text: str) -> None:
    """Tell the relative's chat; nothing for one that has left."""
    await notify(tx, services, grant.openid, text, about=f"family:{grant.person_id}")
