"""Work to be done later on PostgreSQL: PgQueuer's queue behind the port, in the transaction of the business write.

PgQueuer brings tables, indexes and statements; its statements run on the connection and in the transaction of our unit, so a job is there
exactly when what it belongs to is. Its own workers are not used: `handlers.jobs.Runner` asks the port on both databases.

PgQueuer's statements read the database's clock. There is one clock here (`storage.ports.time.Clock`), so where they say `NOW()` the moment
that the port was given is bound. PgQueuer takes what lies strictly before now; the port says "due at that moment": a microsecond between.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NoReturn
from uuid import uuid4

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job as Queued
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import JOB_STATUS, Channel, JobId, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.driver import Driver, NotifyCallback
from pgqueuer.ports.repository import EntrypointExecutionParameter

from storage.ports.records import Job
from storage.ports.time import SHANGHAI
from storage.sql.codec import micros
from storage.sql.postgres import PostgresUnit

PREFIX = "shebao_"
# Every name is said here: PgQueuer would read those that are not from the environment.
SETTINGS = DBSettings(
    prefix=PREFIX,
    db_schema=None,
    channel=Channel(f"{PREFIX}jobs"),
    function=f"{PREFIX}fn_pgqueuer_changed",
    statistics_table=f"{PREFIX}pgqueuer_statistics",
    queue_status_type=f"{PREFIX}pgqueuer_status",
    queue_table=f"{PREFIX}pgqueuer",
    queue_table_log=f"{PREFIX}pgqueuer_log",
    trigger=f"{PREFIX}tg_pgqueuer_changed",
    schedules_table=f"{PREFIX}pgqueuer_schedules",
    durability=Durability.durable,
    widen_id=True,
)
QUEUE, LOG = SETTINGS.queue_table, SETTINGS.queue_table_log
ENVIRONMENT, _QUEUE, _SCHEDULER = QueryBuilderEnvironment(SETTINGS), QueryQueueBuilder(SETTINGS), QuerySchedulerBuilder(SETTINGS)

_MICROSECOND = timedelta(microseconds=1)
_NOW = re.compile(r"\bNOW\(\)", re.IGNORECASE)
_LOWEST = -(2**31)
# Names of our own, nothing from outside. What PgQueuer has no column for stands in its headers: how often the job was taken, and the sealed
# dedupe key; its own `attempts` counts what was put back, not what a dead worker held.
_TAKEN = f"""
    UPDATE {QUEUE} SET heartbeat = $2, headers = headers || jsonb_build_object('taken', (headers->>'taken')::int + 1)
    WHERE id = ANY($1::bigint[]) RETURNING id, (headers->>'taken')::int AS taken, headers->>'key' AS key
"""  # noqa: S608
_HELD = f"""
    SELECT id FROM {QUEUE} JOIN unnest($1::bigint[], $2::int[]) AS held (job, taken) ON id = job
    WHERE status = 'picked' AND (headers->>'taken')::int = held.taken FOR UPDATE OF {QUEUE}
"""  # noqa: S608
_NEXT = f"""
    SELECT least((SELECT min(execute_after) FROM {QUEUE} WHERE status = 'queued'),
                 (SELECT min(heartbeat) FROM {QUEUE} WHERE status = 'picked')) AS due
"""  # noqa: S608
_NAMES = f"SELECT DISTINCT entrypoint FROM {QUEUE}"  # noqa: S608
_BY_KEY = f"SELECT id FROM {QUEUE} WHERE dedupe_key = $1 AND status IN ('queued', 'picked')"  # noqa: S608
_FORGET = f"DELETE FROM {LOG} WHERE created < $1"  # noqa: S608


async def forget(unit: PostgresUnit, before: datetime) -> None:
    """Delete what PgQueuer wrote down about jobs before the moment. Idempotent."""
    await unit.native(_FORGET, (before,))


@lru_cache(maxsize=64)
def _bound(statement: str, place: int) -> tuple[str, bool]:
    """The statement with our moment at `$place` for the database's, and whether it asks for it."""
    bound, found = _NOW.subn(f"${place}::timestamptz", statement)
    return bound, found > 0


class UnitDriver(Driver):
    """PgQueuer's driver on one unit of work, at one moment."""

    def __init__(self, unit: PostgresUnit, now: datetime) -> None:
        self._unit = unit
        self._now = now
        self._shutdown = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        bound, asks = _bound(query, len(args) + 1)
        return await self._unit.native(bound, (*args, self._now) if asks else args)

    async def execute(self, query: str, *args: object) -> str:
        await self.fetch(query, *args)
        return ""

    async def add_listener(self, channel: str, callback: NotifyCallback) -> NoReturn:
        """A transaction cannot listen: it ends."""
        raise TypeError("no listening inside a transaction")

    async def notify(self, channel: str, payload: str) -> None:
        await self.fetch("SELECT pg_notify($1, $2)", channel, payload)

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> NoReturn:
        """Nothing runs in the background of a transaction."""
        raise TypeError("no tasks inside a transaction")

    async def __aenter__(self) -> UnitDriver:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


