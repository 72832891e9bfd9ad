"""经办人员: accounts of the console and where they are signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, select, update

from storage.ports.records import Staff, StaffSession
from storage.ports.repositories import Conflict
from storage.sql.codec import micros, moment, words
from storage.sql.tables import staff, staff_session
from storage.sql.unit import Query, Unit, values

_t = staff.c
_STAFF = select(
    _t.id,
    _t.login,
    _t.name,
    _t.password_hash,
    _t.totp_secret,
    _t.roles,
    _t.regions,
    _t.active,
    _t.created_at,
    _t.totp_step,
    _t.version,
)
_GET = _STAFF.where(_t.id == bindparam("id"))
_BY_LOGIN = _STAFF.where(_t.login_hash == bindparam("login_hash"))
_ADD = Query(lambda insert: insert(staff).values(values(staff, "id")).on_conflict_do_nothing().returning(_t.id))
_MUTABLE = ("name", "password_hash", "totp_secret", "roles", "regions", "active", "created_at")
_step = bindparam("step", type_=_t.totp_step.type)
# The step only ever rises: whoever saves an account that was read a minute ago must not make a used code good again.
_SAVE = (
    update(staff)
    .where(_t.id == bindparam("the_staff"), _t.version == bindparam("was"))
    .values({name: bindparam(f"new_{name}", type_=_t[name].type) for name in _MUTABLE})
    .values(version=bindparam("becomes"), totp_step=case((_t.totp_step > _step, _t.totp_step), else_=_step))
    .returning(_t.totp_step)
)
_USE = update(staff).where(_t.id == bindparam("the_staff"), _t.totp_step < _step).values(totp_step=_step)

_s = staff_session.c
_SESSION = select(_s.id, _s.staff_id, _s.created_at, _s.seen_at, _s.expires_at, _s.place).where(_s.expires_at > bindparam("now"))
_SESSION_GET = _SESSION.where(_s.token_hash == bindparam("token_hash"))
_SESSIONS = _SESSION.where(_s.staff_id == bindparam("staff_id")).order_by(_s.created_at.desc(), _s.id.desc())
_SESSION_OPEN = Query(lambda insert: insert(staff_session).values(values(staff_session, "id")).returning(_s.id))
_SESSION_SEEN = (
    update(staff_session)
    .where(_s.id == bindparam("the_session"))
    .values(seen_at=bindparam("at"), expires_at=bindparam("until", type_=_s.expires_at.type))
)
_SESSION_END = delete(staff_session).where(_s.id == bindparam("id"))
_SESSIONS_END = delete(staff_session).where(_s.staff_id == bindparam("staff_id"), _s.id != bindparam("keep"))


class StaffAccounts:
    """Implements `ports.repositories.StaffAccounts`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    def _login_hash(self, login: str) -> str:
        return self._vault.digest(login.strip().casefold(), "staff.login")

    async def add(self, staff: Staff) -> Staff:
        made = await self._unit.write(
            _ADD,
            {
                **self._columns(staff),
                "login": self._vault.seal(staff.login, "staff.login"),
                "login_hash": self._login_hash(staff.login),
                "totp_step": staff.totp_step,
                "version": staff.version,
            },
        )
        if not made:
            raise Conflict("the login is taken")
        return replace(staff, id=made[0][0])

    async def save(self, staff: Staff) -> Staff:
        params: dict[str, Any] = {f"new_{name}": value for name, value in self._columns(staff).items()}
        params |= {"the_staff": staff.id, "was": staff.version, "becomes": staff.version + 1, "step": staff.totp_step}
        rows = await self._unit.write(_SAVE, params)
        if not rows:
            raise Conflict("the account has changed meanwhile")
        return replace(staff, version=staff.version + 1, totp_step=rows[0][0])

    async def get(self, staff_id: int) -> Staff | None:
        row = await self._unit.glance(_GET, {"id": staff_id})
        return None if row is None else self._staff(row)

    async def by_login(self, login: str) -> Staff | None:
        row = await self._unit.glance(_BY_LOGIN, {"login_hash": self._login_hash(login)})
        return None if row is None else self._staff(row)

    async def all(self) -> tuple[Staff, ...]:
        return tuple(sorted(map(self._staff, await self._unit.rows(_STAFF)), key=lambda one: one.login.casefold()))

    async def use_code(self, staff_id: int, step: int) -> bool:
        return await self._unit.change(_USE, {"the_staff": staff_id, "step": step}) > 0

    def _columns(self, staff: Staff) -> dict[str, Any]:
        seal = self._vault.seal
        return {
            "name": seal(staff.name, "staff.name"),
            "password_hash": seal(staff.password_hash, "staff.password_hash"),
            "totp_secret": seal(staff.totp_secret, "staff.totp_secret"),
            "roles": ",".join(sorted(staff.roles)),
            "regions": ",".join(sorted(staff.regions)),
            "active": staff.active,
            "created_at": micros(staff.created_at),
        }

    def _staff(self, row: Sequence[Any]) -> Staff:
        text = self._vault.text
        return Staff(
            id=row[0],
            login=text(row[1], "staff.login"),
            name=text(row[2], "staff.name"),
            password_hash=text(row[3], "staff.password_hash"),
            totp_secret=text(row[4], "staff.totp_secret"),
            roles=frozenset(words(row[5])),
            regions=frozenset(words(row[6])),
            active=bool(row[7]),
            created_at=moment(row[8]),
            totp_step=row[9],
            version=row[10],
        )

    # ── where they are signed in ────────────────────────────────────────────────────────────────────────────────────

    def _token_hash(self, token: str) -> str:
        return self._vault.digest(token, "staff.token")

    async def open_session(self, token: str, session: StaffSession) -> StaffSession:
        made = await self._unit.write(
            _SESSION_OPEN,
            {
                "token_hash": self._token_hash(token),
                "staff_id": session.staff_id,
                "created_at": micros(session.created_at),
                "seen_at": micros(session.seen_at),
                "expires_at": micros(session.expires_at),
                "place": self._vault.seal(session.place, "staff.place"),
            },
        )
        return replace(session, id=made[0][0])

    async def session(self, token: str, now: datetime) -> StaffSession | None:
        row = await self._unit.glance(_SESSION_GET, {"token_hash": self._token_hash(token), "now": micros(now)})
        return None if row is None else self._session(row)

    async def seen(self, session_id: int, at: datetime, expires_at: datetime) -> None:
        await self._unit.later(_SESSION_SEEN, {"the_session": session_id, "at": micros(at), "until": micros(expires_at)})

    async def sessions(self, staff_id: int) -> tuple[StaffSession, ...]:
        now = micros(self._unit.clock.now())
        return tuple(self._session(row) for row in await self._unit.rows(_SESSIONS, {"staff_id": staff_id, "now": now}))

    async def end_session(self, session_id: int) -> None:
        await self._unit.later(_SESSION_END, {"id": session_id})

    async def end_sessions(self, staff_id: int, keep: int | None = None) -> int:
        return await self._unit.change(_SESSIONS_END, {"staff_id": staff_id, "keep": keep or 0})

    def _session(self, row: Sequence[Any]) -> StaffSession:
        return StaffSession(
            id=row[0],
            staff_id=row[1],
            created_at=moment(row[2]),
            seen_at=moment(row[3]),
            expires_at=moment(row[4]),
            place=self._vault.text(row[5], "staff.place"),
        )
