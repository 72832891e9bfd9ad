"""What those who watch a process ask it: is it alive, is it ready, what has it counted. The same for `serve` and for `worker`."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from aiohttp import web

from bot.ceilings import shares
from bot.config import Config
from bot.metrics import Metrics
from bot.wechat.drift import Drift
from storage.ports.repositories import Store, Unavailable
from storage.ports.time import Clock

_PATIENCE_S = 2.0


def probes(config: Config, store: Store, metrics: Metrics, drift: Drift, clock: Clock) -> list[web.RouteDef]:
    """`/healthz`, `/readyz`, `/metrics`: no secret and nothing of a person."""

    async def alive(_: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        """The database answers. A table is read: an open connection answers also when its file is damaged or was taken away. Without Redis
        everything is answered all the same, so it is only told: no balancer is to take every process out for that."""
        if not (await _reads(store) and await asyncio.to_thread(_file_is_there, config)):
            return web.json_response({"status": "not ready", "storage": "unavailable"}, status=503)
        redis: bool | str = bool(config.storage.redis_url)
        if not await _pings(store):
            if not redis:
                return web.json_response({"status": "not ready", "storage": "unavailable"}, status=503)
            redis = "away"
        metrics.redis_away.set(redis == "away")
        return web.json_response({"status": "ready", "redis": redis})

    async def exposition(_: web.Request) -> web.Response:
        """As it is now: Redis is asked, so that the figure is true of a process that nobody asks whether it is ready, and the ceilings, which all
        processes count together. What cannot be read stays as it was."""
        if config.storage.redis_url and await _reads(store):
            metrics.redis_away.set(not await _pings(store))
        metrics.clock_offset.set(drift.offset_s)
        with contextlib.suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                for name, share in (await shares(store, config.security, clock.now())).items():
                    metrics.ceilings.labels(name).set(share)
        return web.Response(body=metrics.page(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    return [web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", exposition)]


async def _reads(store: Store) -> bool:
    """Whether the database gives a row."""
    try:
        async with asyncio.timeout(_PATIENCE_S), store.reading() as tx:
            await tx.jobs.next_due()
    except (Unavailable, TimeoutError):
        return False
    return True


async def _pings(store: Store) -> bool:
    """Whether everything that the store stands on answers, Redis with it where there is one."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await store.ping()
    except (Unavailable, TimeoutError):
        return False
    return True


def _file_is_there(config: Config) -> bool:
    """SQLite: the file still has its name. What is written to one that was deleted is gone with the process."""
    kind, _, path = config.storage.database_url.partition(":///")
    return kind != "sqlite" or Path(path).is_file()
