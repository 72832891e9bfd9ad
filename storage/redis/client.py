"""The connection to Redis."""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError  # noqa: A004 - as the library calls it

from storage.ports.time import Clock
from storage.redis.presence import Presence
from storage.redis.short import asking
from storage.redis.turn import Turns
from storage.redis.volatile import RedisVolatile
from storage.vault import Vault

_CONNECTIONS = 50
"""Far more than messages are looked up at once; whoever finds none free waits."""


class RedisBackend:
    """Implements `storage.sql.shelter.VolatileStore`; hand it to `open_store(redis=…)` and to `RedisLocks`."""

    def __init__(self, url: str, patience: float) -> None:
        # A pool that waits for a free connection instead of failing, and one quick retry: a connection that Redis closed
        # while it lay in the pool is replaced, and a Redis that is away is told at once.
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=patience,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(
                NoBackoff(), 1, supported_errors=(ConnectionError,)
            ),  # what did not answer in time is not waited for twice
        )
        self.client: Redis = Redis.from_pool(pool)
        self.asking = asking(url, self.client, patience)
        self.presence = Presence(self.ping)
        self.turns: Turns = {}

    @property
    def lately(self) -> bool:
        """Whether Redis is away, or was a moment ago."""
        return self.presence.lately

    def begin(self, vault: Vault, clock: Clock, readonly: bool) -> RedisVolatile:
        """Sessions and answers for one transaction."""
        return RedisVolatile(self.asking, self.presence, vault, clock, readonly, self.turns)

    async def ping(self) -> None:
        """Raises Unavailable when Redis does not answer."""
        with self.presence.watched():
            await self.client.ping()
        self.presence.found()

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self.presence.close()
        await self.asking.close()
        await self.client.aclose()


def open_redis(url: str, *, patience: float = 2.0) -> RedisBackend:
    """Redis at `redis://`, `rediss://` or `unix://`; nothing is connected before the first question.

    `patience` is how many seconds an answer, or a free connection, is waited for. Raises ValueError for any other address.
    """
    return RedisBackend(url, patience)
