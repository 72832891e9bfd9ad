"""亲情 at the counter: staff add a grant for a person with a written reason, for the chat whose 亲情码 they are shown; see and end grants."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from dialogs.desk_family import LONGEST_YEARS, Granted, Terms
from dialogs.masks import masked_name
from handlers.family.desk import ALPHABET, STAFF_CODE
from handlers.family.granting import FEATURE, Granting, years_on
from handlers.family.standing import OWN, standing, today_of
from handlers.family.telling import tell_person, tell_relative
from handlers.services import Services
from handlers.staff import StaffRefusal
from storage.identity import normalise
from storage.ports.record import Record
from storage.ports.records import SCOPES, AuditEntry, Grant, Person, Staff
from storage.ports.repositories import Repositories, Store

ROLES: Final = ("受理", "客服")
LONGEST_REASON: Final = 200
_LONGEST_LABEL: Final = 6
_WRONG_AN_HOUR: Final = 20
_HOUR: Final = timedelta(hours=1)
_WRONG_CODE = "亲情码不对或者过期了。请家属在自己的微信里重新回复“我的亲情码”，再输入。"


class Kept(Record):
    """A person of the staff's regions and their living grants, oldest first; `staff` names who gave them (member of staff → name)."""

    person: Person
    grants: tuple[Grant, ...]
    staff: dict[str, str]


class Wish(Record):
    """What a form asks for, as it was typed."""

    code: str
    scopes: Collection[str]
    label: str
    until: str
    together: bool
    reason: str


class Unfit(Exception):
    """The form cannot be taken: what is wrong, by field."""

    def __init__(self, wrong: dict[str, str]) -> None:
        super().__init__("unfit")
        self.wrong = wrong


