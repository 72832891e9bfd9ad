"""Work to be done later, as leased rows (on SQLite; on PostgreSQL see `pgqueuer`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, delete, func, select, update

from storage.ports.records import Job
from storage.sql.codec import micros, moment
from storage.sql.tables import job
from storage.sql.unit import Query, Unit, values

_j = job.c
_JOB_ADD = Query(lambda insert: insert(job).values(values(job, "id")).on_conflict_do_nothing().returning(_j.id))
_JOB_LEAVE = Query(lambda insert: insert(job).values(values(job, "id")).on_conflict_do_nothing())
_JOB_DONE = delete(job).where(_j.id == bindparam("id"))
_JOB_DROP = delete(job).where(_j.dedupe_hash == bindparam("dedupe_hash"))
_JOB_RETRY = update(job).where(_j.id == bindparam("the_job")).values(run_at=bindparam("at"), due=bindparam("at"))
# What a worker holds is due after its time; what waits is due at it.
_JOB_RENEW = (
    update(job)
    .where(_j.id == bindparam("the_job"), _j.attempts == bindparam("taken"), _j.due > _j.run_at)
    .values(due=bindparam("until"))
)
_JOB_NEXT = select(func.min(_j.due))


@lru_cache(maxsize=32)
def _due(names: int) -> Select[Any]:
    found = select(_j.id).where(_j.due <= bindparam("now")).order_by(_j.due, _j.id).limit(bindparam("limit"))
    return found.where(_j.name.in_([bindparam(f"n{i}") for i in range(names)])) if names else found


@lru_cache(maxsize=32)
def _claim(names: int) -> Update:
    # In a CTE, so that PostgreSQL evaluates the locking select once and never takes more than `limit`.
    picked = _due(names).with_for_update(skip_locked=True).cte("picked")
    return (
        update(job)
        .where(_j.id.in_(select(picked.c.id)))
        .values(due=bindparam("until"), attempts=_j.attempts + 1)
        .returning(_j.id, _j.name, _j.payload, _j.run_at, _j.attempts, _j.dedupe_key)
    )


class Jobs:
    """Implements `ports.repositories.Jobs`.

    A claimed job is due again when its lease ends, so a dead worker's jobs come back without anybody looking for them. A job counts as
    waiting, for its dedupe key, until it is done: a job that enqueues its own next run calls `done` first, in the same transaction.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def enqueue(self, name: str, payload: bytes, run_at: datetime, dedupe_key: str | None = None) -> bool:
        made = await self._unit.write(_JOB_ADD, self._params(name, payload, run_at, dedupe_key))
        if made:
            self._queued(run_at)
        return bool(made)

    async def leave(self, name: str, payload: bytes, run_at: datetime, dedupe_key: str | None = None) -> None:
        await self._unit.later(_JOB_LEAVE, self._params(name, payload, run_at, dedupe_key))
        self._queued(run_at)

    def _params(self, name: str, payload: bytes, run_at: datetime, dedupe_key: str | None) -> dict[str, Any]:
        at = micros(run_at)
        return {
            "name": name,
            "payload": self._vault.seal(payload, "job"),
            "run_at": at,
            "due": at,
            "attempts": 0,
            "dedupe_hash": None if dedupe_key is None else self._hash(dedupe_key),
            "dedupe_key": None if dedupe_key is None else self._vault.seal(dedupe_key, "job.dedupe"),
        }

    def _queued(self, run_at: datetime) -> None:
        if run_at <= self._unit.clock.now():
            self._unit.queued.add("jobs")

    async def claim(self, now: datetime, lease: timedelta, limit: int, names: Sequence[str] = ()) -> tuple[Job, ...]:
        params: dict[str, Any] = {"now": micros(now), "limit": limit, **{f"n{i}": name for i, name in enumerate(names)}}
        # An idle worker asks every second: it must not take the writer for nothing.
        if not await self._unit.rows(_due(len(names)), {**params, "limit": 1}):
            return ()
        rows = await self._unit.write(_claim(len(names)), {**params, "until": micros(now + lease)})
        jobs = [
            Job(
                id=row[0],
                name=row[1],
                payload=self._vault.open(row[2], "job"),
                run_at=moment(row[3]),
                attempts=row[4],
                dedupe_key=None if row[5] is None else self._vault.text(row[5], "job.dedupe"),
            )
            for row in rows
        ]
        return tuple(sorted(jobs, key=lambda found: (found.run_at, found.id)))

    async def renew(self, jobs: Sequence[Job], now: datetime, lease: timedelta) -> None:
        until = micros(now + lease)
        await self._unit.many(_JOB_RENEW, [{"the_job": found.id, "taken": found.attempts, "until": until} for found in jobs])

    async def done(self, job_id: int) -> None:
        await self._unit.later(_JOB_DONE, {"id": job_id})

    async def retry(self, job_id: int, run_at: datetime) -> None:
        await self._unit.later(_JOB_RETRY, {"the_job": job_id, "at": micros(run_at)})

    async def drop(self, dedupe_key: str) -> None:
        await self._unit.later(_JOB_DROP, {"dedupe_hash": self._hash(dedupe_key)})

    async def next_due(self) -> datetime | None:
        row = await self._unit.glance(_JOB_NEXT)
        return moment(row[0]) if row and row[0] is not None else None

    def _hash(self, dedupe_key: str) -> str:
        return self._vault.digest(dedupe_key, "job.dedupe")
