"""The store: opens transactions, and is the only place that commits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, cast

import structlog
from sqlalchemy import bindparam, delete, literal, select

from storage.ports import repositories as ports
from storage.ports.repositories import Answers, Repositories, Sessions, StorageError, Unavailable
from storage.ports.time import Clock
from storage.sql.accounts import Accounts
from storage.sql.attachments import Attachments
from storage.sql.audit import Audit
from storage.sql.campaigns import Campaigns
from storage.sql.cards import Cards
from storage.sql.cases import Cases, drop_drafts
from storage.sql.certifications import Certifications
from storage.sql.chat import Answers as SqlAnswers
from storage.sql.chat import ParkedReplies
from storage.sql.chat import Sessions as SqlSessions
from storage.sql.codec import micros
from storage.sql.contributions import Contributions
from storage.sql.documents import Documents
from storage.sql.family import Family
from storage.sql.guide_edits import GuideEdits
from storage.sql.holdings import Holdings
from storage.sql.job_notices import JobNotices
from storage.sql.jobs import Jobs
from storage.sql.limits import Limits
from storage.sql.messages import Messages
from storage.sql.notices import Notices
from storage.sql.opening import Openings
from storage.sql.orders import Orders
from storage.sql.paces import Paces
from storage.sql.papers import Papers
from storage.sql.people import Employers, People
from storage.sql.record_orders import RecordOrders
from storage.sql.rights import Rights
from storage.sql.scenes import ChatTags, Scenes
from storage.sql.shelter import Shelter, Volatile, VolatileStore, is_used, take_in
from storage.sql.staff import StaffAccounts
from storage.sql.tables import limit_counter, relative_invitation, scene, session, staff_session, ticket, verification_code
from storage.sql.tallies import Tallies
from storage.sql.threads import Ratings, Threads
from storage.sql.unit import Unit
from storage.sql.users import Codes, Tickets, Users
from storage.sql.wishes import Wishes
from storage.vault import Vault

if TYPE_CHECKING:
    from storage.sql.postgres import PostgresUnit

_ONE = select(literal(1))
_HOUR = 3600 * 1_000_000
_DRAFT_KEPT = 30 * 24 * _HOUR
_LOG_KEPT = timedelta(days=7)
_LOOK_EVERY_S = 5.0

_log = structlog.get_logger(__name__)
_EXPIRED = (
    delete(session).where(session.c.expires_at <= bindparam("now")),
    delete(ticket).where(ticket.c.expires_at <= bindparam("now")),
    delete(scene).where(scene.c.expires_at <= bindparam("now")),
    # A code that has just expired is still looked at once more, to say so.
    delete(verification_code).where(verification_code.c.expires_at <= bindparam("now") - _HOUR),
    delete(relative_invitation).where(relative_invitation.c.expires_at <= bindparam("now")),
    delete(staff_session).where(staff_session.c.expires_at <= bindparam("now")),
    delete(limit_counter).where(limit_counter.c.started_at + limit_counter.c.width <= bindparam("now")),
)


class Backend(Protocol):
    """A database: makes units of work."""

    def unit(self, vault: Vault, clock: Clock, readonly: bool) -> Unit: ...
    async def close(self) -> None: ...


def jobs_of(unit: Unit) -> ports.Jobs:
    """The queue of this database: PgQueuer's on PostgreSQL, loaded only there (a third of a second), leased rows on SQLite."""
    if unit.dialect == "postgresql":
        from storage.sql import pgqueuer  # noqa: PLC0415

        return pgqueuer.Jobs(cast("PostgresUnit", unit))
    return Jobs(unit)


