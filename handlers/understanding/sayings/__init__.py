"""Whole sentences as people say them, kept beside the declarations: what the phrases alone do not teach.

Between ` ; ` and line ends, under the name of its capability (`others`: of what asks for none). The index compares with them, and the linear
model is trained on them, and on many more in `lessons/` that are not read when the program starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers.understanding.sayings.clerks import CLERKS
from handlers.understanding.sayings.guides import GUIDES
from handlers.understanding.sayings.others import OTHERS
from handlers.understanding.sayings.persons import PERSONS


def _listed(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys(re.split(r" ; |\n", text.strip()))) for name, text in table.items()}


SAYINGS: Mapping[str, tuple[str, ...]] = _listed({**PERSONS, **GUIDES, **CLERKS})
"""By the name of the capability."""

ELSE: Mapping[str, tuple[str, ...]] = _listed(OTHERS)
"""cheating, others, human, smalltalk, unknown."""
