"""Who holds the access token for the calls of one process (wechat.md A13, targets.md F9).

A process that sends a thousand messages a second does not ask the shared cache a thousand times: it looks again after five seconds. When
the platform says that a token is no longer good, one caller of all processes fetches another; the rest wait for it. A token that was
replaced by somebody else is good for five minutes more, so the seconds between two looks lose no call.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from bot.wechat.shared import SharedValue, SharedValues, ValuesAway
from storage.ports.time import Clock

log = structlog.get_logger("wechat")

LOOK_EVERY_S = 5.0
USELESS_FOR_S = 30.0
"""The platform calls its own newest token bad (a secret that was reset half, an outage): asking again and again changes nothing."""


class Access:
    """The token of one account for one process. `fetch` gets one from the platform; its errors reach everybody who waits."""

    def __init__(self, app_id: str, values: SharedValues, clock: Clock, fetch: Callable[[], Awaitable[SharedValue]]) -> None:
        self._app_id = app_id
        self._values = values
        self._clock = clock
        self._fetch = fetch
        self._known: SharedValue | None = None
        self._looked = 0.0
        self._under_way: dict[str, asyncio.Task[SharedValue]] = {}
        self._useless = ("", 0.0)

    async def token(self) -> str:
        """A token that is good as far as anybody knows."""
        known = self._known
        if known is not None and known.value in self._under_way:  # it has been refused: another one is on its way
            return (await self._once(known.value)).value
        if known is not None and self._clock.monotonic() - self._looked < LOOK_EVERY_S and known.use_until > self._clock.now():
            return known.value
        return (await self._once("")).value

    async def instead_of(self, bad: str) -> str | None:
        """Another token than one that the platform has just refused; None when the platform gave the same one again a moment ago."""
        known = self._known
        if known is not None and not _same(known.value, bad) and known.use_until > self._clock.now():
            return known.value
        value, since = self._useless
        if _same(value, bad) and self._clock.monotonic() - since < USELESS_FOR_S:
            return None
        return (await self._once(bad)).value

    async def _once(self, bad: str) -> SharedValue:
        """However many ask for the same thing, one looks."""
        task = self._under_way.get(bad)
        if task is None:
            task = self._under_way[bad] = asyncio.create_task(self._obtain(bad))
            task.add_done_callback(lambda done: self._over(bad, done))
        # Shielded: one caller that gives up must not take the token from the others.
        return await asyncio.shield(task)

    def _over(self, bad: str, task: asyncio.Task[SharedValue]) -> None:
        del self._under_way[bad]
        if not task.cancelled():
            task.exception()  # Whoever still waits is told; if all have gone, it is no surprise to anybody.

    async def _obtain(self, bad: str) -> SharedValue:
        if not bad and (held := await self._held()):
            return self._take(held)
        async with self._alone():
            # Looked at again: while this one waited in line, another process may have fetched it.
            if bad:
                with contextlib.suppress(ValuesAway):
                    await self._values.drop_if(self._app_id, bad)
            held = await self._held()
            if held is not None and not _same(held.value, bad):
                return self._take(held)
            token = await self._fetch()
            if _same(token.value, bad):
                self._useless = (bad, self._clock.monotonic())
            with contextlib.suppress(ValuesAway):
                await self._values.put(self._app_id, token)
            return self._take(token)

    async def _held(self) -> SharedValue | None:
        try:
            held = await self._values.get(self._app_id)
        except ValuesAway:
            held = self._known  # Nobody can say whether there is a newer one; this one the platform itself will judge.
        return held if held is not None and held.use_until > self._clock.now() else None

    def _take(self, token: SharedValue) -> SharedValue:
        self._known, self._looked = token, self._clock.monotonic()
        return token

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """In the line of all processes; without it where the lock's keeper is away: a second fetch gets the same token."""
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._values.alone(self._app_id))
            except ValuesAway:
                log.warning("wechat_token", outcome="fetched without the lock")
            yield


def _same(one: str, other: str) -> bool:
    """Tokens are secrets: compared as such wherever it is."""
    return hmac.compare_digest(one.encode(), other.encode())
