"""How many customer-service messages an account may still send to one person, and until when (wechat.md A7); calls of a day (A13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from storage.ports.time import SHANGHAI

Trigger = Literal["message", "click", "follow", "scan", "pay"]

_RULES: dict[Trigger, tuple[int, timedelta]] = {
    "message": (5, timedelta(hours=48)),
    "click": (3, timedelta(minutes=1)),
    "follow": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
    "pay": (-1, timedelta(hours=48)),
}


@dataclass(slots=True)
class _Allowance:
    left: int
    """-1: any number."""
    until: datetime


class Allowances:
    """The live allowances of one person. Each trigger renews its own; a message spends the one that ends first."""

    def __init__(self) -> None:
        self._live: dict[Trigger, _Allowance] = {}

    def grant(self, trigger: Trigger, now: datetime, times: int | None = None) -> None:
        """The person did something that lets the account write; `times` in place of what the table says."""
        usual, window = _RULES[trigger]
        self._live[trigger] = _Allowance(usual if times is None else times, now + window)

    def clear(self) -> None:
        """The person left."""
        self._live.clear()

    def left(self, now: datetime) -> int:
        """How many messages may be sent now; -1 for any number."""
        live = [one.left for one in self._live.values() if now < one.until]
        return -1 if -1 in live else sum(live)

    def spend(self, now: datetime) -> int:
        """Take one. Returns 0, or the platform's error: 45015 when no window is open, 45047 when all open ones are used up."""
        running = [one for one in self._live.values() if now < one.until]
        if not running:
            return 45015
        usable = [one for one in running if one.left]
        if not usable:
            return 45047
        limited = [one for one in usable if one.left > 0]
        if limited:
            min(limited, key=lambda one: one.until).left -= 1
        return 0


class DailyUse:
    """How often each address was used with success today, in Beijing; with `of="minute"` in this minute."""

    def __init__(self, of: Literal["day", "minute"] = "day") -> None:
        self._unit = of
        self._span: date | datetime | None = None
        self._used: dict[str, int] = {}

    def used(self, path: str, now: datetime) -> int:
        """So far."""
        return self._of(now).get(path, 0)

    def count(self, path: str, now: datetime) -> None:
        """Once more."""
        today = self._of(now)
        today[path] = today.get(path, 0) + 1

    def clear(self) -> None:
        """As if nothing had been used."""
        self._used.clear()

    def _of(self, now: datetime) -> dict[str, int]:
        here = now.astimezone(SHANGHAI)
        span = here.date() if self._unit == "day" else here.replace(second=0, microsecond=0)
        if span != self._span:
            self._span = span
            self._used.clear()
        return self._used
