"""What was answered a moment ago: a resend gets the same bytes without a question to the database, which has them as well."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from storage.ports.time import Clock

KEPT_S: Final = 20.0
"""The platform sends again after five and after ten seconds (wechat.md A5)."""
MOST: Final = 10_000
"""No more are kept, whatever their age: some ten megabytes."""


class Lately:
    """Answers that are committed, by message, for `KEPT_S`. One for each process: another one asks the database."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def note(self, key: str, answer: bytes) -> None:
        """The message `key` has this answer; its turn is committed."""
        now, answers = self._clock.monotonic(), self._answers
        answers[key] = now + KEPT_S, answer
        while len(answers) > MOST or next(iter(answers.values()))[0] < now:
            answers.popitem(last=False)

    def get(self, key: str) -> bytes | None:
        """Its answer; None for one that is not known here (any more)."""
        found = self._answers.get(key)
        return found[1] if found is not None and self._clock.monotonic() <= found[0] else None
