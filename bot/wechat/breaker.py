"""A rest for an interface that does not answer: who asks meanwhile is told at once, instead of waiting for its time-out."""

from __future__ import annotations

from storage.ports.time import Clock

_IN_A_ROW = 10
_REST_S = 30.0


class Breaker:
    """For one interface, in one process. After ten failures in a row it is shut for half a minute; then one may try, and the rest wait for what
    comes of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed = 0
        self._shut_until = 0.0

    def shut(self) -> bool:
        """Whether it is to be left alone now. Whoever is let through after a rest shuts it again for all others, until `tell`."""
        if self._failed < _IN_A_ROW:
            return False
        now = self._clock.monotonic()
        if now < self._shut_until:
            return True
        self._shut_until = now + _REST_S
        return False

    def tell(self, *, answered: bool) -> None:
        """What came of a call that was let through. An answer that refuses is an answer."""
        if answered:
            self._failed = 0
            return
        self._failed += 1
        if self._failed >= _IN_A_ROW:
            self._shut_until = self._clock.monotonic() + _REST_S
