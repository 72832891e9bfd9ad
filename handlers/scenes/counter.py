"""The counter: staff who have identified a person show or print a code, and the chat that scans it is bound after the last four digits.

One of the staff with a written reason, as for 亲情 (`handlers.family.counter`). A clerk alone gains little by it: the person's phone is told, other
chats are told, whatever is sensitive waits 72 hours, and who made the code stands in the audit log.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from dialogs.masks import masked_name
from handlers.family.counter import LONGEST_REASON, ROLES, Unfit
from handlers.links import new_secret
from handlers.policy import DAY
from handlers.scenes.codes import BIND, NoCode, QrCodes
from handlers.services import Services
from handlers.staff import StaffRefusal
from storage.ports.record import Record
from storage.ports.records import AuditEntry, Person, Scene, Staff
from storage.ports.repositories import Repositories, Store

_A_DAY: Final = 200
_SHORTEST_REASON: Final = 4


class Way(Record):
    """How a person gets a code: what staff choose, and how long it is good."""

    label: str
    life: timedelta


WAYS: Final = {
    "counter": Way("本人在窗口，当面扫（10 分钟有效）", timedelta(minutes=10)),
    # A day less than the platform keeps a code.
    "letter": Way("印在告知书上（29 天有效）", timedelta(days=29)),
}


class Issued(Record):
    """A code: `url` is what it holds, `name` the person's, masked."""

    url: str
    name: str
    until: datetime
    way: str


class SceneCounter:
    """A person of another region looks like nobody."""

    def __init__(self, store: Store, services: Services, codes: QrCodes | None) -> None:
        self._store = store
        self._services = services
        self._codes = codes

    async def issue(self, staff: Staff, person_id: int, way: str, reason: str) -> Issued:
        """A code for that person, good for one chat. Raises Unfit for a form with mistakes, StaffRefusal for what cannot be."""
        if not staff.roles & set(ROLES):
            raise StaffRefusal(f"出绑定码需要“{'”或“'.join(ROLES)}”角色。")
        why = " ".join(reason.split())
        wrong = {} if way in WAYS else {"way": "请选一种。"}
        if not _SHORTEST_REASON <= len(why) <= LONGEST_REASON:
            wrong["reason"] = f"请写明原因，{_SHORTEST_REASON} 到 {LONGEST_REASON} 个字，例如：本人到窗口，已核对身份证原件。"
        if wrong:
            raise Unfit(wrong)
        if self._codes is None:
            raise StaffRefusal("这个公众号没有带参数的二维码。请本人在公众号里回复“登录”。")
        now = self._services.clock.now()
        async with self._store.transaction() as tx:
            person = await self._person(tx, staff, person_id)
            if not (await tx.limits.hit("scene.staff", staff.login, _A_DAY, DAY, now)).allowed:
                raise StaffRefusal("今天出的绑定码太多了，请明天再试。")
        name, life = new_secret(), WAYS[way].life
        try:
            url = await self._codes.address(name, int(life.total_seconds()))
        except NoCode:
            raise StaffRefusal("微信那边暂时没有给出二维码，请过几分钟再试。") from None
        params = {"person": str(person.id), "way": way, "staff": str(staff.id)}
        async with self._store.transaction() as tx:
            await tx.scenes.add(name, Scene("", BIND, params, now, now + life))
            actor, subject = await tx.audit.pseudonym(f"staff:{staff.login}"), await tx.people.identity_hash(person.id)
            role = "、".join(sorted(staff.roles))
            await tx.audit.write(AuditEntry(now, actor, role, f"bind-code-{way}", "BJQ-L-02", subject, "ok", note=why))
        return Issued(url, masked_name(person.name), now + life, way)

    async def _person(self, tx: Repositories, staff: Staff, person_id: int) -> Person:
        person = await tx.people.get(person_id)
        if person is None or person.region not in staff.regions:
            raise StaffRefusal("没有找到这个人。")
        if person.person_status == "死亡" or person.death_date is not None:
            raise StaffRefusal("登记的状态是死亡，不能绑定。")
        return person
