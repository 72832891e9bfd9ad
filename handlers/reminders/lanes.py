"""One channel in one worker: how much of it is in hand, and whether the other side seems to be away."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from handlers.reminders.rates import Rates
from storage.ports.records import Channel, Granted
from storage.ports.time import Clock

BREAK_AFTER: Final = 10
"""So many calls in a row without an answer: the channel rests, so that few rows come into doubt while the platform is away."""
PROBES: Final = 3
"""What is tried after a rest, until one has worked."""
LONG: Final = timedelta(minutes=10)
"""From so long on a pace that allows nothing is shut."""
LONGEST_REST: Final = 60.0
GIVE_UP: Final = 4 * 3600.0
"""Away for so long: what cannot be sent goes to the next rung (targets.md F7)."""
_LONGEST_IDLE: Final = 4.0

_REPEATED: Final = (Channel.TEMPLATE, Channel.RELATIVE)
"""What may be claimed before the results of the last are written down: a crash repeats them under the same id."""

log = structlog.get_logger(__name__)


@dataclass
class Lane:
    """One channel. Relatives get template messages: they share the pace of those."""

    channel: Channel
    rates: Rates
    clock: Clock
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    in_hand: set[int] = field(default_factory=set)
    """Claimed here and not settled yet."""
    calling: set[int] = field(default_factory=set)
    """Of those, what has no result yet."""
    idle: float = 0.0
    """Seconds to rest when nothing is found, growing."""
    troubles: int = 0
    rest: float = 0.0
    """The last rest after trouble; 0 while the channel works."""
    closed_until: float = 0.0
    shut_until: datetime | None = None
    """Its pace allows nothing before then: the day's quota is used up, or it is halted."""
    next_look: float = 0.0
    """When it is looked for what would be too late then."""
    away_since: float | None = None

    def __post_init__(self) -> None:
        self.places = asyncio.Semaphore(self.rates.at_once)

    @property
    def pace(self) -> str:
        """The name of its pace."""
        return self._paced.value

    @property
    def shares_with(self) -> Channel | None:
        """The other channel that takes of the same pace; None when it has it for itself."""
        return {Channel.RELATIVE: Channel.TEMPLATE, Channel.TEMPLATE: Channel.RELATIVE}.get(self.channel)

    @property
    def per_minute(self) -> int:
        return self.rates.per_minute.get(self._paced, 0)

    @property
    def per_day(self) -> int:
        return self.rates.per_day.get(self._paced, 0)

    @property
    def _paced(self) -> Channel:
        return Channel.TEMPLATE if self.channel is Channel.RELATIVE else self.channel

    @property
    def room(self) -> int:
        """How many rows may be claimed now."""
        if self.closed and not self.given_up:
            return 0
        if self.rest and not self.given_up:
            return max(0, PROBES - len(self.in_hand))
        if self.channel not in _REPEATED:
            return min(self.rates.batch, max(0, self.rates.at_once - len(self.in_hand)))
        # Whatever is claimed leaves at once: a worker that dies leaves nothing that it had not begun. By halves, since few large claims cost
        # less than many small ones.
        free = self.rates.at_once - len(self.calling)
        return min(self.rates.batch, free) if 2 * free >= self.rates.at_once else 0

    @property
    def closed(self) -> bool:
        """Whether it rests after trouble."""
        return self.clock.monotonic() < self.closed_until

    @property
    def given_up(self) -> bool:
        """Whether the other side has been away for so long that nobody waits for it any more."""
        return self.away_since is not None and self.clock.monotonic() - self.away_since >= GIVE_UP

    def allowed(self, granted: Granted, now: datetime) -> None:
        """What its pace has said: shut for so long that something may be too late when it goes on, or not."""
        self.shut_until = granted.again_at if not granted.count and granted.again_at - now >= LONG else None

    def worked(self) -> None:
        """The other side has answered."""
        if self.rest:
            log.info("channel is back", channel=self.channel.value)
        self.troubles, self.rest, self.closed_until, self.away_since = 0, 0.0, 0.0, None

    def trouble(self) -> None:
        """The other side has not answered, or is out of order."""
        self.troubles += 1
        if self.away_since is None:
            self.away_since = self.clock.monotonic()
        if self.troubles >= (PROBES if self.rest else BREAK_AFTER) and not self.closed:
            self.rest = min(LONGEST_REST, max(1.0, 2 * self.rest))
            self.closed_until = self.clock.monotonic() + self.rest * random.uniform(0.8, 1.0)  # noqa: S311 - jitter
            self.troubles = 0
            log.warning("channel is away", channel=self.channel.value, seconds=round(self.rest, 1))

    def found(self, count: int, least: float) -> None:
        """How many rows the last look has brought."""
        self.idle = 0.0 if count else min(_LONGEST_IDLE, max(least, 2 * self.idle))
