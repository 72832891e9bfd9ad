"""Accounts of the console as an administrator keeps them: who there is, in which roles and regions, and who is not any more.

Whatever changes an account ends all its signed-in places, is refused when somebody else changed it first, and leaves an audit record.
An administrator cannot change their own roles, switch themselves off or renew their own code, and one administrator always remains.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

from handlers.filings.claims import release_claims
from handlers.secrecy import tidy, unfit
from handlers.staff import ADMINISTRATOR, ROLES, Accounts, StaffRefusal, actor_of, first, record, role_of, tidy_login
from storage.ports.record import Record
from storage.ports.records import Staff
from storage.ports.repositories import Conflict, Repositories

_LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_CHANGED: Final = "刚才有别人改过这个账号，这次没有改。请看一下现在的情况再决定。"


class Issued(Record):
    """What is shown once and never again. `password` is empty where the person chose it; `secret` where the code stays."""

    staff: Staff
    password: str = ""
    secret: str = ""
    address: str = ""
    """The `otpauth://` address of the secret."""


def first_password() -> str:
    """Four groups of four without look-alikes: 79 random bits, easy to read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


class Personnel:
    """What an administrator does with accounts. `by` None is the command line, which may do all of it."""

    def __init__(self, accounts: Accounts, regions: Mapping[str, str]) -> None:
        """`regions` are the names of the regions that are served, by code."""
        self._accounts = accounts
        self._store = accounts.store
        self._regions = regions

    async def all(self) -> tuple[Staff, ...]:
        """In order of login."""
        async with self._store.reading() as tx:
            return await tx.staff.all()

    async def get(self, staff_id: int) -> Staff | None:
        """One account."""
        async with self._store.reading() as tx:
            return await tx.staff.get(staff_id)

    async def by_login(self, login: str) -> Staff:
        """One account; raises StaffRefusal when there is none."""
        async with self._store.reading() as tx:
            found = await tx.staff.by_login(tidy_login(login))
        if found is None:
            raise StaffRefusal(f"没有登录名是“{login}”的账号。")
        return found

    def wrong(self, login: str, name: str, roles: Collection[str], regions: Collection[str]) -> dict[str, str]:
        """What is wrong with a new account, all of it at once: `name`, `login`, `role`, `region` → a sentence; empty when nothing is."""
        checks: Mapping[str, Callable[[], object]] = {
            "name": lambda: self._name(name),
            "login": lambda: self._login(login),
            "role": lambda: self._roles(roles),
            "region": lambda: self._scope(regions),
        }
        found = {}
        for field, check in checks.items():
            try:
                check()
            except StaffRefusal as refusal:
                found[field] = refusal.sentence
        return found

    async def add(
        self, by: Staff | None, login: str, name: str, roles: Collection[str], regions: Collection[str], password: str = ""
    ) -> Issued:
        """A new account. Without `password` it gets a first one that has to be changed at the first sign-in."""
        if wrong := self.wrong(login, name, roles, regions):
            raise StaffRefusal("".join(wrong.values()))
        login, name, held, scope = self._login(login), self._name(name), self._roles(roles), self._scope(regions)
        if password and (problem := unfit(password, login)):
            raise StaffRefusal(problem)
        now, given, secret = self._accounts.clock.now(), password or first_password(), self._accounts.one_time.new_secret()
        made = await self._accounts.hasher.made(tidy(given))
        stored = made if password else first(made, now)
        try:
            async with self._store.transaction() as tx:
                staff = await tx.staff.add(Staff(0, login, name, stored, secret, held, scope, True, now))
                await record(tx, now, by, "staff-add", about=login, note=self._described(staff))
        except Conflict:
            raise StaffRefusal(f"登录名“{login}”已经有人用了。请换一个。") from None
        address = self._accounts.one_time.address(secret, login)
        return Issued(staff, "" if password else given, secret, address)

    async def change(
        self, by: Staff | None, staff_id: int, version: int, name: str, roles: Collection[str], regions: Collection[str]
    ) -> Staff:
        """Name, roles and regions anew; raises StaffRefusal."""
        if by is not None and by.id == staff_id:
            raise StaffRefusal("不能改自己的角色和地区。请找另一位管理员。")
        held, scope, called = self._roles(roles), self._scope(regions), self._name(name)
        try:
            async with self._store.transaction() as tx:
                staff = await self._current(tx, staff_id, version)
                if ADMINISTRATOR in staff.roles - held and staff.active:
                    await self._one_remains(tx, staff)
                saved = await tx.staff.save(replace(staff, name=called, roles=held, regions=scope))
                await tx.staff.end_sessions(staff_id)
                await record(tx, self._accounts.clock.now(), by, "staff-roles", about=saved.login, note=self._described(saved))
                await self._release(tx, by, saved)
        except Conflict:
            raise StaffRefusal(_CHANGED) from None
        return saved

    async def switch(self, by: Staff | None, staff_id: int, version: int, *, active: bool) -> Staff:
        """Switch an account off (its places are dead at once) or on again; raises StaffRefusal."""
        if by is not None and by.id == staff_id:
            raise StaffRefusal("不能停用自己的账号。请找另一位管理员。")
        try:
            async with self._store.transaction() as tx:
                staff = await self._current(tx, staff_id, version)
                if not active and staff.active and ADMINISTRATOR in staff.roles:
                    await self._one_remains(tx, staff)
                saved = await tx.staff.save(replace(staff, active=active))
                await tx.staff.end_sessions(staff_id)
                action = "staff-on" if active else "staff-off"
                await record(tx, self._accounts.clock.now(), by, action, about=saved.login)
                await self._release(tx, by, saved)
        except Conflict:
            raise StaffRefusal(_CHANGED) from None
        return saved

    async def _release(self, tx: Repositories, by: Staff | None, staff: Staff) -> None:
        """What the account has taken and may not act on any more is free for its colleagues again."""
        actor, role = (await actor_of(tx, by.login), role_of(by)) if by else ("system", "命令行")
        await release_claims(tx, staff, tuple(self._regions), self._accounts.clock.now(), actor, role)

    async def renew_code(self, by: Staff | None, staff_id: int, version: int) -> Issued:
        """A new secret for one-time codes (lost phone); the old one is dead. Raises StaffRefusal."""
        if by is not None and by.id == staff_id:
            raise StaffRefusal("不能重置自己的动态口令。请找另一位管理员。")
        secret = self._accounts.one_time.new_secret()
        saved = await self._renewed(by, staff_id, version, "staff-code", totp_secret=secret)
        return Issued(saved, "", secret, self._accounts.one_time.address(secret, saved.login))

    async def renew_password(self, by: Staff | None, staff_id: int, version: int, password: str = "") -> Issued:
        """A new first password, or the given one; wrong tries and locks are forgiven. Raises StaffRefusal."""
        if by is not None and by.id == staff_id:
            raise StaffRefusal("自己的密码请在“我的”里改。")
        staff = await self.get(staff_id)
        if password and (problem := unfit(password, staff.login if staff else "")):
            raise StaffRefusal(problem)
        given, now = password or first_password(), self._accounts.clock.now()
        made = await self._accounts.hasher.made(tidy(given))
        saved = await self._renewed(by, staff_id, version, "staff-password", password_hash=made if password else first(made, now))
        return Issued(saved, "" if password else given)

    async def _renewed(self, by: Staff | None, staff_id: int, version: int, action: str, **fields: str) -> Staff:
        try:
            async with self._store.transaction() as tx:
                staff = await self._current(tx, staff_id, version)
                saved = await tx.staff.save(replace(staff, **fields))  # type: ignore[arg-type]
                await tx.staff.end_sessions(staff_id)
                await self._accounts.forgive(tx, saved.login)
                await record(tx, self._accounts.clock.now(), by, action, about=saved.login)
        except Conflict:
            raise StaffRefusal(_CHANGED) from None
        return saved

    async def _current(self, tx: Repositories, staff_id: int, version: int) -> Staff:
        staff = await tx.staff.get(staff_id)
        if staff is None:
            raise StaffRefusal("没有这个账号。")
        if staff.version != version:
            raise StaffRefusal(_CHANGED)
        return staff

    async def _one_remains(self, tx: Repositories, leaving: Staff) -> None:
        """Refuse to take away the last administrator. The first of them all is written too, whoever is leaving: of two who take each other
        away at the same moment, the second finds a changed version; and as everybody writes that one first, nobody waits in a circle."""
        administrators = [one for one in await tx.staff.all() if one.active and ADMINISTRATOR in one.roles]
        if all(one.id == leaving.id for one in administrators):
            raise StaffRefusal("这是最后一位管理员，不能停用，也不能去掉管理员角色。请先再加一位管理员。")
        first_of_all = min(administrators, key=lambda one: one.id)
        if first_of_all.id != leaving.id:
            await tx.staff.save(first_of_all)

    def _roles(self, roles: Collection[str]) -> frozenset[str]:
        held = frozenset(roles)
        if not held or not held <= set(ROLES):
            raise StaffRefusal(f"请至少选一个角色：{'、'.join(ROLES)}。")
        return held

    def _scope(self, regions: Collection[str]) -> frozenset[str]:
        scope = frozenset(regions)
        if not scope or not scope <= set(self._regions):
            raise StaffRefusal(f"请至少选一个地区：{'、'.join(f'{name} {code}' for code, name in self._regions.items())}。")
        return scope

    @staticmethod
    def _login(login: str) -> str:
        plain = tidy_login(login)
        if not _LOGIN.fullmatch(plain):
            raise StaffRefusal("登录名要以小写字母开头，3 到 32 个字符，只用小写字母、数字、点、横线和下划线。")
        return plain

    @staticmethod
    def _name(name: str) -> str:
        plain = " ".join(name.split())
        if not 1 <= len(plain) <= 30 or not plain.isprintable():
            raise StaffRefusal("姓名要 1 到 30 个字。")
        return plain

    def _described(self, staff: Staff) -> str:
        return f"{role_of(staff)}；{'、'.join(self._regions.get(code, code) for code in sorted(staff.regions))}"
