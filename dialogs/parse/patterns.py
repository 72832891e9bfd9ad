"""Patterns that are compiled when they are first asked.

There are some hundreds of them, the longest with thousands of words. Compiling all when the program starts took 0.3 s, for commands
that read no sentence at all too.
"""

from __future__ import annotations

import re
from typing import Any, cast

_ASKED = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn")


class _Pattern:
    """Behaves as `re.compile` of the same would. Its methods are put in their places at the first use: from then on they cost nothing more."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

        _MADE.append(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.compiled(), name)

    def compiled(self) -> re.Pattern[str]:
        """The real one, whose methods answer in place of ours from now on."""
        compiled = re.compile(self.pattern, self._flags)
        self.__dict__.update({method: getattr(compiled, method) for method in _ASKED})
        return compiled


_MADE: list[_Pattern] = []


def pattern_of(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile`, later. What is wrong with the pattern is raised at its first use; `.pattern` compiles nothing. Safe to share."""
    return cast("re.Pattern[str]", _Pattern(pattern, flags))


def compile_all() -> None:
    """Compile now what the first sentences would have to wait for. Idempotent; may be called in another thread."""
    for one in _MADE:
        if "search" not in one.__dict__:
            one.compiled()
