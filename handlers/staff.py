"""Staff of the agency: signing in with password and one-time code, and what keeps a signed-in place alive or ends it.

Every refusal reads the same and costs the same work: an unknown login, a wrong password, a wrong or used code, a locked account. A try is
counted before it is judged, so that many at once are as many tries as one after another. Counters are rows; a restart forgives nothing.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final, Protocol

from handlers.secrecy import Hasher, OneTime, tidy, unfit
from storage.ports.record import Record
from storage.ports.records import AuditEntry, AuditSearch, Staff, StaffSession
from storage.ports.repositories import Conflict, Repositories, Store
from storage.ports.time import Clock

ROLES: Final = ("受理", "审核", "客服", "运营", "审计", "管理员")
ADMINISTRATOR: Final = "管理员"
FEATURE: Final = "console"
"""Under which what staff do to accounts stands in the audit log."""

FIRST_LIFE: Final = timedelta(days=3)
"""How long a first password is good for."""
_FIRST: Final = "first"
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_LOCKS: Final = (1, 4, 16)
"""A lock lasts so many times `lock`, longer each time within a day."""
_PER_ADDRESS: Final = 10
"""An office shares one address: it gets so many times the tries of one account, within an hour."""
_SEEN_EVERY: Final = timedelta(seconds=10)
"""The idle end is pushed out no more often than this; a page and its pieces are one look."""


class StaffRefusal(Exception):
    """An expected refusal, in words for whoever asked."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class _Configured(Protocol):
    """The table `[console]` as far as it concerns signing in."""

    @property
    def idle_minutes(self) -> int: ...
    @property
    def hours(self) -> int: ...
    @property
    def tries(self) -> int: ...
    @property
    def lock_minutes(self) -> int: ...


class SignInRules(Record):
    """`[console]`: `idle` ends a quiet sign-in, `life` every one; after `tries` wrong ones in a row the account waits for `lock`, then longer."""

    idle: timedelta = timedelta(minutes=20)
    life: timedelta = timedelta(hours=10)
    tries: int = 5
    lock: timedelta = timedelta(minutes=15)

    @classmethod
    def of(cls, config: _Configured) -> SignInRules:
        """From `[console]`."""
        return cls(
            timedelta(minutes=config.idle_minutes),
            timedelta(hours=config.hours),
            config.tries,
            timedelta(minutes=config.lock_minutes),
        )


class SignedIn(Record):
    """`token` goes into the cookie and nowhere else."""

    token: str
    staff: Staff
    session: StaffSession


def tidy_login(login: str) -> str:
    """A login as it is stored and compared: one spelling, small letters."""
    return unicodedata.normalize("NFKC", login).strip().casefold()[:64]


def first(made: str, at: datetime) -> str:
    """The stored form of a password that somebody else knows: it opens nothing but the page where it is changed, for three days."""
    return f"{_FIRST}:{int(at.timestamp())}:{made}"


def must_change(staff: Staff) -> bool:
    """Whether the account still has the password that it was given."""
    return staff.password_hash.startswith(f"{_FIRST}:")


def _usable(staff: Staff, now: datetime) -> str:
    """The hash to compare with; '' when nothing fits: switched off, or a first password whose time is over."""
    if not staff.active:
        return ""
    if not must_change(staff):
        return staff.password_hash
    _, at, made = staff.password_hash.split(":", 2)
    return made if now.timestamp() < int(at) + FIRST_LIFE.total_seconds() else ""


async def actor_of(tx: Repositories, login: str) -> str:
    """Under which name a member of staff stands in the audit log."""
    return await tx.audit.pseudonym(f"staff:{tidy_login(login)}")


async def record(
    tx: Repositories, now: datetime, by: Staff | None, action: str, result: str = "ok", *, about: str = "", note: str = ""
) -> None:
    """Write what was done to accounts or by them. `by` None is the command line; `about` is the login that it was done to."""
    actor = await actor_of(tx, by.login) if by else "system"
    subject = await actor_of(tx, about) if about else ""
    role = role_of(by) if by else "命令行"
    await tx.audit.write(AuditEntry(now, actor, role, action, FEATURE, subject, result, note=note))


def role_of(staff: Staff) -> str:
    """All roles of the account in their usual order, as the audit log shows them."""
    return "、".join(role for role in ROLES if role in staff.roles)


