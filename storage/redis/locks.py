"""Locks between processes: one holder at a time a name, served in order of arrival, given back by themselves if the holder dies.

Every waiter stands in a list in Redis and shows by a key of short life that it is still there; whoever is first takes the lock once it
is free. A holder that lives renews its lock; one that has died loses it when its lifetime is over. A lock orders work, it does not
protect data: versions and unique keys do, so a holder that was frozen beyond its lifetime does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.ports.repositories import Unavailable
from storage.redis.client import RedisBackend
from storage.redis.errors import TROUBLE

# KEYS: the lock, the line, the waiter's sign of life. ARGV: token, lifetime, life of a sign, prefix of the signs (times in ms).
_TRY = """
local function first()
  while true do
    local head = redis.call('LINDEX', KEYS[2], 0)
    if not head or head == ARGV[1] or redis.call('EXISTS', ARGV[4] .. head) == 1 then return head end
    redis.call('LPOP', KEYS[2])
  end
end
if not redis.call('LPOS', KEYS[2], ARGV[1]) then redis.call('RPUSH', KEYS[2], ARGV[1]) end
if redis.call('EXISTS', KEYS[1]) == 0 and first() == ARGV[1] then
  redis.call('LPOP', KEYS[2])
  redis.call('DEL', KEYS[3])
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1
end
redis.call('SET', KEYS[3], '', 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[2], 10 * ARGV[3])
return 0
"""
_LEAVE = """
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('DEL', KEYS[3])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_SIGN_MS = 3000
_SHORTEST, _LONGEST = 0.005, 0.05


class _Hold:
    """One holder or waiter: its keys in Redis."""

    __slots__ = ("keys", "prefix", "task", "timer", "token")

    def __init__(self, name: str) -> None:
        self.token = secrets.token_hex(12)
        hashed = hashlib.sha256(name.encode()).hexdigest()[:32]  # a name may be an openid
        self.prefix = f"sb:lock:{hashed}:"
        self.keys = (f"{self.prefix}held", f"{self.prefix}line", f"{self.prefix}{self.token}")
        self.timer: asyncio.TimerHandle | None = None
        self.task: asyncio.Task[None] | None = None


class RedisLocks:
    """Implements `ports.repositories.Locks`. `lifetime` and `patience` in seconds; waiting longer than `patience` raises Unavailable.

    A process that was killed holds its locks for `lifetime` more: short enough that the resend is still answered within the five seconds.
    """

    def __init__(self, redis: RedisBackend, lifetime: float = 3.0, patience: float = 10.0) -> None:
        self.client = redis.client
        self._asking = redis.asking
        self._presence = redis.presence
        self._lifetime = lifetime
        self._patience = patience
        self._freed: dict[str, set[asyncio.Event]] = {}

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        hold = _Hold(name)
        try:
            await self._take(hold)
            self._renew_later(hold)
            yield
        finally:
            await self._leave(hold)

    async def _take(self, hold: _Hold) -> None:
        if await self._try(hold):
            return
        # Whoever is in this process is woken when the lock is given back here; for other processes it looks again, ever less often.
        freed, pause = asyncio.Event(), _SHORTEST
        waiting = self._freed.setdefault(hold.prefix, set())
        waiting.add(freed)
        try:
            async with asyncio.timeout(self._patience):
                while not await self._try(hold):
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(freed.wait(), pause)
                    freed.clear()
                    pause = min(_LONGEST, pause * 1.5)
        except TimeoutError:
            raise Unavailable("Redis: the lock is held too long") from None
        finally:
            waiting.discard(freed)
            if not waiting:
                self._freed.pop(hold.prefix, None)

    async def _try(self, hold: _Hold) -> bool:
        with self._presence.watched():
            (taken,) = await self._asking.ask(
                [("EVAL", _TRY, 3, *hold.keys, hold.token, int(self._lifetime * 1000), _SIGN_MS, hold.prefix)]
            )
        return bool(taken)

    async def _leave(self, hold: _Hold) -> None:
        if hold.task:
            await hold.task  # it sets the timer for the next time
        if hold.timer:
            hold.timer.cancel()
        with contextlib.suppress(*TROUBLE):  # it ends by itself
            await self._asking.ask([("EVAL", _LEAVE, 3, *hold.keys, hold.token)])
        for freed in self._freed.get(hold.prefix, ()):
            freed.set()

    def _renew_later(self, hold: _Hold) -> None:
        def start() -> None:
            hold.task = asyncio.ensure_future(self._renew(hold))

        hold.timer = asyncio.get_running_loop().call_later(self._lifetime / 3, start)

    async def _renew(self, hold: _Hold) -> None:
        with contextlib.suppress(*TROUBLE):  # tried again soon; if Redis stays away, the lock ends by itself
            await self._asking.ask([("EVAL", _RENEW, 1, hold.keys[0], hold.token, int(self._lifetime * 1000))])
        self._renew_later(hold)
