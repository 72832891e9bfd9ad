"""亲情 (S17) of the cast: the daughter of a retiree who does not use WeChat may look for him; whoever plays her takes that chat in hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from storage.demo.lives import Life, at
from storage.ports.records import Grant
from storage.ports.repositories import Repositories

FATHER: Final = "冯德厚"
DAUGHTER: Final = "demo-daughter"
"""Her openid in the simulator."""


async def put(repos: Repositories, today: date, cast: Sequence[tuple[Life, int]]) -> None:
    """Grant it, once."""
    for life, number in cast:
        if life.person.name == FATHER and not await repos.family.of_person(number, today):
            until = today.replace(year=today.year + 1, day=min(today.day, 28))
            scopes = frozenset({"certification", "benefits"})
            granted = Grant(0, number, DAUGHTER, "女儿", scopes, until, False, at(today, 0, 0), "code", "示例")
            await repos.family.grant(granted)
