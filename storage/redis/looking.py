"""What `doctor` wants to know of Redis."""

from __future__ import annotations

from statistics import median

from redis.exceptions import RedisError

from storage.ports.record import Record
from storage.ports.time import Clock
from storage.redis.client import open_redis

_TIMES = 5


class Seen(Record):
    """`took_s`: an answer, the median of five. `ahead_s`: by how much our clock is ahead of its. `drops`: the policy by which it throws away what
    nobody deleted once its memory is full; '' where it throws away nothing, or does not tell."""

    took_s: float
    ahead_s: float
    drops: str


async def look_at(url: str, clock: Clock) -> Seen:
    """Ask it, changing nothing. Raises Unavailable when it does not answer or does not let us in."""
    redis = open_redis(url)
    try:
        took = []
        for _ in range(_TIMES):
            before = clock.monotonic()
            await redis.ping()
            took.append(clock.monotonic() - before)
        with redis.presence.watched():
            seconds, micros = await redis.client.time()
        ahead = clock.now().timestamp() - (seconds + micros / 1_000_000)
        try:
            memory = await redis.client.info("memory")
        except RedisError:  # some providers keep it to themselves
            memory = {}
    finally:
        await redis.close()
    policy = str(memory.get("maxmemory_policy", ""))
    return Seen(median(took), ahead, policy if policy != "noeviction" and memory.get("maxmemory") else "")