class _Counter:
    """Tries of one subject, and the locks that follow too many; each lock within a day is longer than the one before."""

    def __init__(self, name: str, tries: int, window: timedelta, lock: timedelta) -> None:
        self._name, self._tries, self._window = name, tries, window
        self._locks = [lock * factor for factor in _LOCKS]

    async def locked(self, tx: Repositories, subject: str, now: datetime) -> bool:
        found = [
            await tx.limits.peek(f"{self._name}.lock{level}", subject, 1, width, now) for level, width in enumerate(self._locks)
        ]
        return not all(verdict.allowed for verdict in found)

    async def take(self, tx: Repositories, subject: str, now: datetime) -> bool:
        """Count a try before it is judged; False when there is none left."""
        if await self.locked(tx, subject, now):
            return False
        if (await tx.limits.hit(f"{self._name}.tries", subject, self._tries, self._window, now)).allowed:
            return True
        await self.failed(tx, subject, now)  # the last try never came to its end: killed, or still being worked out
        return False

    async def failed(self, tx: Repositories, subject: str, now: datetime) -> bool:
        """After a try that failed: lock if it was the last one. True when this has just happened."""
        used = (await tx.limits.peek(f"{self._name}.tries", subject, self._tries, self._window, now)).used
        if used < self._tries:
            return False
        times = (await tx.limits.hit(f"{self._name}.locks", subject, 1000, _DAY, now)).used
        level = min(max(times, 1), len(self._locks)) - 1
        await tx.limits.hit(f"{self._name}.lock{level}", subject, 1, self._locks[level], now)
        await tx.limits.clear(f"{self._name}.tries", subject)
        return True

    async def give_back(self, tx: Repositories, subject: str, now: datetime) -> None:
        """The try was a right one."""
        await tx.limits.hit(f"{self._name}.tries", subject, self._tries, self._window, now, cost=-1)

    async def forget(self, tx: Repositories, subject: str) -> None:
        """Start over: after a right try, or because an administrator says so."""
        for name in ("tries", "locks", *(f"lock{level}" for level in range(len(self._locks)))):
            await tx.limits.clear(f"{self._name}.{name}", subject)