class Work:
    """Implements `ports.repositories.Repositories` on one unit of work."""

    def __init__(self, unit: Unit, shelter: Shelter | None) -> None:
        self._unit = unit
        self._shelter = shelter
        self._sessions: Sessions | None = None
        self._parked = ParkedReplies(unit)
        self._tallies = Tallies(unit)

    @property
    def people(self) -> People:
        return People(self._unit)

    @property
    def employers(self) -> Employers:
        return Employers(self._unit)

    @property
    def contributions(self) -> Contributions:
        return Contributions(self._unit)

    @property
    def cards(self) -> Cards:
        return Cards(self._unit)

    @property
    def certifications(self) -> Certifications:
        return Certifications(self._unit)

    @property
    def cases(self) -> Cases:
        return Cases(self._unit)

    @property
    def attachments(self) -> Attachments:
        return Attachments(self._unit)

    @property
    def orders(self) -> Orders:
        return Orders(self._unit)

    @property
    def staff(self) -> StaffAccounts:
        return StaffAccounts(self._unit)

    @property
    def threads(self) -> Threads:
        return Threads(self._unit)

    @property
    def ratings(self) -> Ratings:
        return Ratings(self._unit)

    @property
    def documents(self) -> Documents:
        return Documents(self._unit)

    @property
    def users(self) -> Users:
        return Users(self._unit, self._tallies, self._shelter.forget if self._shelter else None)

    @property
    def codes(self) -> Codes:
        return Codes(self._unit)

    @property
    def limits(self) -> Limits:
        return Limits(self._unit)

    @property
    def tickets(self) -> Tickets:
        return Tickets(self._unit)

    @property
    def scenes(self) -> Scenes:
        return Scenes(self._unit)

    @property
    def tags(self) -> ChatTags:
        return ChatTags(self._unit)

    @property
    def sessions(self) -> Sessions:
        if self._sessions is None:  # it remembers what it has seen
            self._sessions = self._shelter.sessions if self._shelter else SqlSessions(self._unit)
        return self._sessions

    @property
    def answers(self) -> Answers:
        return self._shelter.answers if self._shelter else SqlAnswers(self._unit)

    @property
    def parked(self) -> ParkedReplies:
        return self._parked  # it remembers that there was nothing

    @property
    def openings(self) -> Openings:
        if self._shelter is not None:
            return Openings(self._unit, self._shelter, self._parked)
        if not isinstance(self._sessions, SqlSessions):
            self._sessions = SqlSessions(self._unit)
        return Openings(self._unit, self._sessions, self._parked)

    @property
    def jobs(self) -> ports.Jobs:
        return jobs_of(self._unit)

    @property
    def messages(self) -> Messages:
        return Messages(self._unit)

    @property
    def campaigns(self) -> Campaigns:
        return Campaigns(self._unit, self._tallies)

    @property
    def notices(self) -> Notices:
        return Notices(self._unit, self._tallies)

    @property
    def paces(self) -> Paces:
        return Paces(self._unit)

    @property
    def wishes(self) -> Wishes:
        return Wishes(self._unit)

    @property
    def family(self) -> Family:
        return Family(self._unit)

    @property
    def rights(self) -> Rights:
        return Rights(self._unit)

    @property
    def job_notices(self) -> JobNotices:
        return JobNotices(self._unit)

    @property
    def record_orders(self) -> RecordOrders:
        return RecordOrders(self._unit)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self._unit)

    @property
    def guide_edits(self) -> GuideEdits:
        return GuideEdits(self._unit)

    @property
    def papers(self) -> Papers:
        return Papers(self._unit)

    @property
    def holdings(self) -> Holdings:
        return Holdings(self._unit)

    @property
    def audit(self) -> Audit:
        return Audit(self._unit)

    async def finish(self) -> None:
        """What is written last of all: counters that every transaction of a kind wants."""
        await self._tallies.flush()


class _Transaction(AbstractAsyncContextManager[Repositories]):
    """One block of `SqlStore.transaction`."""

    __slots__ = ("_shelter", "_store", "_unit", "_work")

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def __aenter__(self) -> Repositories:
        self._unit, self._shelter, self._work = await self._store.begin()
        return self._work

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            await self._unit.rollback()
        else:
            await self._store.commit(self._unit, self._shelter, self._work)