class Jobs:
    """Implements `ports.repositories.Jobs` over PgQueuer's statements.

    The earliest come first: PgQueuer orders by priority, which is therefore the moment a job was to run at, in seconds, negative. A job
    that was put back keeps its place. The heartbeat of a held job is the end of its lease, so each lease may have its own length.
    """

    def __init__(self, unit: PostgresUnit) -> None:
        self._unit = unit
        self._vault = unit.vault

    def _queries(self, now: datetime) -> Queries:
        return Queries(UnitDriver(self._unit, now), ENVIRONMENT, _QUEUE, _SCHEDULER)

    async def enqueue(self, name: str, payload: bytes, run_at: datetime, dedupe_key: str | None = None) -> bool:
        headers = {"taken": "0"}
        if dedupe_key is not None:
            headers["key"] = self._vault.seal(dedupe_key, "job.dedupe").hex()
        # "Now" is when it is to run, and no interval is added: one of days would depend on the server's time zone.
        made = await self._queries(run_at - _MICROSECOND).enqueue(
            name,
            self._vault.seal(payload, "job"),
            max(_LOWEST, -(micros(run_at) // 1_000_000)),
            dedupe_key=None if dedupe_key is None else self._hash(dedupe_key),
            headers=headers,
            on_conflict="skip",
        )
        if made[0] is not None and run_at <= self._unit.clock.now():
            self._unit.queued.add("jobs")
        return made[0] is not None

    async def leave(self, name: str, payload: bytes, run_at: datetime, dedupe_key: str | None = None) -> None:
        await self.enqueue(name, payload, run_at, dedupe_key)

    async def claim(self, now: datetime, lease: timedelta, limit: int, names: Sequence[str] = ()) -> tuple[Job, ...]:
        asked = names or [str(row["entrypoint"]) for row in await self._unit.native(_NAMES, ())]
        if not asked or limit < 1:
            return ()
        taken = await self._queries(now).dequeue(
            limit,
            {QueueEntrypoint(name): EntrypointExecutionParameter(0) for name in asked},
            QueueManagerId(uuid4()),
            None,
            timedelta(0),
        )
        if not taken:
            return ()
        rows = await self._unit.native(_TAKEN, ([one.id for one in taken], now + lease - _MICROSECOND))
        more: dict[int, Any] = {row["id"]: (row["taken"], row["key"]) for row in rows}
        jobs = [
            Job(
                id=one.id,
                name=one.entrypoint,
                payload=self._vault.open(one.payload or b"", "job"),
                run_at=_run_at(one.execute_after),
                attempts=more[one.id][0],
                dedupe_key=None if more[one.id][1] is None else self._vault.text(bytes.fromhex(more[one.id][1]), "job.dedupe"),
            )
            for one in taken
        ]
        return tuple(sorted(jobs, key=lambda found: (found.run_at, found.id)))

    async def renew(self, jobs: Sequence[Job], now: datetime, lease: timedelta) -> None:
        if jobs:
            held = await self._unit.native(_HELD, ([job.id for job in jobs], [job.attempts for job in jobs]))
            await self._queries(now + lease - _MICROSECOND).update_heartbeat([JobId(row["id"]) for row in held])

    async def done(self, job_id: int) -> None:
        await self._end(job_id, "successful")

    async def retry(self, job_id: int, run_at: datetime) -> None:
        await self._queries(run_at - _MICROSECOND).retry_job(_named(job_id), timedelta(0), None)

    async def drop(self, dedupe_key: str) -> None:
        for row in await self._unit.native(_BY_KEY, (self._hash(dedupe_key),)):
            await self._end(row["id"], "deleted")

    async def next_due(self) -> datetime | None:
        due = (await self._unit.native(_NEXT, (), writes=False))[0]["due"]
        return _run_at(due) if isinstance(due, datetime) else None

    async def _end(self, job_id: int, outcome: JOB_STATUS) -> None:
        await self._queries(self._unit.clock.now()).log_jobs([(_named(job_id), outcome, None)])

    def _hash(self, dedupe_key: str) -> str:
        return self._vault.digest(dedupe_key, "job.dedupe")


def _run_at(execute_after: datetime) -> datetime:
    return (execute_after + _MICROSECOND).astimezone(SHANGHAI)


def _named(job_id: int) -> Queued:
    """What PgQueuer's statements need of a job that is to be ended or put back: its number."""
    return Queued.model_construct(id=JobId(job_id))
