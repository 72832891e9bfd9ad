"""The part of the desk that deals with 亲情: invitations, grants, and who is told (S17)."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from dialogs.desk import CodeChecked, CodeSent
from dialogs.desk_family import ASKABLE, LONGEST_YEARS, OWN_ONLY, Granted, Helped, Invited, Relative, Terms, scopes_said
from dialogs.masks import masked_name
from dialogs.phrases import day
from handlers.asking import Asking
from handlers.cards.holds import hold_of
from handlers.family.granting import Granting, years_on
from handlers.family.standing import OWN, standing, today_of
from handlers.policy import DAY, HOUR, TooMuch
from storage.ports.record import Record
from storage.ports.records import MOST_RELATIVES, CodeState, Grant, Invitation, Person, Ticket
from storage.ports.time import SHANGHAI

INVITATION_LIFE: Final = timedelta(hours=24)
STAFF_CODE: Final = "f"
"""Kind of the ticket behind a 亲情码."""
STAFF_CODE_LIFE: Final = timedelta(minutes=15)
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits that nobody takes for one another."""

WRONG_A_DAY: Final = 5
WRONG_IN_ALL: Final = 200
"""Wrong 家人码 within an hour, over all chats: 10^8 codes are not found out by trying."""
INVITATIONS_A_DAY: Final = 10
STAFF_CODES_A_DAY: Final = 20

_FULL = f"能帮忙的家人最多 {MOST_RELATIVES} 位，现在已经满了。回复“我的家人”，结束不用的，再添加。"


class _Asked(Record):
    """Whom the phone and the four digits name together, and the purpose to which a code for these very terms belongs."""

    person: Person | None
    purpose: str


