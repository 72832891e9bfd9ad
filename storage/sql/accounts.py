"""个人账号 (A2): the password as an argon2 hash alone, the username found by its keyed hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from storage.ports.records import Account
from storage.ports.repositories import Conflict
from storage.sql.codec import micros, micros_or_none, moment, moment_or_none, opened_or_empty, sealed_or_none
from storage.sql.tables import account
from storage.sql.unit import Query, Unit, values

_a = account.c
_ACCOUNT = select(
    _a.id,
    _a.person_id,
    _a.region,
    _a.password_hash,
    _a.register_via,
    _a.agreed_at,
    _a.agreement,
    _a.username,
    _a.email,
    _a.status,
    _a.changed_at,
    _a.must_change,
)
_OF_PERSON = _ACCOUNT.where(_a.person_id == bindparam("person_id"))
_BY_USERNAME = _ACCOUNT.where(_a.region == bindparam("region"), _a.username_hash == bindparam("username_hash"))
_ADD = Query(lambda insert: insert(account).values(values(account, "id")).on_conflict_do_nothing().returning(_a.id))
_THIS = update(account).where(_a.id == bindparam("the_account"))
_PASSWORD = _THIS.values(
    password_hash=bindparam("new_hash"),
    changed_at=bindparam("at", type_=_a.changed_at.type),
    must_change=bindparam("must", type_=_a.must_change.type),
)
_EMAIL = _THIS.values(email=bindparam("new_email", type_=_a.email.type))
_STATUS = _THIS.values(status=bindparam("becomes"))
_REMOVE = delete(account).where(_a.person_id == bindparam("the_person"))


class Accounts:
    """Implements `ports.repositories.Accounts`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def of_person(self, person_id: int) -> Account | None:
        return self._account(await self._unit.glance(_OF_PERSON, {"person_id": person_id}))

    async def by_username(self, region: str, username: str) -> Account | None:
        hashed = self._username_hash(username)
        if hashed is None:
            return None
        return self._account(await self._unit.glance(_BY_USERNAME, {"region": region, "username_hash": hashed}))

    async def add(self, account: Account) -> Account:
        made = await self._unit.write(
            _ADD,
            {
                "person_id": account.person_id,
                "region": account.region,
                "password_hash": account.password_hash,
                "register_via": account.register_via,
                "agreed_at": micros(account.agreed_at),
                "agreement": account.agreement,
                "username_hash": self._username_hash(account.username),
                "username": sealed_or_none(self._vault, account.username.strip(), "account.username"),
                "email": sealed_or_none(self._vault, account.email, "account.email"),
                "status": account.status,
                "changed_at": micros_or_none(account.changed_at),
                "must_change": account.must_change,
            },
        )
        if not made:
            raise Conflict("the person has an account, or the username is taken")
        return replace(account, id=made[0][0])

    async def set_password(self, account_id: int, password_hash: str, at: datetime, *, must_change: bool) -> None:
        params = {"the_account": account_id, "new_hash": password_hash, "at": micros(at), "must": must_change}
        await self._unit.change(_PASSWORD, params)

    async def set_email(self, account_id: int, email: str) -> None:
        sealed = sealed_or_none(self._vault, email, "account.email")
        await self._unit.change(_EMAIL, {"the_account": account_id, "new_email": sealed})

    async def set_status(self, account_id: int, status: str) -> None:
        await self._unit.change(_STATUS, {"the_account": account_id, "becomes": status})

    async def remove(self, person_id: int) -> bool:
        return await self._unit.change(_REMOVE, {"the_person": person_id}) > 0

    def _username_hash(self, username: str) -> str | None:
        name = username.strip().casefold()
        return self._vault.digest(name, "account.username") if name else None

    def _account(self, row: Sequence[Any] | None) -> Account | None:
        if row is None:
            return None
        return Account(
            id=row[0],
            person_id=row[1],
            region=row[2],
            password_hash=row[3],
            register_via=row[4],
            agreed_at=moment(row[5]),
            agreement=row[6],
            username=opened_or_empty(self._vault, row[7], "account.username"),
            email=opened_or_empty(self._vault, row[8], "account.email"),
            status=row[9],
            changed_at=moment_or_none(row[10]),
            must_change=bool(row[11]),
        )
