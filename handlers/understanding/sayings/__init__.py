"""Whole sentences as people say them, kept beside the declarations: what the phrases alone do not teach.

Between ` ; ` and line ends, under the name of its capability (`others`: of what asks for none). The index compares with them, and the linear
model is trained on them. `asked.txt` holds what somebody wrote who knew neither the phrases nor the rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from handlers.understanding.sayings.clerks import CLERKS
from handlers.understanding.sayings.guides import GUIDES
from handlers.understanding.sayings.others import OTHERS
from handlers.understanding.sayings.persons import PERSONS


def _listed(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys(re.split(r" ; |\n", text.strip()))) for name, text in table.items()}


def _asked() -> dict[str, tuple[str, ...]]:
    """The sentences of `asked.txt`, one a line under `## name`; `!kind` for those that ask for no function, `?name` for those that fit several."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in Path(__file__).with_name("asked.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            name = line[3:]
        elif line:
            found.setdefault(name, []).append(line)
    return {name: tuple(sentences) for name, sentences in found.items()}


def _together(*tables: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: tuple(dict.fromkeys(text for table in tables for text in table.get(name, ()))) for name in names}


_ASKED = _asked()

SAYINGS: Mapping[str, tuple[str, ...]] = _together(
    _listed({**PERSONS, **GUIDES, **CLERKS}), {name: said for name, said in _ASKED.items() if name[0] not in "!?"}
)
"""By the name of the capability."""

ELSE: Mapping[str, tuple[str, ...]] = _together(
    _listed(OTHERS), {name[1:]: said for name, said in _ASKED.items() if name[0] == "!"}
)
"""cheating, others, human, smalltalk, unknown."""

ASKED_BACK: Mapping[str, tuple[str, ...]] = {name[1:]: said for name, said in _ASKED.items() if name[0] == "?"}
"""By the name of the question: sentences that fit several functions."""
