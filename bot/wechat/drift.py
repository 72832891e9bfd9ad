"""How far our clock is from the platform's, by the `Date` of its own answers (targets.md F11).

An answer is the platform's word over a connection whose certificate we checked, so it is trusted more than any single message. One
observation may be a proxy's; two that agree are believed.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import structlog

from storage.ports.time import Clock

AGREE_S = 5.0
TELL_S = 60.0
_BELIEVABLE_S = 86_400.0
"""Beyond a day it is no drift: certificates would not hold either."""

log = structlog.get_logger("wechat")


def seconds_ahead(date: str, now: datetime) -> float | None:
    """By how much `now` is ahead of the `Date` header of an answer; None for what cannot be read."""
    try:
        theirs = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return (now - theirs).total_seconds()


class Drift:
    """What is known of it in this process. `offset_s` is ours minus theirs, 0 while nothing is known."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: float | None = None
        self._tell_again = -math.inf
        self.offset_s = 0.0
        self.known = False

    def observe(self, date: str) -> None:
        """The `Date` header of one answer; what cannot be read changes nothing."""
        seen = seconds_ahead(date, self._clock.now())
        if seen is None or abs(seen) > _BELIEVABLE_S:
            return
        before, self._last = self._last, seen
        if before is None or abs(seen - before) > AGREE_S:
            return
        self.offset_s, self.known = seen, True
        self._tell()

    def corrected(self, now: datetime) -> int:
        """The platform's time in seconds since 1970, as far as it is known; ours otherwise."""
        ours = now.timestamp()
        return int(ours - self.offset_s) if abs(self.offset_s) > AGREE_S else int(ours)

    def _tell(self) -> None:
        now = self._clock.monotonic()
        if abs(self.offset_s) > TELL_S and now >= self._tell_again:
            self._tell_again = now + 60.0
            log.error("our clock is off", offset_s=round(self.offset_s), todo="chronyc tracking")
