"""What a case changes outside itself: a card, a phone. An effect is called in the transaction of the step, whenever a case enters a state."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from handlers.services import Services
from storage.ports.records import Case
from storage.ports.repositories import Repositories


class Effect(Protocol):
    """Called with the case as it is after the step (`case.state`, `case.stage`). May raise `storage.ports.repositories.Conflict`, then nothing of the step happens."""

    async def __call__(self, tx: Repositories, services: Services, case: Case, now: datetime) -> None: ...
