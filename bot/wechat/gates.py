"""Interfaces that are not called for a while: their quota is used up, or the account may not use them (wechat.md A13, targets.md F8).

One interface is shut, by its path, for every caller of it; the others go on. A used-up quota is known to all processes and kept over a restart,
through the cache that has the token; looked at again every minute, so that whoever opens a gate early is heeded.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.wechat.errors import DAY_IS_USED_UP, ApiError
from bot.wechat.shared import SharedValue, SharedValues, ValuesAway
from storage.ports.time import Clock

LOOK_EVERY_S = 60.0

_FOR_A_WHILE = {
    48001: timedelta(minutes=10),
    48004: timedelta(minutes=10),
    50002: timedelta(minutes=10),
}
"""How long a call that got one of these is not made again by this process."""

_CREDENTIALS = timedelta(seconds=30)
_OF_THE_TOKEN = {
    **dict.fromkeys((40013, 40125, 40164, 40243, 41002, 41004, 50004, 50007, 89503), _CREDENTIALS),
    89506: timedelta(hours=24),
    89507: timedelta(hours=1),
}
"""The same for the fetching of a token: an operator has to do something first, or an administrator has refused."""


class Gates:
    """The gates of one account as one process knows them."""

    def __init__(self, app_id: str, values: SharedValues, clock: Clock) -> None:
        self._app_id = app_id
        self._values = values
        self._clock = clock
        self._shared: dict[str, SharedValue] = {}
        self._here: dict[str, tuple[int, datetime]] = {}
        self._looked: dict[str, float] = {}

    async def check(self, path: str) -> None:
        """Nothing where the path is open.

        Raises:
            ApiError: the error that shut it, without a call.
        """
        looked, now = self._looked.get(path), self._clock.monotonic()
        if looked is None or now - looked >= LOOK_EVERY_S:
            self._looked[path] = now
            await self._look(path)
        if (kept := self._shared.get(path)) is not None and kept.use_until > self._clock.now():
            raise ApiError(int(kept.value), "shut after the platform's own answer")
        if (here := self._here.get(path)) is not None:
            if here[1] > self._clock.now():
                raise ApiError(here[0], "shut after the platform's own answer")
            del self._here[path]

    async def after(self, path: str, error: ApiError, *, fetching: bool = False) -> None:
        """Shut the path if this error says that calling it again now is of no use. `fetching`: it was the call that fetches a token."""
        code, now = error.errcode, self._clock.now()
        if code is None:
            return
        back = error.quota_back(now)
        if back is not None and error.day_is_used_up:
            kept = SharedValue(str(code), back)
            self._looked[path] = self._clock.monotonic()
            try:
                await self._values.put(self._name(path), kept)
            except ValuesAway:
                self._here[path] = (code, kept.use_until)
            else:
                self._shared[path] = kept
        elif back is not None:
            self._here[path] = (code, back)
        elif pause := _FOR_A_WHILE.get(code) or (_OF_THE_TOKEN.get(code) if fetching else None):
            self._here[path] = (code, now + pause)

    async def until(self, path: str) -> datetime | None:
        """Until when a used-up quota shuts the path, as all processes know it; None where it does not. Raises ValuesAway."""
        kept = await self._values.get(self._name(path))
        return kept.use_until if kept is not None and kept.use_until > self._clock.now() else None

    async def reopen(self, path: str) -> None:
        """For all processes, within a minute: the quota was given back early. Raises ValuesAway."""
        await self._values.drop_if(self._name(path), str(DAY_IS_USED_UP))
        self._shared.pop(path, None)
        self._here.pop(path, None)

    async def _look(self, path: str) -> None:
        try:
            kept = await self._values.get(self._name(path))
        except ValuesAway:
            return
        if kept is None:
            self._shared.pop(path, None)
        else:
            self._shared[path] = kept

    def _name(self, path: str) -> str:
        return f"gate:{self._app_id}:{path}"