class FamilyCounter:
    """What 受理 and 客服 do about 亲情. A person of another region looks like nobody; every look and act is audited."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    @property
    def today(self) -> date:
        """The day in Shanghai."""
        return today_of(self._services.clock.now())

    async def find(self, staff: Staff, id_no: str) -> tuple[Person, ...]:
        """The person of that 证件号码 in each of the staff's regions. Audited, found or not."""
        _check(staff)
        number = normalise(id_no)
        async with self._store.transaction() as tx:
            found = tuple(one for one in await tx.people.by_id_no(number) if one.region in staff.regions)
            subject = await tx.people.identity_hash(found[0].id) if found else await tx.audit.pseudonym(number)
            await self._note(tx, staff, "search", subject, "ok" if found else "empty")
        return found

    async def look(self, staff: Staff, person_id: int) -> Kept | None:
        """The person and their relatives; None for another region's as for nobody."""
        _check(staff)
        async with self._store.transaction() as tx:
            person = await self._person(tx, staff, person_id)
            if person is None:
                return None
            grants = await tx.family.of_person(person.id, self.today)
            names = {f"staff:{one.id}": one.name for one in await tx.staff.all()}
            await self._note(tx, staff, "look", await tx.people.identity_hash(person.id), "ok")
        return Kept(person, grants, names)

    async def add(self, staff: Staff, person_id: int, wish: Wish) -> Granted:
        """Grant it to the chat of the 亲情码, which is used up. Both sides are told. Raises Unfit for a form with mistakes, StaffRefusal for
        what cannot be."""
        _check(staff)
        terms = self._terms(wish)
        code = "".join(letter for letter in wish.code.upper() if letter.isalnum())
        async with self._store.transaction() as tx:
            person = await self._person(tx, staff, person_id)
            if person is None:
                raise StaffRefusal("没有找到这个人。")
            openid = await self._chat(tx, staff, code)
            if openid is not None:
                done = await self._give(tx, staff, person, openid, terms, " ".join(wish.reason.split()))
            else:
                done = Granted()
                await self._note(tx, staff, "grant", await tx.people.identity_hash(person.id), "denied")
        if done.grant is None and done.why:
            raise StaffRefusal(done.why)
        if done.grant is None:
            raise Unfit({"code": _WRONG_CODE})
        return done

    async def _give(self, tx: Repositories, staff: Staff, person: Person, openid: str, terms: Terms, reason: str) -> Granted:
        found = await standing(tx, openid, person.id, self.today)
        if found is not None and found.role == OWN:
            return Granted(why="这个亲情码是本人的微信，本人不用授权。请家属在自己的微信里出示亲情码。")
        actor = await tx.audit.pseudonym(f"staff:{staff.login}")
        return await Granting(tx, self._services).give(
            person, openid, terms, f"staff:{staff.id}", reason=reason, actor=actor, role=_role(staff)
        )

    async def end(self, staff: Staff, person_id: int, grant_id: int, reason: str) -> None:
        """End one of the person's grants; both sides are told. Raises StaffRefusal when there is none (any more), Unfit without a reason."""
        _check(staff)
        if wrong := _wrong_reason(reason):
            raise Unfit({"reason": wrong})
        async with self._store.transaction() as tx:
            person = await self._person(tx, staff, person_id)
            grants = await tx.family.of_person(person.id, self.today) if person else ()
            grant = next((one for one in grants if one.id == grant_id), None)
            if person is None or grant is None or not await tx.family.end(grant.id, "staff", self._services.clock.now()):
                raise StaffRefusal("这个亲情授权已经结束了。")
            name = masked_name(person.name)
            own = f"经办窗口已结束您的{grant.label}帮您办事的亲情授权。有疑问请拨打 {self._hotline(person)}。"
            await tell_person(tx, self._services, person, own, "社保亲情授权已结束")
            theirs = f"经办窗口已结束您帮 {name} 办事的亲情授权。有疑问请拨打 {self._hotline(person)}。"
            await tell_relative(tx, self._services, grant, theirs)
            why = " ".join(reason.split())
            await self._note(tx, staff, "grant-end", await tx.people.identity_hash(person.id), "ok", why)

    # ── small things ────────────────────────────────────────────────────────────────────────────────────────────────

    def _hotline(self, person: Person) -> str:
        return self._services.regions[person.region].hotline

    @staticmethod
    async def _person(tx: Repositories, staff: Staff, person_id: int) -> Person | None:
        person = await tx.people.get(person_id)
        return person if person is not None and person.region in staff.regions else None

    async def _chat(self, tx: Repositories, staff: Staff, code: str) -> str | None:
        """The chat behind a 亲情码, used up; None for a wrong one, which is counted."""
        now = self._services.clock.now()
        if not (await tx.limits.peek("family.staff-wrong", staff.login, _WRONG_AN_HOUR, _HOUR, now)).allowed:
            raise StaffRefusal("亲情码输错的次数太多了，请一小时后再试。")
        right = len(code) == 8 and all(letter in ALPHABET for letter in code)
        ticket = await tx.tickets.claim(f"family:{code}", f"staff:{staff.id}") if right else None
        if ticket is None or ticket.kind != STAFF_CODE or await tx.users.get(ticket.openid) is None:
            await tx.limits.hit("family.staff-wrong", staff.login, _WRONG_AN_HOUR, _HOUR, now)
            return None
        await tx.tickets.drop(f"family:{code}")
        return ticket.openid

    def _terms(self, wish: Wish) -> Terms:
        """Raises Unfit."""
        wrong: dict[str, str] = {}
        scopes = frozenset(scope for scope in wish.scopes if scope in SCOPES)
        if not scopes:
            wrong["scope"] = "请至少选一项。"
        label = wish.label.strip()
        if not 1 <= len(label) <= _LONGEST_LABEL or not all("\u4e00" <= letter <= "\u9fff" for letter in label):
            wrong["label"] = "请用 1 到 6 个汉字写参保人怎么称呼家属，例如：女儿。"
        last = years_on(self.today, LONGEST_YEARS)
        try:
            until = date.fromisoformat(wish.until.strip())
        except ValueError:
            until = date.min
        if not self.today <= until <= last:
            wrong["until"] = f"请选今天到 {last.isoformat()} 之间的日期（最长三年）。"
        if why := _wrong_reason(wish.reason):
            wrong["reason"] = why
        if not wish.code.strip():
            wrong["code"] = "请输入家属微信里显示的 8 位亲情码。"
        if wrong:
            raise Unfit(wrong)
        return Terms(scopes, label, until, wish.together)

    async def _note(self, tx: Repositories, staff: Staff, action: str, subject: str, result: str, why: str = "") -> None:
        now = self._services.clock.now()
        actor = await tx.audit.pseudonym(f"staff:{staff.login}")
        await tx.audit.write(AuditEntry(now, actor, _role(staff), action, FEATURE, subject, result, note=why))


def _check(staff: Staff) -> None:
    if not staff.roles & set(ROLES):
        raise StaffRefusal(f"办亲情授权需要“{'”或“'.join(ROLES)}”角色。")


def _role(staff: Staff) -> str:
    return "、".join(sorted(staff.roles))


def _wrong_reason(reason: str) -> str:
    """Why the reason cannot be taken; '' when it can."""
    plain = reason.strip()
    if len(plain) < 4:
        return "请写明原因，例如：本人到窗口，核对身份证和户口簿，同意女儿代办。"
    return f"请写得短一些，最多 {LONGEST_REASON} 个字。" if len(plain) > LONGEST_REASON else ""
