"""我的数据 of one turn. The person's own chat alone comes here."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from dialogs.desk_accounts import Consents, SignedIn
from dialogs.desk_family import OWN_ONLY, Relative
from dialogs.masks import masked_name
from dialogs.messages import Say
from dialogs.phrases import day
from handlers.family.granting import Granting
from handlers.identities import note_identity
from handlers.my_data.jobs import ERASE_AFTER, ERASE_JOB, EXPORT_JOB, EXPORT_PAGE, Erasing, Exporting
from handlers.outbox import push
from storage.ports.records import AuditEntry, CodeState, Grant, Person, User
from storage.ports.time import SHANGHAI

if TYPE_CHECKING:
    from handlers.desk import TurnDesk

FEATURE: Final = "my-data"
_LOOKED_BACK: Final = 200
_EXPORTS_A_DAY: Final = 3


class MyDataDesk:
    """Implements `dialogs.desk_accounts.MyDataDesk`."""

    def __init__(self, desk: TurnDesk) -> None:
        self._desk = desk

    async def signed_in(self) -> tuple[SignedIn, ...]:
        desk, person = self._desk, self._desk.mine(OWN_ONLY)
        places: list[SignedIn] = []
        for one in await desk.tx.users.bindings_of(person.id, desk.now):
            user = await desk.tx.users.get(one.openid)
            if one.unbound_at is None and user is not None:
                here = one.openid == desk.user.openid
                places.append(SignedIn(one.bound_at, user.last_interaction_at, here, one.verified_via))
        subject = await desk.tx.people.identity_hash(person.id)
        looks = await desk.tx.audit.of_subject(subject, _LOOKED_BACK)
        for grant in await desk.family.relatives():
            actor = await desk.tx.audit.pseudonym(grant.openid)
            used = next((look.at for look in looks if look.actor == actor and look.role == "relative"), None)
            places.append(SignedIn(grant.granted_at, used, False, grant.granted_by, grant.label, day(grant.until)))
        await desk.audit("query", FEATURE, "ok", person)
        return tuple(sorted(places, key=lambda place: (not place.here, bool(place.relative), place.since)))

    async def end_others(self) -> int:
        desk, person = self._desk, self._desk.mine(OWN_ONLY)
        ended = 0
        for one in await desk.tx.users.bindings_of(person.id, desk.now):
            if one.unbound_at is None and one.openid != desk.user.openid:
                ended += await self._end(one.openid, person)
        granting = Granting(desk.tx, desk.services)
        for grant in await desk.family.relatives():
            if (await granting.end(self._relative(grant, person), desk.user.openid)).grant is not None:
                ended += 1
        await desk.audit("sign-out-others", FEATURE, "ok" if ended else "empty", person)
        return ended

    def _relative(self, grant: Grant, person: Person) -> Relative:
        return Relative(grant, masked_name(person.name), mine=True)

    async def _end(self, openid: str, person: Person) -> bool:
        """Another chat speaks for the person no more, and is told so."""
        desk = self._desk
        user = await desk.tx.users.get(openid)
        ended = await desk.tx.users.unbind(openid, person.id, desk.now)
        if user is None or not ended:
            return ended
        if user.person_id == person.id:
            visitor = replace(user, person_id=None, active_role="visitor")
            await desk.tx.users.save(visitor)
            await note_identity(desk.tx, desk.services, visitor, None)
        hotline = desk.region_of(person.region).hotline
        text = f"{masked_name(person.name)} 已经在另一个微信上把这里的登录退出了。要再用请回复“登录”；不是您或家人操作的，请拨打 {hotline}。"
        await push(desk.tx, openid, (Say(text),), desk.now)
        return True

    async def export(self, proof: str) -> str | None:
        desk, person = self._desk, self._desk.mine(OWN_ONLY)
        if not await self._proved(proof, "export", person):
            return None
        await desk.spend("导出数据", "export", _EXPORTS_A_DAY, daily=True)
        key = secrets.token_urlsafe(16)
        wanted = Exporting(desk.user.openid, desk.user.following, person.id, key)
        await desk.tx.jobs.enqueue(EXPORT_JOB, msgspec.json.encode(wanted), desk.now, dedupe_key=f"{EXPORT_JOB}|{key}")
        await desk.audit("export", FEATURE, "ok", person)
        params = {"page": EXPORT_PAGE, "key": key, "person": str(person.id)}
        return await desk.services.links.page(desk.tx, desk.user.openid, params)

    async def erase(self, proof: str) -> str | None:
        desk, person = self._desk, self._desk.mine(OWN_ONLY)
        if not await self._proved(proof, "erase", person):
            return None
        receipt = f"{desk.now.astimezone(SHANGHAI):%Y%m%d}-{secrets.token_hex(6).upper()}"
        await self.end_others()
        await desk.tx.accounts.remove(person.id)
        subject, actor = await desk.tx.people.identity_hash(person.id), await desk.tx.audit.pseudonym(desk.user.openid)
        await desk.tx.audit.write(AuditEntry(desk.now, actor, "person", "erase", FEATURE, subject, "ok", note=f"回执 {receipt}"))
        for one in await desk.tx.users.bindings(desk.user.openid):
            await desk.tx.users.unbind(desk.user.openid, one.person_id, desk.now)
        await desk.log_out()
        await desk.tx.users.forget_past(desk.user.openid)
        await self._forget_soon(desk.user)
        return receipt

    async def _forget_soon(self, user: User) -> None:
        """What this very conversation still has to write, its answer and what it remembers, goes when a resend of it can come no more.
        All that is older has gone by then, whoever logs in meanwhile."""
        payload = msgspec.json.encode(Erasing(user.openid, user.following))
        await self._desk.tx.jobs.enqueue(ERASE_JOB, payload, self._desk.now + ERASE_AFTER)

    async def consents(self) -> Consents:
        desk, person = self._desk, self._desk.mine(OWN_ONLY)
        mine = next((one for one in await desk.tx.users.bindings(desk.user.openid) if one.person_id == person.id), None)
        found = [await desk.tx.wishes.consent(desk.user.openid, one) for one in desk.services.consents]
        bound_at: datetime | None = mine.bound_at if mine else None
        words = mine.consent_version.partition(":")[0] if mine else ""
        notices = sum(1 for one in found if one is not None and one.left != 0)
        return Consents(bound_at, words, await desk.tx.accounts.of_person(person.id), notices, len(await desk.family.relatives()))

    async def _proved(self, proof: str, purpose: str, person: Person) -> bool:
        """The passed code of this purpose to the person's own phone; used up by this."""
        passed = await self._desk.codes.proved(proof, purpose)
        if passed is None or not person.phone or passed.phone != person.phone:
            return False
        return await self._desk.tx.codes.set_state(proof, CodeState.PASSED, CodeState.SPENT)