class FamilyDesk:
    """Implements `dialogs.desk_family.FamilyDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._granting = Granting(asking.tx, asking.services)

    @property
    def relative(self) -> Grant | None:
        found = self._asking.standing
        return found.grant if found else None

    # ── from the person's own chat ──────────────────────────────────────────────────────────────────────────────────

    async def hindrance(self) -> str:
        asking = self._asking
        person = asking.mine(OWN_ONLY)
        if not person.phone:
            return "您在经办机构没有预留手机号，不能用短信确认。请带身份证到窗口办亲情授权。"
        if hold := await hold_of(asking.tx, asking.user.openid, person.id, asking.now):
            until = hold.until.astimezone(SHANGHAI)
            return f"为了防止别人冒用，{hold.reason}后 72 小时内不能授权家人，{day(until.date())} {until:%H:%M} 以后可以办。"
        living = await asking.tx.family.of_person(person.id, today_of(asking.now))
        return _FULL if len(living) >= MOST_RELATIVES else ""

    async def invite(self, proof: str, terms: Terms) -> tuple[str, datetime] | None:
        asking = self._asking
        person = asking.mine(OWN_ONLY)
        _check(terms, asking.now)
        passed = await asking.codes.proved(proof, "relative")
        if passed is None or passed.phone != person.phone or await self.hindrance():
            return None
        if not await asking.tx.codes.set_state(proof, CodeState.PASSED, CodeState.SPENT):
            return None
        verdict = await asking.tx.limits.hit("family.invite", str(person.id), INVITATIONS_A_DAY, DAY, asking.now)
        if not verdict.allowed:
            raise TooMuch("添加家人", verdict.retry_at or asking.now + DAY)
        code, until = f"{secrets.randbelow(100_000_000):08d}", asking.now + INVITATION_LIFE
        made = Invitation(person.id, terms.scopes, terms.label, terms.until, terms.together, asking.user.openid, until)
        await asking.tx.family.invite(code, made)
        await asking.audit("invite", "亲情", "ok", person)
        return code, until

    # ── the relative takes it ───────────────────────────────────────────────────────────────────────────────────────

    async def invited(self, code: str) -> Invited:
        asking = self._asking
        limits, openid, now = asking.tx.limits, asking.user.openid, asking.now
        for name, subject, most, window in self._wrong_ones(openid):
            verdict = await limits.peek(name, subject, most, window, now)
            if not verdict.allowed:
                return Invited()
        found = await asking.tx.family.invitation(code, now)
        if found is None:
            used = [
                await limits.hit(name, subject, most, window, now) for name, subject, most, window in self._wrong_ones(openid)
            ]
            await asking.audit("invite", "亲情", "denied", None)
            return Invited(left=WRONG_A_DAY - used[0].used)
        person = await asking.tx.people.get(found.person_id)
        if person is None or await self._own(found.person_id) or found.made_by == openid:
            return Invited(why="这是您自己账户的家人码，请告诉家人，让家人在自己的微信里发给我。")
        return Invited(masked_name(person.name), Terms(found.scopes, found.label, found.until, found.together))

    @staticmethod
    def _wrong_ones(openid: str) -> tuple[tuple[str, str, int, timedelta], ...]:
        return (("family.wrong", openid, WRONG_A_DAY, DAY), ("family.wrong.all", "all", WRONG_IN_ALL, HOUR))

    async def accept(self, code: str) -> Granted:
        asking = self._asking
        seen = await self.invited(code)
        taken = await asking.tx.family.take(code, asking.now) if seen.terms else None
        person = await asking.tx.people.get(taken.person_id) if taken else None
        if taken is None or person is None:
            return Granted(why=seen.why or "这个家人码刚刚被用掉，或者过期了。请家人再回复“添加家人”，重新给您一个。")
        terms = Terms(taken.scopes, taken.label, taken.until, taken.together)
        return await self._granting.give(person, asking.user.openid, terms, "code")

    async def _own(self, person_id: int) -> bool:
        found = await standing(self._asking.tx, self._asking.user.openid, person_id, today_of(self._asking.now))
        return found is not None and found.role == OWN

    # ── asking by the person's phone ────────────────────────────────────────────────────────────────────────────────

    async def ask(self, phone: str, last_four: str, terms: Terms, *, may_wait: bool) -> CodeSent:
        asking = self._asking
        asked = await self._named(phone, last_four, terms)
        until = f"{terms.until:%Y-%m-%d}"

        def words(digits: str) -> str:
            return (
                f"【社保服务】您的{terms.label}想在微信上帮您：{scopes_said(terms.scopes)}，到 {until} 为止。"
                f"您愿意，才把验证码 {digits} 告诉{terms.label}；不愿意就不要告诉任何人。"
                f"{asking.services.policy.code_minutes} 分钟内有效。"
            )

        return await asking.codes.send(
            asked.purpose, phone, may_wait=may_wait, wanted=asked.person is not None, words=words, told="同意亲情授权"
        )

    async def check(self, request: str, phone: str, last_four: str, terms: Terms, digits: str) -> CodeChecked:
        asked = await self._named(phone, last_four, terms)
        return await self._asking.codes.check(request, asked.purpose, digits)

    async def agreed(self, request: str, phone: str, last_four: str, terms: Terms) -> Granted:
        asking = self._asking
        asked = await self._named(phone, last_four, terms)
        passed = await asking.codes.proved(request, asked.purpose)
        if passed is None or passed.phone != phone or asked.person is None:
            return Granted(why="停得久了，刚才的验证码已经过期。请重新说一遍“我要帮家人”。")
        if not await asking.tx.codes.set_state(request, CodeState.PASSED, CodeState.SPENT):
            return Granted(why="这个验证码已经用过了。")
        if await self._own(asked.person.id):
            return Granted(why="这是您自己的账户，不用授权。")
        return await self._granting.give(asked.person, asking.user.openid, terms, "code")

    async def _named(self, phone: str, last_four: str, terms: Terms) -> _Asked:
        """The same work whether the phone is anybody's or nobody's, whatever the digits."""
        _check(terms, self._asking.now)
        if not terms.scopes <= set(ASKABLE):
            raise LookupError("to act is given in the person's own chat, or at the counter")
        found = [
            one
            for one in await self._asking.tx.people.by_phone(phone)
            if hmac.compare_digest(one.id_no[-4:].upper().encode(), last_four.encode())
        ]
        said = f"{phone}|{last_four}|{','.join(sorted(terms.scopes))}|{terms.label}|{terms.until}|{terms.together}"
        purpose = f"relative_ask.{self._asking.services.digest(said, 'family.terms')[:24]}"
        return _Asked(found[0] if len(found) == 1 else None, purpose)

    # ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────

    async def relatives(self) -> tuple[Grant, ...]:
        asking = self._asking
        person = asking.mine(OWN_ONLY)
        await asking.audit("query", "亲情", "ok", person)
        return await asking.tx.family.of_person(person.id, today_of(asking.now))

    async def helped(self) -> tuple[Helped, ...]:
        asking = self._asking
        given = await asking.tx.family.of_chat(asking.user.openid, today_of(asking.now))
        people = [(grant, await asking.tx.people.get(grant.person_id)) for grant in given]
        return tuple(
            Helped(grant, masked_name(person.name), asking.region_of(person.region).name) for grant, person in people if person
        )

    async def look(self, person_id: int) -> bool:
        asking = self._asking
        found = await standing(asking.tx, asking.user.openid, person_id, today_of(asking.now))
        person = await asking.tx.people.get(person_id) if found else None
        if found is None or person is None or person.person_status == "死亡" or found.scopes <= {"remind"}:
            return False
        asking.lend(person, found)
        return True

    async def one(self, grant_id: str) -> Relative | None:
        asking = self._asking
        grant = await asking.tx.family.get(int(grant_id)) if grant_id.isdecimal() and len(grant_id) <= 15 else None
        if grant is None:
            return None
        for helped in await self.helped():
            if helped.grant.id == grant.id:
                return Relative(helped.grant, helped.name, mine=False)
        if asking.person is None or not await self._own(grant.person_id) or asking.person.id != grant.person_id:
            return None
        living = await asking.tx.family.of_person(grant.person_id, today_of(asking.now))
        return Relative(grant, masked_name(asking.person.name), mine=True) if grant in living else None

    async def narrow(self, grant: Grant) -> bool:
        asking = self._asking
        had = await self.one(str(grant.id))
        if had is None:
            return False
        return await self._granting.narrow(had, grant, asking.user.openid)

    async def end(self, grant_id: str) -> Granted:
        asking = self._asking
        had = await self.one(grant_id)
        if had is None:
            return Granted(why="没有找到这个亲情授权，可能已经结束了。")
        return await self._granting.end(had, asking.user.openid)

    async def staff_code(self) -> tuple[str, datetime]:
        asking = self._asking
        await asking.spend("亲情码", "family.staff-code", STAFF_CODES_A_DAY, daily=True)
        code = "".join(secrets.choice(ALPHABET) for _ in range(8))
        until = asking.now + STAFF_CODE_LIFE
        await asking.tx.tickets.add(f"family:{code}", Ticket(STAFF_CODE, asking.user.openid, {}, asking.now, until))
        return code, until


def _check(terms: Terms, now: datetime) -> None:
    """What the dialogs have asked for already, once more: nothing is granted for ever, and nothing to nobody."""
    today = today_of(now)
    if not terms.scopes or not terms.label or not today <= terms.until <= years_on(today, LONGEST_YEARS):
        raise LookupError("no such terms")
