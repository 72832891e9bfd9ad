"""Giving, narrowing and ending a grant: stored, audited, planned to end, and both sides told, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import msgspec

from dialogs.desk_family import Granted, Relative, Terms, scopes_said
from dialogs.masks import masked_name
from dialogs.phrases import day
from handlers.family.standing import RELATIVE, today_of
from handlers.family.telling import tell_person, tell_relative
from handlers.services import Services
from storage.ports.records import MOST_RELATIVES, AuditEntry, Grant, Person
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

FEATURE = "亲情"
END_JOB = "relative_end"


class Granting:
    """What the chat and the console share. Whoever calls has proved that the person, or the staff with a reason, wants it."""

    def __init__(self, tx: Repositories, services: Services) -> None:
        self._tx = tx
        self._services = services

    @property
    def _now(self) -> datetime:
        return self._services.clock.now()

    async def give(
        self,
        person: Person,
        openid: str,
        terms: Terms,
        granted_by: str,
        *,
        reason: str = "",
        actor: str = "",
        role: str = RELATIVE,
    ) -> Granted:
        """Grant it to that chat. `actor` is who is audited, else the chat. The relative gets the answer of whoever calls, unless staff did."""
        name = masked_name(person.name)
        if person.person_status == "死亡" or person.death_date is not None:
            return Granted(why="现在不能授权，请拨打 12333 或到经办窗口问一问。")
        if terms.until < today_of(self._now):
            return Granted(why=f"这份授权只到{day(terms.until)}，已经过了。请家人重新添加。")
        if granted_by == "code" and await self._tx.people.held(person.id, self._now):
            return Granted(why=f"{name} 的账户刚有变动，为了安全 72 小时内不能授权家人，请过几天再办。")
        grant = Grant(0, person.id, openid, terms.label, terms.scopes, terms.until, terms.together, self._now, granted_by, reason)
        made = await self._tx.family.grant(grant)
        await self._audit("grant", person, openid, "ok" if made else "denied", actor, role, reason)
        if made is None:
            return Granted(why=f"{name} 能帮忙的家人最多 {MOST_RELATIVES} 位，现在已经满了，要先结束一位。")
        await plan_end(self._tx, made)
        hotline = self._services.regions[person.region].hotline
        by = "经办窗口" if granted_by != "code" else "您"
        text = (
            f"提醒您：{by}已授权您的{terms.label}用微信帮您：{scopes_said(terms.scopes)}，到{day(terms.until)}为止。\n"
            f"想收回就回复“我的家人”；不是您的意思请拨打 {hotline}。"
        )
        told = await tell_person(self._tx, self._services, person, text, "社保亲情授权已生效")
        if granted_by != "code":
            said = f"经办窗口已为您办好亲情授权：您可以帮 {name}：{scopes_said(terms.scopes)}，到{day(terms.until)}为止。"
            await tell_relative(self._tx, self._services, made, f"{said}\n回复“我帮的人”开始。")
        return Granted(made, name, told)

    async def narrow(self, had: Relative, wanted: Grant, openid: str) -> bool:
        """Change a living one of which that chat is one side; False when it would be wider."""
        grant = replace(had.grant, scopes=wanted.scopes, until=wanted.until, together=wanted.together)
        if not await self._tx.family.change(grant):
            return False
        await plan_end(self._tx, grant)
        what = f"亲情授权改成了：{scopes_said(grant.scopes)}，到{day(grant.until)}为止。"
        await self._tell_both(had, openid, f"您的{grant.label}能帮您办的{what}", f"您能帮 {{name}} 办的{what}", "grant-change")
        return True

    async def end(self, had: Relative, openid: str) -> Granted:
        """End a living one of which that chat is one side."""
        if not await self._tx.family.end(had.grant.id, "person" if had.mine else "relative", self._now):
            return Granted(why="这个亲情授权已经结束了。")
        own = f"您的{had.grant.label}帮您办事的亲情授权已经结束。"
        told = await self._tell_both(had, openid, own, "您帮 {name} 办事的亲情授权已经结束。", "grant-end")
        return Granted(had.grant, had.name, told)

    async def _tell_both(self, had: Relative, openid: str, own: str, theirs: str, action: str) -> str:
        """The side that is in this chat has its answer already, but the person's other chats do not."""
        person = await self._tx.people.get(had.grant.person_id)
        if person is None:
            return ""
        name = masked_name(person.name)
        told = await tell_person(self._tx, self._services, person, own, "社保亲情授权有变动", but=openid if had.mine else "")
        if had.mine:
            await tell_relative(self._tx, self._services, had.grant, theirs.format(name=name))
            told = f"已经告诉{had.grant.label}。"
        await self._audit(action, person, openid, "ok", "", "person" if had.mine else RELATIVE)
        return told

    async def _audit(self, action: str, person: Person, openid: str, result: str, actor: str, role: str, why: str = "") -> None:
        subject = await self._tx.people.identity_hash(person.id)
        who = actor or await self._tx.audit.pseudonym(openid)
        await self._tx.audit.write(AuditEntry(self._now, who, role, action, FEATURE, subject, result, note=why))


def years_on(today: date, years: int) -> date:
    """The same day so many years later; the last of February where that year has no 29th."""
    try:
        return today.replace(year=today.year + years)
    except ValueError:
        return today.replace(year=today.year + years, day=28)


class Ending(msgspec.Struct, frozen=True):
    """The payload of the job that ends a grant after its last day."""

    grant: int


async def plan_end(tx: Repositories, grant: Grant) -> None:
    """End it when its last day is over. Once for each last day."""
    at = datetime.combine(grant.until + timedelta(days=1), time(0), SHANGHAI)
    await tx.jobs.enqueue(END_JOB, msgspec.json.encode(Ending(grant.id)), at, dedupe_key=f"{END_JOB}|{grant.id}|{grant.until}")
