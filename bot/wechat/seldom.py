"""Log lines about what may happen a thousand times a second: one a second of each kind says as much as all of them."""

from __future__ import annotations

from collections.abc import Hashable

from storage.ports.time import Clock


class Seldom:
    """Says when a kind of line may be written again, and how many were left out since the last one."""

    def __init__(self, clock: Clock, seconds: float = 1.0) -> None:
        self._clock = clock
        self._seconds = seconds
        self._last: dict[Hashable, float] = {}
        self._left_out: dict[Hashable, int] = {}

    def may(self, *kind: Hashable) -> dict[str, int] | None:
        """None: not now. Otherwise what to add to the line: nothing, or `more`, the number of those left out."""
        now = self._clock.monotonic()
        last = self._last.get(kind)
        if last is not None and now - last < self._seconds:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return None
        self._last[kind] = now
        more = self._left_out.pop(kind, 0)
        return {"more": more} if more else {}
