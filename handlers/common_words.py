"""What was made of words that many people type, kept for the next one who types them: 校验, 取消, 查养老缴费.

Only for pure functions of the words. Long texts are not kept, nor any with a number that could be a code, a phone or a card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")

_LONGEST = 40
_TELLING = re.compile("[0-9０-９]{5}|[0-9]{3}[- ][0-9]")
_NOTHING = object()


class CommonWords:
    """At most `most` results, the oldest dropped first."""

    def __init__(self, most: int = 4096) -> None:
        self._found: dict[Hashable, object] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._found)

    def of(self, words: str, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of the words; `key` is all that it depends on, the words included."""
        found = self._found.get(key, _NOTHING)
        if found is not _NOTHING:
            return found  # type: ignore[return-value]  # put there under the same key by the same function
        made = make()
        if len(words) <= _LONGEST and not _TELLING.search(words):
            if len(self._found) >= self._most:
                del self._found[next(iter(self._found))]
            self._found[key] = made
        return made
