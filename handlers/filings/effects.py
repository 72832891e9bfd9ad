"""What a case changes outside itself: a card, a phone. An effect is called in the transaction of the step, whenever a case enters a state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from handlers.services import Services
from storage.ports.records import Case, Person
from storage.ports.repositories import Repositories


class Effect(Protocol):
    """Called with the case as it is after the step (`case.state`, `case.stage`). May raise `storage.ports.repositories.Conflict`, then nothing of the step happens."""

    async def __call__(self, tx: Repositories, services: Services, case: Case, now: datetime) -> None: ...


Insight = Callable[[Repositories, Case], Awaitable[tuple[tuple[str, str], ...]]]
"""What the product knows beside what was filed, for the staff who decide: (label, text)."""

Named = Callable[[Repositories, Case], Awaitable[Person | None]]
"""Whom a case that anyone may file is about, as its answers say; None when they name nobody."""


# Below the Protocol: the owners' modules import it from here, whichever of them is loaded first.
from handlers.cards import effects as _cards  # noqa: E402
from handlers.humans import effects as _humans  # noqa: E402
from handlers.orders import effects as _orders  # noqa: E402


def effect_of(name: str) -> Effect | None:
    """The effect of that name; None for ''. Raises KeyError for a name that nobody owns."""
    if not name:
        return None
    owners: tuple[Mapping[str, Effect], ...] = (_cards.EFFECTS, _humans.EFFECTS, _orders.EFFECTS)
    for effects in owners:
        if name in effects:
            return effects[name]
    raise KeyError(name)


def insight_of(name: str) -> Insight | None:
    """The insight that goes with an effect; None where there is none."""
    return _humans.INSIGHTS.get(name)


def named_of(name: str) -> Named | None:
    """Who tells whom a case of that effect is about; None where the case itself says it."""
    return _humans.NAMED.get(name)