class Accounts:
    """Sign-in and signed-in places of the console."""

    def __init__(self, store: Store, clock: Clock, hasher: Hasher, one_time: OneTime, rules: SignInRules | None = None) -> None:
        self.store = store
        self.clock = clock
        self.hasher = hasher
        self.one_time = one_time
        self.rules = rules or SignInRules()
        self._by_login = _Counter("staff.login", self.rules.tries, _DAY, self.rules.lock)
        self._by_address = _Counter("staff.address", self.rules.tries * _PER_ADDRESS, _HOUR, self.rules.lock)

    @property
    def refused(self) -> str:
        """The one sentence of every refusal."""
        minutes = int(self.rules.lock.total_seconds() // 60)
        return (
            "登录名、密码或动态口令不对。请核对后再试；动态口令每 30 秒换一个，用过的不能再用。"
            f"连续输错 {self.rules.tries} 次要等 {minutes} 分钟或更久；急用请找管理员。"
        )

    async def sign_in(self, login: str, password: str, code: str, place: str, address: str) -> SignedIn | None:
        """A new place, or None: `refused` says all that is said. `place` is how the person recognises it; `address` is counted, never stored."""
        login, now = tidy_login(login), self.clock.now()
        async with self.store.transaction() as tx:
            if not await self._by_address.take(tx, address, now):
                return None  # says nothing about any account; its lock is on record, a flood of refusals is not
            free = await self._by_login.take(tx, login, now)
            staff = await tx.staff.by_login(login)
        fits = await self.hasher.fits(_usable(staff, now) if staff else "", tidy(password))
        step = self.one_time.step(staff.totp_secret if staff else "", code)
        if free and fits and staff is not None and step is not None:
            signed_in = await self._opened(staff, step, place, address)
            if signed_in is not None:
                await self._rehashed(signed_in.staff, password)
                return signed_in
        async with self.store.transaction() as tx:
            locked = await self._by_login.failed(tx, login, now) if free else True
            shut = await self._by_address.failed(tx, address, now)
            note = "、".join(filter(None, (place, "登录已锁定" if locked else "", "地址已锁定" if shut else "")))
            who = staff or Staff(0, login, "", "", "", frozenset(), frozenset(), False, now)  # no account: no role
            await record(tx, now, who, "sign-in", "denied", note=note)
        return None

    async def _opened(self, staff: Staff, step: int, place: str, address: str) -> SignedIn | None:
        now, token = self.clock.now(), secrets.token_urlsafe(32)
        async with self.store.transaction() as tx:
            current = await tx.staff.get(staff.id)
            if current is None or not current.active or not compare_digest(current.password_hash, staff.password_hash):
                return None  # changed while the password was worked out
            if not await tx.staff.use_code(staff.id, step):
                return None
            end = now + min(self.rules.idle, self.rules.life)
            session = await tx.staff.open_session(token, StaffSession(0, staff.id, now, now, end, place[:120]))
            await self._by_login.forget(tx, tidy_login(staff.login))
            await self._by_address.give_back(tx, address, now)
            await record(tx, now, current, "sign-in", note=place[:120])
        return SignedIn(token, current, session)

    async def _rehashed(self, staff: Staff, password: str) -> None:
        """Today's parameters for a password that is known just now. Somebody else's change wins: the next sign-in comes by here again."""
        if must_change(staff) or not self.hasher.outdated(staff.password_hash):
            return
        made = await self.hasher.made(tidy(password))
        async with self.store.transaction() as tx:
            current = await tx.staff.get(staff.id)
            if current is not None and compare_digest(current.password_hash, staff.password_hash):
                try:
                    await tx.staff.save(replace(current, password_hash=made))
                except Conflict:
                    return

    # ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def seat(self, token: str, *, quiet: bool = False) -> tuple[Staff, StaffSession] | None:
        """Who sits at the place of this token, read anew for each request: an account that was switched off is out at once.
        A `quiet` look (a page that refreshes itself) does not push the idle end out."""
        now = self.clock.now()
        async with self.store.reading() as tx:
            session = await tx.staff.session(token, now)
            staff = await tx.staff.get(session.staff_id) if session else None
        if session is None or staff is None or not staff.active:
            return None
        if not quiet and now - session.seen_at >= _SEEN_EVERY:
            end = min(now + self.rules.idle, session.created_at + self.rules.life)
            async with self.store.transaction() as tx:
                await tx.staff.seen(session.id, now, end)
            session = replace(session, seen_at=now, expires_at=end)
        return staff, session

    async def sign_out(self, staff: Staff, session: StaffSession) -> None:
        """End this place. Idempotent."""
        async with self.store.transaction() as tx:
            await tx.staff.end_session(session.id)
            await record(tx, self.clock.now(), staff, "sign-out", note=session.place)

    async def places(self, staff: Staff) -> tuple[StaffSession, ...]:
        """Living places of the account, newest first."""
        now = self.clock.now()
        async with self.store.reading() as tx:
            return tuple(one for one in await tx.staff.sessions(staff.id) if one.expires_at > now)

    async def end_place(self, staff: Staff, session_id: int) -> bool:
        """End one of the account's own places; False when it has none of that number."""
        async with self.store.transaction() as tx:
            mine = {one.id: one for one in await tx.staff.sessions(staff.id)}
            if session_id not in mine:
                return False
            await tx.staff.end_session(session_id)
            await record(tx, self.clock.now(), staff, "sign-out", note=mine[session_id].place)
        return True

    async def end_other_places(self, staff: Staff, session: StaffSession) -> int:
        """End all places of the account but this one; how many."""
        async with self.store.transaction() as tx:
            ended = await tx.staff.end_sessions(staff.id, keep=session.id)
            await record(tx, self.clock.now(), staff, "sign-out", note=f"其他登录 {ended} 处")
        return ended

    async def history(self, staff: Staff, limit: int = 10) -> tuple[AuditEntry, ...]:
        """The account's own sign-ins and refusals, newest first."""
        async with self.store.reading() as tx:
            return await tx.audit.search(AuditSearch(actor=await actor_of(tx, staff.login), action="sign-in"), limit)

    # ── one's own password ──────────────────────────────────────────────────────────────────────────────────────────

    async def change_password(self, staff: Staff, session: StaffSession, old: str, code: str, new: str) -> None:
        """Old password and a fresh code for a new password; all other places end. Raises StaffRefusal; wrong tries are counted as at the door."""
        now, login = self.clock.now(), tidy_login(staff.login)
        if problem := unfit(new, staff.login):
            raise StaffRefusal(problem)
        if compare_digest(tidy(old).encode(), tidy(new).encode()):
            raise StaffRefusal("新密码和填的原密码一样。请换一个新密码。")
        async with self.store.transaction() as tx:
            free = await self._by_login.take(tx, login, now)
            current = await tx.staff.get(staff.id)
        fits = await self.hasher.fits(_usable(current, now) if current else "", tidy(old))
        step = self.one_time.step(current.totp_secret if current else "", code)
        made = await self.hasher.made(tidy(new))
        async with self.store.transaction() as tx:
            if free and fits and current is not None and step is not None and await tx.staff.use_code(staff.id, step):
                latest = await tx.staff.get(staff.id)
                if latest is not None and compare_digest(latest.password_hash, current.password_hash):
                    await tx.staff.save(replace(latest, password_hash=made))
                    await tx.staff.end_sessions(staff.id, keep=session.id)
                    await self._by_login.forget(tx, login)
                    await record(tx, now, staff, "password", about=staff.login)
                    return
            if free:
                await self._by_login.failed(tx, login, now)
            await record(tx, now, staff, "password", "denied", about=staff.login)
        raise StaffRefusal("原密码或动态口令不对，密码没有改。请等动态口令换一个再试。")

    async def forgive(self, tx: Repositories, login: str) -> None:
        """Forget wrong tries and locks of a login."""
        await self._by_login.forget(tx, tidy_login(login))
