"""Who is told of what relatives are given and do: the person by every chat, by SMS where there is none; the relative by theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from dialogs.masks import masked_name
from handlers.codes import notice, queue_sms
from handlers.family.standing import standing, today_of
from handlers.policy import DAY
from handlers.reminders.news import notify
from handlers.reminders.rules import quiet_until
from handlers.services import Services
from storage.ports.records import Grant, Person, Preferences, Ticket
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

USED: Final = "u"
"""Kind of the ticket that keeps what is still to be told."""
USED_JOB: Final = "relative_used"
_MINUTES: Final = 10
TOGETHER: Final = timedelta(minutes=_MINUTES)
"""Looks within that time are one conversation, and one SMS."""


class Used(msgspec.Struct, frozen=True):
    """The payload of the job that tells of looks."""

    grant: int


def used_token(grant: int) -> str:
    """Where the looks under a grant are kept until they are told."""
    return f"family.used|{grant}"


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


async def tell_use(
    tx: Repositories, services: Services, grant: Grant, person: Person, what: str, run: str, *, act: bool = False
) -> str:
    """Tell the person that a relative used what was granted: once for each run of a conversation, and once more when something was done in
    it (`act`). Where there is no chat an act is told by SMS at once; looks of the next minutes go together into one SMS, which keeps the
    night. Returns the sentence for the relative: what has been told, or when it will be."""
    now, name = services.clock.now(), masked_name(person.name)
    chats = bool(await tx.users.chats_of(person.id))
    if not chats and not person.phone:
        return f"（这次用了 {name} 的亲情授权，已经记录，本人可以到经办窗口查。）"
    subject = f"{grant.id}|{run}|act" if act else f"{grant.id}|{run}"
    new = (await tx.limits.hit("family.use", subject, 1, DAY, now)).allowed
    if chats or act:
        if new:
            text = used(grant, (what,), now, act=act, hotline=services.regions[person.region].hotline, sms=not chats)
            await tell_person(tx, services, person, text, "亲情授权被使用")
        return f"（{'已经告诉' if chats else '已经用短信告诉'} {name} 本人。）"
    return await _together(tx, grant, name, what if new else "", now)


async def _together(tx: Repositories, grant: Grant, name: str, what: str, now: datetime) -> str:
    """Put a look ('': it is among them already) to those that the next SMS tells of; says when that goes."""
    token = used_token(grant.id)
    held = await tx.tickets.get(token, USED, now)
    if held is None and not what:
        return f"（已经用短信告诉 {name} 本人。）"
    night = quiet_until(Preferences(), now + TOGETHER)
    due = datetime.fromisoformat(held.params["due"]) if held else night or now + TOGETHER
    if what:
        looks = (held.params["looks"].split("\n") if held else []) + [what]
        params = {"looks": "\n".join(dict.fromkeys(looks)), "due": due.isoformat()}
        if held is not None:
            await tx.tickets.drop(token)
        since = held.created_at if held else now
        await tx.tickets.add(token, Ticket(USED, grant.openid, params, since, due + timedelta(days=7)))
        if held is None:
            payload = msgspec.json.encode(Used(grant.id))
            await tx.jobs.enqueue(USED_JOB, payload, due, dedupe_key=f"{USED_JOB}|{grant.id}|{due.isoformat()}")
    when = f"会在早上{due.astimezone(SHANGHAI).hour}点后" if due - now > TOGETHER else f"{_MINUTES} 分钟内会"
    return f"（{when}用短信告诉 {name} 本人。）"


def used(grant: Grant, what: Sequence[str], at: datetime, *, act: bool, hotline: str, sms: bool) -> str:
    """What the person reads of it: done is what was done, and seen what was only seen."""
    listed = "".join(f"“{one}”" for one in what)
    done = f"办了{listed}" if act else f"看了您的{listed}（只是查看，没有办理）"
    back = "收回" if sms else "我的家人"
    more = f"不是您的意思，回复“{back}”就能结束，或拨打 {hotline}。"
    here = at.astimezone(SHANGHAI)  # with the day: it may be read on another one
    return f"您的{grant.label} {here.month}月{here.day}日 {here:%H:%M} 用亲情授权{done}。{more}"


async def told_of_page(
    tx: Repositories, services: Services, openid: str, person_id: int, what: str, run: str, *, act: bool = True
) -> None:
    """Tell the person of what was done (or, not `act`, seen) on a page, if it was a relative who did it: once for each `run`."""
    found = await standing(tx, openid, person_id, today_of(services.clock.now()))
    person = await tx.people.get(person_id) if found and found.grant else None
    if found is not None and found.grant is not None and person is not None:
        await tell_use(tx, services, found.grant, person, what, run, act=act)


async def tell_relative(tx: Repositories, services: Services, grant: Grant, text: str) -> None:
    """Tell the relative's chat; nothing for one that has left."""
    await notify(tx, services, grant.openid, text, about=f"family:{grant.person_id}")