class SqlStore:
    """Implements `ports.repositories.Store`."""

    def __init__(
        self,
        backend: Backend,
        vault: Vault,
        clock: Clock,
        volatile: VolatileStore | None,
        queued: Callable[[frozenset[str]], None] = lambda _: None,
    ) -> None:
        """`queued` is told after a commit what of it is due at once: `jobs`, `notices`."""
        self._queued = queued
        self._backend = backend
        self._vault = vault
        self._clock = clock
        self._volatile = volatile
        self._sheltered = True
        self._looked = -math.inf

    async def _shelter(self, unit: Unit) -> Shelter | None:
        """Redis, and what is kept beside it. Every few seconds one transaction looks whether anything is: other processes may have put it there."""
        if self._volatile is None:
            return None
        volatile = self._volatile.begin(self._vault, self._clock, unit.readonly)
        now = asyncio.get_running_loop().time()
        if self._volatile.lately:
            self._sheltered, self._looked = True, -math.inf
        elif now - self._looked > _LOOK_EVERY_S:
            self._looked = now
            look = self._backend.unit(self._vault, self._clock, True)
            try:
                self._sheltered = await is_used(look)
            except StorageError:
                self._looked = -math.inf
            finally:
                await look.rollback()
        return Shelter(unit, volatile, self._sheltered)

    async def _keep(self, volatile: Volatile) -> None:
        """Redis was lost between the commit and its part of it: what it was to have is kept in the database."""
        unit = self._backend.unit(self._vault, self._clock, False)
        try:
            await take_in(unit, volatile)
            await unit.commit()
        except StorageError as error:
            await unit.rollback()
            _log.warning("a session was lost with Redis", error=type(error).__name__)

    def transaction(self) -> AbstractAsyncContextManager[Repositories]:
        return _Transaction(self)

    async def begin(self) -> tuple[Unit, Shelter | None, Work]:
        """What a transaction works with; nothing has begun in the database."""
        unit = self._backend.unit(self._vault, self._clock, False)
        shelter = await self._shelter(unit) if self._volatile is not None else None
        return unit, shelter, Work(unit, shelter)

    async def commit(self, unit: Unit, shelter: Shelter | None, work: Work) -> None:
        """Make it last, in the database first, and tell who waits for what was queued."""
        try:
            await work.finish()
        except BaseException:
            await unit.rollback()
            raise
        await unit.commit()
        if shelter and not await shelter.volatile.flush():
            await self._keep(shelter.volatile)
        if unit.queued:
            self._queued(frozenset(unit.queued))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Repositories]:
        unit = self._backend.unit(self._vault, self._clock, True)
        try:
            yield Work(unit, await self._shelter(unit))
        finally:
            await unit.rollback()

    async def ping(self) -> None:
        try:
            async with asyncio.timeout(2):
                unit = self._backend.unit(self._vault, self._clock, True)
                try:
                    await unit.row(_ONE)
                finally:
                    await unit.rollback()
                if self._volatile:
                    await self._volatile.ping()
        except TimeoutError:
            raise Unavailable("no answer within two seconds") from None

    async def tidy(self) -> int:
        """Delete what has expired (sessions, also of staff, tickets, codes, counters, drafts after 30 days); returns how many. Idempotent."""
        unit = self._backend.unit(self._vault, self._clock, False)
        try:
            now = micros(self._clock.now())
            count = sum([await unit.change(statement, {"now": now}) for statement in _EXPIRED])
            count += await drop_drafts(unit, now - _DRAFT_KEPT)
            if unit.dialect == "postgresql":
                from storage.sql import pgqueuer  # noqa: PLC0415

                await pgqueuer.forget(cast("PostgresUnit", unit), self._clock.now() - _LOG_KEPT)
        except BaseException:
            await unit.rollback()
            raise
        await unit.commit()
        return count

    async def close(self) -> None:
        await self._backend.close()
        if self._volatile:
            await self._volatile.close()
